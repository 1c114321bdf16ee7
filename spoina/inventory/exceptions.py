"""What a person has to look at: facts that left less than was promised."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from spoina.clock import Clock
from spoina.db import Connection, Pool
from spoina.errors import InvalidInput, NotFound
from spoina.ids import LocationId, StockExceptionId, StockItemId
from spoina.inventory.requests import check_note
from spoina.inventory.types import Command, ExceptionKind, StockException

_COLUMNS = "id, kind, item_id, location_id, units, source, reference, opened_at, resolved_at, resolved_by, note"
_LIST = f"""
select {_COLUMNS} from stock_exception where ($1 or resolved_at is null) and id > $2 order by id limit $3
"""  # noqa: S608
_OF_COMMAND = f"select {_COLUMNS} from stock_exception where source = $1 and reference = $2 order by id"  # noqa: S608
_RESOLVE = f"""
update stock_exception set
    resolved_at = coalesce(resolved_at, $2), resolved_by = coalesce(resolved_by, $3), note = coalesce(note, $4)
where id = $1 returning {_COLUMNS}
"""  # noqa: S608
_OPEN = f"""
insert into stock_exception (kind, item_id, location_id, units, source, reference, opened_at)
select $1, item_id, $2, units, $5, $6, $7 from unnest($3::bigint[], $4::integer[]) as short (item_id, units) returning {_COLUMNS}
"""  # noqa: S608
# Units promised and not there. What was promised as a backorder was never thought to be there.
_SHORT = """
select item_id, held - coalesce(backordered, 0) - on_hand
from stock left join promised using (item_id, location_id)
where location_id = $1 and item_id = any($2::bigint[]) and held > on_hand and held - coalesce(backordered, 0) > on_hand
"""
_CURED = """
update stock_exception set resolved_at = $1, resolved_by = 'spoina', note = 'the count covers what is held again'
from stock
where stock_exception.kind = 'overtaken' and stock_exception.resolved_at is null
    and stock.item_id = stock_exception.item_id and stock.location_id = stock_exception.location_id and stock.held <= stock.on_hand
"""


async def list_exceptions(
    db: Connection | Pool, *, resolved: bool = False, after: StockExceptionId | None = None, limit: int = 100
) -> list[StockException]:
    """Open ones, oldest first; with `resolved` all."""
    return [_exception(row) for row in await db.fetch(_LIST, resolved, after or 0, limit)]


async def exceptions_of(db: Connection, command: Command) -> list[StockException]:
    return [_exception(row) for row in await db.fetch(_OF_COMMAND, command.source, command.reference)]


async def resolve_exception(pool: Pool, exception: StockExceptionId, by: str, note: str, clock: Clock) -> StockException:
    """Resolved already: it stays as it was. Raises NotFound, InvalidInput, LimitExceeded."""
    if not by.strip():
        raise InvalidInput("by", "must name who resolved it")
    check_note("by", by)
    check_note("note", note)
    rows = await pool.fetch(_RESOLVE, exception, clock(), by, note)
    if not rows:
        raise NotFound("stock exception", str(exception))
    return _exception(rows[0])


async def open_exceptions(
    db: Connection,
    kind: ExceptionKind,
    location: LocationId,
    units: Sequence[tuple[StockItemId, int]],
    command: Command,
    now: datetime,
) -> list[StockException]:
    if not units:
        return []
    items, numbers = [item for item, _ in units], [number for _, number in units]
    rows = await db.fetch(_OPEN, kind.value, location, items, numbers, command.source, command.reference, now)
    return [_exception(row) for row in rows]


async def short_items(db: Connection, location: LocationId, items: Sequence[StockItemId]) -> dict[StockItemId, int]:
    """Of these items, how many units are promised (or sold) that are not there."""
    return {StockItemId(row[0]): row[1] for row in await db.fetch(_SHORT, location, items)}


async def close_cured(db: Connection | Pool, now: datetime) -> None:
    """Counts that cover again what is held need no person."""
    await db.execute(_CURED, now)


def _exception(row: asyncpg.Record) -> StockException:
    return StockException(
        id=StockExceptionId(row["id"]),
        kind=ExceptionKind(row["kind"]),
        item=StockItemId(row["item_id"]),
        location=LocationId(row["location_id"]),
        units=row["units"],
        source=row["source"],
        reference=row["reference"],
        opened_at=row["opened_at"],
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        note=row["note"],
    )
