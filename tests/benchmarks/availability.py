"""What it costs to say what can be sold, and how fast a change is known: over HTTP against a bare ASGI application that returns the same
bytes; from a commit to the memory of a process; from a commit to the sockets of a thousand readers who all follow what changed; and the
memory that 200,000 variants take."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

import psutil
import uvloop

from api.embedded import embedded_servers
from spoina.db import Pool, connect, connect_pool
from spoina.inventory.code_index import CodeIndex
from spoina.inventory.shelves import ShelfSnapshot
from spoina.migrate import apply_migrations
from spoina.notifications import Listener
from tests.benchmarks.catalogue import CONNECTIONS, ROUNDS, bare, cpu_per_request, made_key, served
from tests.benchmarks.figures import Figure
from tests.benchmarks.imports import imported, simulated_shop
from tests.benchmarks.load import Request, send_many

PRODUCTS, CODES, REQUESTS = 500, 100, 3840
CHANGES, READERS, FOLLOWED, ROUNDS_OF_NEWS = 500, 1000, 20, 60
PAUSE = 0.25
"""Between two changes, longer than changes are collected for: each reader is told of each."""
VARIANTS = 200_000

_SKUS = """
select sku from variant join stock on item_id = stock_item join product on product.id = product_id
where published and sku is not null and on_hand > 0 order by variant.id limit $1
"""
_MOVE = "update stock set on_hand = on_hand + 1 where item_id = (select stock_item from variant where sku = $1 limit 1) returning item_id"
_FILL = """
with made as (
    insert into product (id, handle, kind, status, listed, searchable, published, title, sort_title, vendor, product_type, labels,
        search_text, available, total_sales, position, created_at, updated_at, hash, as_of, version)
    select n, 'p' || n, 'simple', 'publish', true, true, true, 'P', 'p', '', '', '{}', '', true, 0, 0, now(), now(), '', now(), n
    from generate_series(10000001, 10000000 + $1::bigint) as n
), varied as (
    insert into variant (id, product_id, sku, barcode, position, sells, stock_item, body, hash, as_of)
    select n, n, 'SKU-' || n, null, 0, 'counted', n, '', '', now() from generate_series(10000001, 10000000 + $1::bigint) as n
), coded as (
    insert into known_barcode (code, variant_id, added_at)
    select lpad(n::text, 14, '0'), n, now() from generate_series(10000001, 10000000 + $1::bigint) as n
)
insert into stock (item_id, location_id, on_hand, as_of)
select n, 1, n % 500, now() - n % 100 * interval '1 minute' from generate_series(10000001, 10000000 + $1::bigint) as n
"""


def figures() -> Iterator[Figure]:
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spoina-")))
        servers = stack.enter_context(embedded_servers(data))
        asyncio.run(apply_migrations(servers.database_url))
        with simulated_shop(PRODUCTS) as shop:
            imported(shop, data)
        key = made_key(data)
        process, url = stack.enter_context(served(data))
        codes = asyncio.run(_codes(servers.database_url))
        yield _over_http(process, url, key, data, codes)
        yield _staleness(uvloop.run(_until_known(servers.database_url, codes)))
        yield _delivery(uvloop.run(_until_heard(servers.database_url, url, key, codes[:FOLLOWED])))
        yield uvloop.run(_memory(servers.database_url))


async def _codes(database_url: str) -> list[str]:
    db = await connect(database_url)
    codes = [row[0] for row in await db.fetch(_SKUS, CODES)]
    await db.close()
    if len(codes) < CODES:
        raise RuntimeError(f"only {len(codes)} of {CODES} variants have stock")
    return codes


def _over_http(process: psutil.Process, url: str, key: str, data: Path, codes: Sequence[str]) -> Figure:
    body, headers = json.dumps({"codes": codes}).encode(), {"Authorization": f"Bearer {key}"}
    request = Request(f"{url}/v1/availability", body, headers)
    answer = asyncio.run(send_many(request, CONNECTIONS, CONNECTIONS))
    if len(json.loads(answer)["items"]) != CODES:
        raise RuntimeError(f"answered with {answer.decode()}")
    with bare(answer, data) as (floor_process, floor_url):
        floor = Request(f"{floor_url}/", body, headers)
        costs = [(cpu_per_request(floor_process, floor, REQUESTS), cpu_per_request(process, request, REQUESTS)) for _ in range(ROUNDS)]
    bottom, ours = median(cost[0] for cost in costs), median(cost[1] for cost in costs)
    detail = f"{ours * 1000:.3f} ms CPU, floor {bottom * 1000:.3f} ms, {len(answer)} bytes"
    return Figure(name=f"availability of {CODES} codes", value=bottom / ours, unit="of bare", limit=0.5, detail=detail)


def _staleness(seconds: Sequence[float]) -> Figure:
    worst = quantiles(seconds, n=100)[98] * 1000
    detail = f"median {median(seconds) * 1000:.2f} ms of {len(seconds)}; a negative one was known before the commit was answered"
    return Figure(name="commit to memory, p99", value=worst, unit="ms", limit=10, at_least=False, detail=detail)


async def _until_known(database_url: str, codes: Sequence[str]) -> list[float]:
    """Seconds from each answered commit until the process's memory has the new number."""
    pool, listener = await connect_pool(database_url), Listener(lambda: connect(database_url))
    shelves = ShelfSnapshot(pool, listener)
    await shelves.start()
    await listener.start()
    seen: list[float] = []
    known = asyncio.Event()
    shelves.watch(lambda _: (seen.append(time.perf_counter()), known.set()))
    seconds = []
    for number in range(CHANGES):
        known.clear()
        await _move(pool, codes[number % len(codes)])
        committed = time.perf_counter()
        await known.wait()
        seconds.append(seen[-1] - committed)
    await listener.stop()
    await pool.close()
    return seconds


