"""Pages of a total order that is made of tiers, each read in the order of one column."""

from collections.abc import Sequence
from typing import NamedTuple

import tantivy
from tantivy import FieldType, Query

from search.cursors import Place, decode_place, encode_place
from search.embedded.combining import all_of, without
from search.embedded.filtering import filtered
from search.embedded.matching import Tier
from search.embedded.snapshot import Snapshot
from search.embedded.sorting import Order
from search.types import SearchQuery
from spoina.errors import InvalidInput

_DIGITS = 16
"""Of a number of 64 bits."""


class Found(NamedTuple):
    """`cursor` is its place; `tier` the name of the tier that found it."""

    address: tantivy.DocAddress
    cursor: str
    tier: str


class Page(NamedTuple):
    found: Sequence[Found]
    has_next: bool
    has_previous: bool


class Paging:
    """Of one query against one snapshot."""

    def __init__(
        self, snapshot: Snapshot, query: SearchQuery, tiers: Sequence[Tier], order: Order, narrowing: Query | None, total: int
    ) -> None:
        self._snapshot, self._query, self._order, self._narrowing = snapshot, query, order, narrowing
        self._tiers, self._total = tiers, total
        self._made: dict[str, Query] = {}

    def page(self) -> Page:
        after = self._place("after", self._query.after)
        before = self._place("before", self._query.before)
        backward = self._query.backward
        # No more than there are: when all have been found, tiers that are left need not be asked.
        found = self._walk(after, before, min(self._query.limit + 1, self._total))
        more, found = len(found) > self._query.limit, found[: self._query.limit]
        if backward:
            found.reverse()
        behind = after is not None and bool(self._walk(None, after, 1, backward=True, including=True))
        ahead = before is not None and bool(self._walk(before, None, 1, backward=False, including=True))
        return Page(found, ahead or (more and not backward), behind or (more and backward))

    def _place(self, field: str, cursor: str | None) -> Place | None:
        if cursor is None:
            return None
        place = decode_place(field, cursor, self._query.sort, reverse=self._query.reverse)
        if place.tier >= len(self._tiers) or (not self._order.is_text and len(place.key) > _DIGITS):
            raise InvalidInput(field, "is a cursor of another query's result")
        return place

    def _walk(
        self, after: Place | None, before: Place | None, limit: int, *, backward: bool | None = None, including: bool = False
    ) -> list[Found]:
        """Up to `limit` between two places, from the end that is asked for."""
        backward = self._query.backward if backward is None else backward
        first = after.tier if after is not None else 0
        last = before.tier if before is not None else len(self._tiers) - 1
        found: list[Found] = []
        for number in range(last, first - 1, -1) if backward else range(first, last + 1):
            if len(found) == limit:
                break
            low = after.key if after is not None and number == after.tier else None
            high = before.key if before is not None and number == before.tier else None
            found += self._read(number, low, high, limit - len(found), backward=backward, including=including)
        return found

    def _read(self, number: int, after: str | None, before: str | None, limit: int, *, backward: bool, including: bool) -> list[Found]:
        downwards = self._order.downwards != backward
        bounds = (before, after) if self._order.downwards else (after, before)
        queries = [self._tier(number), *([] if bounds == (None, None) else [self._between(*bounds, including=including)])]
        order = tantivy.Order.Desc if downwards else tantivy.Order.Asc
        hits = self._snapshot.searcher.search(all_of(queries), limit, count=False, order_by_field=self._order.column, order=order).hits
        place = (self._query.sort, self._query.reverse, number)
        return [
            Found(address, encode_place(Place(*place, self._digits(key))), self._tiers[self._rank(number)].name) for key, address in hits
        ]

    def _between(self, low: str | None, high: str | None, *, including: bool) -> Query:
        column, schema = self._order.column, self._snapshot.schema
        if not self._order.is_text:
            lowest, highest = (None if each is None else int(each, 16) for each in (low, high))
            return Query.range_query(
                schema, column, FieldType.Unsigned, lowest, highest, including or lowest is None, including or highest is None
            )
        start, end = ("[", "]") if including else ("{", "}")
        # Keys are hexadecimal digits (search/embedded/sorting.py), so nothing in them is syntax.
        return self._snapshot.index.parse_query(f"{column}:{start}{low or '*'} TO {high or '*'}{end}", [column])

    def _digits(self, key: int | str) -> str:
        return key if isinstance(key, str) else f"{key:x}"

    def _tier(self, number: int) -> Query:
        """What this tier finds and none of the better ones."""
        tier = self._tiers[self._rank(number)]
        better = [self._query_of(each) for each in self._tiers if each.name in tier.better]
        return without(filtered(self._query_of(tier), self._narrowing), better)

    def _rank(self, number: int) -> int:
        """Tiers are numbered in the direction of reading."""
        return len(self._tiers) - 1 - number if self._query.reverse else number

    def _query_of(self, tier: Tier) -> Query:
        if tier.name not in self._made:
            self._made[tier.name] = tier.query()
        return self._made[tier.name]
