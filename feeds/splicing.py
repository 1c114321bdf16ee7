"""An incremental build: the file before, with the products that changed put in place of what they were."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import accumulate

from feeds.index import FeedIndex
from feeds.packing import Packer, Run, inflated
from feeds.recipe import Rendered

Take = Callable[[int], Awaitable[bytes]]
"""The next so many bytes of the file before."""


async def splice(packer: Packer, before: FeedIndex, take: Take, changed: Sequence[int], rendered: Mapping[int, Rendered]) -> None:
    """`take` stands at the first segment. `changed`: products, in order, that are not to stay as they were; of those that `rendered` lacks
    nothing is left."""
    packer.index.adopt_table(before.table)
    if not before.counts:
        _add(packer, changed, rendered)
        return
    plan = _Plan(before, changed, rendered)
    segment, segments = 0, len(before.counts)
    while segment < segments:
        until = segment + 1
        touched = plan.touched[segment]
        while until < segments and not touched and not plan.touched[until]:
            until += 1
        packed = await take(plan.starts[until] - plan.starts[segment])
        if touched:
            plan.mend(packer, segment, packed)
        else:
            packer.copy(Run(slice(plan.firsts[segment], plan.firsts[until]), slice(segment, until), packed), before)
        segment = until


class _Plan:
    def __init__(self, before: FeedIndex, changed: Sequence[int], rendered: Mapping[int, Rendered]) -> None:
        self._before, self._changed, self._rendered = before, changed, rendered
        self.firsts = array("Q", accumulate(before.counts, initial=0))
        self.starts = array("Q", accumulate(before.packed, initial=0))
        self.opening = array("q", [before.ids[first] for first in self.firsts[:-1]])
        self.touched = self._touched()

    def mend(self, packer: Packer, segment: int, packed: bytes) -> None:
        """The segment's products, old and new, in order."""
        before, raw, start = self._before, inflated(packed), 0
        kept: dict[int, tuple[bytes, int]] = {}
        for place in range(self.firsts[segment], self.firsts[segment + 1]):
            end = start + before.lengths[place]
            kept[before.ids[place]] = (raw[start:end], before.outcomes[place])
            start = end
        news = self._news(segment)
        for product_id in sorted({*kept, *news}):
            if product_id in self._rendered:
                new = self._rendered[product_id]
                packer.add(product_id, new.written, new.outcome)
            elif product_id not in news:
                written, outcome = kept[product_id]
                packer.add(product_id, written, before.table[outcome])

    def _touched(self) -> bytearray:
        """A segment whose first product is gone is no segment any more: what is left of it belongs to the one before."""
        touched = bytearray(len(self.opening))
        for product_id in self._changed:
            touched[self._segment_of(product_id)] = 1
        gone = {product_id for product_id in self._changed if product_id not in self._rendered}
        for segment in range(len(touched) - 1, 0, -1):
            if touched[segment] and self.opening[segment] in gone:
                touched[segment - 1] = 1
        return touched

    def _segment_of(self, product_id: int) -> int:
        return max(bisect_right(self.opening, product_id) - 1, 0)

    def _news(self, segment: int) -> set[int]:
        low = 0 if segment == 0 else bisect_left(self._changed, self.opening[segment])
        high = bisect_left(self._changed, self.opening[segment + 1]) if segment + 1 < len(self.opening) else len(self._changed)
        return set(self._changed[low:high])


def _add(packer: Packer, changed: Sequence[int], rendered: Mapping[int, Rendered]) -> None:
    for product_id in changed:
        if product_id in rendered:
            packer.add(product_id, rendered[product_id].written, rendered[product_id].outcome)