async def _move(pool: Pool, sku: str) -> None:
    async with pool.acquire() as db, db.transaction():
        item = await db.fetchval(_MOVE, sku)
        await db.execute("select announce_stock($1)", [item])


def _delivery(seconds: Sequence[float]) -> Figure:
    worst = quantiles(seconds, n=20)[18] * 1000
    detail = f"median {median(seconds) * 1000:.1f} ms, worst {max(seconds) * 1000:.0f} ms of {len(seconds)}; all follow what changes"
    return Figure(name=f"commit to {READERS} readers' sockets, p95", value=worst, unit="ms", limit=50, at_least=False, detail=detail)


class _Reader(asyncio.Protocol):
    """Notes when bytes arrive and does nothing else, so that a thousand of them fit into one process."""

    def __init__(self, request: bytes, awaited: bytes, arrivals: list[float]) -> None:
        self._request, self._awaited, self._arrivals = request, awaited, arrivals

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        if self._awaited in data:
            self._arrivals.append(time.perf_counter())
            self._awaited = b"event: change"


async def _until_heard(database_url: str, url: str, key: str, codes: Sequence[str]) -> list[float]:
    """Seconds from each COMMIT being sent until each reader's socket had the bytes."""
    parts, loop = urlsplit(url), asyncio.get_running_loop()
    query = f"/v1/availability/stream?codes={','.join(codes)}"
    request = f"GET {query} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    arrivals: list[float] = []
    reader = partial(_Reader, request, b"event: snapshot", arrivals)
    transports = [(await loop.create_connection(reader, parts.hostname, parts.port))[0] for _ in range(READERS)]
    await _all_heard(arrivals)
    await asyncio.sleep(PAUSE)
    seconds: list[float] = []
    db = await connect(database_url)
    for number in range(ROUNDS_OF_NEWS):
        arrivals.clear()
        await db.execute("begin")
        await db.execute("select announce_stock($1)", [await db.fetchval(_MOVE, codes[number % len(codes)])])
        committing = time.perf_counter()
        await db.execute("commit")
        await _all_heard(arrivals)
        seconds += [arrived - committing for arrived in arrivals]
        await asyncio.sleep(PAUSE)
    await db.close()
    for transport in transports:
        transport.abort()
    return seconds


async def _all_heard(arrivals: Sequence[float]) -> None:
    async with asyncio.timeout(30):
        while len(arrivals) < READERS:  # noqa: ASYNC110 - sockets fill the list, and an event would cost each of them
            await asyncio.sleep(0.02)


async def _memory(database_url: str) -> Figure:
    """What the process grows by, the allocator's slack of loading included."""
    pool, listener = await connect_pool(database_url), Listener(lambda: connect(database_url))
    await pool.execute(_FILL, VARIANTS)
    shelves, codes = ShelfSnapshot(pool, listener), CodeIndex(pool, listener)
    before, began = psutil.Process(os.getpid()).memory_info().rss, time.perf_counter()
    await listener.start()
    await shelves.start()
    await codes.start()
    grown, seconds = (psutil.Process(os.getpid()).memory_info().rss - before) / 2**20, time.perf_counter() - began
    detail = f"{len(codes.known)} variants with SKU, GTIN and stock, read in {seconds:.1f} s"
    await listener.stop()
    await pool.close()
    return Figure(name="memory of codes and shelves", value=grown, unit="MB", limit=200, at_least=False, detail=detail)
