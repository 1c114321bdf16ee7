"""An incremental build: the file before, with the products that changed put in place of what they were."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from isal import isal_zlib

from feeds.before import Before
from feeds.news import News
from feeds.packing import Packer, inflated

Read = Callable[[int, int], bytes]
"""So many bytes of the file before from a place on; fewer where it ends."""
_COPIED_AT_ONCE = 4096
"""Segments."""


class TornFile(Exception):
    """The file before is not what its index says."""


def splice(packer: Packer, before: Before, read: Read, changed: Sequence[int], news: News) -> Iterator[None]:
    """`changed`: products, in order, that are not to stay as they were; of those that `news` lacks nothing is left. Stops after each
    segment that is packed anew, for what is ready to be taken away. Raises TornFile."""
    packer.index.adopt_table(before.table)
    plan = _Plan(before, changed, news)
    if not before.segments:
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
    plan.copy(packer, segment, before.segments)


class _Plan:
    def __init__(self, before: Before, changed: Sequence[int], news: News) -> None:
        self._before, self._changed, self._news = before, changed, news
        self._growing: set[int] = set()
        """Segments to which what is left of the next one belongs, because that has lost its first product."""
        self.touched = sorted(self._touched()) if before.segments else []

    def copy(self, packer: Packer, segment: int, until: int) -> None:
        """The segments as they stand."""
        for start in range(segment, until, _COPIED_AT_ONCE):
            packer.copy(self._before, start, min(start + _COPIED_AT_ONCE, until))

    def is_as_it_was(self, segment: int, raw: bytes) -> bool:
        """Whether the changes come to nothing, as those of stock mostly do; then it need not be packed again."""
        if segment in self._growing:
            return False
        there, place, at = self._before.products_of(segment), 0, 0
        for product_id in self._changed_in(segment):
            stop = bisect_left(there.ids, product_id, place)
            at += sum(there.lengths[place:stop])
            place, stood, entry = stop, self._before.of(product_id), self._news.get(product_id)
            if stood is None or entry is None or (stood.outcome, stood.claims.tolist()) != (entry.outcome, [*entry.claims]):
                return False
            if stood.length != len(entry.written) or not raw.startswith(entry.written, at):
                return False
        return True

    def mend(self, packer: Packer, segment: int, raw: bytes) -> None:
        """The segment's products, old and new, in order."""
        there, place, at = self._before.products_of(segment), 0, 0
        for product_id in self._changed_in(segment):
            stop = bisect_left(there.ids, product_id, place)
            at = self._keep(packer, segment, slice(place, stop), raw, at)
            place = stop
            if place < len(there.ids) and there.ids[place] == product_id:
                at += there.lengths[place]
                place += 1
            self.put_in(packer, (product_id,))
        self._keep(packer, segment, slice(place, len(there.ids)), raw, at)

    def put_in(self, packer: Packer, products: Sequence[int]) -> None:
        for product_id in products:
            if (entry := self._news.get(product_id)) is not None:
                packer.add(product_id, entry)

    def _keep(self, packer: Packer, segment: int, places: slice, raw: bytes, at: int) -> int:
        """Returns where in the segment the next product stands."""
        if places.start == places.stop:
            return at
        kept = self._before.some(self._before.products_of(segment), places.start, places.stop)
        end = at + sum(kept.lengths)
        packer.keep(kept, raw[at:end])
        return end

    def unpacked(self, segment: int, read: Read) -> bytes:
        start, size = self._before.starts[segment], self._before.packed[segment]
        try:
            raw = inflated(read(start, size))
        except isal_zlib.IsalError:  # type: ignore[misc] # the stub takes the class for an object
            raise TornFile from None
        if isal_zlib.crc32(raw) != self._before.crcs[segment]:
            raise TornFile
        return raw

    def _touched(self) -> set[int]:
        """A segment whose first product is gone is no segment any more: what is left of it belongs to the one before."""
        touched = {self._before.segment_of(product_id) for product_id in self._changed}
        gone = {product_id for product_id in self._changed if product_id not in self._news}
        for segment in sorted(touched, reverse=True):
            before = segment
            while before > 0 and self._before.openings[before] in gone:
                before -= 1
                touched.add(before)
                self._growing.add(before)
        return touched

    def _changed_in(self, segment: int) -> Sequence[int]:
        openings = self._before.openings
        low = 0 if segment == 0 else bisect_left(self._changed, openings[segment])
        high = bisect_left(self._changed, openings[segment + 1]) if segment + 1 < self._before.segments else len(self._changed)
        return self._changed[low:high]
