"""The statements of orders. Locks in one order: the order's row, then stock."""

from datetime import datetime

import asyncpg
import msgspec

from spoina.db import Connection, Pool
from spoina.ids import OrderId, ShopCustomerId
from spoina.orders.types import HistoryEntry, Order, OrderDraft, OrderNote, OrderState

ORDER_CHANGED = "order_changed"
"""Announced with the order's id when a change is committed."""
ORDER_TASK = "order_task"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(OrderDraft).decode

COLUMNS = """
id, number, state, shop_status, external_id, external_number, payment_url, placed_at, changed_at, expires_at, paid_at, stock_settled, body
"""
# One round trip: an order is there with its lines, its history and what has to be sent, or not at all.
_INSERT = f"""
with placed as (
    insert into sales_order (
        id, key, digest, origin, channel, state, customer_id, email, currency, total, hold_id, stock_settled, placed_at, changed_at,
        expires_at, body, customer
    ) values (
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
        case when $6 = 'pending_payment' then $14::timestamptz + make_interval(mins => (select hold_minutes from order_policy)) end, $15,
        $23
    )
    on conflict do nothing
    returning {COLUMNS}
), lines as (
    insert into order_line (order_id, line, variant_id, sku, title, quantity, total, total_tax)
    select placed.id, line - 1, variant_id, sku, title, quantity, each.total, total_tax
    from placed, unnest($16::bigint[], $17::text[], $18::text[], $19::integer[], $20::bigint[], $21::bigint[])
        with ordinality as each (variant_id, sku, title, quantity, total, total_tax, line)
), history as (
    insert into order_history (order_id, at, actor, event, to_state) select id, $14, $22, 'placed', $6 from placed
), task as (
    insert into order_task (kind, order_id, created_at, due_at) select 'create', id, $14, $14 from placed
)
select * from placed
"""  # noqa: S608
_BY_KEY = f"select digest, {COLUMNS} from sales_order where key = $1"  # noqa: S608
_FIND = f"select {COLUMNS} from sales_order where id = $1"  # noqa: S608
_BY_EXTERNAL = f"select {COLUMNS} from sales_order where external_id = $1"  # noqa: S608
_LIST = f"""
select {COLUMNS} from sales_order
where number < $1 and ($2::text is null or state = $2) and ($3::text is null or origin = $3)
    and ($4::bigint is null or customer_id = $4) and ($5::text is null or lower(email) = lower($5))
    and ($6::timestamptz is null or changed_at >= $6)
order by number desc limit $7
"""  # noqa: S608
_SET_STATE = """
with changed as (
    update sales_order set state = $2, changed_at = $3, expires_at = case when $2 = 'pending_payment' then expires_at end
    where id = $1 and state = $4 returning id
)
insert into order_history (order_id, at, actor, event, from_state, to_state, note)
select id, $3, $5, $6, $4, $2, $7 from changed returning true
"""
_HISTORY = "select at, actor, event, from_state, to_state, note from order_history where order_id = $1 order by id"
_NOTE_HISTORY = """
insert into order_history (order_id, at, actor, event, from_state, to_state, note) values ($1, $2, $3, $4, $5, $6, $7)
"""
_EXPIRED = "select id from sales_order where expires_at <= $1 and state in ('pending_payment', 'failed') order by expires_at limit $2"
_TRANSLATE = "insert into order_status (status, state) values ($1, $2) on conflict (status) do update set state = excluded.state"
_BY_NUMBER = f"select {COLUMNS} from sales_order where external_number = $1 order by number desc limit 1"  # noqa: S608
_NOTES = "select external_id, at, author, text, for_customer from order_note where order_id = $1 order by at, external_id"


async def insert(
    db: Connection,
    order_id: OrderId,
    key: str,
    digest: bytes,
    draft: OrderDraft,
    state: OrderState,
    *,
    settled: bool,
    now: datetime,
    actor: str,
) -> Order | None:
    """With the task that takes it to WooCommerce. None: there is an order with this key, or this id, already."""
    lines = draft.lines
    row = await db.fetchrow(
        _INSERT,
        *(order_id, key, digest, draft.origin.value, draft.channel, state.value, draft.customer_id, draft.billing.email),
        *(draft.currency, draft.total, draft.hold, settled, draft.placed_at or now, now, _encode(draft)),
        *([line.variant_id for line in lines], [line.sku for line in lines], [line.title for line in lines]),
        *([line.quantity for line in lines], [line.total for line in lines], [line.total_tax for line in lines]),
        actor,
        draft.customer,
    )
    return None if row is None else order_of(row)


