"""The way in."""

import strawberry
from strawberry.directive import DirectiveLocation

from storefront.codes import CountryCode, LanguageCode
from storefront.place import NAME
from storefront.resolvers import (
    cart_reads,
    collection_reads,
    content_reads,
    feed_reads,
    listings,
    order_reads,
    paging,
    root,
    search_reads,
    shop_reads,
    store_reads,
)
from storefront.types.blog import Article, Blog
from storefront.types.cart import BEYOND, Cart, Customer
from storefront.types.collection import Collection
from storefront.types.common import Connection, Node, PageInfo
from storefront.types.content import Menu, Page
from storefront.types.feed import FeedItem
from storefront.types.filters import ProductConnection
from storefront.types.order import Order
from storefront.types.product import Product
from storefront.types.reading import read
from storefront.types.search import PredictiveSearchResult, SearchResultItemConnection
from storefront.types.shop import ApiVersion, Localization, PaymentSettings, Shop
from storefront.types.store import Location

BY_ARGUMENT = "Use the field with `handle:` instead."


@strawberry.type
class StringEdge:
    cursor: str
    node: str


@strawberry.type
class StringConnection:
    edges: list[StringEdge] = read(paging.edges)
    nodes: list[str]
    page_info: PageInfo = read(paging.page_info)


@strawberry.type(name="QueryRoot")
class Query:
    product: Product | None = read(root.product)
    products: ProductConnection = read(listings.products, description="Every product that is listed; `query` narrows them.")
    product_by_handle: Product | None = read(root.product_by_handle, deprecation_reason=BY_ARGUMENT)
    product_recommendations: list[Product] | None = read(root.product_recommendations)
    product_tags: StringConnection = read(root.product_tags)
    product_types: StringConnection = read(root.product_types)
    collection: Collection | None = read(collection_reads.collection)
    collections: Connection[Collection] = read(collection_reads.collections)
    collection_by_handle: Collection | None = read(collection_reads.collection_by_handle, deprecation_reason=BY_ARGUMENT)
    node: Node | None = read(root.node)
    nodes: list[Node | None] = read(root.nodes)
    page: Page | None = read(content_reads.page)
    pages: Connection[Page] = read(content_reads.pages)
    page_by_handle: Page | None = read(content_reads.page_by_handle, deprecation_reason=BY_ARGUMENT)
    menu: Menu | None = read(content_reads.menu)
    search: SearchResultItemConnection = read(search_reads.search)
    predictive_search: PredictiveSearchResult | None = read(search_reads.predictive_search)
    blog: Blog | None = read(search_reads.blog)
    blogs: Connection[Blog] = read(search_reads.blogs)
    article: Article | None = read(search_reads.article)
    shop: Shop = read(shop_reads.shop)
    payment_settings: PaymentSettings = read(shop_reads.payment_settings_at_root)
    locations: Connection[Location] = read(store_reads.locations, description="Where orders can be collected.")
    cart: Cart | None = read(cart_reads.cart, description="Null for what is not there and for a wrong key alike. Reading changes nothing.")
    customer_cart: Cart | None = read(cart_reads.customer_cart, description="The one that a customer has on every device, if any.")
    customer: Customer | None = read(order_reads.customer, description="Whoever's the token is, and his orders.")
    order: Order | None = read(
        order_reads.order, description=f"{BEYOND}an error in the same words for what is not there and for a wrong key."
    )
    feed_item: FeedItem | None = read(
        feed_reads.feed_item,
        description=f"{BEYOND}why an item is in a feed or not, as a build at this moment would have it. `sku` may be a variant's number, "
        "where several have the same SKU. For staff keys: the error FORBIDDEN for all others, NOT_FOUND for what is no feed or is not "
        "published.",
    )
    localization: Localization = read(shop_reads.localization)
    public_api_versions: list[ApiVersion] = read(shop_reads.public_api_versions)


@strawberry.directive(
    name=NAME,
    locations=[DirectiveLocation.QUERY, DirectiveLocation.MUTATION],
    description="Where and in which language the answer is read. What the shop does not offer falls back to its own country and language.",
)
def in_context(
    country: CountryCode | None = None,
    language: LanguageCode | None = None,
    preferred_location_id: strawberry.ID | None = None,
) -> None:
    """Read by storefront/place.py before execution."""
