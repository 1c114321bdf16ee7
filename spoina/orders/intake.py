"""What the shop says of an order, taken in: the one way by which WooCommerce's orders, statuses, refunds and notes come to be ours.

The same fact may be told many times and out of order (by the answer to what we sent, by a hint, by a poll), so each is applied under the
order's lock, with the moment its reading began, and compared by content: what we sent ourselves comes back as nothing new.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

import msgspec

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import HoldEnded, NotFound
from spoina.ids import OrderId, ReturnId
from spoina.inventory.holds import HoldCommands
from spoina.orders import returned, sql
from spoina.orders.alerts import raise_alert
from spoina.orders.pickups import keep_in_step
from spoina.orders.returned import ShopRefund
from spoina.orders.rules import digest_of, is_collected
from spoina.orders.service import give_stock_back
from spoina.orders.types import AlertKind, DraftLine, Order, OrderDraft, OrderNote, OrderState, Origin

TRASH = "trash"
_UNPAID = frozenset({OrderState.PENDING_PAYMENT, OrderState.FAILED})
_encode = msgspec.json.Encoder(order="sorted").encode


class ShopOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order as WooCommerce has it. `reference`: ours, where we made it. `lowered`: its stock counts this order's lines. `as_of`: when
    the reading began. `refunds` and `notes` None: not read this time."""

    external_id: int
    number: str
    status: str
    content: OrderDraft
    reference: OrderId | None
    payment_url: str | None
    paid_at: datetime | None
    lowered: bool
    as_of: datetime
    refunds: tuple[ShopRefund, ...] | None = None
    notes: tuple[OrderNote, ...] | None = None


