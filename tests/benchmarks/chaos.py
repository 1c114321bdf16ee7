"""A thousand checkouts while the two servers that take them and the worker that brings them to the shop are killed (SIGKILL), one after the
other, each as soon as the one before is back. A buyer whose server died asks the other one with the same token. The stock's invariants
are looked at all the while, and in the end every cart has to be one order, here and in the shop, and every piece gone once.

Servers, worker and simulated shop are processes of their own; nothing is made less durable.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

import httpx
import uvloop

from api.embedded import embedded_servers
from channels.woocommerce.client import WooCommerceClient
from spoina.access.service import create_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Pool, connect_pool
from spoina.inventory.invariants import check_invariants
from spoina.migrate import apply_migrations
from tests.benchmarks import checkout
from tests.benchmarks.figures import Figure
from tests.benchmarks.imports import free_port

CARTS, BUYERS = 1_000, 16
PIECES = 2
"""In each cart."""
BETWEEN_KILLS, BETWEEN_LOOKS, LONGEST = 1.0, 0.25, 300
_LEFT = "select sum(on_hand - held) from stock where item_id = any($1::bigint[])"


class Outcome(NamedTuple):
    kills: int
    asked_again: int
    looks: int
    violations: int
    orders: int
    in_shop: int
    pieces: int


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spoina-") as folder, embedded_servers(Path(folder)) as servers:
        asyncio.run(apply_migrations(servers.database_url))
        environment = checkout.environment_of(folder, servers.database_url, servers.redis_url)
        seen = uvloop.run(_survived(servers.database_url, environment))
    killed = f"{CARTS:,} checkouts, {seen.kills} kills, {seen.asked_again} asked again"
    counts = (
        ("violations of the stock's invariants", seen.violations, f"{killed}; looked {seen.looks} times"),
        ("orders too many or too few", abs(seen.orders - CARTS), f"{seen.orders:,} orders"),
        ("orders in the shop too many or too few", abs(seen.in_shop - CARTS), f"{seen.in_shop:,} orders"),
        ("pieces too many or too few", abs(seen.pieces - PIECES * CARTS), f"{seen.pieces:,} pieces less to sell"),
    )
    for name, value, detail in counts:
        yield Figure(name=name, value=value, unit="", limit=0, at_least=False, detail=detail)


class Programs:
    """The shop, two servers and a worker."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.shop, self.ports = free_port(), (free_port(), free_port())
        self._environment = environment | checkout.of_shop(self.shop)
        self._mortal = [("-m", "api.cli", "worker"), *(("-m", "api.cli", "serve", "--port", str(port)) for port in self.ports)]
        self._running: dict[tuple[str, ...], asyncio.subprocess.Process] = {}
        self._log = (Path(environment["SPOINA_DATA_DIR"]) / "log").open("ab")
        self.kills = 0

    async def start(self) -> None:
        await self._start(("-m", "simulators.woocommerce", "--port", str(self.shop)))
        await checkout.fill_shelves(self.shop)
        for command in self._mortal:
            await self._start(command)

    async def _start(self, command: tuple[str, ...]) -> None:
        self._running[command] = await asyncio.create_subprocess_exec(
            sys.executable, *command, env=self._environment, cwd=checkout.ROOT, stdout=self._log, stderr=self._log
        )

    async def kill_one_after_the_other(self) -> None:
        for command in cycle(self._mortal):
            await asyncio.sleep(BETWEEN_KILLS)
            self._running[command].kill()
            await self._running[command].wait()
            self.kills += 1
            await self._start(command)
            if (port := command[-1]).isdigit():
                await _answering(int(port))

    async def stop(self) -> None:
        for each in reversed(list(self._running.values())):
            with suppress(ProcessLookupError):
                each.kill()
            await each.wait()
        self._log.close()


async def _answering(port: int) -> None:
    """Until the server is there again: one that never comes up kills nothing."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return


class Buyers:
    """Each begins with the next cart when one is sold, and asks the other server whenever one is gone."""

    def __init__(self, servers: list[httpx.AsyncClient], carts: list[str]) -> None:
        self._servers, self._carts = servers, carts
        self.asked_again = 0

    async def buy(self, number: int) -> None:
        asked = cycle(self._servers if number % 2 else reversed(self._servers))
        while self._carts:
            cart = self._carts.pop()
            while not await self._bought(next(asked), cart):
                self.asked_again += 1
                await asyncio.sleep(0.05)

    async def _bought(self, server: httpx.AsyncClient, cart: str) -> bool:
        try:
            await checkout.submit(server, cart, token="the only attempt")
        except (httpx.TransportError, AttributeError):  # anyio stumbles over a server that dies while it connects
            return False
        return True


async def _survived(database_url: str, environment: dict[str, str]) -> Outcome:
    pool = await connect_pool(database_url)
    programs = Programs(environment)
    try:
        async with asyncio.timeout(LONGEST), AsyncExitStack() as closing:
            await programs.start()
            servers = await _clients(pool, programs.ports)
            for client in servers:
                closing.push_async_callback(client.aclose)
            return await _shopping(pool, programs, servers)
    finally:
        await programs.stop()
        await pool.close()


async def _clients(pool: Pool, ports: tuple[int, ...]) -> list[httpx.AsyncClient]:
    """Of servers that answer."""
    headers = {"authorization": f"Bearer {(await create_key(pool, 'chaos', KeyKind.WEB, utc_now)).token}"}
    clients = [httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30, trust_env=False) for port in ports]
    for client in clients:
        await checkout.stocked(pool, client)
    return clients


async def _shopping(pool: Pool, programs: Programs, servers: list[httpx.AsyncClient]) -> Outcome:
    carts = await checkout.made_carts(servers[0], CARTS)
    left, looks = await _left(pool), list[int]()
    buyers = Buyers(servers, carts)
    looking = asyncio.create_task(_look(pool, looks))
    killing = asyncio.create_task(programs.kill_one_after_the_other())
    await asyncio.gather(*(buyers.buy(number) for number in range(BUYERS)))
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)
    await checkout.delivered(pool)
    looking.cancel()
    looks.append(await _violations(pool))
    orders = await pool.fetchval("select count(*) from sales_order")
    pieces = left - await _left(pool)
    return Outcome(programs.kills, buyers.asked_again, len(looks), sum(looks), orders, await _in_shop(programs.shop), pieces)


async def _look(pool: Pool, looks: list[int]) -> None:
    while True:
        looks.append(await _violations(pool))
        await asyncio.sleep(BETWEEN_LOOKS)


async def _violations(pool: Pool) -> int:
    return sum(finding.violations for finding in await check_invariants(pool, utc_now()))


async def _left(pool: Pool) -> int:
    return int(await pool.fetchval(_LEFT, list(checkout.GOODS)))


async def _in_shop(port: int) -> int:
    async with WooCommerceClient(checkout.settings_of(port)) as shop:
        return (await shop.get_page("orders", {"per_page": "1"})).total or 0
