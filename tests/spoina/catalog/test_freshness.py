"""Nothing stale: races between reading and changing, and a listener that is lost."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from spoina.catalog.listing import ListingQuery
from spoina.catalog.reader import CatalogReader
from spoina.db import Connection, Pool, connect
from spoina.notifications import Listener
from tests.delays import DelayedPool
from tests.spoina.catalog.builders import insert_products, insert_shop, product, renamed
from tests.sql_statements import count_statements

DOCUMENTS, CHANGES, LISTING = "product_document", "where version > $1", "with page as"
ALL = ListingQuery(limit=10)


class Line:
    """How the listener reaches the database; it can be cut and kept cut."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._whole = asyncio.Event()
        self._whole.set()

    async def connect(self) -> Connection:
        await self._whole.wait()
        return await connect(self._database)

    async def cut(self, listener: Listener, pool: Pool) -> None:
        self._whole.clear()
        await pool.fetchval("select pg_terminate_backend($1)", listener._connection.get_server_pid())
        await listener._lost.wait()

    def mend(self) -> None:
        self._whole.set()


@pytest.fixture
def delayed(pool: Pool) -> DelayedPool:
    return DelayedPool(pool)


@pytest.fixture
async def line(database: str) -> Line:
    return Line(database)


@pytest.fixture
async def listener(line: Line) -> AsyncIterator[Listener]:
    listening = Listener(line.connect)
    await listening.start()
    yield listening
    await listening.stop()


@pytest.fixture
async def reader(pool: Pool, delayed: DelayedPool, listener: Listener) -> AsyncIterator[CatalogReader]:
    await insert_shop(pool)
    reading = CatalogReader(delayed, listener)
    await reading.start()
    await reading.settled(await insert_products(pool, [product(1, title="Old"), product(2)]))
    yield reading
    await reading.stop()


async def title(reader: CatalogReader, number: int = 1) -> str:
    (found,) = await reader.products([number])
    return found.title


async def test_the_next_read_after_the_announcement_is_fresh(pool: Pool, delayed: DelayedPool, reader: CatalogReader):
    assert await title(reader) == "Old"
    changes = delayed.hold(CHANGES)
    await insert_products(pool, [product(1, title="New")])
    await changes.reached.wait()  # announced, but what changed is not known yet
    reading = asyncio.create_task(title(reader))
    listing = asyncio.create_task(reader.listing(ALL))
    await asyncio.sleep(0.02)
    assert not reading.done()
    assert not listing.done()
    changes.release()
    assert await reading == "New"
    assert (await listing).ids == (1, 2)


@pytest.mark.parametrize("ask", ["products", "by_handle", "variants"])
async def test_a_document_read_before_a_change_is_not_kept_after_it(pool: Pool, delayed: DelayedPool, reader: CatalogReader, ask: str):
    question = {"products": [1], "by_handle": "product-1", "variants": [1]}[ask]
    slow = delayed.hold(DOCUMENTS)
    reading = asyncio.create_task(getattr(reader, ask)(question))
    await slow.reached.wait()
    await reader.settled(await insert_products(pool, [product(1, title="New")]))
    assert await title(reader) == "New"  # does not wait for the read that began before
    slow.release()
    await reading
    async with count_statements(pool) as statements:
        assert await title(reader) == "New"
        assert (await reader.by_handle("product-1")).title == "New"
        assert (await reader.variants([1]))[0][0].title == "New"
    assert len(statements) == 0


async def test_a_late_document_is_dropped_even_if_nobody_read_the_new_one(pool: Pool, delayed: DelayedPool, reader: CatalogReader):
    slow = delayed.hold(DOCUMENTS)
    reading = asyncio.create_task(reader.products([1, 2]))
    await slow.reached.wait()
    await reader.settled(await insert_products(pool, [product(1, title="New")]))
    slow.release()
    assert [found.title for found in await reading] == ["Old", "Product 2"]
    async with count_statements(pool) as statements:
        assert await title(reader, 2) == "Product 2"  # did not change and may be kept
        assert await title(reader, 1) == "New"
    assert len(statements) == 1


async def test_a_listing_read_before_a_change_is_not_kept_after_it(pool: Pool, delayed: DelayedPool, reader: CatalogReader):
    slow = delayed.hold(LISTING)
    reading = asyncio.create_task(reader.listing(ALL))
    await slow.reached.wait()
    await reader.settled(await insert_products(pool, [product(3)]))
    slow.release()
    assert (await reading).ids == (1, 2)
    assert (await reader.listing(ALL)).ids == (1, 2, 3)


