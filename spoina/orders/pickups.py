"""The pickup of an order that its customer collects in a shop: opened once, as soon as the order is paid or is to be paid on collection,
and in step with the order from then on.

The order counts its goods (WooCommerce has lowered its stock, or a hold of ours was sold with it), so its pickup holds nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import uuid5

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import NotFound, WrongState
from spoina.ids import LocationId, OrderId, PickupId
from spoina.orders import sql
from spoina.orders.alerts import raise_alert
from spoina.orders.rules import collected_at, is_collected
from spoina.orders.types import AlertKind, Order, OrderState, PaymentWay
from spoina.pos.ordered import goods_of
from spoina.pos.pickups import Pickup, PickupLine, PickupStatus, pickup_of
from spoina.pos.requests import encode

TO_BE_COLLECTED = "to be collected"
_PAID_THERE = frozenset({PaymentWay.ON_DELIVERY, PaymentWay.AT_PICKUP})
_OFF = frozenset({OrderState.CANCELLED, OrderState.REFUNDED, OrderState.FAILED, OrderState.DELETED})
_FOLLOWS = {OrderState.PROCESSING: PickupStatus.ACCEPTED, OrderState.COMPLETED: PickupStatus.COLLECTED}
_OVER = "select ended_at is not null as over, ended_by from pickup where order_id = $1"
_PLACES = "select id, code, name from location where active and pickup_enabled order by id"
_ACCEPT = """
insert into pickup (id, order_id, location_id, reference, customer, lines, paid, status, created_at, promised_at)
select $1, $2, place.id, $4, $5, $6, $7, 'accepted', $8::timestamptz, $8::timestamptz + make_interval(mins => place.pickup_minutes)
from location place where place.id = coalesce($3, (select location_id from pickup where order_id = $2))
on conflict (order_id) do update set location_id = excluded.location_id, reference = excluded.reference, customer = excluded.customer,
    lines = excluded.lines, paid = excluded.paid, status = 'accepted', promised_at = excluded.promised_at, ready_at = null,
    code_digest = null, code = null, ended_at = null, ended_by = null
returning (select name from location where location.id = pickup.location_id)
"""
_KEEP = """
update pickup set reference = $2, customer = $3, lines = $4, paid = $5
where order_id = $1 and status in ('accepted', 'picking', 'ready') and (reference, customer, lines, paid) is distinct from ($2, $3, $4, $5)
"""
_END = """
update pickup set status = $2, ended_at = $3, code_digest = null, code = null
where order_id = $1 and status in ('accepted', 'picking', 'ready')
"""
_SETTLE = "update order_alert set resolved_at = $2, resolved_by = $3 where order_id = $1 and kind = 'pickup' and resolved_at is null"


class Place(NamedTuple):
    """A location that hands out orders."""

    id: LocationId
    code: str
    name: str


def place_called(name: str, places: Sequence[Place]) -> Place | None:
    """The one whose name or code the shop says, else the only one there is. None: a person has to say which."""
    named = [place for place in places if _plain(name) in {_plain(place.name), _plain(place.code)}]
    found = named if len(named) == 1 else places
    return found[0] if len(found) == 1 else None


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


async def keep_in_step(db: Connection, order_id: OrderId, now: datetime, *, actor: str) -> None:
    """Part of the transaction that placed or changed the order, and locked it."""
    order = await sql.find(db, order_id)
    wanted = None if order is None else _wanted(order)
    if order is None or wanted is None:
        return
    goods = await goods_of(db, order_id) if wanted is PickupStatus.ACCEPTED else ()
    if goods:
        await _keep_open(db, order, goods, now, actor)
    else:
        status = PickupStatus.COLLECTED if wanted is PickupStatus.COLLECTED else PickupStatus.CANCELLED
        await db.execute(_END, order_id, status.value, now)
        await db.execute(_SETTLE, order_id, now, actor)


def _wanted(order: Order) -> PickupStatus | None:
    """None: nobody knows yet, or no more; the pickup stays as it is, and none is opened."""
    off = order.state in _OFF or not is_collected(order.content)
    return PickupStatus.CANCELLED if off else _FOLLOWS.get(order.state)


async def _keep_open(db: Connection, order: Order, goods: tuple[PickupLine, ...], now: datetime, actor: str) -> None:
    """What ended with the order begins again with it; what a till has ended stays so."""
    known = await db.fetchrow(_OVER, order.id)
    if known is None:
        await _open(db, order, goods, now, actor)
    elif known["over"] and known["ended_by"] is None:
        await _accept(db, order, None, goods, now, actor)
    else:
        await db.execute(_KEEP, order.id, *_facts(order, goods))


async def _open(db: Connection, order: Order, goods: tuple[PickupLine, ...], now: datetime, actor: str) -> None:
    asked = collected_at(order.content)
    place = place_called(asked, [Place(*row) for row in await db.fetch(_PLACES)])
    if place is None:
        note = f"it is collected at {asked!r}, which is not the name or code of one location that hands out orders: say which is meant"
        await raise_alert(db, order.id, AlertKind.PICKUP, note, now)
    else:
        await _accept(db, order, place.id, goods, now, actor)


async def _accept(db: Connection, order: Order, place: LocationId | None, goods: tuple[PickupLine, ...], now: datetime, actor: str) -> None:
    """`place` None: where it was before."""
    name = await db.fetchval(_ACCEPT, PickupId(uuid5(order.id, "pickup")), order.id, place, *_facts(order, goods), now)
    await sql.note_history(db, order.id, now, actor=actor, event=TO_BE_COLLECTED, note=name)
    await db.execute(_SETTLE, order.id, now, actor)


def _facts(order: Order, goods: tuple[PickupLine, ...]) -> tuple[str, str, bytes, bool]:
    """Reference, customer, lines, paid."""
    billing = order.content.billing
    customer = f"{billing.first_name} {billing.last_name}".strip() or billing.company or billing.email
    return order.external_number or str(order.number), customer, encode(goods), order.content.payment.way not in _PAID_THERE


async def collect_at(pool: Pool, order_id: OrderId, location: LocationId, actor: str, clock: Clock) -> Pickup:
    """A person says where the order is collected: its pickup is opened there, moved there, or opened again. There already: nothing happens.
    Raises NotFound (no such order, or no such location that hands out orders), WrongState."""
    now = clock()
    async with transaction(pool) as db:
        order = await sql.lock(db, order_id)
        if order is None:
            raise NotFound("order", str(order_id))
        if not is_collected(order.content) or order.state is not OrderState.PROCESSING:
            raise WrongState(f"order {order_id}", order.state, "it must be processing, and delivered by a local pickup")
        if location not in {row[0] for row in await db.fetch(_PLACES)}:
            raise NotFound("location that hands out orders", str(location))
        known = await pickup_of(db, order_id)
        if known is not None and known.status is PickupStatus.COLLECTED:
            raise WrongState(f"pickup {known.id}", known.status, "it is over")
        if known is None or known.location != location or known.status is PickupStatus.CANCELLED:
            await _accept(db, order, location, await goods_of(db, order_id), now, actor)
        return await _there(db, order_id)


async def _there(db: Connection, order_id: OrderId) -> Pickup:
    found = await pickup_of(db, order_id)
    if found is None:
        raise NotFound("pickup of order", str(order_id))
    return found
