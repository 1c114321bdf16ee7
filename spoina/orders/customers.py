"""Orders as their customers see them: one statement for one of them, or for a page of theirs."""

from datetime import datetime

import asyncpg
import msgspec

from spoina.db import Pool
from spoina.ids import CustomerId, LocationId, OrderId
from spoina.orders.sql import order_of
from spoina.orders.types import Order
from spoina.pos.pickups import PickupStatus

_COLUMNS = """
id, number, state, shop_status, external_id, external_number, payment_url, placed_at, changed_at, expires_at, paid_at, stock_settled, body,
(select coalesce(sum(amount), 0)::bigint from order_return where order_id = sales_order.id and state = 'refunded') as refunded,
(select array_agg(at order by at, external_id) from order_note where order_id = sales_order.id and for_customer) as told_at,
(select array_agg(text order by at, external_id) from order_note where order_id = sales_order.id and for_customer) as told,
collected.*
"""
_ORDERS = """
sales_order left join lateral (
    select location_id, location.name as place, status as pickup_status, promised_at, ready_at, pickup.code as pickup_code
    from pickup join location on location.id = location_id where order_id = sales_order.id
) collected on true
"""
_ONE = f"select {_COLUMNS} from {_ORDERS} where id = $1"  # noqa: S608
_PAGE = f"""
select {_COLUMNS} from {_ORDERS}
where (customer = $1 or customer_id = $2) and number > $3 and number < $4 and state <> 'deleted'
order by case when $5 then number end, number desc limit $6
"""  # noqa: S608
_FIRST, _LAST = -1, 2**63 - 1


class Told(msgspec.Struct, frozen=True):
    """A note to the customer: a parcel's number, what the shop has to say."""

    at: datetime
    text: str


class OrderPickup(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is collected. `code`: what the customer says at the counter, while it is ready."""

    location: LocationId
    place: str
    status: PickupStatus
    promised_at: datetime
    ready_at: datetime | None
    code: str | None


class CustomersOrder(msgspec.Struct, frozen=True, kw_only=True):
    """`refunded`: minor units, with tax."""

    order: Order
    refunded: int
    told: tuple[Told, ...]
    pickup: OrderPickup | None = None


class OrderBook:
    """Reads."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, order: OrderId) -> CustomersOrder | None:
        row = await self._pool.fetchrow(_ONE, order)
        return None if row is None else _seen(row)

    async def of_customer(
        self, customer: CustomerId, limit: int, *, after: int | None = None, before: int | None = None, rising: bool = True
    ) -> list[CustomersOrder]:
        """In the order of their numbers, between two of them. Those that were born in the shop too, where the token names the shop's
        customer by his number."""
        lowest, highest = _FIRST if after is None else after, _LAST if before is None else before
        rows = await self._pool.fetch(_PAGE, customer, shop_number(customer), lowest, highest, rising, limit)
        return [_seen(row) for row in rows]


def shop_number(customer: CustomerId) -> int | None:
    """WooCommerce's number of the customer, where the token's subject is one."""
    return int(customer) if customer.isascii() and customer.isdecimal() and len(customer) < 19 else None


def belongs_to(order: Order, customer: CustomerId) -> bool:
    content = order.content
    return content.customer == customer or (content.customer_id is not None and content.customer_id == shop_number(customer))


def _seen(row: asyncpg.Record) -> CustomersOrder:
    told = tuple(Told(at, text) for at, text in zip(row["told_at"] or (), row["told"] or (), strict=True))
    return CustomersOrder(order=order_of(row), refunded=row["refunded"], told=told, pickup=_collection(row))


def _collection(row: asyncpg.Record) -> OrderPickup | None:
    if row["location_id"] is None:
        return None
    return OrderPickup(
        location=LocationId(row["location_id"]),
        place=row["place"],
        status=PickupStatus(row["pickup_status"]),
        promised_at=row["promised_at"],
        ready_at=row["ready_at"],
        code=row["pickup_code"],
    )
