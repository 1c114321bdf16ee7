"""How a listing is asked for: a tree of conditions, an order, and a place to start.

Pure values; spoina/catalog/queries.py turns them into SQL.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from spoina.ids import ProductId


class SortKey(StrEnum):
    """MANUAL is the merchant's order in WooCommerce (menu order, then title); RELEVANCE falls back to BEST_SELLING without a text query."""

    ID = "id"
    TITLE = "title"
    PRICE = "price"
    BEST_SELLING = "best_selling"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    VENDOR = "vendor"
    PRODUCT_TYPE = "product_type"
    MANUAL = "manual"
    RELEVANCE = "relevance"


class HasLabel(msgspec.Struct, frozen=True, tag="label"):
    """The product carries at least one of these labels (spoina/catalog/labels.py)."""

    any_of: tuple[str, ...]


class Compares(msgspec.Struct, frozen=True, tag="compares"):
    """`field` is one of price (minor units; of some variant, = of the range they span), created_at, updated_at, id,
    total_sales, inventory (pieces left of all variants); `operator` is one of = < <= > >=."""

    field: str
    operator: str
    value: int | datetime


class IsAvailable(msgspec.Struct, frozen=True, tag="available"):
    available: bool


class HasText(msgspec.Struct, frozen=True, tag="text"):
    """A word or phrase; `prefix` for one that ends in *; `field` None looks everywhere, else title, handle, sku or barcode."""

    text: str
    prefix: bool = False
    field: str | None = None


class HasId(msgspec.Struct, frozen=True, tag="ids"):
    """One of these; `searched`: a text found them, so that products are shown that only a search may find."""

    any_of: tuple[ProductId, ...]
    searched: bool = False


class Not(msgspec.Struct, frozen=True, tag="not"):
    condition: "Condition"


class All(msgspec.Struct, frozen=True, tag="all"):
    """No conditions: everything."""

    conditions: tuple["Condition", ...] = ()


class AnyOf(msgspec.Struct, frozen=True, tag="any"):
    conditions: tuple["Condition", ...]


Condition = HasLabel | Compares | IsAvailable | HasText | HasId | Not | All | AnyOf


class ListingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`limit` products after (or before) a cursor. `backward` takes the last ones; the answer is in the listing's order all the same."""

    condition: Condition = All()
    sort: SortKey = SortKey.ID
    reverse: bool = False
    limit: int
    after: str | None = None
    before: str | None = None
    backward: bool = False


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Ids in order, each with the cursor that points behind it."""

    ids: tuple[ProductId, ...]
    cursors: tuple[str, ...]
    has_next: bool
    has_previous: bool
