"""What a feed reads of a product's prepared document: no more than it needs, because decoding is a good part of the work."""

from datetime import datetime

import msgspec

from feeds.types import FeedItem
from spoina.catalog.types import Backorders, Kind, StockStatus, Visibility
from spoina.pricing.types import PriceSchedule


class SourceImage(msgspec.Struct, frozen=True, gc=False):
    url: str


class SourceOption(msgspec.Struct, frozen=True, gc=False):
    name: str
    value: str


class SourceMetafield(msgspec.Struct, frozen=True, gc=False):
    namespace: str
    key: str
    value: str
    type: str = "single_line_text_field"


class SourceStock(msgspec.Struct, frozen=True, gc=False):
    item: int | None = None
    status: StockStatus = StockStatus.IN_STOCK
    backorders: Backorders = Backorders.NO


class SourceDimensions(msgspec.Struct, frozen=True, gc=False):
    length: int | None = None
    width: int | None = None
    height: int | None = None


class SourcePriorPrice(msgspec.Struct, frozen=True, gc=False):
    minor: int


_COUNTED_BY_NOBODY = SourceStock()


class SourceVariant(msgspec.Struct, frozen=True, gc=False):
    id: int
    prices: PriceSchedule
    sku: str = ""
    barcode: str = ""
    options: tuple[SourceOption, ...] = ()
    purchasable: bool = True
    stock: SourceStock = _COUNTED_BY_NOBODY
    image: SourceImage | None = None
    weight_grams: int | None = None
    dimensions: SourceDimensions | None = None
    tax_class: str = ""
    shipping_class: str = ""
    prior_price: SourcePriorPrice | None = None
    metafields: tuple[SourceMetafield, ...] = ()


class SourceProduct(msgspec.Struct, frozen=True, gc=False):
    """As spoina.catalog.types.Product, whose fields explain themselves there."""

    id: int
    handle: str
    kind: Kind
    title: str
    created_at: datetime
    visibility: Visibility = Visibility.VISIBLE
    description_html: str = ""
    description: str = ""
    summary: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()
    category_ids: tuple[int, ...] = ()
    images: tuple[SourceImage, ...] = ()
    variants: tuple[SourceVariant, ...] = ()
    metafields: tuple[SourceMetafield, ...] = ()
    permalink: str = ""


decode_source = msgspec.json.Decoder(SourceProduct).decode


class Subject(msgspec.Struct, gc=False):
    """What rules look at: an item in the making, and where it comes from."""

    item: FeedItem
    product: SourceProduct
    variant: SourceVariant
    at: datetime
    """The moment of the build."""
