"""kill -9 at any point of an import costs a few pages: the next worker goes on where the last one was, and nothing is there twice."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

import msgspec

from simulators.woocommerce.generator import Scale, generated_catalogue
from simulators.woocommerce.shop import DEMO_KEY
from spoina.db import Pool
from tests.journeys.working import imported, until
from tests.mirrored import mirror_differences
from tests.shop_server import ShopServer, served_shop

ROOT = Path(__file__).parents[2]
LISTS = ("variations", "products")
KILLS = 8


class Worker:
    def __init__(self, process: int, ended: asyncio.Task[str]) -> None:
        self._process, self.ended = process, ended

    def kill(self) -> None:
        if not self.ended.done():
            os.kill(self._process, signal.SIGKILL)


class Workers:
    """Started anew after each kill."""

    def __init__(self, server: ShopServer, database: str) -> None:
        shop = {"URL": server.shop.settings.home, "KEY": DEMO_KEY.key, "SECRET": DEMO_KEY.secret, "POLL_SECONDS": "60"}
        environment = {
            **os.environ,
            "SPOINA_DATABASE_URL": database,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "graphql"), str(ROOT / "deploy")]),
            **{f"SPOINA_WOOCOMMERCE_{name}": value for name, value in shop.items()},
        }
        command = [sys.executable, ROOT / "tests/journeys/worker_child.py"]
        self._starter = subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    async def start(self) -> Worker:
        self._starter.stdin.write("\n")
        self._starter.stdin.flush()
        process = int(await asyncio.to_thread(self._starter.stdout.readline))
        return Worker(process, asyncio.create_task(asyncio.to_thread(self._starter.stdout.readline)))

    def stop(self) -> None:
        """Once the last of them has ended."""
        self._starter.stdin.close()
        self._starter.wait()
        self._starter.stdout.close()


def pages(server: ShopServer) -> list[tuple[str, int]]:
    return [
        (path, int(query["page"])) for path, query in server.asked if path in LISTS and "page" in query and "modified_after" not in query
    ]


async def run_until_killed(server: ShopServer, workers: Workers, after: int) -> list[tuple[str, int]]:
    """Kills the worker while it waits for the answer to its request number `after`; returns the pages it asked for."""
    server.asked.clear()
    worker = await workers.start()

    def before(path: str, _: int) -> None:
        if len(pages(server)) == after:
            worker.kill()

    server.before = before
    await asyncio.wait_for(worker.ended, 60)
    server.before = None
    return pages(server)


async def backends(pool: Pool) -> int:
    return await pool.fetchval("select count(*) from pg_stat_activity where datname = current_database()")


async def settled(pool: Pool, before: int) -> None:
    """PostgreSQL ends a dead client's statement first."""

    async def gone() -> bool:
        return await backends(pool) <= before

    await until(gone)


async def place(pool: Pool) -> tuple[str, int]:
    """Where the pass stands."""
    text = await pool.fetchval("select cursor from sync_cursor where name = 'woocommerce.pass'")
    found = msgspec.json.decode(text) if text else {"stage": "variations", "page": 1}
    return found["stage"], found["page"]


async def test_an_import_that_is_killed_eight_times_goes_on_each_time_and_ends_as_the_shop(pool: Pool, database: str):
    chance = Random(20261121)
    async with served_shop(generated_catalogue(Scale(3000, (2, 6)))) as server:
        workers = Workers(server, database)
        begun, stood = [], []
        idle = await backends(pool)
        for _ in range(KILLS):
            stood.append(await place(pool))
            asked = await run_until_killed(server, workers, chance.choice([3, 9, 10, 11, 12]))
            begun.append(asked[0])
            await settled(pool, idle)
        stood.append(await place(pool))
        server.asked.clear()
        worker = await workers.start()
        try:
            await until(lambda: imported(pool), 60)
        finally:
            worker.kill()
            await worker.ended
            workers.stop()
        begun.append(pages(server)[0])
        assert begun == stood
        assert len(set(stood)) > 5
        assert await mirror_differences(server.shop, pool) == []
        assert await pool.fetchval("select count(*) from product") == 3000
        history = await pool.fetchrow("select count(*), count(distinct variant_id), (select count(*) from variant) from price_change")
        assert history[0] == history[1] == history[2]
