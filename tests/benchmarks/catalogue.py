"""What the catalogue costs over HTTP: CPU of the serving process per request, against a bare ASGI application on the same server that
returns the same bytes. The demo shop's catalogue, documents in memory, one process each, 16 connections, rounds in turn."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from statistics import median

import msgspec
import psutil

from api.embedded import embedded_servers
from spoina.migrate import apply_migrations
from storefront.documents import operations_folder
from tests.benchmarks.figures import Figure
from tests.benchmarks.imports import free_port, imported, simulated_shop
from tests.benchmarks.load import FreshRequest, Request, send_many

CONNECTIONS, ROUNDS = 16, 7
FEW, MANY = 960, 9600
"""Requests in a round: many where each takes microseconds, because the kernel counts CPU time in hundredths of a second."""
REUSED = 1 / 1.5
"""An answer that is given again: at most one and a half times a bare one."""
SMALLEST_ANSWER = 2000
"""Bytes; a smaller one shows no catalogue."""


class Case(msgspec.Struct, frozen=True):
    """A trusted document and the variables it is asked with. `limit`: the share of the bare application's speed that must be reached."""

    name: str
    document: str
    variables: dict[str, object]
    limit: float


CASES = (
    Case("product detail", "web/product", {"handle": "kurtka-puchowa-szron-halny", "selectedOptions": []}, 0.05),
    Case("listing of 24", "web/listing", {"first": 24}, 0.04),
    Case("list of 100", "web/sitemap", {"first": 100}, 0.08),
)


def figures() -> Iterator[Figure]:
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spoina-")))
        servers = stack.enter_context(embedded_servers(data))
        asyncio.run(apply_migrations(servers.database_url))
        imported(stack.enter_context(simulated_shop()), data)
        key = made_key(data)
        process, url = stack.enter_context(served(data))
        for case in CASES:
            yield from _measured(case, process, url, key, data)


def _measured(case: Case, process: psutil.Process, url: str, key: str, data: Path) -> Iterator[Figure]:
    headers = {"Authorization": f"Bearer {key}"}
    requests = _requests(case, f"{url}/graphql", headers)
    answer = asyncio.run(send_many(requests["reused"], 3 * CONNECTIONS, CONNECTIONS))
    if len(answer) < SMALLEST_ANSWER:
        raise RuntimeError(f"{case.name} is answered with {answer.decode()}")
    with bare(answer, data) as (floor_process, floor_url):
        floor = Request(f"{floor_url}/", b"{}", headers)
        costs: dict[str, list[float]] = {"floor": [], **{way: [] for way in requests}}
        for _ in range(ROUNDS):
            costs["floor"].append(cpu_per_request(floor_process, floor, MANY))
            for way, request in requests.items():
                costs[way].append(cpu_per_request(process, request, MANY if way == "reused" else FEW))
    for way in requests:
        ratio = median(floor / cost for floor, cost in zip(costs["floor"], costs[way], strict=True))
        detail = f"{median(costs[way]) * 1000:.3f} ms CPU, floor {median(costs['floor']) * 1000:.3f} ms, {len(answer)} bytes"
        limit = REUSED if way == "reused" else case.limit
        yield Figure(name=f"{case.name} {way}", value=ratio, unit="of bare", limit=limit, detail=detail)


def _requests(case: Case, url: str, headers: dict[str, str]) -> dict[str, Request]:
    """By hash and by text each one is new to the server; "reused" are the same bytes again."""
    text = (operations_folder() / f"{case.document}.graphql").read_text()
    by_hash = {"documentId": sha256(text.encode()).hexdigest(), "variables": case.variables}
    by_text = {"query": text.replace("query ", "query  ", 1), "variables": case.variables}
    number = {"number": FreshRequest.NUMBER.decode()}
    return {
        "by hash": FreshRequest(url, json.dumps({**by_hash, **number}).encode(), headers),
        "by text": FreshRequest(url, json.dumps({**by_text, **number}).encode(), headers),
        "reused": Request(url, json.dumps(by_hash).encode(), headers),
    }


def cpu_per_request(process: psutil.Process, request: Request, count: int) -> float:
    """Seconds of user and system time of the serving process."""
    before = process.cpu_times()
    asyncio.run(send_many(request, count, CONNECTIONS))
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / count


def made_key(data: Path) -> str:
    command = [sys.executable, "-m", "api.cli", "keys", "create", "web", "--data-dir", str(data)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return next(word for word in printed.split() if word.startswith("sp_web_"))


@contextmanager
def served(data: Path) -> Iterator[tuple[psutil.Process, str]]:
    port = free_port()
    command = [sys.executable, "-m", "api.cli", "serve", "--port", str(port), "--data-dir", str(data)]
    with child(command, port) as process:
        yield process, f"http://127.0.0.1:{port}"


@contextmanager
def bare(body: bytes, data: Path) -> Iterator[tuple[psutil.Process, str]]:
    port, file = free_port(), data / "bare.bin"
    file.write_bytes(body)
    with child([sys.executable, "-m", "tests.benchmarks.bare", str(port), str(file)], port) as process:
        yield process, f"http://127.0.0.1:{port}"


@contextmanager
def child(command: list[str], port: int) -> Iterator[psutil.Process]:
    child = psutil.Popen(command, env=dict(os.environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            if any(each.laddr.port == port for each in child.net_connections(kind="tcp4") if each.status == psutil.CONN_LISTEN):
                break
            time.sleep(0.05)
        yield child
    finally:
        child.terminate()
        child.wait()
