"""Batches: who waits is answered, whatever happens to the connection, and nobody holds twice."""

import asyncio
from datetime import timedelta
from itertools import product
from uuid import uuid4

import asyncpg
import pytest

from spoina.db import Pool, connect
from spoina.errors import DependencyUnavailable, ShortLines
from spoina.ids import HoldId, LocationId, StockItemId
from spoina.inventory.batching import MOST_LINES_AT_ONCE, HoldBatcher
from spoina.inventory.sql import holds
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest, HoldStatus, TakenLine
from tests.spoina.inventory.stocking import (
    NOON,
    POS,
    WEB,
    WOOCOMMERCE,
    MovableClock,
    broken_invariants,
    count_at_woocommerce,
    numbers,
    open_location,
    request,
)

WAITING = "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


async def test_while_a_statement_is_in_flight_the_next_batch_collects(pool: Pool, batcher: HoldBatcher):
    await count_at_woocommerce(pool, {1: 1000})
    blocker = await pool.acquire()
    transaction = blocker.transaction()
    await transaction.start()
    await blocker.execute("select lock_stock('{1}')")
    first = asyncio.ensure_future(batcher.claim(request((1, 1))))
    await in_flight(pool)
    others = [asyncio.ensure_future(batcher.claim(request((1, 1)))) for _ in range(MOST_LINES_AT_ONCE + 20)]
    await transaction.commit()
    await pool.release(blocker)
    await asyncio.gather(first, *others)
    moments = await pool.fetchval("select count(distinct xmin::text) from hold")
    assert (moments, await numbers(pool, 1)) == (3, (1000, MOST_LINES_AT_ONCE + 21))


@pytest.mark.parametrize("lines", [((1, 1),), ((1, 1), (2, 1))])
async def test_a_lost_connection_holds_once(pool: Pool, batcher: HoldBatcher, lines):
    """Killed while the statement waits: sent again on a new connection."""
    await count_at_woocommerce(pool, {1: 10, 2: 10})
    await batcher.claim(request((2, 1)))
    async with pool.acquire() as blocker, blocker.transaction():
        await blocker.execute("select lock_stock('{1}')")
        waiting = [asyncio.ensure_future(batcher.claim(request(*lines))) for _ in range(3)]
        await in_flight(pool)
        assert await pool.fetchval(f"select count(pg_terminate_backend(pid)) from {WAITING}") == 1
    assert [hold.status for hold in await asyncio.gather(*waiting)] == [HoldStatus.ACTIVE] * 3
    assert (await numbers(pool, 1), await broken_invariants(pool)) == ((10, 3), [])


async def test_an_answer_that_was_lost_is_found_by_its_id(pool: Pool, database: str, clock: MovableClock):
    """The statement was committed, the connection died before its answer arrived."""
    await count_at_woocommerce(pool, {1: 2})

    class AnswersLost:
        def __init__(self, connection: asyncpg.Connection) -> None:
            self._connection = connection

        def __getattr__(self, name: str):
            return getattr(self._connection, name)

        async def fetch(self, *arguments, **options):
            await self._connection.fetch(*arguments, **options)
            raise ConnectionResetError

    connections = [AnswersLost(await connect(database)), *[await connect(database) for _ in range(3)]]

    async def next_connection():
        return connections.pop(0)

    batcher = HoldBatcher(next_connection, clock)
    outcomes = await asyncio.gather(*(batcher.claim(request((1, 1))) for _ in range(3)), return_exceptions=True)
    await batcher.stop()
    assert sorted(isinstance(outcome, ShortLines) for outcome in outcomes) == [False, False, True]
    assert (await numbers(pool, 1), await pool.fetchval("select count(*) from hold")) == ((2, 2), 2)


@pytest.mark.parametrize("lost", [0, 1])
async def test_one_of_the_two_sessions_is_lost_while_nothing_happens(pool: Pool, database: str, clock: MovableClock, lost: int):
    """Both are given up: what one flushes, the other has committed."""
    await count_at_woocommerce(pool, {1: 10})
    opened: list[asyncpg.Connection] = []

    async def next_connection():
        opened.append(await connect(database))
        return opened[-1]

    batcher = HoldBatcher(next_connection, clock)
    await batcher.claim(request((1, 1)))
    opened[lost].terminate()
    await asyncio.gather(*(batcher.claim(request((1, 1))) for _ in range(3)))
    assert [connection.is_closed() for connection in opened] == [True, True, False, False]
    await batcher.stop()
    assert (await numbers(pool, 1), [connection.is_closed() for connection in opened]) == ((10, 4), [True] * 4)


async def test_a_second_session_that_is_refused_leaves_no_first_one(pool: Pool, database: str, clock: MovableClock):
    opened: list[asyncpg.Connection] = []

    async def only_one():
        if len(opened) % 2:
            opened.append(opened[-1])
            raise ConnectionRefusedError("too many clients")
        opened.append(await connect(database))
        return opened[-1]

    batcher = HoldBatcher(only_one, clock)
    with pytest.raises(DependencyUnavailable):
        await batcher.claim(request((1, 1)))
    assert {connection.is_closed() for connection in opened} == {True}


