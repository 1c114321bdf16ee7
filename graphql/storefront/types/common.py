"""Interfaces, connections and small objects that many types share."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

import strawberry
from strawberry import ID

from storefront.codes import CurrencyCode
from storefront.resolvers import metafield_reads, paging, price_reads, product_reads
from storefront.scalars import URL, Decimal
from storefront.types.reading import read

if TYPE_CHECKING:
    from storefront.types.collection import Collection
    from storefront.types.content import Page
    from storefront.types.image import MediaImage
    from storefront.types.product import Product
    from storefront.types.variant import ProductVariant

T = TypeVar("T")

MetafieldReference = Annotated[
    Annotated["Collection", strawberry.lazy("storefront.types.collection")]
    | Annotated["MediaImage", strawberry.lazy("storefront.types.image")]
    | Annotated["Page", strawberry.lazy("storefront.types.content")]
    | Annotated["Product", strawberry.lazy("storefront.types.product")]
    | Annotated["ProductVariant", strawberry.lazy("storefront.types.variant")],
    strawberry.union(
        "MetafieldReference", description="What a metafield may point to. WooCommerce's attributes and meta data point to nothing."
    ),
]


@strawberry.interface(description="Anything with a global id.")
class Node:
    id: ID


@strawberry.interface(description="A copy of what somebody else keeps.")
class Fresh:
    as_of: datetime | None = strawberry.field(description="When its owner was read; null for what no owner has told of.")


@strawberry.interface(description="Anything with a page of its own in the shop.")
class OnlineStorePublishable:
    online_store_url: URL | None


@strawberry.interface(description="Anything a search can lead to.")
class Trackable:
    tracking_parameters: str | None


@strawberry.type(
    description="A named fact beside the fixed fields: an attribute that is no option (`attributes`) or public meta data (`meta`)."
)
class Metafield(Node):
    id: ID = read(metafield_reads.metafield_id)
    namespace: str = read(metafield_reads.metafield_namespace)
    key: str = read(metafield_reads.metafield_key)
    value: str = read(metafield_reads.metafield_value)
    type: str = read(metafield_reads.metafield_type)
    description: str | None = read(metafield_reads.metafield_description)
    created_at: datetime = read(metafield_reads.as_of)
    updated_at: datetime = read(metafield_reads.as_of, description="When WooCommerce was read.")
    reference: MetafieldReference | None = read(product_reads.nothing)


@strawberry.interface(description="Anything with metafields.")
class HasMetafields:
    metafield: Metafield | None = read(metafield_reads.metafield)
    metafields: list[Metafield | None] = read(metafield_reads.metafields)


@strawberry.type(description="Where a page of a connection lies.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None = read(paging.start_cursor)
    end_cursor: str | None = read(paging.end_cursor)


@strawberry.type(name="Edge")
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type(name="Connection")
class Connection(Generic[T]):
    edges: list[Edge[T]] = read(paging.edges)
    nodes: list[T]
    page_info: PageInfo = read(paging.page_info)


@strawberry.type(description="An amount of money: exact, with as many digits as its currency has.")
class MoneyV2:
    amount: Decimal = read(price_reads.amount)
    currency_code: CurrencyCode = read(price_reads.currency)


@strawberry.type
class ProductPriceRange:
    min_variant_price: MoneyV2
    max_variant_price: MoneyV2


@strawberry.type
class PriceWindow:
    start: datetime
    end: datetime


@strawberry.type
class PriceEvidence:
    price: MoneyV2 | None = read(price_reads.evidence_price, description="Null: it was not for sale.")
    valid_from: datetime = read(price_reads.evidence_valid_from, description="It held from here until the next one.")


@strawberry.type(
    description="The lowest price of the 30 days before the reduction (act of 9 May 2014, art. 4(2); Directive 98/6/EC, art. 6a)."
)
class PriorPrice:
    amount: Decimal = read(price_reads.prior_amount)
    currency_code: CurrencyCode = read(price_reads.prior_currency)
    valid_from: datetime = read(price_reads.prior_valid_from, description="When that price began to hold.")
    window: PriceWindow = read(price_reads.prior_window, description="The 30 days, up to the moment of the reduction.")
    evidence: list[PriceEvidence] = read(price_reads.prior_evidence, description="Every price that held in the window, oldest first.")


@strawberry.type(name="SEO")
class SEO:
    title: str | None
    description: str | None


@strawberry.enum
class CountPrecision(StrEnum):
    AT_LEAST = "AT_LEAST"
    EXACT = "EXACT"


@strawberry.type
class Count:
    count: int
    precision: CountPrecision


@strawberry.type
class SelectedOption:
    name: str
    value: str
