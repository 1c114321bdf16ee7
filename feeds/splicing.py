"""An incremental build: the file before, with the products that changed put in place of what they were."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate

from isal import isal_zlib

from feeds.packing import Before, Entry, Packer, Span, inflated

Read = Callable[[int, int], bytes]
"""So many bytes of the file before from a place on; fewer where it ends."""


class TornFile(Exception):
    """The file before is not what its index says."""


def splice(packer: Packer, before: Before, read: Read, changed: Sequence[int], news: Mapping[int, Entry]) -> Iterator[None]:
    """`changed`: products, in order, that are not to stay as they were; of those that `news` lacks nothing is left. Stops after each
    segment that is packed anew, for what is ready to be taken away. Raises TornFile."""
    packer.index.adopt_table(before.index.table)
    plan = _Plan(before, changed, news)
    if not plan.segments:
        plan.put_in(packer, changed)
        return
    segment = 0
    for touched in plan.touched:
        raw = plan.unpacked(touched, read)
        if plan.is_as_it_was(touched, raw):
            continue
        plan.copy(packer, segment, touched)
        plan.mend(packer, touched, raw)
        segment = touched + 1
        yield
    plan.copy(packer, segment, plan.segments)


class _Plan:
    def __init__(self, before: Before, changed: Sequence[int], news: Mapping[int, Entry]) -> None:
        self._before, self._changed, self._news = before, changed, news
        index = before.index
        self.segments = len(index.counts)
        self._firsts = array("Q", accumulate(index.counts, initial=0))
        self._starts = array("Q", accumulate(index.packed, initial=index.prologue))
        self._opening = array("q", map(index.ids.__getitem__, self._firsts[:-1]))
        self._growing: set[int] = set()
        """Segments to which what is left of the next one belongs, because that has lost its first product."""
        self.touched = sorted(self._touched()) if self.segments else []

    def copy(self, packer: Packer, segment: int, until: int) -> None:
        """The segments as they stand."""
        if segment < until:
            span = Span(self._starts[segment], self._starts[until] - self._starts[segment])
            packer.copy(self._before, slice(self._firsts[segment], self._firsts[until]), slice(segment, until), span)

    def is_as_it_was(self, segment: int, raw: bytes) -> bool:
        """Whether the changes come to nothing, as those of stock mostly do; then it need not be packed again."""
        index, at = self._before.index, 0
        place, end = self._firsts[segment], self._firsts[segment + 1]
        if segment in self._growing:
            return False
        for product_id in self._changed_in(segment):
            stop = bisect_left(index.ids, product_id, place, end)
            at += sum(index.lengths[place:stop])
            entry, place = self._news.get(product_id), stop
            if entry is None or place == end or index.ids[place] != product_id or self._before.outcome(place) != entry.outcome:
                return False
            if not raw.startswith(entry.written, at) or index.lengths[place] != len(entry.written):
                return False
            if self._before.claims_at(place).tolist() != [*entry.claims]:
                return False
        return True

    def mend(self, packer: Packer, segment: int, raw: bytes) -> None:
        """The segment's products, old and new, in order."""
        index, at = self._before.index, 0
        place, end = self._firsts[segment], self._firsts[segment + 1]
        for product_id in self._changed_in(segment):
            stop = bisect_left(index.ids, product_id, place, end)
            at = self._keep(packer, place, stop, raw, at)
            place = stop
            if place < end and index.ids[place] == product_id:
                at += index.lengths[place]
                place += 1
            self.put_in(packer, (product_id,))
        self._keep(packer, place, end, raw, at)

    def put_in(self, packer: Packer, products: Sequence[int]) -> None:
        for product_id in products:
            if (entry := self._news.get(product_id)) is not None:
                packer.add(product_id, entry)

    def _keep(self, packer: Packer, place: int, stop: int, raw: bytes, at: int) -> int:
        """Returns where in the segment the next product stands."""
        if place == stop:
            return at
        end = at + sum(self._before.index.lengths[place:stop])
        packer.keep(self._before, slice(place, stop), raw[at:end])
        return end

    def unpacked(self, segment: int, read: Read) -> bytes:
        index, size = self._before.index, self._starts[segment + 1] - self._starts[segment]
        try:
            raw = inflated(read(self._starts[segment], size))
        except isal_zlib.IsalError:  # type: ignore[misc] # the stub takes the class for an object
            raise TornFile from None
        if isal_zlib.crc32(raw) != index.crcs[segment]:
            raise TornFile
        return raw

    def _touched(self) -> set[int]:
        """A segment whose first product is gone is no segment any more: what is left of it belongs to the one before."""
        touched = {self._segment_of(product_id) for product_id in self._changed}
        gone = {product_id for product_id in self._changed if product_id not in self._news}
        for segment in sorted(touched, reverse=True):
            before = segment
            while before > 0 and self._opening[before] in gone:
                before -= 1
                touched.add(before)
                self._growing.add(before)
        return touched

    def _segment_of(self, product_id: int) -> int:
        return max(bisect_right(self._opening, product_id) - 1, 0)

    def _changed_in(self, segment: int) -> Sequence[int]:
        low = 0 if segment == 0 else bisect_left(self._changed, self._opening[segment])
        high = bisect_left(self._changed, self._opening[segment + 1]) if segment + 1 < self.segments else len(self._changed)
        return self._changed[low:high]
