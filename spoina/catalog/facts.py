"""What a source of the catalogue says, mapped to our types and not yet stored: the hand-over from a channel's mapping to the catalogue."""

from datetime import datetime
from enum import StrEnum

import msgspec

from spoina.catalog.types import Product, Status, Variant
from spoina.ids import ProductId, StockItemId, TermId, VariantId


class StockFact(msgspec.Struct, frozen=True, kw_only=True):
    """How many pieces the source counts; it may be negative (backorders, sales that raced each other)."""

    item: StockItemId
    on_hand: int


class ProductFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`product.variants` holds the one variant of a simple, grouped or external product and is empty for a variable one, whose variations
    come as VariationFacts; `variation_ids` are those the source says it has. `stock` None: the source does not count the product itself."""

    product: Product
    stock: StockFact | None = None
    variation_ids: tuple[VariantId, ...] = ()


class VariationFacts(msgspec.Struct, frozen=True, kw_only=True):
    """`stock` is None also where the parent's stock is shared: then the parent's ProductFacts carry the count."""

    variant: Variant
    parent_id: ProductId
    status: Status
    modified_at: datetime
    stock: StockFact | None = None


class Taxonomy(StrEnum):
    TAG = "tag"
    BRAND = "brand"
    SHIPPING_CLASS = "shipping_class"
    ATTRIBUTE = "attribute"
    ATTRIBUTE_TERM = "attribute_term"


class Term(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name that groups products. `parent_id` is the parent brand of a brand and the attribute of an attribute term."""

    taxonomy: Taxonomy
    id: TermId
    slug: str
    name: str
    parent_id: TermId | None = None
    description: str = ""
    position: int = 0
    as_of: datetime


class TaxClass(msgspec.Struct, frozen=True, kw_only=True):
    """`slug` is what variants carry in `tax_class`; the standard class is "" there and here."""

    slug: str
    name: str
    as_of: datetime


class TaxRate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of a tax table. `rate` is a percentage as a decimal text ("23.0000"); empty country, state, postcodes or cities match any.

    Of the rates of one `priority` the first that matches counts; rates of different priorities add up, `compound` ones on top of the tax
    before them.
    """

    id: int
    tax_class: str
    country: str
    state: str = ""
    postcodes: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    rate: str
    name: str
    priority: int = 1
    compound: bool = False
    shipping: bool = False
    position: int = 0
    as_of: datetime
