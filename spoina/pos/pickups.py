"""Click and collect: accepted → picking → ready (the customer has a code) → collected, or expired, or cancelled.

The goods are held until the pickup ends. Paid online, handing them over is the sale and takes them out of stock; paid at the till, the
till's own sale takes them out and the hold is let go. A pickup expires together with its hold, so nobody has to sweep for stock to be free.

An order's pickup (spoina/orders/pickups.py) is another matter: the order counts its goods, so nothing is held, nothing leaves the stock
when they are handed over, and it waits until it is collected or cancelled.
"""

import hashlib
import hmac
import secrets
from base64 import b32encode
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Protocol, cast

import asyncpg
import msgspec
from msgspec import Meta

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import InvalidInput, NotFound, ReusedKey, WrongCode, WrongState
from spoina.ids import HoldId, LocationId, OrderId, PickupId, SaleId, StockItemId
from spoina.inventory.holds import HoldCommands, Holds
from spoina.inventory.naming import stock_items
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest
from spoina.pos.requests import encode
from spoina.pos.stock import CHANNEL
from spoina.pos.types import LocationNumber, Moment, Posted, Terminal, Text, Told

ATTEMPTS = 5
TO_BE_PICKED = timedelta(days=14)
"""How long goods are kept for a pickup that nobody has made ready."""
TO_BE_COLLECTED = timedelta(days=3)
_LATE = timedelta(hours=1)
"""Clocks differ, and a promise may be written down after it was given."""
CODE_BYTES = 5
MOST_LISTED = 200
MOST_LINES, MOST_PIECES = 100, 9999


class PickupStatus(StrEnum):
    ACCEPTED = "accepted"
    PICKING = "picking"
    READY = "ready"
    COLLECTED = "collected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


WAITING = (PickupStatus.ACCEPTED, PickupStatus.PICKING, PickupStatus.READY)


class PickupLine(Told, frozen=True, kw_only=True):
    """`item` is what is counted; None: the shop does not count it, and nothing is held."""

    title: str
    quantity: int
    item: StockItemId | None


class PickupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is also the hold's. `reference` is the order's own name; `paid`: online, before."""

    id: PickupId
    location: LocationId
    reference: str
    customer: str
    lines: tuple[PickupLine, ...]
    paid: bool
    promised_at: datetime


class OrderedLine(Posted, frozen=True, kw_only=True):
    """`code`: SKU, GTIN or barcode; left out for what nobody counts."""

    title: Text
    quantity: Annotated[int, Meta(ge=1, le=MOST_PIECES)]
    code: Text | None = None


class PickupOrder(Posted, frozen=True, kw_only=True):
    """`id` is the caller's: sent again it is the same pickup. `reference`: how the customer calls it. `promised_at`: within the fourteen
    days for which goods are kept. `paid`: before, and by nothing that counts the goods as sold already."""

    id: PickupId
    location: LocationNumber
    reference: Text
    customer: Text
    lines: Annotated[tuple[OrderedLine, ...], Meta(min_length=1, max_length=MOST_LINES)]
    promised_at: Moment
    paid: bool = False


class Pickup(Told, frozen=True, kw_only=True):
    """`expires_at`: until then the goods are kept; None for an order's, which waits. `attempts_left`: how many wrong codes are forgiven.
    `order`: what is collected; a sale that names it makes it `paid`. `ended_by` None: it ended with its order, or by itself."""

    id: PickupId
    order: OrderId | None
    location: LocationId
    reference: str
    customer: str
    lines: tuple[PickupLine, ...]
    paid: bool
    status: PickupStatus
    created_at: datetime
    promised_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    attempts_left: int
    ended_at: datetime | None
    ended_by: str | None


class ReadyPickup(Told, frozen=True, kw_only=True):
    """`code` is shown this one time, for the customer. Making it ready again makes a new one."""

    pickup: Pickup
    code: str


class Collection(Posted, frozen=True, kw_only=True):
    """`sale_id`: the till's sale, where it was paid at the till; an order knows which sale named it."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    cashier: Text
    sale_id: SaleId | None = None


