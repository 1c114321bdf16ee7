"""The ledger: a line for every change of what lies somewhere, and commands that count once."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from spoina.db import Connection, Pool
from spoina.errors import Conflict
from spoina.ids import LocationId, StockItemId
from spoina.inventory.types import Command, Move, MoveReason

_COLUMNS = ("item_id", "location_id", "delta", "reason", "source", "reference", "line", "occurred_at", "recorded_at", "actor", "note")
_BEGIN = """
insert into stock_command (source, reference, kind, digest, recorded_at) values ($1, $2, $3, $4, $5) on conflict do nothing returning true
"""
_BEGUN = "select kind, digest from stock_command where source = $1 and reference = $2"
_MOVES_OF = f"select {', '.join(_COLUMNS)} from stock_move where source = $1 and reference = $2 order by line"  # noqa: S608
_HISTORY = f"""
select {", ".join(_COLUMNS)} from stock_move
where item_id = $1 and ($2::bigint is null or location_id = $2) order by id desc limit $3
"""  # noqa: S608


async def begin(db: Connection, command: Command, kind: str, digest: bytes, now: datetime) -> bool:
    """False: done before. Raises Conflict when the key belongs to something else. Two at once: the second waits for the first."""
    if await db.fetchval(_BEGIN, command.source, command.reference, kind, digest, now):
        return True
    known = await db.fetchrow(_BEGUN, command.source, command.reference)
    if known is None or (known["kind"], known["digest"]) != (kind, digest):
        raise Conflict("idempotency-key", f"{command.source} has used {command.reference!r} for something else")
    return False


def move(command: Command, line: int, item: StockItemId, location: LocationId, delta: int, reason: MoveReason, now: datetime) -> Move:
    return Move(
        item=item,
        location=location,
        delta=delta,
        reason=reason,
        source=command.source,
        reference=command.reference,
        line=line,
        occurred_at=command.occurred_at or now,
        recorded_at=now,
        actor=command.actor,
        note=command.note,
    )


async def write(db: Connection, moves: Sequence[Move]) -> None:
    await db.copy_records_to_table("stock_move", records=[_row(each) for each in moves], columns=_COLUMNS)


async def moves_of(db: Connection | Pool, source: str, reference: str) -> list[Move]:
    return [_move(row) for row in await db.fetch(_MOVES_OF, source, reference)]


async def history(db: Connection | Pool, item: StockItemId, location: LocationId | None = None, *, limit: int = 100) -> list[Move]:
    """Newest first."""
    return [_move(row) for row in await db.fetch(_HISTORY, item, location, limit)]


def _row(line: Move) -> tuple[object, ...]:
    return (
        *(line.item, line.location, line.delta, line.reason.value, line.source, line.reference, line.line),
        *(line.occurred_at, line.recorded_at, line.actor, line.note),
    )


def _move(row: asyncpg.Record) -> Move:
    return Move(
        item=StockItemId(row["item_id"]),
        location=LocationId(row["location_id"]),
        delta=row["delta"],
        reason=MoveReason(row["reason"]),
        source=row["source"],
        reference=row["reference"],
        line=row["line"],
        occurred_at=row["occurred_at"],
        recorded_at=row["recorded_at"],
        actor=row["actor"],
        note=row["note"],
    )
