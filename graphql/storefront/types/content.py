"""Pages and menus."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import strawberry
from strawberry import ID

from storefront.resolvers import content_reads, metafield_reads, product_reads
from storefront.scalars import HTML, URL
from storefront.types.collection import Collection
from storefront.types.common import SEO, Fresh, HasMetafields, Metafield, Node, OnlineStorePublishable, Trackable
from storefront.types.product import Product
from storefront.types.reading import read


@strawberry.enum
class MenuItemType(StrEnum):
    COLLECTION = "COLLECTION"
    HTTP = "HTTP"
    PAGE = "PAGE"
    PRODUCT = "PRODUCT"


@strawberry.type
class Page(Node, HasMetafields, OnlineStorePublishable, Trackable, Fresh):
    id: ID = read(content_reads.page_id)
    handle: str
    title: str
    body: HTML = read(content_reads.page_body)
    body_summary: str = read(content_reads.page_summary)
    seo: SEO | None = read(content_reads.page_seo)
    created_at: datetime
    updated_at: datetime
    metafield: Metafield | None = read(metafield_reads.no_metafield)
    metafields: list[Metafield | None] = read(metafield_reads.no_metafields)
    online_store_url: URL | None = read(content_reads.page_url)
    tracking_parameters: str | None = read(product_reads.nothing)
    as_of: datetime = strawberry.field(description="When WordPress was read.")


MenuItemResource = Annotated[Collection | Page | Product, strawberry.union("MenuItemResource")]


@strawberry.type
class MenuItem(Node):
    id: ID = read(content_reads.item_id)
    title: str
    url: URL | None = read(content_reads.item_url)
    type: MenuItemType = read(content_reads.item_type)
    resource_id: ID | None = read(content_reads.item_resource_id)
    resource: MenuItemResource | None = read(content_reads.item_resource)
    tags: list[str] = read(content_reads.item_tags)
    items: list[Annotated["MenuItem", strawberry.lazy("storefront.types.content")]]


@strawberry.type
class Menu(Node):
    id: ID = read(content_reads.menu_id)
    handle: str
    title: str
    items_count: int = read(content_reads.items_count)
    items: list[MenuItem]
