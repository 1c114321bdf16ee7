"""All shelves in memory follow every announced change."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from spoina.db import Pool
from spoina.inventory.shelves import ShelfSnapshot
from spoina.notifications import Listener
from tests.delays import DelayedPool
from tests.spoina.catalog.builders import NOON, insert_stock
from tests.sql_statements import count_statements


@pytest.fixture
def delayed(pool: Pool) -> DelayedPool:
    return DelayedPool(pool)


@pytest.fixture
async def stock(pool: Pool, delayed: DelayedPool, listener: Listener) -> AsyncIterator[ShelfSnapshot]:
    await insert_stock(pool, {1: 5, 2: 0}, announce=False)
    await pool.execute("insert into location (code, name, owner) values ('pos', 'Till', 'spoina')")
    await pool.execute("insert into stock select 1, id, 4, 1, 1, $1 from location where code = 'pos'", NOON.replace(hour=9))
    snapshot = ShelfSnapshot(delayed, listener)
    await snapshot.start()
    yield snapshot
    await snapshot.stop()


def left_of(stock: ShelfSnapshot, item: int) -> int | None:
    return sum(shelf.left for shelf in stock.of(item)) if stock.of(item) else None


async def left(stock: ShelfSnapshot, item: int, expected: int | None) -> None:
    async with asyncio.timeout(30):
        while left_of(stock, item) != expected:  # noqa: ASYNC110 - the announcement is on its way
            await asyncio.sleep(0.005)


async def test_every_shelf_is_in_memory(pool: Pool, stock: ShelfSnapshot):
    async with count_statements(pool) as statements:
        assert [left_of(stock, item) for item in (1, 2, 3)] == [7, 0, None]
        assert [[shelf.as_of for shelf in stock.of(item)] for item in (1, 2, 3)] == [[NOON, NOON.replace(hour=9)], [NOON], []]
    assert (len(statements), len(stock)) == (0, 2)


async def test_announced_items_are_read_again_and_no_others(pool: Pool, stock: ShelfSnapshot):
    await pool.execute("update stock set held = 5 where item_id = 2")
    async with count_statements(pool) as statements:
        await insert_stock(pool, {1: 6, 7: 3})
        await left(stock, 7, 3)
    assert (left_of(stock, 1), left_of(stock, 2)) == (8, 0)
    assert [text for text in statements.texts if "any($1::bigint[])" in text] == [statements.texts[-1]]


async def test_an_item_that_is_no_longer_counted_is_forgotten(pool: Pool, stock: ShelfSnapshot):
    async with pool.acquire() as db, db.transaction():
        await db.execute("delete from stock where item_id = 1")
        await db.execute("select pg_notify('stock_changed', '1')")
    await left(stock, 1, None)
    assert len(stock) == 1


async def test_a_star_reads_everything_again(pool: Pool, stock: ShelfSnapshot):
    async with pool.acquire() as db, db.transaction():
        await db.execute("update stock set on_hand = 90 where location_id = 1")
        await db.execute("select pg_notify('stock_changed', '*')")
    await left(stock, 2, 90)
    assert left_of(stock, 1) == 92


async def test_changes_announced_while_reading_are_read_again(pool: Pool, delayed: DelayedPool, stock: ShelfSnapshot):
    slow = delayed.hold("any($1::bigint[])")
    await insert_stock(pool, {2: 1})
    await slow.reached.wait()
    async with count_statements(pool) as statements:
        for count in (2, 3, 4):
            await insert_stock(pool, {2: count, 3: count})
        await asyncio.sleep(0.05)
        assert left_of(stock, 2) == 0
        slow.release()
        await stock.settled()
        assert (left_of(stock, 2), left_of(stock, 3)) == (4, 4)
    assert len([text for text in statements.texts if "any($1::bigint[])" in text]) == 1


async def test_what_was_missed_is_read_when_the_listener_is_back(pool: Pool, listener: Listener, stock: ShelfSnapshot):
    await pool.execute("update stock set on_hand = 50 where item_id = 2")
    listener.restart()
    assert not stock.live
    assert left_of(stock, 2) == 0
    await stock.settled()
    assert (stock.live, left_of(stock, 2)) == (True, 50)


async def test_a_read_that_fails_leads_to_reading_everything(pool: Pool, delayed: DelayedPool, stock: ShelfSnapshot):
    slow = delayed.hold("any($1::bigint[])")
    await insert_stock(pool, {2: 8})
    await slow.reached.wait()
    slow.release(failure=ConnectionResetError())
    await left(stock, 2, 8)


async def test_watchers_hear_of_items_after_their_shelves_are_there(pool: Pool, stock: ShelfSnapshot, listener: Listener):
    told: list[tuple[set[int] | None, int | None]] = []
    stock.watch(lambda items: told.append((None if items is None else set(items), left_of(stock, 2))))
    await insert_stock(pool, {2: 8})
    await left(stock, 2, 8)
    await pool.execute("update stock set on_hand = 9 where item_id = 2")
    listener.restart()
    await stock.settled()
    assert told == [({2}, 8), (None, 9)]


async def test_what_channels_took_of_scarce_stock_is_on_the_shelf(pool: Pool, stock: ShelfSnapshot):
    await pool.execute("update stock set scarce_since = $1 where item_id = 2", NOON)
    await pool.execute("insert into share_taken values (2, 1, 'web', 3), (2, 1, 'app', 1)")
    await insert_stock(pool, {2: 4})
    await left(stock, 2, 4)
    (shelf,) = stock.of(2)
    assert (shelf.scarce_since, shelf.taken) == (NOON, (("app", 1), ("web", 3)))
