"""What a hold costs when everybody wants the same thing: the batcher against the row lock that one statement is (an UPDATE with the
condition in it, the INSERT of the hold, and the announcement, on 16 connections), at full durability, in turns on the same server."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import uvloop

from api.embedded import embedded_servers
from spoina.clock import utc_now
from spoina.db import Pool, connect, connect_pool
from spoina.ids import Channel, StockItemId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.hold_ids import hold_id
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest
from spoina.migrate import apply_migrations
from tests.benchmarks.figures import Figure, middle

BUYERS, CONNECTIONS = 200, 16
ROUNDS, SECONDS, MOST_HOLDS, ALONE = 5, 1.0, 100_000, 300
HOT = StockItemId(1)
TTL = timedelta(minutes=15)
HOLDER, CHANNEL, LINES = Holder(HolderKind.CART, "cart"), Channel("web"), (HoldLine(HOT, 1),)

_STOCK = "insert into stock (item_id, location_id, on_hand, as_of) values ($1, 1, 1000000000, now())"
_ROW_LOCK = """
with taken as (
    update stock set held = held + $2
    where item_id = $1 and location_id = 1 and on_hand - held - buffer >= $2 returning item_id, location_id
), kept as (
    insert into hold (id, holder, channel, status, created_at, expires_at, item_ids, location_ids, units)
    select $3, 'cart:cart', 'web', 'active', $4, $5, array[item_id], array[location_id], array[$2::integer] from taken
)
select pg_notify('stock_changed', item_id::text) from taken
"""
_SILENT = _ROW_LOCK[: _ROW_LOCK.rindex("select")] + "select item_id from taken"
"""The same without telling anybody: less than what a hold has to do."""

Buy = Callable[[HoldRequest], Awaitable[object]]


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
    ways: dict[str, Buy] = {
        "batched": batcher.claim,
        "row lock": partial(_by_row_lock, pool, _ROW_LOCK),
        "silent": partial(_by_row_lock, pool, _SILENT),
    }
    loads: dict[str, list[Load]] = {name: [] for name in ways}
    alone: dict[str, list[float]] = {name: [] for name in ways}
    for buy in ways.values():
        await _load(buy, 0.3, 30_000)
    for _ in range(ROUNDS):
        for name, buy in ways.items():
            await pool.execute("vacuum stock")
            loads[name].append(await _load(buy, SECONDS, MOST_HOLDS if buy == batcher.claim else MOST_HOLDS // 10))
            alone[name].append(await _alone(buy))
    await batcher.stop()
    await pool.close()
    return _figures(loads, {name: middle(times) for name, times in alone.items()})


def _figures(loads: dict[str, list[Load]], alone: dict[str, float]) -> list[Figure]:
    rates = {name: middle(each.per_second for each in found) for name, found in loads.items()}
    p99 = {name: middle(each.p99 for each in found) for name, found in loads.items()}
    return [
        Figure(
            name=f"holds of one item, {BUYERS} buyers, against the row lock",
            value=_ratio(loads["batched"], loads["row lock"]),
            unit="times",
            limit=30,
            detail=f"{rates['batched']:,.0f}/s, row lock {rates['row lock']:,.0f}/s",
        ),
        Figure(
            name="the same, against a row lock that tells nobody",
            value=_ratio(loads["batched"], loads["silent"]),
            unit="times",
            detail=f"{rates['silent']:,.0f}/s",
        ),
        Figure(
            name=f"p99 of {BUYERS} concurrent buyers, in process",
            value=p99["batched"],
            unit="ms",
            limit=10,
            at_least=False,
            detail=f"p50 {middle(each.p50 for each in loads['batched']):.1f} ms; row lock p99 {p99['row lock']:.0f} ms",
        ),
        Figure(
            name="a single hold on an idle machine, against one statement",
            value=alone["batched"] / alone["silent"],
            unit="times",
            limit=2,
            at_least=False,
            detail=f"{alone['batched']:.2f} ms, one statement {alone['silent']:.2f} ms, announced {alone['row lock']:.2f} ms",
        ),
    ]


def _ratio(ours: list[Load], theirs: list[Load]) -> float:
    """The median of the rounds' ratios: both sides of one are measured in the same seconds."""
    return middle(one.per_second / other.per_second for one, other in zip(ours, theirs, strict=True))


def _request() -> HoldRequest:
    return HoldRequest(id=hold_id(uuid4(), utc_now()), holder=HOLDER, channel=CHANNEL, lines=LINES, ttl=TTL)


async def _by_row_lock(pool: Pool, statement: str, request: HoldRequest) -> object:
    now = utc_now()
    return await pool.fetchval(statement, HOT, 1, request.id, now, now + TTL)


async def _load(buy: Buy, seconds: float, most: int) -> Load:
    """Buyers who ask again as soon as they are answered, with requests that were made before: each with an id as carts and checkouts give
    them, the oldest first."""
    requests = [_request() for _ in range(most)][::-1]
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def buyer() -> None:
        while (began := time.perf_counter()) < end and requests:
            await buy(requests.pop())
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(buyer() for _ in range(BUYERS)))
    took = time.perf_counter() - began
    times.sort()
    return Load(len(times) / took, times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3)


async def _alone(buy: Buy) -> float:
    """Milliseconds, the median of one after the other."""
    times = []
    for request in [_request() for _ in range(ALONE)]:
        began = time.perf_counter()
        await buy(request)
        times.append(time.perf_counter() - began)
    return middle(times) * 1e3
