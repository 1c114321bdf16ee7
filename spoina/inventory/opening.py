"""Shares of what is scarce open to everybody after a while. What may be sold changes then, and nobody writes a row that could be heard
of."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from heapq import heappop, heappush

from spoina.clock import Clock
from spoina.inventory.shelves import ShelfSnapshot, Shelves
from spoina.inventory.types import SharePolicy


class Openings:
    """One per process: tells those who watch the shelves, with one timer for all items."""

    def __init__(self, shelves: ShelfSnapshot, clock: Clock) -> None:
        self._shelves, self._clock = shelves, clock
        self._moments: dict[int, datetime] = {}
        self._queue: list[tuple[datetime, int]] = []
        self._timer: asyncio.TimerHandle | None = None
        shelves.watch(self._moved)
        self._moved(None)

    def _moved(self, items: Collection[int] | None) -> None:
        if items is None:
            self._begin()
        elif self._shelves.rules.shares is not None:
            for item in items:
                self._expect(item, self._shelves.rules.shares)
        self._set_timer()

    def _begin(self) -> None:
        self._moments.clear()
        self._queue.clear()
        if (policy := self._shelves.rules.shares) is not None:
            for item in self._shelves.every:
                self._expect(item, policy)

    def _expect(self, item: int, policy: SharePolicy) -> None:
        moment = _next_opening(self._shelves.every.get(item, ()), policy, self._clock())
        if moment is None:
            self._moments.pop(item, None)
        elif self._moments.get(item) != moment:
            self._moments[item] = moment
            heappush(self._queue, (moment, item))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue:
            wait = (self._queue[0][0] - self._clock()).total_seconds()
            self._timer = asyncio.get_running_loop().call_later(max(wait, 0), self._open)

    def _open(self) -> None:
        self._timer = None
        now, opened = self._clock(), set[int]()
        while self._queue and self._queue[0][0] <= now:
            moment, item = heappop(self._queue)
            if self._moments.get(item) == moment:  # or it is plentiful again, or scarce anew
                opened.add(item)
                del self._moments[item]
        if opened:
            self._shelves.tell(opened)
        else:
            self._set_timer()


def _next_opening(shelves: Shelves, policy: SharePolicy, now: datetime) -> datetime | None:
    moments = [shelf.scarce_since + policy.open_after for shelf in shelves if shelf.scarce_since is not None]
    return min((moment for moment in moments if moment > now), default=None)
