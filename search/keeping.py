"""The worker's part: the index is there, follows the catalogue within a second, and is compared and mended once a day."""

import asyncio
import logging
from datetime import timedelta

import asyncpg

from search.indexing import Indexer
from spoina.catalog.following import CATALOG_CHANGED
from spoina.db import Pool
from spoina.errors import Busy, IndexTaskFailed, SearchUnavailable
from spoina.notifications import Bell, Listener

LONGEST_SLEEP = timedelta(seconds=2)
AFTER_FAILURE = timedelta(seconds=5)
_LOCK = 0x5B10
"""Session-scoped advisory lock: of several workers one writes the index."""

_log = logging.getLogger(__name__)


async def keep_index(pool: Pool, listener: Listener, indexer: Indexer, stop: asyncio.Event) -> None:
    """Until `stop` is set. An engine that is away is tried again; what it missed is in the catalogue's versions."""
    bell = Bell(CATALOG_CHANGED)
    await listener.subscribe(bell)
    while not stop.is_set():
        pause = LONGEST_SLEEP
        try:
            await keep_once(pool, indexer)
        except (SearchUnavailable, IndexTaskFailed, Busy, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            _log.warning("cannot keep the search index: %s", failure)
            pause = AFTER_FAILURE
        await bell.wait(pause)


async def keep_once(pool: Pool, indexer: Indexer) -> None:
    """Nothing where another worker is at it."""
    async with pool.acquire() as lock:
        if not await lock.fetchval("select pg_try_advisory_lock($1)", _LOCK):
            return
        try:
            await _keep(indexer)
        finally:
            await lock.execute("select pg_advisory_unlock($1)", _LOCK)


async def _keep(indexer: Indexer) -> None:
    if not await indexer.is_built():
        await indexer.build()
    await indexer.follow()
    if await indexer.is_due():
        drift = await indexer.drift()
        if not drift.none:
            counts = len(drift.missing), len(drift.stale), len(drift.superfluous)
            _log.warning("the search index differed: %d missing, %d stale, %d superfluous", *counts)
        await indexer.repair(drift)
