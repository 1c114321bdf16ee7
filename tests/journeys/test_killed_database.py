"""PostgreSQL crashes under the holds: whoever was told that something is held for him finds it held afterwards."""

import asyncio
import os
import random
import signal
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from api.embedded import embedded_servers
from spoina.clock import utc_now
from spoina.db import Connection, Pool, connect, connect_pool
from spoina.errors import DependencyUnavailable
from spoina.ids import HoldId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.types import Hold, HoldRequest, HoldStatus
from spoina.migrate import apply_migrations
from tests.conftest import quick_place
from tests.spoina.inventory.stocking import broken_invariants, count_at_woocommerce, numbers, request

PLENTY = 1_000_000
BUYERS, CRASHES, SECONDS_BETWEEN = 60, 3, 0.4
WAL_WRITER = "select pid from pg_stat_activity where backend_type = 'walwriter'"
A_SESSION = "select pid from pg_stat_activity where application_name = 'spoina' and pid <> pg_backend_pid() order by random() limit 1"

Waiting = tuple[HoldBatcher, list["asyncio.Future[Hold]"]]


@pytest.fixture(scope="module")
async def own_database() -> AsyncIterator[str]:
    """A server that may crash without taking other tests' with it."""
    with tempfile.TemporaryDirectory(prefix="spoina-", dir=quick_place()) as folder, embedded_servers(Path(folder)) as servers:
        await apply_migrations(servers.database_url)
        yield servers.database_url


@pytest.fixture
async def pool(own_database: str) -> AsyncIterator[Pool]:
    opened = await connect_pool(own_database, size=2)
    await opened.execute("truncate hold, stock, stock_move")
    yield opened
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # a test that failed may have left it stopped
        os.kill(await opened.fetchval(WAL_WRITER), signal.SIGCONT)
    opened.terminate()


class _FlushWaits:
    """A session whose flushes wait for `let_go`."""

    def __init__(self, connection: Connection, let_go: asyncio.Event) -> None:
        self._connection, self._let_go = connection, let_go

    def __getattr__(self, name: str):
        return getattr(self._connection, name)

    async def fetch(self, *arguments, **options):
        await self._let_go.wait()
        return await self._connection.fetch(*arguments, **options)


async def committed_and_not_flushed(pool: Pool, own_database: str, asked: Sequence[HoldRequest], let_go: asyncio.Event) -> Waiting:
    """A batcher with these requests as one batch, stopped before its flush."""
    await count_at_woocommerce(pool, {1: 10})
    sessions = [await connect(own_database), _FlushWaits(await connect(own_database), let_go)]

    async def next_session():
        return sessions.pop(0) if sessions else await connect(own_database)

    os.kill(await pool.fetchval(WAL_WRITER), signal.SIGSTOP)  # or it might flush what the test wants to be lost
    batcher = HoldBatcher(next_session, utc_now)
    answers = [asyncio.ensure_future(batcher.claim(each)) for each in asked]
    await until_number(pool, "select count(*) from hold", len(asked))
    return batcher, answers


async def test_a_crash_between_commit_and_flush(pool: Pool, own_database: str):
    """The commit is lost, nobody was told of it, and all of it is decided again."""
    let_go = asyncio.Event()
    batcher, answers = await committed_and_not_flushed(pool, own_database, [request((1, 1)) for _ in range(3)], let_go)
    assert [answer.done() for answer in answers] == [False] * 3
    os.kill(await pool.fetchval(WAL_WRITER), signal.SIGKILL)
    await until_number(pool, "select count(*) from hold", 0)
    let_go.set()
    held = {hold.id: hold.status for hold in await asyncio.gather(*answers)}
    await batcher.stop()
    assert held == dict.fromkeys({row[0] for row in await pool.fetch("select id from hold")}, HoldStatus.ACTIVE)
    assert (len(held), await numbers(pool, 1)) == (3, (10, 3))


async def test_who_asks_another_process_for_what_is_not_flushed(pool: Pool, own_database: str):
    """What is recognised by its id is as durable as what is new."""
    let_go, asked = asyncio.Event(), [request((1, 1)) for _ in range(3)]
    batcher, answers = await committed_and_not_flushed(pool, own_database, asked, let_go)
    elsewhere = HoldBatcher(lambda: connect(own_database), utc_now)
    assert (await elsewhere.claim(asked[0])).id == asked[0].id
    os.kill(writer := await pool.fetchval(WAL_WRITER), signal.SIGKILL)
    await until_number(pool, f"select count(*) from ({WAL_WRITER}) as new where pid <> {writer}", 1)
    assert await pool.fetchval("select count(*) from hold where id = $1", asked[0].id) == 1
    let_go.set()
    await asyncio.gather(*answers)
    await batcher.stop()
    await elsewhere.stop()
    assert await numbers(pool, 1) == (10, 3)


async def test_crashes_under_load(pool: Pool, own_database: str):
    """Requests of every kind, alone and in crowds; what is not answered is asked again, as its caller would."""
    await count_at_woocommerce(pool, {1: PLENTY, 2: PLENTY})
    batcher = HoldBatcher(lambda: connect(own_database), utc_now)
    told: set[HoldId] = set()
    closing = asyncio.Event()

    async def buyer(pause: float) -> None:
        while not closing.is_set():
            asked = request((1, 1)) if random.random() < 0.9 else request((2, 1), (1, 1))
            while asked.id not in told:
                try:
                    told.add((await batcher.claim(asked)).id)
                except DependencyUnavailable:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(random.random() * pause)

    buyers = [asyncio.ensure_future(buyer(0.02 * (place % 2))) for place in range(BUYERS)]
    for _ in range(CRASHES):
        await asyncio.sleep(SECONDS_BETWEEN)
        before = len(told)
        os.kill(await pool.fetchval(A_SESSION), signal.SIGKILL)
        async with asyncio.timeout(60):
            while len(told) < before + 2 * BUYERS:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
    closing.set()
    await asyncio.gather(*buyers)
    await batcher.stop()
    await until_number(pool, "select 1", 1)
    assert told == {row[0] for row in await pool.fetch("select id from hold")}
    assert await broken_invariants(pool, utc_now()) == []


async def until_number(pool: Pool, query: str, number: int) -> None:
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                if await pool.fetchval(query) == number:
                    return
            await asyncio.sleep(0.01)
