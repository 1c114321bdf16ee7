"""What it takes to follow a basket of 200 codes over one socket while their stock moves a thousand times a second: the serving process's
CPU, beside that of the same process while nothing moves, and what reaches the socket. However fast stock moves, a reader is told ten times
a second at most, and the last thing it is told is the truth."""

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil
import uvloop

from api.embedded import embedded_servers
from spoina.db import Connection, connect, connect_pool
from spoina.migrate import apply_migrations
from tests.benchmarks.catalogue import made_key, served
from tests.benchmarks.figures import Figure
from tests.spoina.catalog.builders import insert_products, insert_shop, product

CODES, EVENTS, SECONDS, SENDERS = 200, 1000, 5, 4
FOLLOWED = [f"SKU-{number}" for number in range(1, CODES + 1)]
NO_FLUSH = "set synchronous_commit to off"
"""The disk is not what is measured."""
MOVE = "update stock set on_hand = $2 where item_id = $1"


class Basket(NamedTuple):
    seconds: float
    cpu: float
    """Of the serving process, in cores."""
    news: int
    size: int


def figures() -> Iterator[Figure]:
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spoina-")))
        servers = stack.enter_context(embedded_servers(data))
        asyncio.run(apply_migrations(servers.database_url))
        asyncio.run(_furnish(servers.database_url))
        key = made_key(data)
        process, url = stack.enter_context(served(data))
        told = uvloop.run(_followed(servers.database_url, process, url, key))
    size = told.size / max(told.news, 1) / 1024
    detail = f"{EVENTS * SECONDS / told.seconds:,.0f} events/s for {told.seconds:.1f} s became {told.news} messages of {size:.0f} KB"
    yield Figure(name=f"following {CODES} codes, CPU", value=told.cpu, unit="cores", limit=0.5, at_least=False, detail=detail)
    yield Figure(
        name="messages a second", value=told.news / told.seconds, unit="/s", limit=11, at_least=False, detail="the last one: the truth"
    )


async def _furnish(database_url: str) -> None:
    pool = await connect_pool(database_url)
    await insert_shop(pool)
    goods = range(1, CODES + 1)
    await insert_products(pool, [product(number, counted=True) for number in goods], dict.fromkeys(goods, 0))
    await pool.close()


class _Reader(asyncio.Protocol):
    def __init__(self, request: bytes) -> None:
        self._request, self._told = request, bytearray()
        self.changed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._told += data
        self.changed.set()

    @property
    def news(self) -> int:
        return self._told.count(b"event: ")

    @property
    def size(self) -> int:
        return len(self._told)

    def left(self) -> dict[str, int]:
        """What it has been told last of each code."""
        lines = bytes(self._told).splitlines()
        told = [json.loads(line[6:])["items"] for line in lines if line.startswith(b"data: ") and line.endswith(b"}")]
        return {item["code"]: item["available"] for items in told for item in items}


async def _followed(database_url: str, process: psutil.Process, url: str, key: str) -> Basket:
    parts, codes = urlsplit(url), ",".join(FOLLOWED)
    request = f"GET /v1/availability/stream?codes={codes} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    transport, reader = await asyncio.get_running_loop().create_connection(
        lambda: _Reader(request), str(parts.hostname), int(parts.port or 80)
    )
    await _until(reader, dict.fromkeys(FOLLOWED, 0))
    senders = [await connect(database_url) for _ in range(SENDERS)]
    before, news, size = process.cpu_times(), reader.news, reader.size
    left, took = await _moved(senders)
    await _until(reader, left)
    after = process.cpu_times()
    for sender in senders:
        await sender.close()
    transport.abort()
    spent = after.user + after.system - before.user - before.system
    return Basket(took, spent / took, reader.news - news, reader.size - size)


async def _moved(senders: list[Connection]) -> tuple[dict[str, int], float]:
    """A thousand committed movements in every second, and what is left of each code in the end."""
    left: dict[str, int] = dict.fromkeys(FOLLOWED, 0)
    began = time.perf_counter()

    async def send(place: int, db: Connection) -> None:
        chance = random.Random(place)
        await db.execute(NO_FLUSH)
        for number in range(EVENTS * SECONDS // SENDERS):
            item, units = chance.randrange(place + 1, CODES + 1, SENDERS), chance.randrange(1, 500)
            async with db.transaction():
                await db.execute(MOVE, item, units)
                await db.execute("select announce_stock($1)", [item])
            left[f"SKU-{item}"] = units
            await asyncio.sleep(max(0.0, began + number * SENDERS / EVENTS - time.perf_counter()))

    await asyncio.gather(*(send(place, db) for place, db in enumerate(senders)))
    return left, time.perf_counter() - began


async def _until(reader: _Reader, left: dict[str, int]) -> None:
    """Raises TimeoutError where the reader does not come to hear the truth."""
    async with asyncio.timeout(10):
        while reader.left() != left:
            reader.changed.clear()
            await reader.changed.wait()
