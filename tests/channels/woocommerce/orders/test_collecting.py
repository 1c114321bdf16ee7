"""Click and collect from the shop's checkout to the customer's hands and back to the shop, with a till in between."""

import asyncio
from uuid import uuid4

import pytest

from channels.woocommerce.orders.opening import ShopOrders
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.ids import LocationId, RegisterId, TerminalId
from spoina.inventory.invariants import check_invariants
from spoina.orders import outbox
from spoina.orders.collecting import CollectedOrders
from spoina.orders.types import OrderState, PaymentWay, ShippingLine
from spoina.pos.pickups import Cancellation, Collection, Pickup, Pickups, PickupStatus
from spoina.pos.types import Terminal
from tests.channels.woocommerce.orders.shopping import BOOK, counted, counts_again, delivering, in_shop, orders_of, place, stock, stocked
from tests.channels.woocommerce.syncing import Owner
from tests.shop_server import ShopServer

CHOSEN = {
    "method_id": "pickup_location",
    "method_title": "Odbiór osobisty (Kraków &amp; okolice)",
    "instance_id": "0",
    "total": "0.00",
    "meta_data": [
        {"key": "pickup_location", "value": "Kraków &amp; okolice"},
        {"key": "pickup_address", "value": "ul. Cicha 1, Kraków"},
        {"key": "pickup_details", "value": "od 10 do 18"},
    ],
}
"""A shipping line as the block checkout leaves it."""


@pytest.fixture
async def krakow(shop: ShopServer, pool: Pool) -> Terminal:
    """A till where orders are handed out; there is another such place."""
    await pool.execute(
        "insert into location (id, code, name, address, owner, pickup_enabled) overriding system value values"
        " (10, 'krakow', 'Kraków & okolice', 'ul. Cicha 1', 'spoina', true), (11, 'gdansk', 'Gdańsk', '', 'spoina', true)"
    )
    await pool.execute("update shop set language = 'pl'")
    return Terminal(
        id=TerminalId(1), name="t", register_id=RegisterId(1), register="KASA-1", location=LocationId(10), registered_at=utc_now()
    )


def till(pool: Pool) -> Pickups:
    return Pickups(pool, utc_now, CollectedOrders(utc_now, uuid4))


async def bought(shop: ShopServer, **more: object) -> int:
    """Two books, in the shop's own checkout."""
    facts = {"status": "processing", "line_items": [{"product_id": BOOK, "quantity": 2}], "shipping_lines": [CHOSEN]}
    billing = {"email": "ola@example.test", "first_name": "Ola", "last_name": "Żuk"}
    return (await Owner(shop).post("orders", billing=billing, **(facts | more)))["id"]


def status(shop: ShopServer, number: int) -> str:
    return shop.shop.orders.get(number)["status"]


async def told(orders: ShopOrders, pool: Pool, number: int) -> None:
    await outbox.hint(pool, [number], "webhook updated", utc_now())
    await orders.delivery.drain()


async def waiting(pool: Pool, krakow: Terminal) -> Pickup:
    (found,) = await till(pool).waiting(krakow)
    return found


