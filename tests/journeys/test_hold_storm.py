"""Far more buyers than units, in four processes at once: exactly as many win as there is stock, also when processes are killed."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from spoina.clock import utc_now
from spoina.db import Pool
from spoina.inventory.keeping import sweep_expired
from tests.journeys import buyers_child
from tests.spoina.inventory.stocking import broken_invariants, count_at_woocommerce, numbers

ROOT = Path(__file__).parents[2]
PROCESSES, BUYERS, UNITS = 4, 1000, 100


@asynccontextmanager
async def buyers(database: str, each: int, how: str) -> AsyncIterator[list[Process]]:
    """Processes that are ready to buy."""
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            buyers_child.__file__,
            database,
            str(each),
            how,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
            stdin=PIPE,
            stdout=PIPE,
        )
        for _ in range(PROCESSES)
    ]
    try:
        for process in started:
            assert await process.stdout.readline() == b"ready\n"
        yield started
    finally:
        for process in started:
            if process.returncode is None:
                process.kill()
            await process.wait()


def go(processes: list[Process]) -> None:
    for process in processes:
        process.stdin.write(b"\n")


async def said(process: Process) -> tuple[list[str], str]:
    """The ids of granted holds, and the last line."""
    lines = (await process.stdout.read()).decode().splitlines()
    return [line for line in lines if len(line) == 36], lines[-1] if lines else ""


async def test_a_thousand_buyers_of_a_hundred_units(pool: Pool, database: str):
    await count_at_woocommerce(pool, {buyers_child.HOT: UNITS}, utc_now())
    async with buyers(database, BUYERS // PROCESSES, "once") as processes:
        go(processes)
        answers = await asyncio.gather(*map(said, processes))
    granted = [hold_id for ids, _ in answers for hold_id in ids]
    totals = [line.split() for _, line in answers]
    assert (len(set(granted)), sum(int(words[1]) for words in totals), sum(int(words[3]) for words in totals)) == (UNITS, UNITS, 900)
    assert await numbers(pool, buyers_child.HOT) == (UNITS, UNITS)
    assert {str(row[0]) for row in await pool.fetch("select id from hold")} == set(granted)
    assert await broken_invariants(pool, utc_now()) == []


async def test_processes_killed_while_their_statements_are_in_flight(pool: Pool, database: str):
    """All four wait for the item's lock when two of them are killed. What those two may have taken, nobody heard of: it expires."""
    await count_at_woocommerce(pool, {buyers_child.HOT: UNITS}, utc_now())
    async with buyers(database, BUYERS // PROCESSES, "once") as processes:
        async with pool.acquire() as blocker, blocker.transaction():
            await blocker.execute("select lock_stock('{1}')")
            go(processes)
            await until(pool, WAITING, PROCESSES)
            for process in processes[:2]:
                process.kill()
                await process.wait()
        answers = await asyncio.gather(*map(said, processes[2:]))
    heard = {hold_id for ids, _ in answers for hold_id in ids}
    taken = {str(row[0]) for row in await pool.fetch("select id from hold")}
    assert heard <= taken
    assert len(taken) == UNITS
    assert await broken_invariants(pool, utc_now()) == []
    await sweep_expired(pool, utc_now() + timedelta(minutes=10))
    assert await numbers(pool, buyers_child.HOT) == (UNITS, 0)


async def test_processes_killed_at_any_moment(pool: Pool, database: str):
    """Baskets are held, given back and sold by processes that are killed one after the other: nothing is lost and nothing sold twice."""
    items = range(1, buyers_child.ITEMS + 1)
    await count_at_woocommerce(pool, dict.fromkeys(items, UNITS), utc_now())
    async with buyers(database, 20, "on and on") as processes:
        go(processes)
        for process in processes:
            await asyncio.sleep(0.25)
            process.kill()
            await process.wait()
            assert await broken_invariants(pool, utc_now()) == []
    await until(pool, OTHERS, 0)  # PostgreSQL has noticed that nobody is there any more
    assert await broken_invariants(pool, utc_now()) == []
    assert await pool.fetchval("select count(*) from hold") > 100
    await sweep_expired(pool, utc_now() + timedelta(minutes=10))
    sold = dict(await pool.fetch("select item_id, sum(units) from hold_line where status = 'sold_pending' group by item_id"))
    assert [await numbers(pool, item) for item in items] == [(UNITS, sold.get(item, 0)) for item in items]


WAITING = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
OTHERS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active'"


async def until(pool: Pool, query: str, number: int) -> None:
    async with asyncio.timeout(60):
        while await pool.fetchval(query) != number:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
