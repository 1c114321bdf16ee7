"""What the catalogue is: the facts a product page, a listing, a search document and a feed row need, in one prepared document.

A `Product` is encoded as JSON into `product_document.body` and resolved directly by GraphQL; nothing in it depends on the moment it is read
but prices in a sale window (`spoina.pricing.rules`) and stock (`spoina.inventory`).
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from spoina.ids import CategoryId, Gtin, ProductId, Sku, StockItemId, VariantId
from spoina.pricing.cart.types import ShippingClassId, TaxStatus
from spoina.pricing.types import PriceSchedule, PriorPrice

DOCUMENT_FORMAT = 2
"""Part of each content hash: a new number makes the next sweep prepare every document again."""


class Kind(StrEnum):
    SIMPLE = "simple"
    VARIABLE = "variable"
    GROUPED = "grouped"
    EXTERNAL = "external"


class Status(StrEnum):
    """WordPress's post statuses; only PUBLISH is shown to shoppers."""

    PUBLISH = "publish"
    DRAFT = "draft"
    PENDING = "pending"
    PRIVATE = "private"
    FUTURE = "future"


class Visibility(StrEnum):
    """WooCommerce's catalogue visibility. HIDDEN products still have a page of their own."""

    VISIBLE = "visible"
    CATALOG = "catalog"
    SEARCH = "search"
    HIDDEN = "hidden"


class StockStatus(StrEnum):
    IN_STOCK = "instock"
    OUT_OF_STOCK = "outofstock"
    ON_BACKORDER = "onbackorder"


class Backorders(StrEnum):
    NO = "no"
    NOTIFY = "notify"
    YES = "yes"


class StockPolicy(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a variant's stock is known. `item` None: it is not counted and `status` decides; otherwise the count of `item` does."""

    item: StockItemId | None = None
    status: StockStatus = StockStatus.IN_STOCK
    backorders: Backorders = Backorders.NO
    low_at: int | None = None


class Image(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: int
    url: str
    alt: str = ""


class SelectedOption(msgspec.Struct, frozen=True):
    name: str
    value: str


class Option(msgspec.Struct, frozen=True):
    """An axis of choice and its values, in the shop's order."""

    name: str
    values: tuple[str, ...]


class Metafield(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A named fact beside the fixed fields.

    `namespace` is "attributes" for WooCommerce attributes that are no options, "meta" for public meta data. `type` is one of the dialect's:
    single_line_text_field, multi_line_text_field, list.single_line_text_field, number_integer, number_decimal, boolean, json. "seo" holds
    title and description where a search-engine plugin keeps them.
    """

    namespace: str
    key: str
    value: str
    type: str = "single_line_text_field"
    label: str = ""


class Dimensions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Millimetres."""

    length: int | None = None
    width: int | None = None
    height: int | None = None


class Variant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that can be bought.

    `options` names only the axes that WooCommerce fixes: a variation with "any size" lacks that axis and matches every value of it.
    """

    id: VariantId
    product_id: ProductId
    title: str
    prices: PriceSchedule
    as_of: datetime
    sku: Sku | None = None
    barcode: Gtin | None = None
    """As the shop typed it: a GTIN with a right check digit or not; inventory normalises."""
    options: tuple[SelectedOption, ...] = ()
    purchasable: bool = True
    """False: a grouped or external product, or a variation switched off."""
    stock: StockPolicy = StockPolicy()
    image: Image | None = None
    weight_grams: int | None = None
    dimensions: Dimensions | None = None
    tax_status: TaxStatus = TaxStatus.TAXABLE
    tax_class: str = ""
    requires_shipping: bool = True
    shipping_class: str = ""
    shipping_class_id: ShippingClassId | None = None
    """None also for a variation that has none of its own: then its product's counts."""
    prior_price: PriorPrice | None = None
    metafields: tuple[Metafield, ...] = ()
    position: int = 0

    @property
    def taxable(self) -> bool:
        return self.tax_status is TaxStatus.TAXABLE


class Product(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One product with everything that is shown of it. Texts are decoded (no HTML entities); the `_html` ones are sanitised HTML."""

    id: ProductId
    handle: str
    kind: Kind
    status: Status
    title: str
    currency: str
    created_at: datetime
    updated_at: datetime
    as_of: datetime
    visibility: Visibility = Visibility.VISIBLE
    description_html: str = ""
    description: str = ""
    summary_html: str = ""
    summary: str = ""
    vendor: str = ""
    """The brand's name, "" without one."""
    product_type: str = ""
    """The name of the most specific category."""
    tags: tuple[str, ...] = ()
    category_ids: tuple[CategoryId, ...] = ()
    images: tuple[Image, ...] = ()
    options: tuple[Option, ...] = ()
    variants: tuple[Variant, ...] = ()
    metafields: tuple[Metafield, ...] = ()
    sku: Sku | None = None
    external_url: str | None = None
    button_text: str | None = None
    grouped_ids: tuple[ProductId, ...] = ()
    upsell_ids: tuple[ProductId, ...] = ()
    cross_sell_ids: tuple[ProductId, ...] = ()
    featured: bool = False
    sold_individually: bool = False
    shipping_class_id: ShippingClassId | None = None
    total_sales: int = 0
    rating_average: str | None = None
    rating_count: int = 0
    position: int = 0
    permalink: str = ""


class Category(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A WooCommerce category: the dialect's collection."""

    id: CategoryId
    handle: str
    title: str
    parent_id: CategoryId | None = None
    description_html: str = ""
    description: str = ""
    image: Image | None = None
    position: int = 0
    as_of: datetime


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A WordPress page."""

    id: int
    handle: str
    title: str
    body_html: str
    summary: str = ""
    created_at: datetime
    updated_at: datetime
    as_of: datetime


class MenuItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`kind` is collection, page, product or http; `resource_id` names the resource for the first three."""

    id: str
    title: str
    url: str
    kind: str = "http"
    resource_id: int | None = None
    items: tuple["MenuItem", ...] = ()


class Menu(msgspec.Struct, frozen=True, kw_only=True):
    handle: str
    title: str
    items: tuple[MenuItem, ...]


class Shop(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The shop's settings that decide how its catalogue is read. Countries are ISO 3166 codes; `language` is ISO 639."""

    name: str
    url: str
    currency: str
    country: str
    timezone: str
    language: str = "pl"
    description: str = ""
    prices_include_tax: bool = True
    calc_taxes: bool = True
    price_decimals: int = 2
    weight_unit: str = "kg"
    dimension_unit: str = "cm"
    counts_stock: bool = True
    """False: WooCommerce's stock management is switched off, so that counts it still holds mean nothing."""
    as_of: datetime

    @property
    def adds_tax(self) -> bool:
        """Whether a shopper pays more than the catalogue's prices say. Where taxes are switched off, `prices_include_tax` means nothing."""
        return self.calc_taxes and not self.prices_include_tax
