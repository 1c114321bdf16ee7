"""How fast a shop comes in: `spoina sync woocommerce --full` in a process of its own, from the simulated shop, over HTTP, into PostgreSQL
with fsync on; against the simulator's own ceiling (the same pages read and thrown away) and against COPY of the rows it wrote."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

import asyncpg
import httpx
import psutil

from api.embedded import embedded_servers
from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.mirror import LISTS
from spoina.db import connect
from spoina.migrate import apply_migrations
from spoina.settings import WooCommerceSettings
from tests.benchmarks.figures import Figure

PRODUCTS = 100_000
KEY, SECRET = "ck_bench", "cs_bench"
TABLES = ("product", "product_document", "variant", "price_change", "stock")


def figures() -> Iterator[Figure]:
    with simulated_shop(PRODUCTS) as url, tempfile.TemporaryDirectory(prefix="spoina-") as folder:
        data = Path(folder)
        with embedded_servers(data) as servers:
            asyncio.run(apply_migrations(servers.database_url))
            asyncio.run(read_all(url))  # the simulator draws up its pages when they are first asked for
            ceiling = PRODUCTS / asyncio.run(read_all(url))
            seconds, memory = imported(url, data)
            copied = PRODUCTS / asyncio.run(copy_again(servers.database_url))
    rate = PRODUCTS / seconds
    yield Figure(name="import", value=rate, unit="products/s", limit=5000, detail=f"{PRODUCTS} products with variations in {seconds:.1f} s")
    yield Figure(name="import against the shop's ceiling", value=rate / ceiling, unit="of ceiling", detail=f"ceiling {ceiling:.0f}/s")
    yield Figure(name="import against COPY of the same rows", value=rate / copied, unit="of COPY", detail=f"COPY {copied:.0f}/s")
    yield Figure(name=f"peak memory of importing {PRODUCTS}", value=memory, unit="MB", limit=250, at_least=False)


@contextmanager
def simulated_shop(products: int | None = None) -> Iterator[str]:
    """The recorded catalogue, or as many generated products."""
    port = free_port()
    command = [sys.executable, "-m", "simulators.woocommerce", "--port", str(port), "--key", KEY, "--secret", SECRET]
    if products is not None:
        command += ["--products", str(products)]
    shop = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/wp-json/")
        yield f"http://127.0.0.1:{port}"
    finally:
        shop.terminate()
        shop.wait()


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


async def read_all(url: str) -> float:
    """Seconds to read every page as the import asks for it."""
    began = time.perf_counter()
    async with WooCommerceClient(WooCommerceSettings(url=url, key=KEY, secret=SECRET)) as client:
        for path in LISTS:
            async for _ in client.pages(path, LISTS[path]):
                pass
    return time.perf_counter() - began


def imported(url: str, data_dir: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of the command a shop's owner would run."""
    settings = {"SPOINA_WOOCOMMERCE_URL": url, "SPOINA_WOOCOMMERCE_KEY": KEY, "SPOINA_WOOCOMMERCE_SECRET": SECRET}
    command = [sys.executable, "-m", "api.cli", "sync", "woocommerce", "--full", "--data-dir", str(data_dir)]
    began = time.perf_counter()
    child = psutil.Popen(command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0.0
    while child.poll() is None:
        time.sleep(0.05)
        try:
            peak = max(peak, child.memory_info().rss / 2**20)
        except psutil.NoSuchProcess:
            break
    seconds = time.perf_counter() - began
    if child.wait():
        raise RuntimeError(f"the import ended with {child.returncode}")
    return seconds, peak


async def copy_again(database_url: str) -> float:
    """Seconds to COPY the imported rows, indexes and all, into empty tables of the same shape: what PostgreSQL itself needs."""
    db = await connect(database_url)
    rows = {table: await db.fetch(f"select * from {table}") for table in TABLES}
    began = time.perf_counter()
    for table, records in rows.items():
        await db.execute(f"create table copy_{table} (like {table} including all)")
        await _copy_in_batches(db, f"copy_{table}", records)
    seconds = time.perf_counter() - began
    await db.close()
    return seconds


async def _copy_in_batches(db: "asyncpg.Connection[asyncpg.Record]", table: str, records: list[asyncpg.Record]) -> None:
    for start in range(0, len(records), 1000):
        await db.copy_records_to_table(table, records=[tuple(record) for record in records[start : start + 1000]])
