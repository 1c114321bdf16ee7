"""How fast feeds are built, with every rule and check on, one after the other in the same run, each in a process of its own: against two
limits, and after one product in a hundred has changed.

"of stream": the prepared documents leave PostgreSQL and are thrown away undecoded. It says what a build costs all in all; nothing that
looks into a product can come near it.
"of rows": the documents are decoded into what recipes read, and what may be sold of each item is looked up: the rows that a feed is made
of, as a program has them in hand. It says what rules, checks, formats, packing and publishing add, which is what can be made better
here, and is the limit that columns read by asyncpg are for a feed written from columns.

Both kinds of build are a process's second, as the worker makes them: it keeps what a feed is made with. Each time one product in a hundred
has changed, all over the catalogue: half in what is written of them, half in their stock.

Sizes: 10,000 and 100,000 items; FEED_ITEMS names others ("1000000"). Memory is the highest the building process has ever had.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from api.embedded import embedded_servers
from spoina.db import connect_pool
from spoina.migrate import apply_migrations
from tests.benchmarks.feed_catalogue import insert_catalogue
from tests.benchmarks.figures import Figure

ROUNDS = 3
FORMATS = {"google-rss": "RSS+gzip", "meta-csv": "CSV+gzip"}


def figures() -> Iterator[Figure]:
    for size in map(int, os.environ.get("FEED_ITEMS", "10000,100000").split(",")):
        with tempfile.TemporaryDirectory(prefix="spoina-") as folder, embedded_servers(Path(folder)) as servers:
            asyncio.run(apply_migrations(servers.database_url))
            products = asyncio.run(_filled(servers.database_url, size))
            for form, name in FORMATS.items():
                yield from _measured(servers.database_url, Path(folder) / form, form, f"{name} {size}", products)


async def _filled(database_url: str, size: int) -> int:
    pool = await connect_pool(database_url)
    products = await insert_catalogue(pool, size)
    await pool.execute("vacuum analyze")
    await pool.close()
    return products


def _measured(database_url: str, folder: Path, form: str, name: str, products: int) -> Iterator[Figure]:
    limits, rows, wholes, parts = [], [], [], []
    for number in range(ROUNDS):
        limits.append(_child(database_url, folder, form, "stream", number))
        rows.append(_child(database_url, folder, form, "rows", number))
        wholes.append(_child(database_url, folder, form, "whole", number))
        parts.append(_child(database_url, folder, form, "part", number))
        check = _child(database_url, folder, form, "whole", number)
        if check["digest"] != parts[-1]["digest"]:
            raise RuntimeError(f"{name}: the incremental build is not what a whole one is")
    items = wholes[0]["items"]
    limit, read, whole, part = (median(each["seconds"] for each in runs) for runs in (limits, rows, wholes, parts))
    spent = [median(each["cpu"] for each in runs) / items * 1e6 for runs in (limits, rows, wholes)]
    detail = (
        f"{items / whole:.0f} items/s, streaming {items / limit:.0f} items/s; CPU {spent[2]:.1f} µs an item, streaming {spent[0]:.1f} µs"
    )
    yield Figure(name=f"{name}: whole", value=limit / whole, unit="of stream", limit=0.5, detail=detail)
    detail = f"reading {items / read:.0f} items/s, CPU {spent[1]:.1f} µs an item"
    yield Figure(name=f"{name}: whole", value=read / whole, unit="of rows", limit=0.5, detail=detail)
    cold = median(each["cold"] for each in parts)
    detail = f"{part * 1000:.0f} ms (a process's first: {cold * 1000:.0f} ms) instead of {whole * 1000:.0f} ms, {parts[0]['rendered']} of "
    detail += f"{products} products rendered, same bytes"
    yield Figure(name=f"{name}: after 1 % changed", value=whole / part, unit="times", limit=20, detail=detail)
    memory = max(each["memory"] for each in wholes + parts)
    yield Figure(name=f"{name}: peak memory", value=memory, unit="MB", limit=100, at_least=False)


def _child(database_url: str, folder: Path, form: str, what: str, number: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.feed_builds", database_url, str(folder), form, what, str(number)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])
