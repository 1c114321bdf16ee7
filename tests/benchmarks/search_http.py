"""What a search costs over HTTP, with everything in between: the request, GraphQL, the engine, live stock and prices, the products in the
answer; by one API process over the demo shop's catalogue, no answer given twice. Beside it the same engine asked in a process without
anything else. Times are the processor's, of all threads; rates and latencies are this machine's, with 16 connections and with one."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import psutil

from api.embedded import embedded_servers
from search.opening import open_search
from search.types import SearchQuery
from spoina.clock import utc_now
from spoina.migrate import apply_migrations
from spoina.settings import Settings
from storefront.documents import operations_folder
from storefront.resolvers.facet_reads import COUNTED
from tests.benchmarks.catalogue import made_key, served
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.imports import imported, simulated_shop
from tests.benchmarks.load import send_many

CONNECTIONS, ROUNDS, REQUESTS, ALONE = 16, 3, 960, 500
TEXTS = (
    "wiertarka",
    "kurtki",
    "buty trekkingowe",
    "zolte",
    "18V",
    "mlotek slusarski",
    "rekawice robocze",
    "kawa ziarnista",
    "namiot",
    "lampa",
)


class Case(NamedTuple):
    """`limit`: the share of the bare engine's speed that must be reached."""

    name: str
    document: str
    variables: dict[str, object]
    facets: tuple[str, ...]
    limit: float


CASES = (
    Case("search, 24 products", "app/search", {"first": 24}, (), 0.3),
    Case("search, 24 products and filters", "web/search", {"first": 24}, COUNTED, 0.3),
    Case("suggestions", "web/predictive_search", {"limit": 10}, (), 0.15),
)


def figures() -> Iterator[Figure]:
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spoina-")))
        servers = stack.enter_context(embedded_servers(data))
        asyncio.run(apply_migrations(servers.database_url))
        imported(stack.enter_context(simulated_shop()), data)
        _indexed(data)
        key = made_key(data)
        process, url = stack.enter_context(served(data))
        for case in CASES:
            yield from _measured(case, process, f"{url}/graphql", key, data)


def _indexed(data: Path) -> None:
    command = [sys.executable, "-m", "api.cli", "search", "reindex", "--data-dir", str(data)]
    subprocess.run(command, capture_output=True, check=True)


def _measured(case: Case, process: psutil.Process, url: str, key: str, data: Path) -> Iterator[Figure]:
    asking = Asking(url, key, case)
    asyncio.run(send_many(asking, 2 * CONNECTIONS, CONNECTIONS))  # type: ignore[arg-type]
    engine = middle([asyncio.run(_engine(case, data)) for _ in range(ROUNDS)])
    costs = [_cost(asking, process) for _ in range(ROUNDS)]
    cpu, rate = middle([cost.cpu for cost in costs]), middle([cost.per_second for cost in costs])
    yield Figure(
        name=f"{case.name}, over HTTP",
        value=engine / cpu,
        unit="of the engine",
        limit=case.limit,
        detail=f"{rate:,.0f}/s by one process, CPU {cpu * 1e3:.2f} ms each, the engine alone {engine * 1e3:.2f} ms",
    )
    taken = sorted(asyncio.run(_one_by_one(asking)))
    detail = f"median {middle(taken) * 1e3:.1f} ms of {len(taken)}, one connection"
    yield Figure(name=f"{case.name}, p99", value=taken[len(taken) * 99 // 100] * 1e3, unit="ms", at_least=False, detail=detail)


class Asking:
    """Requests as bytes, of one text after the other; searches are never answered from what was answered before."""

    def __init__(self, url: str, key: str, case: Case) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        document = sha256((operations_folder() / f"{case.document}.graphql").read_bytes()).hexdigest()
        head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        bodies = (json.dumps({"documentId": document, "variables": {"query": text, **case.variables}}).encode() for text in TEXTS)
        self._wires = cycle([f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies])

    @property
    def wire(self) -> bytes:
        return next(self._wires)


class Cost(NamedTuple):
    per_second: float
    cpu: float


def _cost(asking: Asking, process: psutil.Process) -> Cost:
    before, began = process.cpu_times(), time.perf_counter()
    answer = asyncio.run(send_many(asking, REQUESTS, CONNECTIONS))  # type: ignore[arg-type]
    took, after = time.perf_counter() - began, process.cpu_times()
    if "errors" in json.loads(answer):
        raise RuntimeError(answer.decode())
    return Cost(REQUESTS / took, (after.user + after.system - before.user - before.system) / REQUESTS)


async def _one_by_one(asking: Asking) -> Sequence[float]:
    """Seconds from sending to the whole answer."""
    reader, writer = await asyncio.open_connection(asking.host, asking.port)
    taken = []
    for _ in range(ALONE):
        began = time.perf_counter()
        writer.write(asking.wire)
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        taken.append(time.perf_counter() - began)
    writer.close()
    return taken


async def _engine(case: Case, data: Path) -> float:
    """Seconds of the processor for the same question, asked here."""
    async with open_search(Settings(data_dir=data), utc_now) as search:
        queries = [SearchQuery(text=text, limit=24, prefix=False, facets=case.facets) for text in TEXTS]
        for query in queries:
            await search.engine.search(query)
        began = time.process_time()
        for _ in range(REQUESTS // len(queries) // 4):
            for query in queries:
                await search.engine.search(query)
        return (time.process_time() - began) / (REQUESTS // len(queries) // 4 * len(queries))
