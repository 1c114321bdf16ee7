"""The index of the file that was built before. Of a million items it is 20 MB: what it says of segments is held in memory, what it says of
products is read for a few segments at a time; of a small one all is held."""

import os
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import BinaryIO, NamedTuple

import msgspec
from isal import isal_zlib

from feeds.index import INDEX_FORMAT, OF_PRODUCTS, OF_SEGMENTS, PIECE, SEAL, SUM, Head, Totals, claimed, totals_of
from feeds.outcomes import Outcome

HELD = 4 * PIECE
"""Bytes of an index that is held whole: that of some 200,000 items."""
_MOST_REMEMBERED = 1000
_TYPES = {**OF_PRODUCTS, **OF_SEGMENTS, "seals": "B", "claims": "Q"}


class Products(NamedTuple):
    """Of some neighbours what the index says; `outcomes` are places in its table."""

    ids: "array[int]"
    lengths: "array[int]"
    outcomes: "array[int]"
    claims: "array[int]"


class Segment(NamedTuple):
    """One segment's products. `ends` and `claim_ends` begin with 0: where each product ends in its bytes, and among its claims."""

    products: Products
    ends: Sequence[int]
    claim_ends: Sequence[int]

    def some(self, start: int, stop: int) -> Products:
        ids, lengths, outcomes, claims = self.products
        return Products(ids[start:stop], lengths[start:stop], outcomes[start:stop], claims[self.claim_ends[start] : self.claim_ends[stop]])


class Stood(NamedTuple):
    """What there was of one product, and where in its segment's bytes."""

    start: int
    length: int
    outcome: Outcome
    claims: "array[int]"


class Before:
    """Segments are numbered; `counts` and the others have one entry for each, see feeds.index.FeedIndex."""

    def __init__(self, file: BinaryIO, head: Head, at: int) -> None:
        """`file`: stays the caller's. `at`: where the first column begins."""
        self._file, self._head = file, head
        self.prologue, self.table = head.prologue, head.table
        ends = list(accumulate(head.sizes.values(), initial=at))
        starts = dict(zip(head.sizes, ends, strict=False))
        self._places = {name: (kind, starts[name], array(kind).itemsize) for name, kind in _TYPES.items()}
        self._held: dict[str, array[int]] = {}
        if ends[-1] <= HELD:
            self._held = {name: self._column(name, 0, size // array(_TYPES[name]).itemsize) for name, size in head.sizes.items()}
        self.count = head.sizes["ids"] // array("q").itemsize
        """Of products."""
        self.segments = head.sizes["counts"] // array("I").itemsize
        self.counts, self.packed, self.raw, self.crcs, self.claimed = (self._column(name, 0, self.segments) for name in OF_SEGMENTS)
        self.seals = self._column("seals", 0, self.segments * SEAL).tobytes()
        self.starts = array("Q", accumulate(self.packed, initial=head.prologue))
        """Where in the file each segment begins, and where the last one ends."""
        self._firsts = array("I", accumulate(self.counts, initial=0))
        self._first_claims = array("I", accumulate(self.claimed, initial=0))
        self.openings = self._openings()
        """Each segment's first product."""
        self._sizes = [claimed(outcome) for outcome in head.table]
        self._remembered: dict[int, Segment] = {}

    @classmethod
    def read(cls, file: BinaryIO) -> "Before | None":
        """None: another format than ours, torn, or no index at all; what it belongs to must be built whole."""
        size = os.fstat(file.fileno()).st_size - SUM
        crc = 0
        for piece in _pieces(file, 0, size):
            crc = isal_zlib.crc32(piece, crc)
        if size < SUM or crc.to_bytes(SUM, "big") != os.pread(file.fileno(), SUM, size):
            return None
        end = SUM + int.from_bytes(os.pread(file.fileno(), SUM, 0), "big")
        try:
            head = msgspec.msgpack.decode(os.pread(file.fileno(), end - SUM, SUM), type=Head)
        except msgspec.DecodeError:
            return None
        return cls(file, head, end) if head.format == INDEX_FORMAT else None

    def products(self, start: int, stop: int) -> Products:
        """Of the segments from one up to another."""
        first, end = self._firsts[start], self._firsts[stop]
        ids, lengths, outcomes = self._column("ids", first, end), self._column("lengths", first, end), self._column("outcomes", first, end)
        return Products(ids, lengths, outcomes, self._column("claims", self._first_claims[start], self._first_claims[stop]))

    def segment(self, segment: int) -> Segment:
        """Remembered, because what changed in it is looked at more than once."""
        known = self._remembered.get(segment)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[segment] = self._segment(segment)
        return known

    def _segment(self, segment: int) -> Segment:
        there, sizes = self.products(segment, segment + 1), self._sizes
        claims = accumulate([sizes[outcome] for outcome in there.outcomes], initial=0)
        return Segment(there, list(accumulate(there.lengths, initial=0)), list(claims))

    def segment_of(self, product_id: int) -> int:
        """In which it stands, or would."""
        return max(bisect_right(self.openings, product_id) - 1, 0)

    def of(self, product_id: int) -> Stood | None:
        if not self.segments:
            return None
        (ids, lengths, outcomes, claims), ends, claim_ends = self.segment(self.segment_of(product_id))
        place = bisect_left(ids, product_id)
        if place == len(ids) or ids[place] != product_id:
            return None
        own = claims[claim_ends[place] : claim_ends[place + 1]]
        return Stood(ends[place], lengths[place], self.table[outcomes[place]], own)

    def claimants(self, codes: set[int]) -> Iterator[tuple[int, int]]:
        """Who claims one of them: code and product."""
        at = 0
        for piece in self._parts("claims"):
            for place, code in enumerate(piece, at):
                if code in codes:
                    yield code, self._claimant(place)
            at += len(piece)

    def _claimant(self, place: int) -> int:
        segment = bisect_right(self._first_claims, place) - 1
        there = self.segment(segment)
        return there.products.ids[bisect_right(there.claim_ends, place - self._first_claims[segment]) - 1]

    def totals(self) -> Totals:
        counted: Counter[int] = Counter()
        for piece in self._parts("outcomes"):
            counted.update(piece)
        return totals_of(self.table, counted)

    def _openings(self) -> "array[int]":
        openings, at = array("q"), 0
        for piece in self._parts("ids"):
            begun, end = len(openings), at + len(piece)
            stop = bisect_left(self._firsts, end, begun, self.segments)
            openings.extend([piece[first - at] for first in self._firsts[begun:stop]])
            at = end
        return openings

    def _column(self, name: str, start: int, stop: int) -> "array[int]":
        if (held := self._held.get(name)) is not None:
            return held[start:stop]
        kind, at, size = self._places[name]
        return array(kind, os.pread(self._file.fileno(), (stop - start) * size, at + start * size))

    def _parts(self, name: str) -> Iterator["array[int]"]:
        """All of one, in parts."""
        if (held := self._held.get(name)) is not None:
            yield held
            return
        kind, at, _ = self._places[name]
        for piece in _pieces(self._file, at, self._head.sizes[name]):
            yield array(kind, piece)


def _pieces(file: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    end = start + size
    while start < end and (piece := os.pread(file.fileno(), min(PIECE, end - start), start)):
        start += len(piece)
        yield piece
