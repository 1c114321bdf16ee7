"""Listings follow sales that begin or end by date. What a product page shows needs none of this: its prices are computed when they are
read."""

from spoina.catalog import sql
from spoina.catalog.assembly import price_range
from spoina.clock import Clock
from spoina.db import Pool, transaction

_AT_ONCE = 500


async def reprice_due(pool: Pool, clock: Clock) -> int:
    """Moves products whose boundary has passed to their price of this moment; returns how many, at most 500."""
    if not await pool.fetchval("select exists (select from product where price_until <= $1 and deleted_at is null)", clock()):
        return 0
    async with transaction(pool) as db:
        await sql.lock(db)
        at = clock()
        due = await sql.due_for_repricing(db, at, _AT_ONCE)
        if due:
            version = await sql.next_version(db)
            await sql.reprice(db, [(product.id, *price_range(product.variants, at)) for product in due], version)
            await sql.announce(db, version)
        return len(due)
