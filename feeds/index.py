"""The table of contents of a built feed: which product's bytes stand where, so that the next build can keep what has not changed.

A feed's file is one gzip member. Its deflate stream is cut into segments of a few products each that know nothing of one another (each ends
on a byte and starts with an empty window), so that they can be copied from one file into the next.
"""

from array import array
from collections.abc import Sequence

import msgspec

from feeds.recipe import Outcome

PRODUCTS_PER_SEGMENT = 8
"""On average. Smaller: less has to be packed again after a change. Larger: better compressed (16 instead of 8 saves about 7 per cent)."""
_SPREAD = 2_654_435_761
_MASK = 0xFFFFFFFF
_EDGE = (_MASK + 1) // PRODUCTS_PER_SEGMENT
INDEX_FORMAT = 1
_ARRAYS = ("ids", "lengths", "outcomes", "counts", "packed", "raw", "crcs")


def opens_segment(product_id: int) -> bool:
    """Segments are cut before the products for which this holds: where they are cut depends on nothing but which products there are, so
    that the file is the same however it was built."""
    return (product_id * _SPREAD) & _MASK < _EDGE


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    format: int
    prologue: int
    ids: bytes
    lengths: bytes
    outcomes: bytes
    counts: bytes
    packed: bytes
    raw: bytes
    crcs: bytes
    table: tuple[Outcome, ...]


class FeedIndex:
    """`ids`, `lengths` and `outcomes` have one entry per product, in the order of the ids; `outcomes` are places in `table`. `counts`,
    `packed`, `raw` and `crcs` have one per segment: how many products, packed bytes and bytes, and the CRC of these."""

    def __init__(self, prologue: int) -> None:
        self.prologue = prologue
        """Packed bytes before the first segment."""
        self.ids, self.lengths, self.outcomes = array("q"), array("I"), array("I")
        self.table: list[Outcome] = []
        self.counts, self.packed, self.raw, self.crcs = array("I"), array("I"), array("I"), array("I")
        self._places: dict[Outcome, int] = {}

    def place_of(self, outcome: Outcome) -> int:
        place = self._places.get(outcome)
        if place is None:
            place = self._places[outcome] = len(self.table)
            self.table.append(outcome)
        return place

    def adopt_table(self, table: Sequence[Outcome]) -> None:
        """Before the first product: places in another index's table are then places in this one's."""
        self.table = list(table)
        self._places = {outcome: place for place, outcome in enumerate(table)}

    def encode(self) -> bytes:
        arrays = {name: getattr(self, name).tobytes() for name in _ARRAYS}
        return msgspec.msgpack.encode(_Stored(format=INDEX_FORMAT, prologue=self.prologue, table=tuple(self.table), **arrays))

    @classmethod
    def decode(cls, encoded: bytes) -> "FeedIndex | None":
        """None: another format than ours, or no index at all; what it belongs to must be built whole."""
        try:
            stored = msgspec.msgpack.decode(encoded, type=_Stored)
        except msgspec.DecodeError:
            return None
        if stored.format != INDEX_FORMAT:
            return None
        index = cls(stored.prologue)
        for name in _ARRAYS:
            getattr(index, name).frombytes(getattr(stored, name))
        index.adopt_table(stored.table)
        return index


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole build amounts to. `rules`: how often each spoke."""

    products: int
    items: int
    failing: int
    excluded: int
    rules: dict[str, int]


def totals_of(index: FeedIndex) -> Totals:
    counts = array("Q", bytes(8 * len(index.table)))
    for place in index.outcomes:
        counts[place] += 1
    pairs = [(outcome, count) for outcome, count in zip(index.table, counts, strict=True) if count]
    rules: dict[str, int] = {}
    for outcome, count in pairs:
        for rule, times in outcome.rules:
            rules[rule] = rules.get(rule, 0) + times * count
    return Totals(
        products=len(index.ids),
        items=sum(outcome.items * count for outcome, count in pairs),
        failing=sum(outcome.failing * count for outcome, count in pairs),
        excluded=sum(outcome.excluded * count for outcome, count in pairs),
        rules=dict(sorted(rules.items())),
    )
