"""Notes searches in memory and writes them behind everybody's back: a lost second of counts is no loss, a slow search would be one."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import asyncpg

from search.popularity import sql
from search.popularity.types import KEPT, MOST_NOTED, noted_text
from spoina.catalog.labels import fold
from spoina.clock import Clock
from spoina.db import Pool

WRITE_EVERY = timedelta(seconds=3)
READ_EVERY = timedelta(seconds=60)
FORGET_EVERY = timedelta(days=1)
_SUGGESTED_SINCE = timedelta(days=30)
_LEAST_SEARCHES = 3
"""What fewer people searched for is not shown to others."""
_MOST_SUGGESTED = 5000

_log = logging.getLogger(__name__)


class SearchCounts:
    """One per process."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock
        self._counts: dict[str, tuple[int, int]] = {}
        self._popular: tuple[tuple[str, str], ...] = ()
        self._keeper: asyncio.Task[None] | None = None

    def note(self, text: str, *, found: bool) -> None:
        noted = noted_text(text)
        if noted is None or (noted not in self._counts and len(self._counts) >= MOST_NOTED):
            return
        searches, without = self._counts.get(noted, (0, 0))
        self._counts[noted] = (searches + 1, without + (not found))

    def begun_with(self, text: str, limit: int) -> tuple[str, ...]:
        """Popular searches that begin so, whatever the case and the diacritics; the most popular first."""
        begun = " ".join(fold(text).split())
        if not begun:
            return ()
        return tuple(shown for folded, shown in self._popular if folded.startswith(begun))[:limit]

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Writes what was noted last."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))
        await _attempted(self.write)

    async def write(self) -> None:
        """One statement. What cannot be written is counted with what comes."""
        counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            await sql.add_counts(self._pool, self._today(), counts)
        except BaseException:
            self._put_back(counts)
            raise

    async def read(self) -> None:
        """What is popular now."""
        texts = await sql.suggested(self._pool, self._today() - _SUGGESTED_SINCE, _LEAST_SEARCHES, _MOST_SUGGESTED)
        self._popular = tuple((" ".join(fold(text).split()), text) for text in texts)

    async def forget(self) -> None:
        await sql.forget_before(self._pool, self._today() - KEPT)

    def _today(self) -> date:
        return self._clock().date()

    def _put_back(self, counts: dict[str, tuple[int, int]]) -> None:
        for text, (searches, without) in self._counts.items():
            before = counts.get(text, (0, 0))
            counts[text] = (before[0] + searches, before[1] + without)
        self._counts = counts

    async def _keep(self) -> None:
        waits = {self.write: WRITE_EVERY, self.read: READ_EVERY, self.forget: FORGET_EVERY}
        due = dict.fromkeys(waits, self._clock())
        while True:
            for work in waits:
                if self._clock() >= due[work]:
                    await _attempted(work)
                    due[work] = self._clock() + waits[work]
            await asyncio.sleep(WRITE_EVERY.total_seconds())


async def _attempted(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
        _log.warning("cannot keep the counts of searches: %s", failure)