async def by_key(db: Connection | Pool, key: str) -> tuple[bytes, Order] | None:
    row = await db.fetchrow(_BY_KEY, key)
    return None if row is None else (row["digest"], order_of(row))


async def find(db: Connection | Pool, order_id: OrderId) -> Order | None:
    row = await db.fetchrow(_FIND, order_id)
    return None if row is None else order_of(row)


async def lock(db: Connection, order_id: OrderId) -> Order | None:
    row = await db.fetchrow(f"{_FIND} for no key update", order_id)
    return None if row is None else order_of(row)


async def by_external(db: Connection | Pool, external_id: int) -> Order | None:
    row = await db.fetchrow(_BY_EXTERNAL, external_id)
    return None if row is None else order_of(row)


async def by_number(db: Connection | Pool, shops_number: str) -> Order | None:
    row = await db.fetchrow(_BY_NUMBER, shops_number)
    return None if row is None else order_of(row)


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """All that is given must fit."""

    state: OrderState | None = None
    origin: str | None = None
    customer_id: ShopCustomerId | None = None
    email: str | None = None
    changed_since: datetime | None = None


_LAST = 2**63 - 1


async def orders(db: Connection | Pool, wanted: Filter, before: int | None, limit: int) -> list[Order]:
    """Newest first; `before` is the number of the last one seen."""
    state = None if wanted.state is None else wanted.state.value
    rows = await db.fetch(
        _LIST,
        *(_LAST if before is None else before, state, wanted.origin, wanted.customer_id, wanted.email, wanted.changed_since, limit),
    )
    return [order_of(row) for row in rows]


async def set_state(db: Connection, order: Order, to: OrderState, now: datetime, *, actor: str, event: str, note: str = "") -> bool:
    """False: it was in another state by then."""
    return bool(await db.fetchval(_SET_STATE, order.id, to.value, now, order.state.value, actor, event, note))


async def note_history(
    db: Connection, order_id: OrderId, now: datetime, *, actor: str, event: str, note: str = "", states: tuple[str, str] | None = None
) -> None:
    before, after = states or (None, None)
    await db.execute(_NOTE_HISTORY, order_id, now, actor, event, before, after, note)


async def history(db: Connection | Pool, order_id: OrderId) -> list[HistoryEntry]:
    rows = await db.fetch(_HISTORY, order_id)
    return [
        HistoryEntry(at=row[0], actor=row[1], event=row[2], from_state=_state(row[3]), to_state=_state(row[4]), note=row[5]) for row in rows
    ]


def _state(text: str | None) -> OrderState | None:
    return None if text is None else OrderState(text)


async def notes(db: Connection | Pool, order_id: OrderId) -> list[OrderNote]:
    return [
        OrderNote(external_id=row[0], at=row[1], author=row[2], text=row[3], for_customer=row[4])
        for row in await db.fetch(_NOTES, order_id)
    ]


async def settle_stock(db: Connection, order_id: OrderId) -> None:
    await db.execute("update sales_order set stock_settled = true where id = $1", order_id)


async def hold_minutes(db: Connection | Pool) -> int | None:
    minutes: int | None = await db.fetchval("select hold_minutes from order_policy")
    return minutes


async def save_hold_minutes(db: Connection | Pool, minutes: int | None, as_of: datetime) -> None:
    await db.execute(
        "insert into order_policy (hold_minutes, as_of) values ($1, $2)"
        " on conflict (only_one) do update set hold_minutes = excluded.hold_minutes, as_of = excluded.as_of",
        minutes,
        as_of,
    )


async def expired(db: Connection | Pool, now: datetime, limit: int) -> list[OrderId]:
    return [OrderId(row[0]) for row in await db.fetch(_EXPIRED, now, limit)]


async def dictionary(db: Connection | Pool) -> dict[str, OrderState]:
    return {row[0]: OrderState(row[1]) for row in await db.fetch("select status, state from order_status order by status")}


async def translate(db: Connection | Pool, status: str, state: OrderState) -> None:
    await db.execute(_TRANSLATE, status, state.value)


def encoded(draft: OrderDraft) -> bytes:
    return _encode(draft)


def order_of(row: asyncpg.Record) -> Order:
    return Order(
        id=OrderId(row["id"]),
        number=row["number"],
        state=OrderState(row["state"]),
        shop_status=row["shop_status"],
        external_id=row["external_id"],
        external_number=row["external_number"],
        payment_url=row["payment_url"],
        placed_at=row["placed_at"],
        changed_at=row["changed_at"],
        expires_at=row["expires_at"],
        paid_at=row["paid_at"],
        stock_settled=row["stock_settled"],
        content=_decode(row["body"]),
    )
