"""All stock in memory follows every announced change."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from spoina.db import Pool
from spoina.inventory.snapshot import StockSnapshot
from spoina.notifications import Listener
from tests.delays import DelayedPool
from tests.spoina.catalog.builders import NOON, insert_stock
from tests.sql_statements import count_statements


@pytest.fixture
def delayed(pool: Pool) -> DelayedPool:
    return DelayedPool(pool)


@pytest.fixture
async def stock(pool: Pool, delayed: DelayedPool, listener: Listener) -> AsyncIterator[StockSnapshot]:
    await insert_stock(pool, {1: 5, 2: 0}, announce=False)
    await pool.execute("insert into location (code, name, owner) values ('pos', 'Till', 'spoina')")
    await pool.execute("insert into stock select 1, id, 4, 1, 1, $1 from location where code = 'pos'", NOON.replace(hour=9))
    snapshot = StockSnapshot(delayed, listener)
    await snapshot.start()
    yield snapshot
    await snapshot.stop()


async def left(stock: StockSnapshot, item: int, expected: int | None) -> None:
    async with asyncio.timeout(5):
        while stock.left(item) != expected:  # noqa: ASYNC110 - the announcement is on its way
            await asyncio.sleep(0.005)


async def test_levels_are_summed_over_locations(pool: Pool, stock: StockSnapshot):
    async with count_statements(pool) as statements:
        assert [stock.left(item) for item in (1, 2, 3)] == [7, 0, None]
        assert (stock.level(1).as_of, stock.level(2).as_of, stock.level(3)) == (NOON.replace(hour=9), NOON, None)
    assert (len(statements), len(stock)) == (0, 2)


async def test_announced_items_are_read_again_and_no_others(pool: Pool, stock: StockSnapshot):
    await pool.execute("update stock set held = 5 where item_id = 2")
    async with count_statements(pool) as statements:
        await insert_stock(pool, {1: 6, 7: 3})
        await left(stock, 7, 3)
    assert (stock.left(1), stock.left(2)) == (8, 0)
    assert [text for text in statements.texts if "any($1::bigint[])" in text] == [statements.texts[-1]]


async def test_an_item_that_is_no_longer_counted_is_forgotten(pool: Pool, stock: StockSnapshot):
    async with pool.acquire() as db, db.transaction():
        await db.execute("delete from stock where item_id = 1")
        await db.execute("select pg_notify('stock_changed', '1')")
    await left(stock, 1, None)
    assert len(stock) == 1


async def test_a_star_reads_everything_again(pool: Pool, stock: StockSnapshot):
    async with pool.acquire() as db, db.transaction():
        await db.execute("update stock set on_hand = 90 where location_id = 1")
        await db.execute("select pg_notify('stock_changed', '*')")
    await left(stock, 2, 90)
    assert stock.left(1) == 92


async def test_changes_announced_while_reading_are_read_again(pool: Pool, delayed: DelayedPool, stock: StockSnapshot):
    slow = delayed.hold("any($1::bigint[])")
    await insert_stock(pool, {2: 1})
    await slow.reached.wait()
    async with count_statements(pool) as statements:
        for count in (2, 3, 4):
            await insert_stock(pool, {2: count, 3: count})
        await asyncio.sleep(0.05)
        assert stock.left(2) == 0
        slow.release()
        await stock.settled()
        assert (stock.left(2), stock.left(3)) == (4, 4)
    assert len([text for text in statements.texts if "any($1::bigint[])" in text]) == 1


async def test_what_was_missed_is_read_when_the_listener_is_back(pool: Pool, listener: Listener, stock: StockSnapshot):
    await pool.execute("update stock set on_hand = 50 where item_id = 2")
    listener.restart()
    assert not stock.live
    assert stock.left(2) == 0
    await stock.settled()
    assert (stock.live, stock.left(2)) == (True, 50)


async def test_a_read_that_fails_leads_to_reading_everything(pool: Pool, delayed: DelayedPool, stock: StockSnapshot):
    slow = delayed.hold("any($1::bigint[])")
    await insert_stock(pool, {2: 8})
    await slow.reached.wait()
    slow.release(failure=ConnectionResetError())
    await left(stock, 2, 8)
