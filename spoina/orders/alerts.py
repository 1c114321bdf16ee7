"""What a person has to look at: raised once for each order and kind, and logged, until somebody says that it is mended."""

import logging
from datetime import datetime

import asyncpg

from spoina.db import Connection, Pool
from spoina.errors import InvalidInput, NotFound
from spoina.ids import OrderId
from spoina.orders.types import Alert, AlertKind

_RAISE = """
insert into order_alert as alert (order_id, kind, note, raised_at) values ($1, $2, $3, $4)
on conflict (order_id, kind) do update set note = excluded.note, raised_at = excluded.raised_at, resolved_at = null, resolved_by = null
where alert.note <> excluded.note
returning true
"""
_OPEN = "select order_id, kind, note, raised_at, resolved_at from order_alert where resolved_at is null order by raised_at limit $1"
_OF_ORDER = "select order_id, kind, note, raised_at, resolved_at from order_alert where order_id = $1 order by raised_at"
_RESOLVE = "update order_alert set resolved_at = $3, resolved_by = $4 where order_id = $1 and kind = $2 returning true"

_log = logging.getLogger(__name__)


async def raise_alert(db: Connection, order_id: OrderId, kind: AlertKind, note: str, now: datetime) -> None:
    """The same alert again is no news, also when somebody has resolved it."""
    if await db.fetchval(_RAISE, order_id, kind.value, note, now):
        _log.warning("order %s: %s: %s", order_id, kind, note)


async def open_alerts(db: Connection | Pool, limit: int = 1000) -> list[Alert]:
    """Oldest first."""
    return [_alert(row) for row in await db.fetch(_OPEN, limit)]


async def alerts_of(db: Connection | Pool, order_id: OrderId) -> list[Alert]:
    return [_alert(row) for row in await db.fetch(_OF_ORDER, order_id)]


async def resolve_alert(db: Connection | Pool, order_id: OrderId, kind: AlertKind, by: str, now: datetime) -> None:
    """Raises NotFound, InvalidInput."""
    if not by.strip():
        raise InvalidInput("by", "must name who resolved it")
    if not await db.fetchval(_RESOLVE, order_id, kind.value, now, by):
        raise NotFound("alert of order", f"{order_id} {kind}")


def _alert(row: asyncpg.Record) -> Alert:
    return Alert(order_id=OrderId(row[0]), kind=AlertKind(row[1]), note=row[2], raised_at=row[3], resolved_at=row[4])
