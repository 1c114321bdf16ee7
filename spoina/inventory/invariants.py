"""What must hold of stock at every moment, as queries that find where it does not."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from spoina.db import Connection, Pool
from spoina.ids import LocationId, StockItemId

MOST_SHOWN = 20
"""Examples of each kind; the number counts all."""
SWEEPING_GRACE = timedelta(seconds=60)


class Invariant(StrEnum):
    HELD_IS_WHAT_HOLDS_SAY = "held_is_what_holds_say"
    """stock.held = lines of active holds + sold ones that WooCommerce has not got + those it has and has not counted."""
    HELD_IS_THERE = "held_is_there"
    """What is promised does not exceed what is on hand; backorders aside, and what stands open as an exception."""
    LEDGER_IS_STOCK = "ledger_is_stock"
    """The sum of an item's moves at a location is what is on hand there."""
    NO_EXPIRED_HOLD_COUNTS = "no_expired_hold_counts"
    """An expired hold is swept within the grace; decisions never count one at all."""


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """In units."""

    invariant: Invariant
    item: StockItemId
    location: LocationId
    expected: int
    found: int


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """How often an invariant is broken, and the first of those."""

    invariant: Invariant
    violations: int
    examples: tuple[Violation, ...]


_HELD_IS_WHAT_HOLDS_SAY = """
select item_id, location_id, coalesce(promised.units, 0) as expected, coalesce(stock.held, 0) as found
from promised full join stock using (item_id, location_id)
where coalesce(promised.units, 0) <> coalesce(stock.held, 0)
"""
_HELD_IS_THERE = """
select item_id, location_id, greatest(on_hand, 0) as expected, held - coalesce(backordered, 0) as found
from stock left join promised using (item_id, location_id)
where held > 0 and held - coalesce(backordered, 0) > greatest(on_hand, 0) and not exists (
    select from stock_exception as open
    where open.item_id = stock.item_id and open.location_id = stock.location_id and open.resolved_at is null
)
"""
_LEDGER_IS_STOCK = """
select item_id, location_id, coalesce(moved.units, 0) as expected, coalesce(on_hand, 0) as found
from (select item_id, location_id, sum(delta) as units from stock_move group by item_id, location_id) as moved
full join stock using (item_id, location_id)
where coalesce(moved.units, 0) <> coalesce(on_hand, 0)
"""
_NO_EXPIRED_HOLD_COUNTS = """
select item_id, location_id, 0 as expected, sum(units) as found from hold_line
where status = 'active' and expires_at < $1 group by item_id, location_id
"""


async def check_invariants(pool: Pool, now: datetime) -> list[Finding]:
    """All of them, as of one moment. Reads every stock row and every move: for a health check of its own, not for a probe every second."""
    async with pool.acquire() as db, db.transaction(isolation="repeatable_read", readonly=True):
        return [
            await _find(db, Invariant.HELD_IS_WHAT_HOLDS_SAY, _HELD_IS_WHAT_HOLDS_SAY),
            await _find(db, Invariant.HELD_IS_THERE, _HELD_IS_THERE),
            await _find(db, Invariant.LEDGER_IS_STOCK, _LEDGER_IS_STOCK),
            await _find(db, Invariant.NO_EXPIRED_HOLD_COUNTS, _NO_EXPIRED_HOLD_COUNTS, now - SWEEPING_GRACE),
        ]


async def _find(db: Connection, invariant: Invariant, broken: str, *arguments: datetime) -> Finding:
    query = f"select *, count(*) over () from ({broken}) as broken order by item_id, location_id limit {MOST_SHOWN}"  # noqa: S608
    rows = await db.fetch(query, *arguments)
    examples = [
        Violation(invariant=invariant, item=StockItemId(item), location=LocationId(location), expected=expected, found=found)
        for item, location, expected, found, _ in rows
    ]
    return Finding(invariant=invariant, violations=rows[0][4] if rows else 0, examples=tuple(examples))
