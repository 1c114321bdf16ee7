"""One measured run in a process of its own: `python -m tests.benchmarks.feed_builds DATABASE FOLDER FORMAT WHAT NUMBER`.

WHAT is stream, rows, whole or part; runs of different NUMBERs change different products."""

import asyncio
import json
import random
import re
import sys
from contextlib import aclosing
from pathlib import Path
from time import perf_counter, process_time

import uvloop

from feeds.building import Builder
from feeds.definitions import parse_definition
from feeds.reading import _ALL, DOCUMENTS_AT_ONCE, open_catalogue
from feeds.storage import open_storage
from feeds.types import FeedDefinition
from spoina.clock import utc_now
from spoina.db import Pool, connect_pool
from spoina.ids import Channel
from tests.benchmarks.feed_catalogue import ITEMS_PER_PRODUCT

WEB = Channel("web")
CHANGED = 0.01
RULES = """
base_url = "https://sklep.example"

[utm]
source = "{channel}"
medium = "cpc"

[categories]
kategoria-1 = "Apparel & Accessories > Clothing"
kategoria-2 = "Home & Garden > Kitchen & Dining"

[labels]
0 = "{product_type}"

[[filters]]
name = "hidden by tag"
tags = ["ukryte"]

[[filters]]
name = "too cheap to advertise"
price_below = "5.00"

[[fields]]
name = "speaking title"
field = "title"
template = "{brand} {title} {color} {size}"

[[replacements]]
name = "no abbreviations"
field = "title"
find = "szt."
put = "sztuk"
"""


def definition(form: str) -> FeedDefinition:
    channel = form.partition("-")[0]
    return parse_definition(f'channel = "{channel}"\nformat = "{form}"\n' + RULES.replace("{channel}", channel), form, f"{form}.toml")


async def stream(pool: Pool) -> dict[str, object]:
    """Every document out of PostgreSQL as a build asks for them, thrown away as the bytes that they are."""
    began, count = perf_counter(), 0
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        cursor = await connection.cursor(_ALL, "pl")
        rows = await cursor.fetch(DOCUMENTS_AT_ONCE)
        while rows:
            ahead = asyncio.create_task(cursor.fetch(DOCUMENTS_AT_ONCE))
            await asyncio.sleep(0)
            count += sum(len(row[0]) > 0 for row in rows)
            rows = await ahead
    return {"seconds": perf_counter() - began, "products": count}


async def rows(pool: Pool) -> dict[str, object]:
    """What a build is made from and nothing more: each product decoded into the type that recipes read, with what may be sold of it."""
    began, count, items = perf_counter(), 0, 0
    async with open_catalogue(pool, utc_now()) as catalogue, aclosing(catalogue.batches(WEB)) as batches:
        async for batch in batches:
            count += len(batch.products)
            items += len(batch.left)
    return {"seconds": perf_counter() - began, "products": count, "items": items}


async def build(pool: Pool, folder: Path, form: str, number: int, *, whole: bool) -> dict[str, object]:
    """`cold`: seconds of the process's first build."""
    builder, wanted = Builder(pool, open_storage(None, folder), utc_now, lambda: "secret"), definition(form)
    seconds, cpu = [], []
    for turn in range(2):
        if not whole:
            await change_some(pool, seed=2 * number + turn)
        began, before = perf_counter(), process_time()
        made = (await builder.build(wanted, by_hand=True, whole=whole)).made
        seconds.append(perf_counter() - began)
        cpu.append(process_time() - before)
        if made.incremental is whole or made.totals.failing or made.totals.excluded:
            raise RuntimeError(f"not what was asked for: {made}")
    told = {"items": made.totals.items, "rendered": made.rendered, "digest": made.digest.hex()}
    return {"seconds": seconds[1], "cold": seconds[0], "cpu": cpu[1], **told}


async def change_some(pool: Pool, seed: int) -> None:
    """One product in a hundred, all over the catalogue: half in what is written of them, half in their stock."""
    products = await pool.fetchval("select count(*) from product")
    chosen = random.Random(seed).sample(range(1, products + 1), int(products * CHANGED))
    version = await pool.fetchval("select nextval('catalog_version')")
    await pool.execute("update product set version = $2 where id = any($1::bigint[])", chosen[::2], version)
    await pool.execute(
        "update product_document set body = convert_to(replace(convert_from(body, 'UTF8'), '\"title\":\"', $2), 'UTF8') "
        "where product_id = any($1::bigint[])",
        *(chosen[::2], f'"title":"Nowe{seed} '),
    )
    items = [product * ITEMS_PER_PRODUCT for product in chosen[1::2]]
    await pool.execute("update stock set on_hand = on_hand + 1 where item_id = any($1::bigint[])", items)


async def main(database_url: str, folder: str, form: str, what: str, number: str) -> None:
    pool = await connect_pool(database_url)
    before = process_time()
    match what:
        case "stream":
            done = await stream(pool)
        case "rows":
            done = await rows(pool)
        case _:
            done = await build(pool, Path(folder), form, int(number), whole=what == "whole")
    spent = process_time() - before
    await pool.close()
    print(json.dumps({"cpu": spent, **done, "memory": peak_memory()}))


def peak_memory() -> float:
    """MB. What getrusage tells begins with the size of the process that started this one."""
    (kilobytes,) = re.findall(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) / 1024


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
