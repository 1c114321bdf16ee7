"""Events that need no word from who caused them: the catalogue's versions and the stock's numbers say what changed since they were read.

A source is read only while somebody listens to it, and from then on: who subscribes is not told of the past.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.inventory.numbering import number_changes
from spoina.webhooks.service import tell
from spoina.webhooks.types import Event, Topic

_LOCK = 0x5B09
_AT_ONCE = 1000

_LISTENED_TO = """
select exists (select from webhook_endpoint where disabled_at is null and topics && $1::text[])
"""
_CURSOR = "select cursor from webhook_source where name = $1"
_BEGIN = "insert into webhook_source (name, cursor) values ($1, $2)"
_MOVE = "update webhook_source set cursor = $2 where name = $1"
_FORGET = "delete from webhook_source where name = $1"

_LAST_VERSION = "select coalesce(max(version), 0) from product"
# Whole versions, since the cursor is one: a page may be longer than what was asked for.
_PRODUCTS = """
select id, handle, version, deleted_at is not null or not published as gone, as_of from product
where version > $1 and version <= (
    select max(version) from (select version from product where version > $1 order by version, id limit $2) as next
) order by version, id
"""
_LAST_NUMBER = "select coalesce(max(number), 0) from stock_change"
_STOCK = """
select number, item_id, location.code as location, coalesce(on_hand, 0) as on_hand, coalesce(held, 0) as held
from stock_change change join location on location.id = change.location_id left join stock using (item_id, location_id)
where number > $1 order by number limit $2
"""


# The cursor is the moment since which somebody listens, in microseconds. Transactions may commit in another order than the one in which
# they opened exceptions or wrote down what became of orders, so the last hour is looked through for what was not told.
_NOW = "select (extract(epoch from $1::timestamptz) * 1000000)::bigint"
_EXCEPTIONS = """
select exception.id, kind, item_id, location.code as location, units, source, reference, opened_at
from stock_exception exception join location on location.id = location_id
where opened_at > greatest(to_timestamp($1 / 1000000.0), $2::timestamptz - interval '1 hour')
    and not exists (select from webhook_event where key = 'stock-exception:' || exception.id)
order by exception.id limit $3
"""

_ORDERS = """
select history.id, history.at, history.event, history.order_id, number, external_number, origin, state, total, currency
from order_history history join sales_order on sales_order.id = history.order_id
where history.at > greatest(to_timestamp($1 / 1000000.0), $2::timestamptz - interval '1 hour')
    and not exists (select from webhook_event where key = 'order:' || history.id)
order by history.id limit $3
"""
_ORDER_TOPICS = {"placed": Topic.ORDER_CREATED, "imported": Topic.ORDER_CREATED, "refunded": Topic.ORDER_REFUNDED}


class ProductChanged(msgspec.Struct, frozen=True):
    id: int
    handle: str
    version: int


class StockChanged(msgspec.Struct, frozen=True, rename="camel"):
    """`item` is the product's or variation's number; counts of that location."""

    item: int
    location: str
    on_hand: int
    held: int


class ExceptionOpened(msgspec.Struct, frozen=True, kw_only=True):
    """Something was promised or sold that is not there. `item` is the product's or variation's number."""

    id: int
    kind: str
    item: int
    location: str
    units: int
    source: str
    reference: str


class OrderChanged(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`event` is what was written down in the order's history; the rest is how the order stands now. `total` in minor units."""

    id: UUID
    number: int
    shop_number: str | None
    origin: str
    event: str
    state: str
    total: int
    currency: str


class Source(msgspec.Struct, frozen=True):
    """`read` returns the events after a cursor and how far they reach; no events: everything was read."""

    name: str
    topics: tuple[Topic, ...]
    head: Callable[[Connection, datetime], Awaitable[int]]
    read: Callable[[Connection, int, datetime], Awaitable[tuple[list[Event], int]]]


async def relay(pool: Pool, clock: Clock) -> None:
    """Tells everything that happened since the last time. One process at a time."""
    for source in SOURCES:
        while await _relay_some(pool, source, clock()):
            pass


