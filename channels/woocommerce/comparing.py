"""Two sides of one fact compared by value: pure functions that yield typed differences."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from spoina.catalog.types import Product, Variant
from spoina.ids import StockItemId


class DriftKind(StrEnum):
    PRICE = "price"
    STOCK = "stock"
    STATUS = "status"
    MISSING = "missing"
    EXTRA = "extra"
    VARIATION = "variation"
    CATEGORY = "category"
    TEXT = "text"
    DETAIL = "detail"


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`shop` and `mirror` are the two values as text, shortened; `variant_id` where a single variant differs."""

    kind: DriftKind
    product_id: int
    variant_id: int | None = None
    field: str = ""
    shop: str = ""
    mirror: str = ""


_PRODUCT_KINDS = {
    **dict.fromkeys(("status", "visibility", "kind"), DriftKind.STATUS),
    **dict.fromkeys(("category_ids", "product_type"), DriftKind.CATEGORY),
    **dict.fromkeys(("title", "handle", "description_html", "description", "summary_html", "summary", "button_text"), DriftKind.TEXT),
}
_VARIANT_KINDS = {"prices": DriftKind.PRICE, "stock": DriftKind.STOCK, "purchasable": DriftKind.STATUS}
_LISTING_KINDS = {
    **dict.fromkeys(("price_min", "price_max", "price_until"), DriftKind.PRICE),
    **dict.fromkeys(("title", "handle"), DriftKind.TEXT),
    **dict.fromkeys(("labels", "product_type", "vendor"), DriftKind.CATEGORY),
}
_NOT_THE_SHOPS = {"as_of", "prior_price", "variants"}
"""Fields the shop says nothing of, or that are compared on their own."""

_LONGEST = 80


def compare_products(shop: Product, mirror: Product) -> Iterator[Difference]:
    for field, theirs, ours in _unequal(shop, mirror):
        kind = _PRODUCT_KINDS.get(field, DriftKind.DETAIL)
        yield Difference(kind=kind, product_id=shop.id, field=field, shop=theirs, mirror=ours)


def compare_variants(shop: Variant, mirror: Variant) -> Iterator[Difference]:
    for field, theirs, ours in _unequal(shop, mirror):
        kind = _VARIANT_KINDS.get(field, DriftKind.VARIATION)
        yield Difference(kind=kind, product_id=shop.product_id, variant_id=shop.id, field=field, shop=theirs, mirror=ours)


def compare_sets(product_id: int, shop: Sequence[int], mirror: Sequence[int]) -> Iterator[Difference]:
    """Variations that only one side has."""
    for variant_id in sorted(set(shop) ^ set(mirror)):
        there = variant_id in set(shop)
        yield Difference(
            kind=DriftKind.VARIATION,
            product_id=product_id,
            variant_id=variant_id,
            field="id",
            shop=str(variant_id) if there else "",
            mirror="" if there else str(variant_id),
        )


def compare_counts(product_id: int, shop: Mapping[StockItemId, int], mirror: Mapping[StockItemId, int]) -> Iterator[Difference]:
    """Stock on hand by item; an item that the mirror does not count differs from any number."""
    for item, on_hand in shop.items():
        if mirror.get(item) != on_hand:
            ours = "" if item not in mirror else str(mirror[item])
            yield Difference(kind=DriftKind.STOCK, product_id=product_id, variant_id=item, field="on_hand", shop=str(on_hand), mirror=ours)


def difference_of_listing(product_id: int, field: str, shop: object, mirror: object) -> Difference:
    """A column that listings sort or filter by."""
    kind = _LISTING_KINDS.get(field, DriftKind.STATUS)
    return Difference(kind=kind, product_id=product_id, field=f"listing.{field}", shop=_shortened(shop), mirror=_shortened(mirror))


def _unequal(shop: msgspec.Struct, mirror: msgspec.Struct) -> Iterator[tuple[str, str, str]]:
    for field in shop.__struct_fields__:
        theirs, ours = getattr(shop, field), getattr(mirror, field)
        if field not in _NOT_THE_SHOPS and theirs != ours:
            yield field, _shortened(theirs), _shortened(ours)


def _shortened(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