class Cancellation(Posted, frozen=True, kw_only=True):
    cashier: Text


class OrderDesk(Protocol):
    """What becomes of an order by what a till does with its pickup, in the till's transaction."""

    async def ready(self, db: Connection, order: OrderId, place: LocationId, code: str) -> None: ...

    async def collected(self, db: Connection, order: OrderId, by: str) -> None: ...

    async def cancelled(self, db: Connection, order: OrderId, by: str) -> None: ...


_COLUMNS = """
id, order_id as "order", location_id as location, reference, customer, lines, status, created_at, promised_at, ready_at, expires_at,
attempts_left, ended_at, ended_by,
paid or exists (select from sales_order where sales_order.id = order_id and till_sale is not null) as paid
"""
_INSERT = f"""
insert into pickup (id, location_id, reference, customer, hold_id, lines, paid, status, created_at, promised_at, expires_at)
values ($1, $2, $3, $4, $1, $5, $6, 'accepted', $7, $8, $9) on conflict (id) do nothing returning {_COLUMNS}
"""  # noqa: S608
_PLACE = "select active from location where id = $1"
_ONE = f"select {_COLUMNS} from pickup where id = $1"  # noqa: S608
_OF_ORDER = f"select {_COLUMNS} from pickup where order_id = $1"  # noqa: S608
_LOCK = f"select {_COLUMNS}, code_digest from pickup where id = $1 and location_id = $2 for no key update"  # noqa: S608
_WAITING = f"""
select {_COLUMNS} from pickup where location_id = $1 and status in ('accepted', 'picking', 'ready')
order by promised_at, id limit {MOST_LISTED}
"""  # noqa: S608
_EXPIRE = """
update pickup set status = 'expired', ended_at = expires_at, code_digest = null
where location_id = $1 and status in ('accepted', 'picking', 'ready') and expires_at <= $2
"""
_PICK = f"update pickup set status = 'picking' where id = $1 returning {_COLUMNS}"  # noqa: S608
_READY = f"""
update pickup set status = 'ready', ready_at = $2, expires_at = case when order_id is null then $3::timestamptz end, code_digest = $4,
    code = case when order_id is not null then $5 end, attempts_left = {ATTEMPTS}
where id = $1 returning {_COLUMNS}
"""  # noqa: S608
_MISS = "update pickup set attempts_left = attempts_left - 1 where id = $1 and attempts_left > 0 returning attempts_left"
_END = f"""
update pickup set status = $2, ended_at = $3, ended_by = $4, code_digest = null, code = null where id = $1 returning {_COLUMNS}
"""  # noqa: S608
# Whoever changes an order locks it before its pickup.
_LOCK_ORDER = "select 1 from sales_order where id = (select order_id from pickup where id = $1) for no key update"


async def create(pool: Pool, holds: Holds, request: PickupRequest, clock: Clock) -> Pickup:
    """Keeps the goods and accepts the order, once per id. Raises ShortLines, InvalidInput, Conflict, ReusedKey (the id is another's)."""
    now = clock()
    counted = tuple(HoldLine(line.item, line.quantity, request.location) for line in request.lines if line.item is not None)
    if not request.lines:
        raise InvalidInput("lines", "at least one is needed")
    if (row := await pool.fetchrow(_ONE, request.id)) is not None:
        return _same(_pickup(row), request)
    if not now - _LATE <= request.promised_at <= now + TO_BE_PICKED:
        raise InvalidInput("promisedAt", f"must lie within the next {TO_BE_PICKED.days} days, for which goods are kept")
    if counted:
        holder = Holder(HolderKind.ORDER, request.reference)
        await holds.hold(HoldRequest(id=HoldId(request.id), holder=holder, channel=CHANNEL, lines=counted, ttl=TO_BE_PICKED))
    facts = (request.id, request.location, request.reference, request.customer, encode(request.lines), request.paid)
    async with transaction(pool) as db:
        row = await db.fetchrow(_INSERT, *facts, now, request.promised_at, now + TO_BE_PICKED) or await db.fetchrow(_ONE, request.id)
    return _same(_pickup(cast("asyncpg.Record", row)), request)


