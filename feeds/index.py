"""The table of contents of a built feed: which product's bytes stand where, so that the next build can keep what has not changed.

A feed's file is one gzip member. Its deflate stream is cut into segments of a few products each that know nothing of one another (each ends
on a byte and starts with an empty window), so that they can be copied from one file into the next.

An index is written in pieces: a head that says how long each column is, the columns, and a sum over all of it. The next build has in memory
what it says of segments; what it says of products is read where it is asked for (feeds.before).
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

import msgspec
from isal import isal_zlib

from feeds.outcomes import Outcome

PRODUCTS_PER_SEGMENT = 5
"""On average. Smaller: less has to be packed again after a change. Larger: better compressed (8 instead of 5 saves about 6 per cent)."""
_SPREAD = 2_654_435_761
_MASK = 0xFFFFFFFF
_EDGE = (_MASK + 1) // PRODUCTS_PER_SEGMENT
INDEX_FORMAT = 3
SEAL = 16
"""Bytes that stand for a segment's content."""
SUM = 4
"""Bytes of the sum at an index's end; and of the size of its head, at its beginning."""
PIECE = 1024 * 1024
_TOGETHER, _LEVEL = 65_536, 1
OF_PRODUCTS: Mapping[str, str] = {"ids": "q", "lengths": "I", "outcomes": "I"}
OF_SEGMENTS: Mapping[str, str] = {"counts": "I", "packed": "I", "raw": "I", "crcs": "I", "claimed": "I"}
"""Columns with their types, as the module array has them."""


def opens_segment(product_id: int) -> bool:
    """Segments are cut before the products for which this holds: where they are cut depends on nothing but which products there are, so
    that the file is the same however it was built."""
    return (product_id * _SPREAD) & _MASK < _EDGE


class Head(msgspec.Struct, frozen=True, array_like=True):
    """`sizes`: bytes of each column, in the order in which they stand."""

    format: int
    prologue: int
    sizes: dict[str, int]
    table: tuple[Outcome, ...]


class Column:
    """Numbers, of which only the last are held as they are, the others packed: most of them are small, or one more than the one before."""

    def __init__(self, kind: str) -> None:
        self._kind, self._packed = kind, list[bytes]()
        self.last = array(kind)
        self._count = 0
        """Of those that are packed."""

    def __len__(self) -> int:
        return self._count + len(self.last)

    @property
    def nbytes(self) -> int:
        """Unpacked."""
        return len(self) * self.last.itemsize

    def pack(self) -> None:
        self._count += len(self.last)
        self._packed.append(isal_zlib.compress(self.last, _LEVEL))
        self.last = array(self._kind)

    def pieces(self) -> Iterator["array[int]"]:
        for packed in self._packed:
            yield array(self._kind, isal_zlib.decompress(packed))
        yield self.last


class FeedIndex:
    """Of a file in the making. `ids`, `lengths` and `outcomes` have one entry per product, in the order of the ids; `outcomes` are places
    in `table`. `counts`, `packed`, `raw`, `crcs` and `claimed` have one per segment: how many products, packed bytes, bytes, the CRC of
    these, and how many claims; `seals` has SEAL bytes for each. `claims` has one entry for each item that asked for a place in the feed,
    see feeds.claims."""

    def __init__(self, prologue: int) -> None:
        self.prologue = prologue
        """Packed bytes before the first segment."""
        self.ids, self.lengths, self.outcomes, self.claims = Column("q"), Column("I"), Column("I"), Column("Q")
        self.table: list[Outcome] = []
        self.counts, self.packed, self.raw, self.crcs, self.claimed = array("I"), array("I"), array("I"), array("I"), array("I")
        self.seals = bytearray()
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

    def pack(self) -> None:
        """For room; asked now and then."""
        if len(self.ids.last) >= _TOGETHER:
            for column in (self.ids, self.lengths, self.outcomes, self.claims):
                column.pack()

    def totals(self) -> "Totals":
        counted: Counter[int] = Counter()
        for piece in self.outcomes.pieces():
            counted.update(piece)
        return totals_of(self.table, counted)

    def pieces(self) -> Iterator[bytes | memoryview]:
        """As it is stored, none of them large. With a sum over all of it, because whatever is torn must not be taken for a table of
        contents."""
        names = (*OF_PRODUCTS, *OF_SEGMENTS, "seals", "claims")
        columns = {name: getattr(self, name) for name in names}
        sizes = {name: (each if isinstance(each, Column) else memoryview(each)).nbytes for name, each in columns.items()}
        head = msgspec.msgpack.encode(Head(INDEX_FORMAT, self.prologue, sizes, tuple(self.table)))
        crc, start = 0, len(head).to_bytes(SUM, "big") + head
        for piece in chain([memoryview(start)], *map(_pieces, columns.values())):
            crc = isal_zlib.crc32(piece, crc)
            yield piece
        yield crc.to_bytes(SUM, "big")


def _pieces(column: "Column | array[int] | bytearray") -> Iterator["memoryview[int]"]:
    for part in column.pieces() if isinstance(column, Column) else (column,):
        whole = memoryview(part).cast("B")
        for at in range(0, len(whole), PIECE):
            yield whole[at : at + PIECE]


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole build amounts to. `rules`: how often each spoke."""

    products: int
    items: int
    failing: int
    excluded: int
    rules: dict[str, int]


def totals_of(table: Sequence[Outcome], counted: Mapping[int, int]) -> Totals:
    """`counted`: products by the places of their outcomes in `table`."""
    pairs = [(table[place], count) for place, count in counted.items()]
    rules: dict[str, int] = {}
    for outcome, count in pairs:
        for rule, times in outcome.rules:
            rules[rule] = rules.get(rule, 0) + times * count
    return Totals(
        products=sum(counted.values()),
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