async def test_without_a_database_everybody_hears_it(pool: Pool, clock: MovableClock):
    async def refused():
        raise ConnectionRefusedError("no server")

    batcher = HoldBatcher(refused, clock)
    outcomes = await asyncio.gather(*(batcher.claim(request((1, 1))) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [DependencyUnavailable] * 3
    assert "same id" in str(outcomes[0])


async def test_who_leaves_disturbs_nobody(pool: Pool, batcher: HoldBatcher):
    await count_at_woocommerce(pool, {1: 5})
    leaving = asyncio.ensure_future(batcher.claim(request((1, 1))))
    staying = asyncio.ensure_future(batcher.claim(request((1, 1))))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).status is HoldStatus.ACTIVE
    assert await numbers(pool, 1) == (5, 2)


async def test_a_batch_is_announced_once(pool: Pool, batcher: HoldBatcher, database: str):
    await count_at_woocommerce(pool, {1: 50, 2: 50, 3: 0})
    heard: list[str] = []
    listening = await connect(database)
    await listening.add_listener("stock_changed", lambda *call: heard.append(call[-1]))
    await asyncio.gather(*(batcher.claim(request((1 + n % 2, 1))) for n in range(20)))
    with pytest.raises(ShortLines):
        await batcher.claim(request((3, 1)))
    await listening.execute("select 1")
    await listening.close()
    assert [sorted(payload.split(",")) for payload in heard] == [["1", "2"]]


async def test_requests_of_many_kinds_in_one_batch(pool: Pool, batcher: HoldBatcher):
    """What each is told is what it asked for, and what is kept of it."""
    await count_at_woocommerce(pool, {1: 500, 2: 500})
    places = [None, LocationId(1), await open_location(pool, "shop", {1: 500, 2: 500})]
    references = ["cart", "NULL", 'a,b;{"c"}', "d\\n'e", "ż 7"]
    wants = product((1, 2), (1, 3), places, (WEB, POS), (60, 90))
    asked = [
        HoldRequest(
            id=HoldId(uuid4()),
            holder=Holder(kind, references[number % len(references)]),
            channel=channel,
            lines=(HoldLine(StockItemId(item), units, location),),
            ttl=timedelta(seconds=seconds),
        )
        for number, (item, units, location, channel, seconds) in enumerate(wants)
        for kind in (HolderKind.CART, HolderKind.POS)
    ]
    told = await asyncio.gather(*map(batcher.claim, asked))
    assert [(hold.id, hold.holder, hold.channel, hold.expires_at) for hold in told] == [
        (each.id, each.holder, each.channel, NOON + each.ttl) for each in asked
    ]
    assert [hold.lines for hold in told] == [
        tuple(TakenLine(line.item, line.location or WOOCOMMERCE, line.units, 0) for line in each.lines) for each in asked
    ]
    assert await holds(pool, [hold.id for hold in told]) == {hold.id: hold for hold in told}
    assert await pool.fetchval("select count(distinct xmin::text) from hold") == 1


async def test_a_short_item_and_a_split_one_in_one_batch(pool: Pool, batcher: HoldBatcher):
    await count_at_woocommerce(pool, {1: 1, 2: 9, 3: 2})
    await open_location(pool, "warehouse", {3: 2}, ships_online=True)
    asked = [request((1, 2)), request((2, 3)), request((3, 3)), request((1, 1)), request((3, 1)), request((3, 1))]
    outcomes = await asyncio.gather(*map(batcher.claim, asked), return_exceptions=True)
    assert [isinstance(outcome, ShortLines) for outcome in outcomes] == [True, False, False, False, False, True]
    assert [line.units for line in outcomes[2].lines] == [2, 1]
    assert await broken_invariants(pool) == []


async def test_closed_locations_in_a_batch(pool: Pool, batcher: HoldBatcher):
    await count_at_woocommerce(pool, {1: 9, 2: 9})
    shop, closed = await open_location(pool, "shop", {1: 9}), await open_location(pool, "closed", {1: 9}, active=False)
    asked = [request((1, 1, closed)), request((1, 1, shop)), request((1, 1)), request((2, 1)), request((1, 1, 1))]
    outcomes = await asyncio.gather(*map(batcher.claim, asked), return_exceptions=True)
    assert [isinstance(outcome, ShortLines) for outcome in outcomes] == [True, False, False, False, False]
    batcher = HoldBatcher(batcher._connect, batcher._clock)
    await pool.execute("update location set ships_online = false where id = 1")
    asked = [request((1, 1)), request((2, 1)), request((1, 1, 1)), request((2, 1, 1))]
    outcomes = await asyncio.gather(*map(batcher.claim, asked), return_exceptions=True)
    await batcher.stop()
    assert [isinstance(outcome, ShortLines) for outcome in outcomes] == [True, True, False, False]
    assert await broken_invariants(pool) == []


async def in_flight(pool: Pool) -> None:
    async with asyncio.timeout(30):
        while not await pool.fetchval(f"select count(*) from {WAITING}"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
