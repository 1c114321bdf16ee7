"""Orders as Meilisearch sorts: every order is total, because the id comes last."""

from typing import Final, NamedTuple

from search.types import SortKey


class Order(NamedTuple):
    """`mirrored`: by fit, from the worst; Meilisearch knows only the best first, so places are counted from the end. `turned` is the same
    order read from its end, None where Meilisearch cannot sort so."""

    sort: tuple[str, ...]
    mirrored: bool = False

    @property
    def turned(self) -> "Order | None":
        return Order(tuple(map(_turned, self.sort))) if self.sort else None


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


def _turned(rule: str) -> str:
    field, _, direction = rule.partition(":")
    return f"{field}:{'desc' if direction == 'asc' else 'asc'}"
