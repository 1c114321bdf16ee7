"""What a feed reads of a product's prepared document: no more than it needs, because decoding is a good part of the work."""

from datetime import datetime

import msgspec

from feeds.types import FeedItem
from spoina.catalog.types import Backorders, Kind, StockStatus, Visibility
from spoina.pricing.cart.types import TaxStatus
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
    tax_status: TaxStatus = TaxStatus.TAXABLE
    tax_class: str = ""
    shipping_class: str = ""
    prior_price: SourcePriorPrice | None = None
    metafields: tuple[SourceMetafield, ...] = ()


_NO_TEXT = msgspec.Raw(b'""')
_PLAIN = bytes(set(range(0x20, 0x7F)) - set(b'<>&"\\')) + bytes(range(0x80, 0xC0)) + b"\xc3\xc4\xc5"
"""Of UTF-8: what of ASCII has no meaning to any format, and the letters (and two signs) from U+00C0 to U+017F, which all can be shown."""
_FIRST_OF_LETTERS = (b"\xc4", b"\xc5")
_FEW = 64


class SourceProduct(msgspec.Struct, frozen=True, gc=False):
    """As spoina.catalog.types.Product, whose fields explain themselves there."""

    id: int
    handle: str
    kind: Kind
    title: str
    created_at: datetime
    visibility: Visibility = Visibility.VISIBLE
    raw_description_html: msgspec.Raw = msgspec.field(name="description_html", default=_NO_TEXT)
    raw_description: msgspec.Raw = msgspec.field(name="description", default=_NO_TEXT)
    """Long texts stay as the document has them until somebody asks."""
    summary: str = ""
    vendor: str = ""
    tags: tuple[str, ...] = ()
    category_ids: tuple[int, ...] = ()
    images: tuple[SourceImage, ...] = ()
    variants: tuple[SourceVariant, ...] = ()
    metafields: tuple[SourceMetafield, ...] = ()
    permalink: str = ""

    @property
    def description(self) -> str:
        return _decode_text(self.raw_description)

    @property
    def description_html(self) -> str:
        return _decode_text(self.raw_description_html)

    @property
    def plain_description(self) -> bytes:
        """The description as UTF-8 where it surely is one line that begins with a letter or a digit and holds small letters, without
        markup, entities, quotes or anything that may not stand in a feed; otherwise b"". Found without decoding it."""
        text = bytes(self.raw_description)[1:-1].rstrip()
        if text.translate(None, _PLAIN) or not (text[:1].isalnum() or text[:1] in _FIRST_OF_LETTERS):
            return b""
        return b"" if text[:_FEW].upper() == text[:_FEW] else text


_decode_text = msgspec.json.Decoder(str).decode
decode_source = msgspec.json.Decoder(SourceProduct).decode


class Subject(msgspec.Struct, gc=False):
    """What rules look at: an item in the making, and where it comes from."""

    item: FeedItem
    product: SourceProduct
    variant: SourceVariant
    at: datetime
    """The moment of the build."""
