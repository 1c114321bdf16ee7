"""WooCommerce's categories."""

from datetime import datetime
from typing import Annotated, Optional

import strawberry
from strawberry import ID

from storefront.resolvers import collection_reads, listings, metafield_reads, product_reads
from storefront.scalars import HTML, URL
from storefront.types.common import SEO, Fresh, HasMetafields, Metafield, Node, OnlineStorePublishable, Trackable
from storefront.types.filters import ProductConnection
from storefront.types.image import Image
from storefront.types.reading import read

Itself = Annotated["Collection", strawberry.lazy("storefront.types.collection")]


@strawberry.type
class Collection(Node, HasMetafields, OnlineStorePublishable, Trackable, Fresh):
    id: ID = read(collection_reads.collection_id)
    handle: str
    title: str
    description: str = read(collection_reads.description)
    description_html: HTML
    image: Image | None
    seo: SEO = read(collection_reads.seo)
    products: ProductConnection = read(listings.collection_products, description="Those of the category and of every category below it.")
    parent: Optional[Itself] = read(collection_reads.parent)  # noqa: UP045 - a lazy type takes no |
    children: list[Itself] = read(collection_reads.children)
    updated_at: datetime = read(collection_reads.updated_at)
    metafield: Metafield | None = read(metafield_reads.no_metafield)
    metafields: list[Metafield | None] = read(metafield_reads.no_metafields)
    online_store_url: URL | None = read(product_reads.nothing)
    tracking_parameters: str | None = read(product_reads.nothing)
    as_of: datetime = strawberry.field(description="When WooCommerce was read.")