class Outcome(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    SAME = "same"
    STALE = "stale"
    """Something read later is here already."""
    TWICE = "twice"
    """Its reference belongs to an order that has another number in the shop."""


_KNOWN = f"""
select {sql.COLUMNS}, shop_hash, as_of from sales_order where external_id = $1 or id = $2
order by external_id = $1 desc nulls last limit 1 for no key update
"""  # noqa: S608
# Asked under the order's lock: whoever sends a status has changed the order before.
_SENDING_STATUS = "select exists (select from order_task where order_id = $1 and kind = 'status' and dead_at is null and id <> $2)"
_CREATING = "select id from order_task where order_id = $1 and kind = 'create' and dead_at is null"
_IMPORT = """
insert into sales_order (
    id, key, digest, origin, channel, state, shop_status, external_id, external_number, payment_url, customer_id, email, currency, total,
    stock_settled, placed_at, changed_at, paid_at, shop_hash, as_of, body
) values ($1, $2, $3, 'woocommerce', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, true, $14, $15, $16, $17, $18, $19)
on conflict do nothing returning id
"""
_UPDATE = """
update sales_order set state = $2, shop_status = $3, external_id = $4, external_number = $5, payment_url = $6, paid_at = $7, shop_hash = $8,
    as_of = $9, body = $10, total = $11, changed_at = $12, expires_at = $13, customer_id = $14, email = $15
where id = $1
"""
_GONE = "update sales_order set shop_status = $2, as_of = $3, shop_hash = null where id = $1"
_TOUCH = "update sales_order set as_of = $2 where id = $1"
_REPLACE_LINES = """
with gone as (delete from order_line where order_id = $1 and line >= cardinality($2::bigint[]))
insert into order_line as line (order_id, line, variant_id, sku, title, quantity, total, total_tax, external_id)
select $1, place - 1, variant_id, sku, title, quantity, total, total_tax, external_id
from unnest($2::bigint[], $3::text[], $4::text[], $5::integer[], $6::bigint[], $7::bigint[], $8::bigint[])
    with ordinality as each (variant_id, sku, title, quantity, total, total_tax, external_id, place)
on conflict (order_id, line) do update set variant_id = excluded.variant_id, sku = excluded.sku, title = excluded.title,
    quantity = excluded.quantity, total = excluded.total, total_tax = excluded.total_tax, external_id = excluded.external_id
"""
_PUT_NOTES = """
insert into order_note (order_id, external_id, at, author, text, for_customer)
select $1, * from unnest($2::bigint[], $3::timestamptz[], $4::text[], $5::text[], $6::boolean[]) on conflict do nothing
"""


class Intake:
    def __init__(self, pool: Pool | Connection, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._pool, self._clock, self.new_id = pool, clock, new_id

    async def apply(self, shop: ShopOrder, *, actor: str = "shop", done: int = 0) -> Outcome:
        """`actor`: who caused what is new in it. `done`: the task whose answer this is. A part of the caller's transaction."""
        async with transaction(self._pool) as db:
            row = await db.fetchrow(_KNOWN, shop.external_id, shop.reference)
            if row is None:
                return await self._import(db, shop)
            order = sql.order_of(row)
            if order.external_id not in {None, shop.external_id}:
                note = f"the shop has it as {order.external_id} and as {shop.external_id}"
                await raise_alert(db, order.id, AlertKind.TWICE, note, self._clock())
                return Outcome.TWICE
            if row["as_of"] is not None and row["as_of"] > shop.as_of:
                return Outcome.STALE
            return await self._known(db, order, row["shop_hash"], shop, actor, done)

    async def missing(self, external_id: int, as_of: datetime) -> bool:
        """The shop has no order of this number any more. False: nor have we."""
        async with transaction(self._pool) as db:
            order = await sql.by_external(db, external_id)
            if order is None:
                return False
            order = await sql.lock(db, order.id) or order
            if order.state is not OrderState.DELETED:
                await db.execute(_GONE, order.id, TRASH, as_of)
                await sql.set_state(db, order, OrderState.DELETED, self._clock(), actor="shop", event="deleted")
                await self._settle(db, order, OrderState.DELETED, lowered=False)
                await self._pick_up(db, order, order.content, "shop")
            return True

    async def _import(self, db: Connection, shop: ShopOrder) -> Outcome:
        now, content = self._clock(), shop.content
        state = await self._state(db, shop)
        order_id = OrderId(self.new_id())
        inserted = await db.fetchval(
            _IMPORT,
            *(order_id, f"woocommerce:{shop.external_id}", digest_of(content), content.channel, state.value, shop.status),
            *(shop.external_id, shop.number, shop.payment_url, content.customer_id, content.billing.email, content.currency),
            *(content.total, content.placed_at or now, now, shop.paid_at, _hash(shop), shop.as_of, sql.encoded(content)),
        )
        if inserted is None:  # somebody imported it between our look and now
            return await Intake(db, self._clock, self.new_id).apply(shop)
        await _replace_lines(db, order_id, content)
        await sql.note_history(db, order_id, now, actor="shop", event="imported", states=(state.value, state.value))
        await self._warn_of_status(db, order_id, shop, state, now)
        await self._details(db, order_id, shop, now)
        if state is OrderState.PROCESSING and is_collected(content):
            await keep_in_step(db, order_id, now, actor="shop")
        return Outcome.CREATED

    async def _known(self, db: Connection, order: Order, known: bytes | None, shop: ShopOrder, actor: str, done: int) -> Outcome:
        now, tasks = self._clock(), _Tasks(done, await db.fetchval(_CREATING, order.id))
        if known == _hash(shop) and order.external_id is not None and not tasks.creates:
            await db.execute(_TOUCH, order.id, shop.as_of)
            changed = await self._details(db, order.id, shop, now)
        else:
            await self._update(db, order, shop, actor, now, tasks)
            await self._details(db, order.id, shop, now)
            changed = True
        if changed:
            await self._pick_up(db, order, shop.content, actor)
        return Outcome.CHANGED if changed else Outcome.SAME

    async def _pick_up(self, db: Connection, before: Order, now_told: OrderDraft, actor: str) -> None:
        if is_collected(before.content) or is_collected(now_told):
            await keep_in_step(db, before.id, self._clock(), actor=actor)

    async def _update(self, db: Connection, order: Order, shop: ShopOrder, actor: str, now: datetime, tasks: "_Tasks") -> None:
        """While a status of ours is on its way there, the one that the shop still has is no news. Until the task that creates the order
        there is done, amounts are ours: it may still mend them."""
        first = order.external_id is None
        told = await self._state(db, shop)
        sending = told is not order.state and await db.fetchval(_SENDING_STATUS, order.id, tasks.done)
        state = order.state if sending else told
        content = _kept(order.content, shop.content, first=first or tasks.creating is not None)
        await db.execute(
            _UPDATE,
            *(order.id, state.value, shop.status, shop.external_id, shop.number, shop.payment_url, shop.paid_at, _hash(shop), shop.as_of),
            *(sql.encoded(content), content.total, now, await self._expiry(db, order, state, now)),
            *(content.customer_id, content.billing.email),
        )
        await _replace_lines(db, order.id, content)
        states = (order.state.value, state.value) if state is not order.state else None
        await sql.note_history(db, order.id, now, actor=actor, event="delivered" if first else "changed", note=shop.status, states=states)
        await self._check(db, order, shop, told, now, first=tasks.creates or (first and tasks.creating is None))
        await self._settle(db, order, told, lowered=shop.lowered)

    async def _state(self, db: Connection, shop: ShopOrder) -> OrderState:
        if shop.status == TRASH:
            return OrderState.DELETED
        return (await sql.dictionary(db)).get(shop.status, OrderState.OTHER)

    async def _expiry(self, db: Connection, order: Order, state: OrderState, now: datetime) -> datetime | None:
        """An order can be paid from the moment when WooCommerce has it."""
        if order.content.origin is Origin.WOOCOMMERCE or state not in _UNPAID:
            return None
        if order.external_id is not None:
            return order.expires_at
        minutes = await sql.hold_minutes(db)
        return None if minutes is None else now + timedelta(minutes=minutes)

    async def _check(self, db: Connection, order: Order, shop: ShopOrder, told: OrderState, now: datetime, *, first: bool) -> None:
        await self._warn_of_status(db, order.id, shop, told, now)
        cancelled = OrderState.CANCELLED in {order.state, told}
        if cancelled and shop.paid_at is not None and order.paid_at is None and not first:
            await raise_alert(db, order.id, AlertKind.PAID_AFTER_CANCEL, "the customer paid when the order was cancelled", now)
        if first and order.content.origin is not Origin.WOOCOMMERCE and shop.content.total != order.content.total:
            note = f"the customer was shown {order.content.total}, WooCommerce comes to {shop.content.total}"
            await raise_alert(db, order.id, AlertKind.TOTALS, note, now)
        unknown = [line.title for line in shop.content.lines if line.variant_id is None]
        ours = [line.title for line in order.content.lines if line.variant_id is None]
        if first and len(unknown) > len(ours):
            await raise_alert(db, order.id, AlertKind.LINES, f"WooCommerce does not know {len(unknown) - len(ours)} of the products", now)

    async def _warn_of_status(self, db: Connection, order_id: OrderId, shop: ShopOrder, state: OrderState, now: datetime) -> None:
        if state is OrderState.OTHER and shop.status not in await sql.dictionary(db):
            note = f"the dictionary does not say what {shop.status!r} means"
            await raise_alert(db, order_id, AlertKind.UNKNOWN_STATUS, note, now)

    async def _settle(self, db: Connection, order: Order, state: OrderState, *, lowered: bool) -> None:
        """Brings the held units of the order's sale in step with what WooCommerce did to its stock."""
        hold_id = order.content.hold
        if order.stock_settled or hold_id is None:
            return
        if lowered:
            with suppress(HoldEnded, NotFound):  # a till may have voided the sale meanwhile
                await HoldCommands(db, self._clock).confirm_sold(hold_id)
            await sql.settle_stock(db, order.id)
        elif state in {OrderState.CANCELLED, OrderState.DELETED}:
            await give_stock_back(db, self._clock, order)

    async def _details(self, db: Connection, order_id: OrderId, shop: ShopOrder, now: datetime) -> bool:
        changed = False
        if shop.refunds is not None:
            changed = await returned.apply_refunds(db, order_id, shop.refunds, now, lambda: ReturnId(self.new_id()))
        if shop.notes:
            columns = zip(*((each.external_id, each.at, each.author, each.text, each.for_customer) for each in shop.notes), strict=True)
            changed |= not (await db.execute(_PUT_NOTES, order_id, *map(list, columns))).endswith(" 0")
        return changed


class _Tasks(NamedTuple):
    """`done`: the one whose answer this is, 0: none; `creating`: the one that is to create the order in the shop."""

    done: int
    creating: int | None

    @property
    def creates(self) -> bool:
        return self.creating == self.done


def _hash(shop: ShopOrder) -> bytes:
    """Of what it says, not of when it was read; notes and refunds are compared one by one."""
    told = (shop.external_id, shop.status, shop.content, shop.paid_at, shop.lowered)
    return blake2b(_encode(told), digest_size=16).digest()


def _kept(ours: OrderDraft, theirs: OrderDraft, *, first: bool) -> OrderDraft:
    """Amounts, lines and addresses are WooCommerce's once it has the order, because they can be changed there; what it has no field for is
    ours. What the customer was shown stays where WooCommerce's first answer merely repeats it."""
    if ours.origin is Origin.WOOCOMMERCE:
        return msgspec.structs.replace(theirs, placed_at=ours.placed_at)
    if first:
        return msgspec.structs.replace(ours, lines=_numbered(ours, theirs))
    return msgspec.structs.replace(
        ours,
        lines=tuple(_known_line(ours, line) for line in theirs.lines),
        total=theirs.total,
        coupons=theirs.coupons,
        shipping=theirs.shipping,
        fees=theirs.fees,
        taxes=theirs.taxes,
        billing=theirs.billing,
        delivery=theirs.delivery,
        note=theirs.note,
        customer_id=theirs.customer_id,
        payment=msgspec.structs.replace(theirs.payment, way=ours.payment.way),
    )


def _numbered(ours: OrderDraft, theirs: OrderDraft) -> tuple[DraftLine, ...]:
    """WooCommerce answers with the lines it was sent, in their order."""
    if len(ours.lines) != len(theirs.lines):
        return ours.lines
    pairs = zip(ours.lines, theirs.lines, strict=True)
    return tuple(msgspec.structs.replace(line, external_id=there.external_id) for line, there in pairs)


def _known_line(ours: OrderDraft, line: DraftLine) -> DraftLine:
    mine = next((each for each in ours.lines if each.external_id == line.external_id), None)
    if mine is None:
        return line
    own = min(mine.own_units, line.quantity)
    return msgspec.structs.replace(
        line, stock_item=mine.stock_item, attributes=mine.attributes, own_units=own, rate=mine.rate, charges=mine.charges
    )


async def _replace_lines(db: Connection, order_id: OrderId, content: OrderDraft) -> None:
    lines = content.lines
    await db.execute(
        _REPLACE_LINES,
        order_id,
        *([line.variant_id for line in lines], [line.sku for line in lines], [line.title for line in lines]),
        *([line.quantity for line in lines], [line.total for line in lines], [line.total_tax for line in lines]),
        [line.external_id for line in lines],
    )
