"""How fast feeds are built, with every rule and check on, one after the other in the same run, each in a process of its own: against two
limits, and after one product in a hundred has changed.

"of stream": the prepared documents leave PostgreSQL and are thrown away undecoded. It says what a build costs all in all; nothing that
looks into a product can come near it.
"of rows": the documents are decoded into what recipes read, and what may be sold of each item is looked up: the rows that a feed is made
of, as a program has them in hand. It says what rules, checks, formats, packing and publishing add, which is what can be made better
here, and is the limit that columns read by asyncpg are for a feed written from columns.

Sizes: 10,000 and 100,000 items; FEED_ITEMS names others ("1000000"). Memory is the highest the building process has ever had.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from api.embedded import embedded_servers
from spoina.db import Pool, connect_pool
from spoina.migrate import apply_migrations
from tests.benchmarks.feed_catalogue import ITEMS_PER_PRODUCT, insert_catalogue
from tests.benchmarks.figures import Figure

ROUNDS = 3
FORMATS = {"google-rss": "RSS+gzip", "meta-csv": "CSV+gzip"}
CHANGED = 0.01


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
        limits.append(_child(database_url, folder, form, "stream"))
        rows.append(_child(database_url, folder, form, "rows"))
        wholes.append(_child(database_url, folder, form, "whole"))
        asyncio.run(_change(database_url, products, number))
        parts.append(_child(database_url, folder, form, "part"))
        check = _child(database_url, folder, form, "whole")
        if check["sha256"] != parts[-1]["sha256"]:
            raise RuntimeError(f"{name}: the incremental build is not what a whole one is")
    items = wholes[0]["items"]
    limit, read, whole, part = (median(each["seconds"] for each in runs) for runs in (limits, rows, wholes, parts))
    spent = [median(each["cpu"] for each in runs) / items * 1e6 for runs in (limits, rows, wholes)]
    detail = (
        f"{items / whole:.0f} items/s, streaming {items / limit:.0f} items/s; CPU {spent[2]:.1f} µs an item, streaming {spent[0]:.1f} µs"
    )
    yield Figure(name=f"{name}: whole", value=limit / whole, unit="of stream", detail=detail)
    detail = f"reading {items / read:.0f} items/s, CPU {spent[1]:.1f} µs an item"
    yield Figure(name=f"{name}: whole", value=read / whole, unit="of rows", limit=0.5, detail=detail)
    detail = f"{part * 1000:.0f} ms instead of {whole * 1000:.0f} ms, {parts[0]['rendered']} of {products} products rendered, same bytes"
    yield Figure(name=f"{name}: after 1 % changed", value=whole / part, unit="times", limit=20, detail=detail)
    memory = max(each["memory"] for each in wholes + parts)
    yield Figure(name=f"{name}: peak memory", value=memory, unit="MB", limit=100, at_least=False)


def _child(database_url: str, folder: Path, form: str, what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.feed_builds", database_url, str(folder), form, what]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


async def _change(database_url: str, products: int, number: int) -> None:
    """One product in a hundred, all over the catalogue: half in what is written of them, half in their stock."""
    pool = await connect_pool(database_url)
    chosen = random.Random(number).sample(range(1, products + 1), int(products * CHANGED))
    await _rewrite(pool, chosen[::2], number)
    items = [product * ITEMS_PER_PRODUCT for product in chosen[1::2]]
    await pool.execute("update stock set on_hand = on_hand + 1 where item_id = any($1::bigint[])", items)
    await pool.close()


async def _rewrite(pool: Pool, chosen: list[int], number: int) -> None:
    version = await pool.fetchval("select nextval('catalog_version')")
    await pool.execute("update product set version = $2 where id = any($1::bigint[])", chosen, version)
    await pool.execute(
        "update product_document set body = convert_to(replace(convert_from(body, 'UTF8'), '\"title\":\"', $2), 'UTF8') "
        "where product_id = any($1::bigint[])",
        *(chosen, f'"title":"Nowe{number} '),
    )