async def test_a_caller_that_gives_up_leaves_the_others_their_answer(delayed: DelayedPool, reader: CatalogReader):
    slow = delayed.hold(DOCUMENTS)
    first = asyncio.create_task(title(reader))
    await slow.reached.wait()
    second = asyncio.create_task(title(reader))
    await asyncio.sleep(0)
    first.cancel()
    slow.release()
    assert await second == "Old"
    assert first.cancelled()


async def test_a_read_that_fails_is_not_kept(delayed: DelayedPool, reader: CatalogReader):
    slow = delayed.hold(DOCUMENTS)
    reading = asyncio.create_task(title(reader))
    await slow.reached.wait()
    slow.release(failure=ConnectionResetError())
    with pytest.raises(ConnectionResetError):
        await reading
    assert await title(reader) == "Old"


async def test_without_its_listener_it_reads_past_its_memory(pool: Pool, line: Line, listener: Listener, reader: CatalogReader):
    await reader.products([1, 2])
    await reader.listing(ALL)
    await line.cut(listener, pool)
    assert not reader.live
    await insert_products(pool, [product(1, title="New", handle="new"), product(3)])
    async with count_statements(pool) as statements:
        assert [await title(reader), await title(reader)] == ["New", "New"]
        assert await reader.by_handle("product-1") is None
        assert (await reader.by_handle("new")).title == "New"
        assert (await reader.variants([1]))[0][0].title == "New"
        assert (await reader.listing(ALL)).ids == (1, 2, 3)
    assert len(statements) == 6


async def test_with_its_listener_back_it_reads_the_gap_and_trusts_its_memory(
    pool: Pool, line: Line, listener: Listener, reader: CatalogReader
):
    await reader.products([1, 2])
    await line.cut(listener, pool)
    version = await insert_products(pool, [product(1, title="New")])
    line.mend()
    await reader.settled(version)
    assert reader.live
    async with count_statements(pool) as statements:
        assert [await title(reader, 2), await title(reader, 1), await title(reader, 1)] == ["Product 2", "New", "New"]
    assert len(statements) == 1
    await reader.settled(await insert_products(pool, [product(1, title="Newer")]))
    assert await title(reader) == "Newer"


async def test_another_server_shares_no_versions(pool: Pool, line: Line, listener: Listener, reader: CatalogReader):
    for _ in range(3):
        await reader.settled(await insert_products(pool, [product(1, title="Lost")]))
    await line.cut(listener, pool)
    # A server restored from a backup: its versions begin below those that were seen, and say other things.
    reader._follower._running_since = None
    await pool.execute("update product set version = 1")
    await pool.execute("select setval('catalog_version', 1)")
    line.mend()
    await reader.settled(1)
    assert (await title(reader), reader.version) == ("Lost", 1)
    await reader.settled(await insert_products(pool, [product(1, title="Restored")]))
    assert (await title(reader), reader.version) == ("Restored", 2)


async def test_what_cannot_be_followed_is_not_served_from_memory(pool: Pool, delayed: DelayedPool, reader: CatalogReader):
    assert await title(reader) == "Old"
    changes = delayed.hold(CHANGES)
    version = await insert_products(pool, [product(1, title="New")])
    await changes.reached.wait()
    reading = asyncio.create_task(title(reader))
    changes.release(failure=ConnectionResetError())
    assert await reading == "New"
    await reader.settled(version)
    assert reader.live
    assert await title(reader) == "New"


async def test_readers_never_see_less_than_what_was_announced(pool: Pool, line: Line, listener: Listener, reader: CatalogReader):
    written: list[tuple[int, int]] = [(reader.version, 0)]
    chance = random.Random(7)
    reads = 0

    async def write() -> None:
        for number in range(1, 61):
            version = await insert_products(pool, [renamed(product(1), str(number))])
            written.append((version, number))
            if number == 30:
                await line.cut(listener, pool)
                line.mend()
            await asyncio.sleep(chance.choice([0, 0, 0.002]))

    async def read() -> None:
        nonlocal reads
        while not writing.done():
            known = max(number for version, number in written if version <= reader.version)
            assert int(await title(reader)) >= known
            reads += 1
            await asyncio.sleep(chance.choice([0, 0.001]))

    await reader.settled(await insert_products(pool, [renamed(product(1), "0")]))
    writing = asyncio.create_task(write())
    await asyncio.gather(writing, *(read() for _ in range(4)))
    await reader.settled(written[-1][0])
    assert await title(reader) == "60"
    assert reads > 60
