"""A product and its options."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from storefront.resolvers import availability, encoded, option_reads, price_reads, product_reads
from storefront.scalars import HTML, URL, Color
from storefront.types.common import (
    SEO,
    Connection,
    Count,
    Fresh,
    HasMetafields,
    Node,
    OnlineStorePublishable,
    PriorPrice,
    ProductPriceRange,
    Trackable,
)
from storefront.types.image import Image, Media
from storefront.types.reading import read
from storefront.types.variant import ProductVariant

if TYPE_CHECKING:
    from storefront.types.collection import Collection


@strawberry.type
class ProductOptionValueSwatch:
    color: Color | None
    image: Media | None


@strawberry.type
class ProductOptionValue(Node):
    id: ID = read(option_reads.value_id)
    name: str
    first_selectable_variant: ProductVariant | None = read(option_reads.first_selectable_variant)
    swatch: ProductOptionValueSwatch | None = read(product_reads.nothing, description="WooCommerce keeps none.")


@strawberry.type
class ProductOption(Node):
    id: ID = read(option_reads.option_id)
    name: str
    values: list[str] = strawberry.field(deprecation_reason="Use `optionValues` instead.")
    option_values: list[ProductOptionValue] = read(option_reads.option_values)


@strawberry.type(description="A way to sell something repeatedly. WooCommerce has none by itself.")
class SellingPlanGroup:
    name: str


@strawberry.type(description="A node of a product taxonomy.")
class TaxonomyCategory(Node):
    id: ID
    name: str


@strawberry.type
class Product(Node, HasMetafields, OnlineStorePublishable, Trackable, Fresh):
    id: ID = read(product_reads.product_id)
    handle: str
    title: str
    description: str = read(product_reads.description)
    description_html: HTML
    summary: str = strawberry.field(description="WooCommerce's short description, without HTML.")
    summary_html: HTML
    vendor: str = strawberry.field(description="The brand; empty without one.")
    product_type: str = strawberry.field(description="The name of the most specific category.")
    tags: list[str]
    category: TaxonomyCategory | None = read(product_reads.nothing, description="Null: WooCommerce's categories are collections.")
    options: list[ProductOption] = read(option_reads.options)
    variants: Connection[ProductVariant] = read(product_reads.variants)
    variants_count: Count | None = read(product_reads.variants_count)
    variant_by_selected_options: ProductVariant | None = read(option_reads.variant_by_selected_options)
    selected_or_first_available_variant: ProductVariant | None = read(option_reads.selected_or_first_available_variant)
    adjacent_variants: list[ProductVariant] = read(option_reads.adjacent_variants)
    encoded_variant_existence: str | None = read(encoded.encoded_variant_existence)
    encoded_variant_availability: str | None = read(encoded.encoded_variant_availability)
    images: Connection[Image] = read(product_reads.images)
    media: Connection[Media] = read(product_reads.media)
    featured_image: Image | None = read(product_reads.featured_image)
    price_range: ProductPriceRange = read(price_reads.price_range)
    compare_at_price_range: ProductPriceRange = read(
        price_reads.compare_at_price_range, description="Of the reduced variants' regular prices; 0 when none is reduced."
    )
    prior_price: PriorPrice | None = read(
        price_reads.product_prior_price, description="That of the variant with the lowest price; null when it is not reduced."
    )
    available_for_sale: bool = read(availability.product_available)
    total_inventory: int | None = read(
        availability.total_inventory, description="Pieces left to sell over all variants; null when none are counted."
    )
    seo: SEO = read(product_reads.seo)
    collections: Connection[Annotated["Collection", strawberry.lazy("storefront.types.collection")]] = read(product_reads.collections)
    is_gift_card: bool = read(product_reads.is_never)
    requires_selling_plan: bool = read(product_reads.is_never)
    selling_plan_groups: Connection[SellingPlanGroup] = read(product_reads.selling_plan_groups)
    created_at: datetime
    updated_at: datetime
    published_at: datetime = read(product_reads.published_at)
    online_store_url: URL | None = read(product_reads.online_store_url)
    tracking_parameters: str | None = read(product_reads.nothing)
    external_url: URL | None = strawberry.field(description="Where an external product is bought.")
    button_text: str | None = strawberry.field(description="What the button to an external product says.")
    grouped_products: list[Annotated["Product", strawberry.lazy("storefront.types.product")]] = read(
        product_reads.grouped_products, description="The members of a grouped product."
    )
    as_of: datetime = strawberry.field(description="When WooCommerce was read.")
