"""Drift of orders: what the shop says now against what is kept here, by value; and its repair."""

from collections.abc import AsyncIterator, Iterator, Sequence
from enum import StrEnum

import msgspec

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.orders.reading import OrderReader
from channels.woocommerce.payloads import items_of
from spoina.db import Pool, transaction
from spoina.ids import OrderId
from spoina.orders import outbox, returned, sql
from spoina.orders.intake import TRASH, ShopOrder
from spoina.orders.types import Order, OrderReturn, OrderState, ReturnState, TaskKind
from spoina.sync.runs import Counts

_LIST = {"orderby": "id", "order": "asc", "status": "any"}
# An order that a task is under way for is not drift: it is on its way.
_BUSY = "select distinct order_id from order_task where order_id is not null and kind in ('create', 'status', 'refund')"
_NOT_MET = """
select external_id from sales_order
where external_id is not null and state <> 'deleted' and external_id <> all($1::bigint[]) and id <> all($2::uuid[]) order by external_id
"""
_STUCK = """
select id from sales_order where external_id is null and state not in ('cancelled', 'deleted') and id <> all($1::uuid[]) order by number
"""
_FORGET = "update sales_order set shop_hash = null, as_of = null where external_id = $1"


class OrderDrift(StrEnum):
    MISSING = "order missing"
    EXTRA = "order extra"
    STATUS = "order status"
    TOTAL = "order total"
    LINES = "order lines"
    DETAIL = "order detail"
    REFUND = "refund"
    UNSENT = "order unsent"
    """Placed here, and nothing is left that would take it to the shop."""


class OrderDifference(msgspec.Struct, frozen=True, kw_only=True):
    """`number` is WooCommerce's; None for an order that it never had. `shop` and `here` are the two values as text."""

    kind: OrderDrift
    number: int | None
    order_id: OrderId | None = None
    shop: str = ""
    here: str = ""


async def find_order_drift(client: WooCommerceClient, reader: OrderReader, pool: Pool) -> AsyncIterator[OrderDifference]:
    """Reads all orders of the shop once, page by page. What is in quarantine is no drift: it is listed there."""
    busy = [row[0] for row in await pool.fetch(_BUSY)]
    met: list[int] = []
    async for page in client.pages("orders", _LIST):
        for raw in items_of(page.body):
            shop = await reader.mapped(raw, page.started_at)
            if shop is not None:
                met.append(shop.external_id)
                for difference in await _differences(pool, shop, busy):
                    yield difference
    for row in await pool.fetch(_NOT_MET, met, busy):
        found = await client.find(f"orders/{row[0]}", {"_fields": "id,status"})
        if found is None or f'"status":"{TRASH}"'.encode() in found.body:
            yield OrderDifference(kind=OrderDrift.EXTRA, number=row[0], here=str(row[0]))
    for row in await pool.fetch(_STUCK, busy):
        yield OrderDifference(kind=OrderDrift.UNSENT, number=None, order_id=OrderId(row[0]), here=str(row[0]))


async def _differences(pool: Pool, shop: ShopOrder, busy: Sequence[OrderId]) -> list[OrderDifference]:
    ours = await sql.by_external(pool, shop.external_id)
    if ours is None:
        number = shop.external_id
        return [] if shop.reference in busy else [OrderDifference(kind=OrderDrift.MISSING, number=number, shop=str(number))]
    if ours.id in busy:
        return []
    refunds = await returned.of_order(pool, ours.id)
    return [*_of_order(shop, ours), *_of_refunds(shop, ours, refunds)]


def _of_order(shop: ShopOrder, ours: Order) -> Iterator[OrderDifference]:
    theirs, here = shop.content, ours.content
    facts = [
        (OrderDrift.STATUS, shop.status, ours.shop_status or ""),
        (OrderDrift.TOTAL, str(theirs.total), str(here.total)),
        (OrderDrift.LINES, _lines(shop.content.lines), _lines(here.lines)),
        (OrderDrift.DETAIL, str(shop.paid_at), str(ours.paid_at)),
        (OrderDrift.DETAIL, _text(theirs.billing), _text(here.billing)),
        (OrderDrift.DETAIL, _text(theirs.delivery), _text(here.delivery)),
        (OrderDrift.DETAIL, str(theirs.customer_id), str(here.customer_id)),
    ]
    for kind, there, mine in facts:
        if there != mine:
            yield OrderDifference(kind=kind, number=shop.external_id, order_id=ours.id, shop=there, here=mine)


def _lines(lines: Sequence[msgspec.Struct]) -> str:
    """What was sold: titles and codes may change in the catalogue meanwhile."""
    fields = ("variant_id", "quantity", "total", "total_tax")
    return " ".join("/".join(str(getattr(line, field)) for field in fields) for line in lines)


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()


def _of_refunds(shop: ShopOrder, ours: Order, refunds: Sequence[OrderReturn]) -> Iterator[OrderDifference]:
    there = {refund.external_id: refund.amount for refund in shop.refunds or ()}
    here = {each.external_id: each.amount for each in refunds if each.state is ReturnState.REFUNDED}
    for number in sorted({*there, *here}, key=lambda each: each or 0):
        if there.get(number or 0) != here.get(number):
            values = (str(there.get(number or 0, "")), str(here.get(number, "")))
            yield OrderDifference(kind=OrderDrift.REFUND, number=shop.external_id, order_id=ours.id, shop=values[0], here=values[1])


async def repair_orders(reader: OrderReader, pool: Pool, differences: Sequence[OrderDifference], counts: Counts) -> int:
    """Reads every order that differs again and takes it over whatever is known of it; returns how many orders that were."""
    for number in sorted({each.number for each in differences if each.number is not None}):
        await pool.execute(_FORGET, number)
        await reader.read(number)
        counts.read += 1
        counts.changed += 1
    for stuck in {each.order_id for each in differences if each.kind is OrderDrift.UNSENT and each.order_id is not None}:
        await _send_again(pool, stuck, reader)
    return len({(each.number, each.order_id) for each in differences})


async def _send_again(pool: Pool, order_id: OrderId, reader: OrderReader) -> None:
    """It may have been sent before its task was lost, so it is looked up first."""
    now = reader.clock()
    async with transaction(pool) as db:
        order = await sql.lock(db, order_id)
        if order is not None and order.external_id is None and order.state is not OrderState.DELETED:
            await outbox.add(db, TaskKind.CREATE, order_id, now)
            await db.execute("update order_task set started_at = $2 where order_id = $1 and kind = 'create'", order_id, order.placed_at)
