"""What a hold costs when everybody wants the same thing: the batcher against the row lock that one statement is (an UPDATE with the
condition in it and the INSERT of the hold, on 16 connections), at full durability, in turns on the same server."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import uvloop

from api.embedded import embedded_servers
from spoina.clock import utc_now
from spoina.db import Pool, connect, connect_pool
from spoina.ids import Channel, HoldId, StockItemId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest
from spoina.migrate import apply_migrations
from tests.benchmarks.figures import Figure, middle

BUYERS, CONNECTIONS = 200, 16
ROUNDS, SECONDS, ALONE = 5, 1.5, 300
HOT = StockItemId(1)
TTL = timedelta(minutes=15)
HOLDER, CHANNEL, LINES = Holder(HolderKind.CART, "cart"), Channel("web"), (HoldLine(HOT, 1),)

_STOCK = "insert into stock (item_id, location_id, on_hand, as_of) values ($1, 1, 1000000000, now())"
_ROW_LOCK = """
with taken as (
    update stock set held = held + $2
    where item_id = $1 and location_id = 1 and on_hand - held - buffer >= $2 returning item_id, location_id
)
insert into hold (id, holder, channel, status, created_at, expires_at, item_ids, location_ids, units)
select $3, 'cart:cart', 'web', 'active', $4, $5, array[item_id], array[location_id], array[$2::integer] from taken returning id
"""

Buy = Callable[[], Awaitable[object]]


class Load(NamedTuple):
    per_second: float
    p50: float
    p99: float
    """Milliseconds."""


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spoina-") as folder, embedded_servers(Path(folder)) as servers:
        asyncio.run(apply_migrations(servers.database_url))
        yield from uvloop.run(_measured(servers.database_url))


async def _measured(database_url: str) -> list[Figure]:
    pool = await connect_pool(database_url, size=CONNECTIONS)
    batcher = HoldBatcher(lambda: connect(database_url), utc_now)
    await pool.execute(_STOCK, HOT)
    ways: tuple[Buy, Buy] = (lambda: _by_row_lock(pool), lambda: batcher.claim(_request()))
    loads: tuple[list[Load], list[Load]] = ([], [])
    alone: tuple[list[float], list[float]] = ([], [])
    for buy in ways:
        await _load(buy, 0.3)
    for _ in range(ROUNDS):
        for buy, of_all, of_one in zip(ways, loads, alone, strict=True):
            of_all.append(await _load(buy, SECONDS))
            of_one.append(await _alone(buy))
            await pool.execute("vacuum stock")
    await batcher.stop()
    await pool.close()
    return _figures(*loads, *alone)


def _figures(row_lock: list[Load], batched: list[Load], row_alone: list[float], batch_alone: list[float]) -> list[Figure]:
    rows, batches = middle(each.per_second for each in row_lock), middle(each.per_second for each in batched)
    one_row, one_hold = middle(row_alone), middle(batch_alone)
    return [
        Figure(
            name=f"holds of one item, {BUYERS} buyers, against the row lock",
            value=middle(ours.per_second / theirs.per_second for ours, theirs in zip(batched, row_lock, strict=True)),
            unit="times",
            limit=30,
            detail=f"{batches:,.0f}/s, row lock {rows:,.0f}/s",
        ),
        Figure(
            name=f"p99 of {BUYERS} concurrent buyers, in process",
            value=middle(each.p99 for each in batched),
            unit="ms",
            limit=10,
            at_least=False,
            detail=f"p50 {middle(each.p50 for each in batched):.1f} ms; row lock p99 {middle(each.p99 for each in row_lock):.0f} ms",
        ),
        Figure(
            name="a single hold on an idle machine, against one statement",
            value=one_hold / one_row,
            unit="times",
            limit=2,
            at_least=False,
            detail=f"{one_hold:.2f} ms, one statement {one_row:.2f} ms",
        ),
    ]


def _request() -> HoldRequest:
    return HoldRequest(id=HoldId(uuid4()), holder=HOLDER, channel=CHANNEL, lines=LINES, ttl=TTL)


async def _by_row_lock(pool: Pool) -> object:
    now = utc_now()
    return await pool.fetchval(_ROW_LOCK, HOT, 1, uuid4(), now, now + TTL)


async def _load(buy: Buy, seconds: float) -> Load:
    """Buyers who ask again as soon as they are answered."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def buyer() -> None:
        while (began := time.perf_counter()) < end:
            await buy()
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(buyer() for _ in range(BUYERS)))
    took = time.perf_counter() - began
    times.sort()
    return Load(len(times) / took, times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3)


async def _alone(buy: Buy) -> float:
    """Milliseconds, the median of one after the other."""
    times = []
    for _ in range(ALONE):
        began = time.perf_counter()
        await buy()
        times.append(time.perf_counter() - began)
    return middle(times) * 1e3
