"""An incremental build: the file before, with the products that changed put in place of what they were."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence

from isal import isal_zlib

from feeds.before import Before, Segment
from feeds.news import News
from feeds.packing import Packer, inflated

Read = Callable[[int, int], bytes]
"""So many bytes of the file before from a place on; fewer where it ends."""
_COPIED_AT_ONCE = 4096
"""Segments."""
_AHEAD = 64
"""Products whose segments are unpacked before they are needed: a megabyte."""


class TornFile(Exception):
    """The file before is not what its index says."""


class OldFile:
    """The file before, unpacked by segments. Raises TornFile."""

    def __init__(self, before: Before, read: Read) -> None:
        self.before, self._read = before, read
        self._ahead: dict[int, bytes] = {}

    def unpack_ahead(self, products: Sequence[int]) -> None:
        """Some of the segments in which they are or would be, for a while in which there is nothing else to do; together, as if they were
        one."""
        before = self.before
        segments = sorted({before.segment_of(product_id) for product_id in products[:_AHEAD]}) if before.segments else []
        whole, start = self._inflated(segments), 0
        for segment in segments:
            end = start + before.raw[segment]
            self._ahead[segment] = self._checked(segment, whole[start:end])
            start = end

    def unpacked(self, segment: int) -> bytes:
        """Once."""
        ahead = self._ahead.pop(segment, None)
        return ahead if ahead is not None else self._checked(segment, self._inflated([segment]))

    def _inflated(self, segments: Sequence[int]) -> bytes:
        try:
            return inflated(b"".join([self._read(self.before.starts[segment], self.before.packed[segment]) for segment in segments]))
        except isal_zlib.IsalError:  # type: ignore[misc] # the stub takes the class for an object
            raise TornFile from None

    def _checked(self, segment: int, raw: bytes) -> bytes:
        if isal_zlib.crc32(raw) != self.before.crcs[segment]:
            raise TornFile
        return raw


def splice(packer: Packer, old: OldFile, changed: Sequence[int], news: News) -> Iterator[None]:
    """`changed`: products, in order, that are not to stay as they were; of those that `news` lacks nothing is left. Stops after each
    segment that is packed anew, for what is ready to be taken away. Raises TornFile."""
    before = old.before
    packer.index.adopt_table(before.table)
    plan = _Plan(before, changed, news)
    if not before.segments:
        plan.put_in(packer, changed)
        return
    segment = 0
    for touched, products in sorted(plan.touched.items()):
        raw = old.unpacked(touched)
        if plan.is_as_it_was(touched, products, raw):
            continue
        plan.copy(packer, segment, touched)
        plan.mend(packer, touched, products, raw)
        segment = touched + 1
        yield
    plan.copy(packer, segment, before.segments)


class _Plan:
    def __init__(self, before: Before, changed: Sequence[int], news: News) -> None:
        self._before, self._news = before, news
        self._growing: set[int] = set()
        """Segments to which what is left of the next one belongs, because that has lost its first product."""
        self.touched: dict[int, list[int]] = {}
        """Segments that cannot simply be copied, with what changed in each."""
        if before.segments:
            self._find_touched(changed)

    def copy(self, packer: Packer, segment: int, until: int) -> None:
        """The segments as they stand."""
        for start in range(segment, until, _COPIED_AT_ONCE):
            packer.copy(self._before, start, min(start + _COPIED_AT_ONCE, until))

    def is_as_it_was(self, segment: int, products: Sequence[int], raw: bytes) -> bool:
        """Whether the changes come to nothing, as those of stock mostly do; then it need not be packed again."""
        if segment in self._growing:
            return False
        for product_id in products:
            stood, entry = self._before.of(product_id), self._news.get(product_id)
            if stood is None or entry is None or stood.length != len(entry.written) or not raw.startswith(entry.written, stood.start):
                return False
            if stood.outcome != entry.outcome or stood.claims.tolist() != [*entry.claims]:
                return False
        return True

    def mend(self, packer: Packer, segment: int, products: Sequence[int], raw: bytes) -> None:
        """The segment's products, old and new, in order."""
        there, place = self._before.segment(segment), 0
        ids = there.products.ids
        for product_id in products:
            stop = bisect_left(ids, product_id, place)
            _keep(packer, there, place, stop, raw)
            place = stop + 1 if stop < len(ids) and ids[stop] == product_id else stop
            self.put_in(packer, (product_id,))
        _keep(packer, there, place, len(ids), raw)

    def put_in(self, packer: Packer, products: Sequence[int]) -> None:
        for product_id in products:
            if (entry := self._news.get(product_id)) is not None:
                packer.add(product_id, entry)

    def _find_touched(self, changed: Sequence[int]) -> None:
        """A segment whose first product is gone is no segment any more: what is left of it belongs to the one before."""
        for product_id in changed:
            self.touched.setdefault(self._before.segment_of(product_id), []).append(product_id)
        gone = {product_id for product_id in changed if product_id not in self._news}
        for segment in sorted(self.touched, reverse=True) if gone else ():
            before = segment
            while before > 0 and self._before.openings[before] in gone:
                before -= 1
                self.touched.setdefault(before, [])
                self._growing.add(before)


def _keep(packer: Packer, there: Segment, start: int, stop: int, raw: bytes) -> None:
    """`raw`: the segment's bytes."""
    if start < stop:
        packer.keep(there.some(start, stop), raw[there.ends[start] : there.ends[stop]])