async def _relay_some(pool: Pool, source: Source, now: datetime) -> bool:
    async with transaction(pool) as db:
        if not await db.fetchval("select pg_try_advisory_xact_lock($1)", _LOCK):
            return False
        if not await db.fetchval(_LISTENED_TO, list(source.topics)):
            await db.execute(_FORGET, source.name)
            return False
        cursor = await db.fetchval(_CURSOR, source.name)
        if cursor is None:
            await db.execute(_BEGIN, source.name, await source.head(db, now))
            return False
        events, reached = await source.read(db, cursor, now)
        await tell(db, events)
        if reached != cursor:
            await db.execute(_MOVE, source.name, reached)
        return bool(reached != cursor)


async def _last_version(db: Connection, _: datetime) -> int:
    return int(await db.fetchval(_LAST_VERSION))


async def _products(db: Connection, cursor: int, now: datetime) -> tuple[list[Event], int]:
    rows = await db.fetch(_PRODUCTS, cursor, _AT_ONCE)
    events = [
        Event(
            topic=Topic.PRODUCT_DELETED if row["gone"] else Topic.PRODUCT_UPDATED,
            key=f"product:{row['id']}:{row['version']}",
            occurred_at=now,
            data=ProductChanged(row["id"], row["handle"], row["version"]),
        )
        for row in rows
    ]
    return events, rows[-1]["version"] if rows else cursor


async def _last_number(db: Connection, _: datetime) -> int:
    await number_changes(db)
    return int(await db.fetchval(_LAST_NUMBER))


async def _stock(db: Connection, cursor: int, now: datetime) -> tuple[list[Event], int]:
    await number_changes(db)
    rows = await db.fetch(_STOCK, cursor, _AT_ONCE)
    events = [
        Event(
            topic=Topic.STOCK_CHANGED,
            key=f"stock:{row['number']}",
            occurred_at=now,
            data=StockChanged(row["item_id"], row["location"], row["on_hand"], row["held"]),
        )
        for row in rows
    ]
    return events, rows[-1]["number"] if rows else cursor


async def _beginning(db: Connection, now: datetime) -> int:
    return int(await db.fetchval(_NOW, now))


async def _exceptions(db: Connection, cursor: int, now: datetime) -> tuple[list[Event], int]:
    rows = await db.fetch(_EXCEPTIONS, cursor, now, _AT_ONCE)
    return [_opened(row) for row in rows], cursor


def _opened(row: asyncpg.Record) -> Event:
    data = ExceptionOpened(
        id=row["id"],
        kind=row["kind"],
        item=row["item_id"],
        location=row["location"],
        units=row["units"],
        source=row["source"],
        reference=row["reference"],
    )
    key = f"stock-exception:{row['id']}"
    return Event(topic=Topic.STOCK_EXCEPTION_OPENED, key=key, occurred_at=row["opened_at"], data=data)


async def _orders(db: Connection, cursor: int, now: datetime) -> tuple[list[Event], int]:
    rows = await db.fetch(_ORDERS, cursor, now, _AT_ONCE)
    return [_order(row) for row in rows], cursor


def _order(row: asyncpg.Record) -> Event:
    data = OrderChanged(
        id=row["order_id"],
        number=row["number"],
        shop_number=row["external_number"],
        origin=row["origin"],
        event=row["event"],
        state=row["state"],
        total=row["total"],
        currency=row["currency"],
    )
    topic = _ORDER_TOPICS.get(row["event"], Topic.ORDER_UPDATED)
    return Event(topic=topic, key=f"order:{row['id']}", occurred_at=row["at"], data=data)


SOURCES: Sequence[Source] = (
    Source("products", (Topic.PRODUCT_UPDATED, Topic.PRODUCT_DELETED), _last_version, _products),
    Source("stock", (Topic.STOCK_CHANGED,), _last_number, _stock),
    Source("stock exceptions", (Topic.STOCK_EXCEPTION_OPENED,), _beginning, _exceptions),
    Source("orders", (Topic.ORDER_CREATED, Topic.ORDER_UPDATED, Topic.ORDER_REFUNDED), _beginning, _orders),
)
