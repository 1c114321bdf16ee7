"""A listing made of several, one after the other: what is pinned, what is boosted, the rest, what is buried.

Each segment pages by cursors of its own; a cursor of the whole is the segment's letter, a point and the segment's cursor. Cursors of the
main one stand as they are, so that a listing without rules has the cursors it always had, and rules that come and go lose nobody's place.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from spoina.catalog.types import Product
from spoina.ids import ProductId
from storefront.connections import Connection, Window

MAIN = "m"
ORDER = "pbmdu"
"""Pinned, boosted, main, buried (down), unavailable."""
_LETTERED = re.compile(rf"([{ORDER}])\.(.*)", re.DOTALL)
MOST_ROUNDS = 20
"""How often a page is filled up in the place of products that are not shown."""

Load = Callable[[Sequence[ProductId]], Awaitable[Sequence[Product]]]
Keep = Callable[[Product], bool]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    size: int
    after: str | None = None
    before: str | None = None
    backward: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    ids: Sequence[ProductId]
    cursors: Sequence[str]
    has_next: bool
    has_previous: bool


class Segment(Protocol):
    async def part(self, asked: Asked) -> Part: ...
    async def total(self) -> int: ...


class Place(msgspec.Struct, frozen=True):
    letter: str
    cursor: str


class Shown(msgspec.Struct, frozen=True):
    product: Product
    cursor: str


def read_place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    lettered = _LETTERED.fullmatch(cursor)
    return Place(lettered[1], lettered[2]) if lettered else Place(MAIN, cursor)


def write_place(letter: str, cursor: str) -> str:
    return cursor if letter == MAIN else f"{letter}.{cursor}"


class Chain:
    """`segments` by their letters, in ORDER. `keep` leaves products out by what is known now, as what is gone from the catalogue is, and
    the page is filled up; what `sinks` says of stands at the end of its page."""

    def __init__(self, segments: dict[str, Segment], load: Load, *, keep: Keep | None = None, sinks: Keep | None = None) -> None:
        self._segments, self._load, self._keep, self._sinks = segments, load, keep, sinks
        self._left_out = 0

    async def page(self, asked: Window) -> Connection[Product]:
        after, before = read_place(asked.after), read_place(asked.before)
        start, stop = (before, after) if asked.backward else (after, before)
        shown: list[Shown] = []
        more = beyond = False
        for letter in self._between(start, stop, asked.backward):
            more, passed = await self._take(letter, asked, _at(after, letter), _at(before, letter), shown)
            beyond = beyond or passed
            if more:
                break
        if asked.backward:
            shown.reverse()
        behind = start is not None and (beyond or start.letter != next(iter(self._segments)))
        return self._connection(shown, *((behind, more) if asked.backward else (more, behind)))

    async def total(self) -> int:
        """Of all pages, without what was left out of those that were read."""
        totals = [await segment.total() for segment in self._segments.values()]
        return sum(totals) - self._left_out

    def _between(self, start: Place | None, stop: Place | None, backward: bool) -> list[str]:
        letters = list(reversed(self._segments)) if backward else list(self._segments)
        sign = -1 if backward else 1
        low = sign * ORDER.index(start.letter) if start else -len(ORDER)
        high = sign * ORDER.index(stop.letter) if stop else len(ORDER)
        return [letter for letter in letters if low <= sign * ORDER.index(letter) <= high]

    async def _take(self, letter: str, asked: Window, after: str | None, before: str | None, shown: list[Shown]) -> tuple[bool, bool]:
        """Adds to `shown`, in the direction of reading. Whether there is more, here or (when the page is full) at all; and whether
        something lies behind the place where reading began."""
        beyond = False
        for turn in range(MOST_ROUNDS):
            want = asked.size - len(shown)
            part = await self._segments[letter].part(Asked(size=max(want, 1), after=after, before=before, backward=asked.backward))
            if want == 0:
                return bool(part.ids), beyond
            beyond = beyond or (turn == 0 and (part.has_next if asked.backward else part.has_previous))
            await self._add(letter, part, shown, backward=asked.backward)
            ahead = part.has_previous if asked.backward else part.has_next
            if not ahead or not part.ids:
                return False, beyond
            if len(shown) == asked.size:
                return True, beyond
            after, before = (after, part.cursors[0]) if asked.backward else (part.cursors[-1], before)
        return True, beyond

    async def _add(self, letter: str, part: Part, shown: list[Shown], *, backward: bool) -> None:
        found = {product.id: product for product in await self._load(part.ids)}
        pairs = zip(part.ids, part.cursors, strict=True)
        rows = [Shown(found[each], write_place(letter, cursor)) for each, cursor in pairs if each in found]
        kept = [each for each in rows if self._keep is None or self._keep(each.product)]
        self._left_out += len(part.ids) - len(kept)
        shown += reversed(kept) if backward else kept

    def _connection(self, shown: Sequence[Shown], has_next: bool, has_previous: bool) -> Connection[Product]:
        """Cursors stay at their places when products sink, so that the next page begins where this one ended."""
        products = [each.product for each in shown]
        if self._sinks is not None:
            products.sort(key=self._sinks)
        return Connection(products, lambda index: shown[index].cursor, has_next, has_previous)


def _at(place: Place | None, letter: str) -> str | None:
    return place.cursor if place is not None and place.letter == letter else None
