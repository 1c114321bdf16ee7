"""What is read of WooCommerce's JSON, and nothing else.

Types are as wide as plugins are known to make them ("" for null, a number for its text, [] for an empty object), so that an oddity costs at
most the one item that carries it: a page is split into items first (`items_of`), and each is decoded on its own.
"""

import re
from typing import TypeVar

import msgspec

from spoina.errors import SourceMalformed

Text = str | int | float | bool | None
"""A text that PHP may hand out as another scalar; false and null stand for none."""


T = TypeVar("T")
P = TypeVar("P", bound=msgspec.Struct)


class Unmappable(Exception):
    """One item of the shop cannot become a fact of the catalogue; `reason` says why in plain words, for the quarantine list."""

    def __init__(self, kind: str, external_id: int, reason: str) -> None:
        super().__init__(f"{kind} {external_id}: {reason}")
        self.kind, self.external_id, self.reason = kind, external_id, reason


Ids = list[int] | dict[str, int]
"""PHP writes a list with a gap in its numbering as an object."""


def in_order(listed: list[T] | dict[str, T]) -> list[T]:
    return listed if isinstance(listed, list) else list(listed.values())


class NamedRef(msgspec.Struct, frozen=True):
    """A category, tag or brand as a product names it."""

    id: int
    name: Text = ""
    slug: Text = ""


class ImagePayload(msgspec.Struct, frozen=True):
    id: int = 0
    src: Text = ""
    alt: Text = ""


class AttributePayload(msgspec.Struct, frozen=True):
    """`id` 0: the product's own attribute. A product gives `options`, a variation `option`."""

    id: int = 0
    name: Text = ""
    slug: Text = ""
    position: int = 0
    visible: bool = True
    variation: bool = False
    options: list[Text] | dict[str, Text] = msgspec.field(default_factory=list)
    option: Text = ""


class DimensionsPayload(msgspec.Struct, frozen=True):
    length: Text = None
    width: Text = None
    height: Text = None


class MetaPayload(msgspec.Struct, frozen=True):
    """`value` stays encoded: most meta data is private and never looked at."""

    key: str
    value: msgspec.Raw = msgspec.Raw(b"null")


class SellablePayload(msgspec.Struct, frozen=True, kw_only=True):
    """What products and variations have in common."""

    id: int
    status: str
    name: Text = ""
    parent_id: int = 0
    permalink: Text = ""
    date_created_gmt: str | None = None
    date_modified_gmt: str | None = None
    sku: Text = None
    global_unique_id: Text = None
    price: Text = None
    regular_price: Text = None
    sale_price: Text = None
    date_on_sale_from_gmt: str | None = None
    date_on_sale_to_gmt: str | None = None
    purchasable: bool = True
    virtual: bool = False
    shipping_required: bool | None = None
    tax_status: Text = "taxable"
    tax_class: Text = ""
    manage_stock: bool | str | int | None = False
    stock_quantity: Text = None
    stock_status: Text = "instock"
    backorders: Text = "no"
    low_stock_amount: Text = None
    weight: Text = None
    dimensions: DimensionsPayload | list[msgspec.Raw] | None = None
    shipping_class: Text = ""
    shipping_class_id: Text = 0
    attributes: list[AttributePayload] = msgspec.field(default_factory=list)
    images: list[ImagePayload] = msgspec.field(default_factory=list)
    menu_order: int = 0
    meta_data: list[MetaPayload] = msgspec.field(default_factory=list)


class ProductPayload(SellablePayload, frozen=True, kw_only=True):
    type: str
    slug: Text = ""
    featured: bool = False
    catalog_visibility: Text = "visible"
    description: Text = ""
    short_description: Text = ""
    total_sales: Text = 0
    external_url: Text = ""
    button_text: Text = ""
    sold_individually: bool = False
    average_rating: Text = None
    rating_count: Text = 0
    upsell_ids: Ids = msgspec.field(default_factory=list)
    cross_sell_ids: Ids = msgspec.field(default_factory=list)
    categories: list[NamedRef] = msgspec.field(default_factory=list)
    brands: list[NamedRef] = msgspec.field(default_factory=list)
    tags: list[NamedRef] = msgspec.field(default_factory=list)
    variations: Ids = msgspec.field(default_factory=list)
    grouped_products: Ids = msgspec.field(default_factory=list)


class LinkPayload(msgspec.Struct, frozen=True):
    href: str = ""


class LinksPayload(msgspec.Struct, frozen=True):
    up: list[LinkPayload] = msgspec.field(default_factory=list)


class VariationPayload(SellablePayload, frozen=True, kw_only=True):
    """The variations controller gives one `image`; the products controller, asked for a variation's id, gives `images`."""

    image: ImagePayload | list[msgspec.Raw] | None = None
    links: LinksPayload = msgspec.field(name="_links", default_factory=LinksPayload)


class CategoryPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: Text
    slug: Text
    parent: int = 0
    description: Text = ""
    image: ImagePayload | list[msgspec.Raw] | None = None
    menu_order: int = 0


class TermPayload(msgspec.Struct, frozen=True, kw_only=True):
    """Tags, brands, attributes, attribute terms, shipping classes."""

    id: int
    name: Text
    slug: Text
    parent: int = 0
    description: Text = ""
    menu_order: int = 0


