"""Orders as Meilisearch sorts: every order is total, because the id comes last."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from search.types import SortKey

SCORE: Final = "score"
"""How well a hit fits, as Meilisearch tells with it; no field of a product."""
BY_FIT: Final = (SCORE, "in_stock", "total_sales", "id")
_LONGEST_TEXT: Final = 40
"""Characters of a title that a cursor remembers."""
Value = int | float | str


class Order(NamedTuple):
    """`mirrored`: by fit, from the worst; Meilisearch knows only the best first, so places are counted from the end. `turned` is the same
    order read from its end, None where Meilisearch cannot sort so."""

    sort: tuple[str, ...]
    mirrored: bool = False

    @property
    def turned(self) -> "Order | None":
        return Order(tuple(map(_turned, self.sort))) if self.sort else None

    @property
    def fields(self) -> tuple[str, ...]:
        """What decides the order, one after the other."""
        return tuple(rule.partition(":")[0] for rule in self.sort) or BY_FIT

    def values(self, found: Mapping[str, Value | None]) -> tuple[Value, ...]:
        """What a cursor remembers of a hit."""
        values = (found.get(field) or 0 for field in self.fields)
        return tuple(value[:_LONGEST_TEXT] if isinstance(value, str) else value for value in values)

    def key(self, values: Sequence[Value]) -> tuple[object, ...]:
        """Compares as the order does."""
        downwards = [rule.endswith(":desc") for rule in self.sort] or [field != "id" for field in BY_FIT]
        return tuple(_comparable(value, downwards=down is not self.mirrored) for value, down in zip(values, downwards, strict=True))


_BY: Final[dict[SortKey, tuple[str, ...]]] = {
    SortKey.PRICE: ("price_min:asc", "id:asc"),
    SortKey.TITLE: ("title_order:asc", "id:asc"),
    SortKey.CREATED_AT: ("created_at:asc", "id:asc"),
    SortKey.UPDATED_AT: ("updated_at:asc", "id:asc"),
    SortKey.BEST_SELLING: ("total_sales:desc", "id:asc"),
    SortKey.MANUAL: ("position:asc", "title_order:asc", "id:asc"),
}


def order_of(sort: SortKey, *, reverse: bool, has_text: bool) -> Order:
    if sort is SortKey.RELEVANCE:
        if has_text:
            return Order((), mirrored=reverse)
        sort = SortKey.BEST_SELLING
    by = tuple(map(_turned, _BY[sort])) if reverse else _BY[sort]
    # What has no price is last in both directions, and first of an order that is read from its end.
    return Order(("priced:desc", *by) if sort is SortKey.PRICE else by)


def _comparable(value: Value, *, downwards: bool) -> object:
    """A text as its letters, and an end that lies before every letter."""
    sign = -1 if downwards else 1
    return sign * value if not isinstance(value, str) else (*(sign * ord(letter) for letter in value), -sign)


def _turned(rule: str) -> str:
    field, _, direction = rule.partition(":")
    return f"{field}:{'desc' if direction == 'asc' else 'asc'}"
