"""Returns and refunds: how they are kept, and those that WooCommerce tells of."""

from collections.abc import Callable, Sequence
from datetime import datetime

import asyncpg
import msgspec

from spoina.db import Connection, Pool
from spoina.ids import OrderId, ReturnId
from spoina.orders import sql
from spoina.orders.types import OrderReturn, ReturnLine, ReturnState

FROM_SHOP = "shop"
"""Who asked for a refund that was made in WooCommerce."""

_COLUMNS = """
id, order_id, state, external_id, amount, reason, restock, requested_by, requested_at, decided_by, decided_at, decision_note, refunded_at,
by_gateway
"""
_LINES = (
    "select return_id, line, quantity, total, total_tax from order_return_line where return_id = any($1::uuid[]) order by return_id, line"
)
_FIND = f"select {_COLUMNS} from order_return where id = $1"  # noqa: S608
_OF_ORDER = f"select {_COLUMNS} from order_return where order_id = $1 order by requested_at, id"  # noqa: S608
_IN_STATE = f"select {_COLUMNS} from order_return where state = $1 order by requested_at, id limit $2"  # noqa: S608
_INSERT = """
with inserted as (
    insert into order_return (
        id, order_id, state, external_id, amount, reason, restock, requested_by, requested_at, decided_by, decided_at, refunded_at
    ) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing returning id
), lines as (
    insert into order_return_line (return_id, line, quantity, total, total_tax)
    select inserted.id, each.* from inserted, unnest($13::integer[], $14::integer[], $15::bigint[], $16::bigint[]) as each
)
select true from inserted
"""
_DECIDE = """
update order_return set state = $2, restock = $3, amount = $4, decided_by = $5, decided_at = $6, decision_note = $7, by_gateway = $8
where id = $1 and state = 'requested' returning true
"""
_REOPEN = """
update order_return set state = 'requested', restock = false, decided_by = null, decided_at = null, decision_note = '', by_gateway = false
where id = $1 and state = 'approved' returning true
"""
_REFUNDED = """
update order_return set state = 'refunded', external_id = $2, refunded_at = $3 where id = $1 and state <> 'refunded' returning order_id
"""
# One of ours whose reference was lost may have been taken over as the shop's own before.
_TAKEN_FOR_THE_SHOPS = """
with gone as (select id from order_return where external_id = $1 and requested_by = $2 and id <> $3),
    lines as (delete from order_return_line where return_id in (select id from gone))
delete from order_return where id in (select id from gone)
"""
_VANISHED = """
update order_return set state = 'deleted' where order_id = $1 and state = 'refunded' and external_id <> all($2::bigint[]) returning amount
"""
_RETURNED = """
select line, sum(quantity)::integer from order_return_line join order_return on order_return.id = return_id
where order_id = $1 and state in ('approved', 'refunded') group by line
"""
_LINE_NUMBERS = "select external_id, line from order_line where order_id = $1 and external_id is not null"


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True):
    """`line` is WooCommerce's number of the order's line; amounts count up."""

    line: int
    quantity: int
    total: int
    total_tax: int


class ShopRefund(msgspec.Struct, frozen=True, kw_only=True):
    """A refund as WooCommerce has it. `reference`: our return, where we made it."""

    external_id: int
    amount: int
    reason: str
    at: datetime
    lines: tuple[RefundedLine, ...]
    reference: ReturnId | None = None


async def find(db: Connection | Pool, return_id: ReturnId) -> OrderReturn | None:
    found = await _with_lines(db, await db.fetch(_FIND, return_id))
    return found[0] if found else None


async def of_order(db: Connection | Pool, order_id: OrderId) -> list[OrderReturn]:
    return await _with_lines(db, await db.fetch(_OF_ORDER, order_id))


async def in_state(db: Connection | Pool, state: ReturnState, limit: int) -> list[OrderReturn]:
    """Oldest first."""
    return await _with_lines(db, await db.fetch(_IN_STATE, state.value, limit))


async def insert(db: Connection, each: OrderReturn) -> bool:
    """False: it is there already."""
    lines = each.lines
    return bool(
        await db.fetchval(
            _INSERT,
            *(each.id, each.order_id, each.state.value, each.external_id, each.amount, each.reason, each.restock, each.requested_by),
            *(each.requested_at, each.decided_by, each.decided_at, each.refunded_at),
            *([line.line for line in lines], [line.quantity for line in lines]),
            *([line.total for line in lines], [line.total_tax for line in lines]),
        )
    )


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    state: ReturnState
    amount: int
    by: str
    at: datetime
    note: str
    restock: bool = False
    by_gateway: bool = False