def _same(known: Pickup, request: PickupRequest) -> Pickup:
    if any(getattr(known, name) != getattr(request, name) for name in PickupRequest.__struct_fields__):
        raise ReusedKey("id", f"{request.id} was given to another pickup")
    return known


async def accept(pool: Pool, holds: Holds, order: PickupOrder, clock: Clock) -> Pickup:
    """Raises as `create` does, NotFound for the location, InvalidInput for a code."""
    if not await pool.fetchval(_PLACE, order.location):
        raise NotFound("location", str(order.location))
    lines = await _counted(pool, order.lines)
    request = PickupRequest(
        id=order.id,
        location=order.location,
        reference=order.reference,
        customer=order.customer,
        lines=tuple(lines),
        paid=order.paid,
        promised_at=order.promised_at,
    )
    return await create(pool, holds, request, clock)


async def _counted(pool: Pool, ordered: Sequence[OrderedLine]) -> list[PickupLine]:
    named = {f"lines[{place}].code": line.code for place, line in enumerate(ordered) if line.code is not None}
    items = await stock_items(pool, named) if named else {}
    return [
        PickupLine(title=line.title, quantity=line.quantity, item=items.get(f"lines[{place}].code")) for place, line in enumerate(ordered)
    ]


class Pickups:
    """What a till does with the pickups of its location. All raise NotFound (none here), WrongState (it is over, or not that far)."""

    def __init__(self, pool: Pool, clock: Clock, orders: OrderDesk, randomness: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._pool, self._clock, self._orders, self._randomness = pool, clock, orders, randomness

    async def waiting(self, terminal: Terminal) -> list[Pickup]:
        """The most urgent first, at most two hundred."""
        await self._pool.execute(_EXPIRE, terminal.location, self._clock())
        return [_pickup(row) for row in await self._pool.fetch(_WAITING, terminal.location)]

    async def pick(self, terminal: Terminal, pickup: PickupId) -> Pickup:
        """Somebody has begun to gather it; said twice, it is the same."""
        async with transaction(self._pool) as db:
            found, _ = await self._locked(db, terminal, pickup, {PickupStatus.ACCEPTED, PickupStatus.PICKING})
            return _pickup(cast("asyncpg.Record", await db.fetchrow(_PICK, found.id)))

    async def ready(self, terminal: Terminal, pickup: PickupId) -> ReadyPickup:
        """The goods wait at the counter, three days from now, an order's until they are collected. Ready before: the customer gets a new
        code, and the old one is void."""
        now = self._clock()
        code = b32encode(self._randomness(CODE_BYTES)).decode()
        async with transaction(self._pool) as db:
            found, _ = await self._locked(db, terminal, pickup, {PickupStatus.PICKING, PickupStatus.READY})
            if _is_held(found):
                await self._holds(db).extend(HoldId(pickup), TO_BE_COLLECTED)
            row = await db.fetchrow(_READY, pickup, now, now + TO_BE_COLLECTED, _digest(pickup, code), code)
            made = _pickup(cast("asyncpg.Record", row))
            if made.order is not None:
                await self._orders.ready(db, made.order, made.location, code)
            return ReadyPickup(pickup=made, code=code)

    async def collect(self, terminal: Terminal, pickup: PickupId, collection: Collection) -> Pickup:
        """Raises WrongCode; after five of them the pickup is locked until it is made ready again. Raises InvalidInput without the sale of
        one that is paid at the till."""
        async with transaction(self._pool) as db:
            await db.execute(_LOCK_ORDER, pickup)
            found, digest = await self._locked(db, terminal, pickup, {PickupStatus.READY})
            if not found.attempts_left:
                raise WrongState(f"pickup {pickup}", "locked", "too many wrong codes: check who it is and make it ready again")
            if hmac.compare_digest(_digest(pickup, _written(collection.code)), digest or b""):
                return await self._hand_over(db, found, collection)
            left = await db.fetchval(_MISS, pickup)
        # Raised only here: the attempt has to be counted, and an error inside would undo that.
        raise WrongCode(left)

    async def cancel(self, terminal: Terminal, pickup: PickupId, cancellation: Cancellation) -> Pickup:
        """Cancelled already: it stays as it is."""
        async with transaction(self._pool) as db:
            found, _ = await self._locked(db, terminal, pickup, {*WAITING, PickupStatus.CANCELLED})
            if found.status is PickupStatus.CANCELLED:
                return found
            if _is_held(found):
                await self._holds(db).release(HoldId(pickup))
            ended = await self._end(db, found, PickupStatus.CANCELLED, cancellation.cashier)
            if ended.order is not None:
                await self._orders.cancelled(db, ended.order, cancellation.cashier)
            return ended

    async def _hand_over(self, db: Connection, found: Pickup, collection: Collection) -> Pickup:
        if not found.paid:
            await _check_paid(db, found, collection)
        if _is_held(found):
            holds = self._holds(db)
            hold = HoldId(found.id)
            await (holds.commit(hold, actor=collection.cashier) if found.paid else holds.release(hold))
        ended = await self._end(db, found, PickupStatus.COLLECTED, collection.cashier)
        if ended.order is not None:
            await self._orders.collected(db, ended.order, collection.cashier)
        return ended

    async def _end(self, db: Connection, found: Pickup, status: PickupStatus, by: str) -> Pickup:
        return _pickup(cast("asyncpg.Record", await db.fetchrow(_END, found.id, status.value, self._clock(), by)))

    async def _locked(
        self, db: Connection, terminal: Terminal, pickup: PickupId, allowed: set[PickupStatus]
    ) -> tuple[Pickup, bytes | None]:
        row = await db.fetchrow(_LOCK, pickup, terminal.location)
        if row is None:
            raise NotFound("pickup at this location", str(pickup))
        found = _pickup(row)
        expired = found.status in WAITING and found.expires_at is not None and found.expires_at <= self._clock()
        if expired or found.status not in allowed:
            state = PickupStatus.EXPIRED if expired else found.status
            raise WrongState(f"pickup {pickup}", state, f"it must be {' or '.join(sorted(allowed))}")
        return found, row["code_digest"]

    def _holds(self, db: Connection) -> HoldCommands:
        return HoldCommands(db, self._clock)


_SALE_OF = "select true from pos_sale where id = $1 and kind = 'sale' and location_id = $2"


async def _check_paid(db: Connection, found: Pickup, collection: Collection) -> None:
    if found.order is not None:
        raise InvalidInput("saleId", f"order {found.reference} is not paid yet: post a sale whose `order` names it")
    if collection.sale_id is None or not await db.fetchval(_SALE_OF, collection.sale_id, found.location):
        raise InvalidInput("saleId", "must be the sale by which it was paid at this location: it was not paid before")


def _is_held(pickup: Pickup) -> bool:
    return pickup.order is None and any(line.item is not None for line in pickup.lines)


def _written(code: str) -> str:
    """As people read it out: small letters, spaces and dashes."""
    return code.upper().replace(" ", "").replace("-", "")


def _digest(pickup: PickupId, code: str) -> bytes:
    return hashlib.sha256(pickup.bytes + code.encode()).digest()


async def pickup_of(db: Connection | Pool, order: OrderId) -> Pickup | None:
    row = await db.fetchrow(_OF_ORDER, order)
    return None if row is None else _pickup(row)


def _pickup(row: asyncpg.Record) -> Pickup:
    facts = {name: row[name] for name in Pickup.__struct_fields__}
    lines = msgspec.json.decode(row["lines"], type=tuple[PickupLine, ...])
    return Pickup(**facts | {"lines": lines, "status": PickupStatus(row["status"])})
