"""Writes what was counted behind everybody's back: a process that is lost takes seconds of counts with it, a request waits for none."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

import asyncpg

from spoina.clock import Clock
from spoina.db import Pool
from spoina.usage import sql
from spoina.usage.tally import Counts, Tally
from spoina.usage.types import KEPT

WRITE_EVERY = timedelta(seconds=10)
FORGET_EVERY = timedelta(days=1)

_log = logging.getLogger(__name__)


class UsageKeeper:
    """One per process. `observe` is told each time what is being written."""

    def __init__(self, pool: Pool, tally: Tally, clock: Clock, observe: Callable[[Counts], None]) -> None:
        self._pool, self._tally, self._clock, self._observe = pool, tally, clock, observe
        self._keeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Writes what was counted last."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))
        await _attempted(self.write)

    async def write(self) -> None:
        """One statement. What cannot be written is counted with what comes."""
        counts = self._tally.drain()
        self._observe(counts)
        if not counts.fields:
            return
        try:
            await sql.add(self._pool, self._clock(), counts.fields)
        except BaseException:
            self._tally.put_back(counts.fields)
            raise

    async def forget(self) -> None:
        await sql.forget_before(self._pool, (self._clock() - KEPT).date())

    async def _keep(self) -> None:
        forget_at = self._clock()
        while True:
            await asyncio.sleep(WRITE_EVERY.total_seconds())
            await _attempted(self.write)
            if self._clock() >= forget_at:
                await _attempted(self.forget)
                forget_at = self._clock() + FORGET_EVERY


async def _attempted(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
        _log.warning("cannot keep the counts of fields: %s", failure)