async def decide(db: Connection, return_id: ReturnId, made: Decision) -> bool:
    """False: somebody decided before."""
    how = (made.state.value, made.restock, made.amount, made.by, made.at, made.note, made.by_gateway)
    return bool(await db.fetchval(_DECIDE, return_id, *how))


async def reopen(db: Connection, return_id: ReturnId) -> bool:
    """An approval could not be carried out, so it is as if nobody had decided. False: it was not approved."""
    return bool(await db.fetchval(_REOPEN, return_id))


async def returned_units(db: Connection | Pool, order_id: OrderId, lines: int) -> list[int]:
    """Of each line, what has come back or is to, by returns that were approved."""
    units: dict[int, int] = {row[0]: row[1] for row in await db.fetch(_RETURNED, order_id)}
    return [units.get(line, 0) for line in range(lines)]


async def apply_refunds(
    db: Connection, order_id: OrderId, refunds: Sequence[ShopRefund], now: datetime, new_id: Callable[[], ReturnId]
) -> bool:
    """All refunds that the shop has of this order. Whether any of it was news."""
    numbers: dict[int, int] = {row[0]: row[1] for row in await db.fetch(_LINE_NUMBERS, order_id)}
    changed = False
    for refund in refunds:
        if refund.reference is not None:
            await db.execute(_TAKEN_FOR_THE_SHOPS, refund.external_id, FROM_SHOP, refund.reference)
        if refund.reference is not None and await db.fetchval(_REFUNDED, refund.reference, refund.external_id, refund.at):
            await sql.note_history(db, order_id, now, actor="spoina", event="refunded", note=f"{refund.amount} {refund.reason}".strip())
            changed = True
        elif await insert(db, _of_shop(order_id, refund, numbers, new_id())):
            await sql.note_history(db, order_id, now, actor="shop", event="refunded", note=f"{refund.amount} {refund.reason}".strip())
            changed = True
    for row in await db.fetch(_VANISHED, order_id, [refund.external_id for refund in refunds]):
        await sql.note_history(db, order_id, now, actor="shop", event="refund deleted", note=str(row[0]))
        changed = True
    return changed


def _of_shop(order_id: OrderId, refund: ShopRefund, numbers: dict[int, int], return_id: ReturnId) -> OrderReturn:
    lines = [
        ReturnLine(line=numbers[line.line], quantity=line.quantity, total=line.total, total_tax=line.total_tax)
        for line in refund.lines
        if line.line in numbers
    ]
    return OrderReturn(
        id=return_id,
        order_id=order_id,
        state=ReturnState.REFUNDED,
        external_id=refund.external_id,
        amount=refund.amount,
        reason=refund.reason,
        restock=False,
        lines=tuple(lines),
        requested_by=FROM_SHOP,
        requested_at=refund.at,
        decided_by=FROM_SHOP,
        decided_at=refund.at,
        refunded_at=refund.at,
    )


async def _with_lines(db: Connection | Pool, rows: Sequence[asyncpg.Record]) -> list[OrderReturn]:
    lines: dict[ReturnId, list[ReturnLine]] = {}
    for row in await db.fetch(_LINES, [row["id"] for row in rows]) if rows else ():
        line = ReturnLine(line=row[1], quantity=row[2], total=row[3], total_tax=row[4])
        lines.setdefault(ReturnId(row[0]), []).append(line)
    return [_return(row, tuple(lines.get(ReturnId(row["id"]), ()))) for row in rows]


def _return(row: asyncpg.Record, lines: tuple[ReturnLine, ...]) -> OrderReturn:
    return OrderReturn(
        id=ReturnId(row["id"]),
        order_id=OrderId(row["order_id"]),
        state=ReturnState(row["state"]),
        external_id=row["external_id"],
        amount=row["amount"],
        reason=row["reason"],
        restock=row["restock"],
        lines=lines,
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        decision_note=row["decision_note"],
        refunded_at=row["refunded_at"],
        by_gateway=row["by_gateway"],
    )