async def test_from_the_shops_checkout_to_completed_in_the_shop(shop: ShopServer, pool: Pool, krakow: Terminal):
    before = counted(shop)
    number = await bought(shop)
    async with delivering(shop, pool) as orders:
        await told(orders, pool, number)
        pickup = await waiting(pool, krakow)
        assert (pickup.reference, pickup.customer, pickup.paid) == (str(number), "Ola Żuk", True)
        assert [(each.quantity, each.item) for each in pickup.lines] == [(2, BOOK)]
        await till(pool).pick(krakow, pickup.id)
        code = (await till(pool).ready(krakow, pickup.id)).code
        await orders.delivery.drain()
        (note,) = [each for each in shop.shop.orders.notes_of(number) if each["customer_note"]]
        assert note["note"] == f"Zamówienie czeka na odbiór: Kraków & okolice, ul. Cicha 1. Kod odbioru: {code[:4]}-{code[4:]}"
        ended = await till(pool).collect(krakow, pickup.id, Collection(code=code, cashier="Iza"))
        assert (ended.status, ended.ended_by) == (PickupStatus.COLLECTED, "Iza")
        await orders.delivery.drain()
        assert status(shop, number) == "completed"
        await told(orders, pool, number)
    order = await orders_of(pool).of_shop(number)
    assert order is not None
    assert (order.state, order.content.payment.way) == (OrderState.COMPLETED, PaymentWay.PAID)
    assert [entry.event for entry in await orders_of(pool).history(order.id)] == [
        *("imported", "to be collected", "ready to be collected", "changed", "changed")
    ]
    await stocked(shop, pool)
    assert (counted(shop), await stock(pool)) == (before - 2, (before - 2, 0))
    assert [each.invariant for each in await check_invariants(pool, utc_now()) if each.violations] == []
    assert await pool.fetchval("select count(*) from stock where location_id = 10") == 0


async def test_an_order_of_ours_is_counted_once_while_it_waits_and_when_it_is_collected(
    shop: ShopServer, pool: Pool, database: str, krakow: Terminal
):
    before = counted(shop)
    way = ShippingLine(method="local_pickup", title="krakow", total=0, tax=0)
    order = await place(database, pool, way=PaymentWay.AT_PICKUP, shipping=(way,))
    assert (await stock(pool), (await waiting(pool, krakow)).paid) == ((before, 1), False)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        (there,) = in_shop(shop, order.id)
        await counts_again(shop, pool, BOOK)
        assert (await stock(pool), (await waiting(pool, krakow)).reference) == ((before - 1, 0), str(there["number"]))
        await Owner(shop).put(f"orders/{there['id']}", status="cancelled")
        await told(orders, pool, there["id"])
    assert await till(pool).waiting(krakow) == []
    assert (counted(shop), await stock(pool)) == (before, (before - 1, 0))


async def test_completed_by_the_shops_staff_it_is_collected(shop: ShopServer, pool: Pool, krakow: Terminal):
    number = await bought(shop)
    async with delivering(shop, pool) as orders:
        await told(orders, pool, number)
        await Owner(shop).put(f"orders/{number}", status="completed")
        await told(orders, pool, number)
    assert await till(pool).waiting(krakow) == []
    assert tuple(await pool.fetchrow("select status, ended_by from pickup")) == ("collected", None)


async def test_while_a_till_hands_it_over_and_the_shop_tells_of_it_nobody_waits_for_ever(shop: ShopServer, pool: Pool, krakow: Terminal):
    number = await bought(shop)
    async with delivering(shop, pool) as orders:
        await told(orders, pool, number)
        pickup = await waiting(pool, krakow)
        await till(pool).pick(krakow, pickup.id)
        code = (await till(pool).ready(krakow, pickup.id)).code
        await orders.delivery.drain()
        collected = till(pool).collect(krakow, pickup.id, Collection(code=code, cashier="Iza"))
        await asyncio.gather(collected, *(orders.reader.read(number) for _ in range(4)))
        await orders.delivery.drain()
    assert await pool.fetchval("select state from sales_order") == "completed"
    assert tuple(await pool.fetchrow("select status, ended_by from pickup")) == ("collected", "Iza")


async def test_a_till_that_cancels_leaves_the_order_to_whoever_looks_after_orders(shop: ShopServer, pool: Pool, krakow: Terminal):
    number = await bought(shop)
    async with delivering(shop, pool) as orders:
        await told(orders, pool, number)
        await till(pool).cancel(krakow, (await waiting(pool, krakow)).id, Cancellation(cashier="Iza"))
        await orders.delivery.drain()
        await told(orders, pool, number)
    assert status(shop, number) == "processing"
    assert await pool.fetchval("select note from order_alert where kind = 'pickup' and resolved_at is null") == (
        "Iza cancelled its pickup at the till: cancel the order, or say where else it is collected"
    )
    assert await till(pool).waiting(krakow) == []
