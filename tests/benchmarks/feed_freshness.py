"""How soon a feed shows what changed in the shop: from the commit of a change of stock to the published update feed that has it, with the
worker's own pace and a catalogue of 10,000 items."""

import asyncio
import random
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import uvloop

from api.embedded import embedded_servers
from feeds import records
from feeds.building import Builder
from feeds.definitions import parse_definition
from feeds.keeping import FeedKeeper, Pace
from feeds.storage import open_storage
from spoina.clock import utc_now
from spoina.db import Pool, connect, connect_pool
from spoina.migrate import apply_migrations
from spoina.notifications import Listener
from tests.benchmarks.feed_catalogue import ITEMS_PER_PRODUCT, insert_catalogue
from tests.benchmarks.figures import Figure, middle

ITEMS, CHANGES = 10_000, 20
PROMISED = 5.0
"""Seconds, for 19 of 20 changes."""
FEED, UPDATES = "meta-pl", "meta-pl-update"
DEFINITION = 'channel = "meta"\nformat = "meta-csv"\nupdate = true\nbase_url = "https://sklep.example"\n'
_SELL = "update stock set on_hand = on_hand + 1 where item_id = $1"


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spoina-") as folder, embedded_servers(Path(folder)) as servers:
        asyncio.run(apply_migrations(servers.database_url))
        seconds = sorted(uvloop.run(_followed(servers.database_url, Path(folder) / "built")))
    p95 = seconds[len(seconds) * 95 // 100]
    detail = f"median {middle(seconds):.2f} s of {CHANGES}, {ITEMS:,} items"
    yield Figure(name="a change of stock to the published feed, p95", value=p95, unit="s", limit=PROMISED, at_least=False, detail=detail)


async def _followed(database_url: str, folder: Path) -> list[float]:
    pool, listener, stop = await connect_pool(database_url), Listener(partial(connect, database_url)), asyncio.Event()
    products = await insert_catalogue(pool, ITEMS)
    await listener.start()
    builder, wanted = Builder(pool, open_storage(None, folder), utc_now, lambda: "secret"), parse_definition(DEFINITION, FEED, "a.toml")
    keeping = asyncio.create_task(FeedKeeper(pool, builder, lambda: [wanted], utc_now, Pace()).keep(listener, stop))
    try:
        await _other_than(pool, None)
        chance = random.Random(ITEMS)
        return [await _told(pool, chance.randrange(1, products + 1) * ITEMS_PER_PRODUCT, chance.uniform(0, 2.5)) for _ in range(CHANGES)]
    finally:
        stop.set()
        await keeping
        await listener.stop()
        await pool.close()


async def _told(pool: Pool, item: int, after: float) -> float:
    before = await _published(pool)
    await asyncio.sleep(after)
    async with pool.acquire() as db, db.transaction():
        await db.execute(_SELL, item)
        await db.execute("select announce_stock($1)", [item])
    committed = time.perf_counter()
    await _other_than(pool, before)
    return time.perf_counter() - committed


async def _other_than(pool: Pool, build: int | None) -> None:
    async with asyncio.timeout(60):
        while await _published(pool) == build:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _published(pool: Pool) -> int | None:
    """Of the update feed."""
    return next((each.build.id for each in await records.feed_states(pool) if each.name == UPDATES and each.build is not None), None)