class TaxClassPayload(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    name: Text


class TaxRatePayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    country: Text = ""
    state: Text = ""
    postcode: Text = ""
    city: Text = ""
    postcodes: list[Text] = msgspec.field(default_factory=list)
    cities: list[Text] = msgspec.field(default_factory=list)
    rate: Text
    name: Text = ""
    priority: int = 1
    compound: bool = False
    shipping: bool = False
    order: int = 0
    tax_class: str = msgspec.field(name="class", default="standard")


class CouponPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    code: Text
    status: Text = "publish"
    discount_type: Text = ""
    amount: Text = None
    date_expires_gmt: str | None = None
    usage_count: Text = 0
    usage_limit: Text = None
    limit_usage_to_x_items: Text = None
    individual_use: bool = False
    free_shipping: bool = False
    exclude_sale_items: bool = False
    product_ids: Ids = msgspec.field(default_factory=list)
    excluded_product_ids: Ids = msgspec.field(default_factory=list)
    product_categories: Ids = msgspec.field(default_factory=list)
    excluded_product_categories: Ids = msgspec.field(default_factory=list)
    minimum_amount: Text = None
    maximum_amount: Text = None
    email_restrictions: list[Text] | dict[str, Text] = msgspec.field(default_factory=list)


class ZonePayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: Text = ""
    order: int = 0


class LocationPayload(msgspec.Struct, frozen=True, kw_only=True):
    """`type` is country, state, postcode or continent."""

    code: Text
    type: Text = ""


class MethodSettingPayload(msgspec.Struct, frozen=True):
    """`value` is text; plugins store lists there, which are no setting of ours."""

    value: msgspec.Raw = msgspec.Raw(b"null")


class ZoneMethodPayload(msgspec.Struct, frozen=True, kw_only=True):
    instance_id: int
    method_id: str
    title: Text = ""
    order: int = 0
    enabled: bool = True
    settings: dict[str, MethodSettingPayload] | list[msgspec.Raw] = msgspec.field(default_factory=dict)


class ContinentPayload(msgspec.Struct, frozen=True, kw_only=True):
    class Country(msgspec.Struct, frozen=True):
        code: str

    countries: list[Country] = msgspec.field(default_factory=list)


class SettingPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    value: msgspec.Raw = msgspec.Raw(b"null")


class SiteIndexPayload(msgspec.Struct, frozen=True, kw_only=True):
    """WordPress's /wp-json/."""

    name: Text = ""
    description: Text = ""
    home: Text = ""
    url: Text = ""
    gmt_offset: Text = 0
    timezone_string: Text = ""
    namespaces: list[str] = msgspec.field(default_factory=list)


class RenderedPayload(msgspec.Struct, frozen=True):
    rendered: Text = ""


class PagePayload(msgspec.Struct, frozen=True, kw_only=True):
    """A WordPress page (wp/v2/pages)."""

    id: int
    slug: Text
    status: str = "publish"
    title: RenderedPayload = RenderedPayload()
    content: RenderedPayload = RenderedPayload()
    excerpt: RenderedPayload = RenderedPayload()
    date_gmt: str | None = None
    modified_gmt: str | None = None
    menu_order: int = 0
    parent: int = 0
    link: Text = ""


class NavigationPayload(msgspec.Struct, frozen=True, kw_only=True):
    """A block theme's navigation (wp/v2/navigation); its content is serialised blocks."""

    id: int
    slug: Text
    status: str = "publish"
    title: RenderedPayload = RenderedPayload()
    content: RenderedPayload = RenderedPayload()


class WebhookPayload(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: Text = ""
    status: str
    topic: str
    delivery_url: Text = ""


class _Identified(msgspec.Struct, frozen=True):
    id: int = 0


_items: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])
_product = msgspec.json.Decoder(ProductPayload)
_variation = msgspec.json.Decoder(VariationPayload)

FIELDS = {
    path: ",".join(field.encode_name for field in msgspec.structs.fields(payload))
    for path, payload in (("products", ProductPayload), ("variations", VariationPayload), ("coupons", CouponPayload))
}
"""What lists are asked for (`_fields`): a third less to send, and WooCommerce is spared the price tags and related products it would
make up."""
_identified = msgspec.json.Decoder(_Identified)
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def items_of(body: bytes) -> list[msgspec.Raw]:
    """The items of a page, still encoded. Raises SourceMalformed where the body is no JSON list."""
    try:
        return _items.decode(body)
    except msgspec.DecodeError as error:
        raise SourceMalformed(
            "the shop's list", f"it is broken JSON ({error})", "A PHP error may have cut the answer off: look into the shop's error log."
        ) from None


def product_of(item: bytes | msgspec.Raw) -> ProductPayload:
    """Raises Unmappable."""
    return _decoded(_product, "product", item)


def variation_of(item: bytes | msgspec.Raw) -> VariationPayload:
    """Raises Unmappable."""
    return _decoded(_variation, "variation", item)


def payload_of(kind: str, payload: type[P], item: bytes | msgspec.Raw) -> P:
    """Any other payload; `kind` names it in the reason. Raises Unmappable."""
    return _decoded(msgspec.json.Decoder(payload), kind, item)


def id_of(item: bytes | msgspec.Raw) -> int:
    """The item's id, 0 where it has none that can be read."""
    try:
        return _identified.decode(item).id
    except msgspec.DecodeError:
        return 0


def _decoded(decoder: msgspec.json.Decoder[P], kind: str, item: bytes | msgspec.Raw) -> P:
    encoded = bytes(item)
    if b"\\u0000" in encoded:
        encoded = _NUL.sub(rb"\1", encoded)  # PostgreSQL's text cannot hold it
    try:
        return decoder.decode(encoded)
    except msgspec.DecodeError as error:
        raise Unmappable(kind, id_of(encoded), f"the shop's answer has an unexpected form: {error}") from None
