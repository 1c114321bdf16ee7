"""One measured run in a process of its own: `python -m tests.benchmarks.feed_builds DATABASE FOLDER FORMAT stream|whole|part`."""

import asyncio
import json
import resource
import sys
from pathlib import Path
from time import perf_counter

import uvloop

from feeds.building import Builder
from feeds.definitions import parse_definition
from feeds.reading import _ALL, DOCUMENTS_AT_ONCE
from feeds.storage import open_storage
from feeds.types import FeedDefinition
from spoina.clock import utc_now
from spoina.db import Pool, connect_pool

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
    """The limit: every document out of PostgreSQL as a build reads them, and thrown away."""
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


async def build(pool: Pool, folder: Path, form: str, *, whole: bool) -> dict[str, object]:
    builder = Builder(pool, open_storage(None, folder), utc_now, lambda: "secret")
    began = perf_counter()
    made = (await builder.build(definition(form), by_hand=True, whole=whole)).made
    if made.incremental is whole or made.totals.failing or made.totals.excluded:
        raise RuntimeError(f"not what was asked for: {made}")
    return {"seconds": perf_counter() - began, "items": made.totals.items, "rendered": made.rendered, "sha256": made.digest.hex()}


async def main(database_url: str, folder: str, form: str, what: str) -> None:
    pool = await connect_pool(database_url)
    done = await stream(pool) if what == "stream" else await build(pool, Path(folder), form, whole=what == "whole")
    await pool.close()
    print(json.dumps({**done, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
