"""What the catalogue holds, read with statements of the tests' own."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from spoina.catalog.types import Product
from spoina.db import Pool


class Row(NamedTuple):
    title: str
    available: bool
    price_min: int | None
    version: int
    as_of: datetime
    deleted: bool


async def row(pool: Pool, number: int) -> Row:
    found = await pool.fetchrow(
        "select title, available, price_min, version, as_of, deleted_at is not null from product where id = $1", number
    )
    return Row(*found)


async def document(pool: Pool, number: int) -> Product | None:
    body = await pool.fetchval("select body from product_document where product_id = $1", number)
    return None if body is None else msgspec.json.decode(body, type=Product)


async def variants_in_document(pool: Pool, number: int) -> list[int]:
    found = await document(pool, number)
    return [] if found is None else [int(variant.id) for variant in found.variants]


async def variant_ids(pool: Pool) -> list[int]:
    return [found[0] for found in await pool.fetch("select id from variant order by id")]


async def stock(pool: Pool) -> dict[int, int]:
    return dict(await pool.fetch("select item_id, on_hand from stock order by item_id"))


async def prices(pool: Pool, number: int) -> list[tuple[datetime, int | None, int | None]]:
    """The variant's history: since when, regular, sale."""
    rows = await pool.fetch("select valid_from, regular, sale from price_change where variant_id = $1 order by valid_from", number)
    return [tuple(found) for found in rows]
