"""The table of contents of a built feed: which product's bytes stand where, so that the next build can keep what has not changed.

A feed's file is one gzip member. Its deflate stream is cut into segments of a few products each that know nothing of one another (each ends
on a byte and starts with an empty window), so that they can be copied from one file into the next.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

import msgspec
from isal import isal_zlib

from feeds.outcomes import Outcome

PRODUCTS_PER_SEGMENT = 5
"""On average. Smaller: less has to be packed again after a change. Larger: better compressed (8 instead of 5 saves about 6 per cent)."""
_SPREAD = 2_654_435_761
_MASK = 0xFFFFFFFF
_EDGE = (_MASK + 1) // PRODUCTS_PER_SEGMENT
INDEX_FORMAT = 2
SEAL = 16
"""Bytes that stand for a segment's content."""
_SUM = 4
_OF_PRODUCTS, _OF_SEGMENTS = ("ids", "lengths", "outcomes"), ("counts", "packed", "raw", "crcs")
_ARRAYS = (*_OF_PRODUCTS, *_OF_SEGMENTS, "claims")


def opens_segment(product_id: int) -> bool:
    """Segments are cut before the products for which this holds: where they are cut depends on nothing but which products there are, so
    that the file is the same however it was built."""
    return (product_id * _SPREAD) & _MASK < _EDGE


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """Views, because an index of a million items is not to be held in memory twice."""

    format: int
    prologue: int
    ids: memoryview
    lengths: memoryview
    outcomes: memoryview
    counts: memoryview
    packed: memoryview
    raw: memoryview
    crcs: memoryview
    claims: memoryview
    seals: memoryview
    table: tuple[Outcome, ...]


class FeedIndex:
    """`ids`, `lengths` and `outcomes` have one entry per product, in the order of the ids; `outcomes` are places in `table`. `counts`,
    `packed`, `raw` and `crcs` have one per segment: how many products, packed bytes and bytes, and the CRC of these; `seals` has SEAL bytes
    for each. `claims` has one entry for each item that asked for a place in the feed, see feeds.claims."""

    def __init__(self, prologue: int) -> None:
        self.prologue = prologue
        """Packed bytes before the first segment."""
        self.ids, self.lengths, self.outcomes = array("q"), array("I"), array("I")
        self.table: list[Outcome] = []
        self.counts, self.packed, self.raw, self.crcs = array("I"), array("I"), array("I"), array("I")
        self.claims, self.seals = array("Q"), bytearray()
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

    def first_claims(self) -> "array[int]":
        """Where in `claims` each product's begin, and where the last one's end."""
        sizes = [claimed(outcome) for outcome in self.table]
        return array("Q", accumulate(map(sizes.__getitem__, self.outcomes), initial=0))

    def encode(self) -> bytearray:
        """With a sum over all of it in front, because whatever is torn must not be taken for a table of contents."""
        views = {name: memoryview(getattr(self, name)).cast("B") for name in (*_ARRAYS, "seals")}
        stored = _Stored(format=INDEX_FORMAT, prologue=self.prologue, table=tuple(self.table), **views)
        encoded = bytearray()
        msgspec.msgpack.Encoder().encode_into(stored, encoded, _SUM)
        encoded[:_SUM] = _sum(memoryview(encoded)[_SUM:])
        return encoded

    @classmethod
    def decode(cls, encoded: bytes | bytearray) -> "FeedIndex | None":
        """None: another format than ours, torn, or no index at all; what it belongs to must be built whole."""
        sealed = memoryview(encoded)
        if sealed[:_SUM] != _sum(sealed[_SUM:]):
            return None
        try:
            stored = msgspec.msgpack.decode(sealed[_SUM:], type=_Stored)
        except msgspec.DecodeError:
            return None
        if stored.format != INDEX_FORMAT:
            return None
        index = cls(stored.prologue)
        for name in _ARRAYS:
            getattr(index, name).frombytes(getattr(stored, name))
        index.seals += stored.seals
        index.adopt_table(stored.table)
        return index


def _sum(encoded: "memoryview[int]") -> bytes:
    return isal_zlib.crc32(encoded).to_bytes(_SUM, "big")


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole build amounts to. `rules`: how often each spoke."""

    products: int
    items: int
    failing: int
    excluded: int
    rules: dict[str, int]


def totals_of(index: FeedIndex) -> Totals:
    counted = Counter(index.outcomes)
    pairs = [(index.table[place], count) for place, count in counted.items()]
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


DUPLICATE = "-ID-DUPLICATE"
"""What the rule's id ends with, after the channel's name."""


def claimed(outcome: Outcome) -> int:
    """How many of a product's items asked for a place: those that stand in the feed, and those whose id another item has already."""
    return outcome.items + sum(times for rule, times in outcome.rules if rule.endswith(DUPLICATE))
