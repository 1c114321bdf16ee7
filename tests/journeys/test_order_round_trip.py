"""An order's whole way with a worker and webhooks that are lost, doubled and shuffled: placed here, paid in the shop, sent, given back; a
till's sale beside it; and what is born in the shop."""

from uuid import uuid4

import pytest

from simulators.woocommerce.order_changes import pay
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.ids import ReturnId
from spoina.orders.returns import Returns
from spoina.orders.types import Order, OrderState, ReturnRequest, WantedLine
from tests.channels.woocommerce.orders.shopping import BOOK, book, counted, in_shop, orders_of, place, stock
from tests.channels.woocommerce.syncing import Owner
from tests.journeys.working import entrance, imported, soon, until, with_webhooks, working  # noqa: F401
from tests.shop_server import ShopServer, served_shop


async def is_now(pool: Pool, order: Order, state: OrderState) -> bool:
    return (await orders_of(pool).find(order.id)).state is state


@pytest.mark.usefixtures("soon")
async def test_an_order_from_the_checkout_to_its_refund(pool: Pool, database: str, redis_url: str):
    async with served_shop() as server, entrance(database, redis_url) as address:
        server.misbehave(webhooks_lost=0.3, webhooks_doubled=0.5, webhooks_reordered=True)
        async with working(with_webhooks(server.settings(), address), database):
            await until(lambda: imported(pool), 60)
            await until(lambda: pool.fetchval("select exists (select from webhook_subscription where topic = 'order.updated')"))
            before = counted(server)
            order = await place(database, pool, book(2))
            await until(lambda: is_in_shop(pool, order))
            there = in_shop(server, order.id)[0]["id"]

            pay(server.shop, there, "PAYU-1")
            await until(lambda: is_now(pool, order, OrderState.PROCESSING), 40)
            await orders_of(pool).change_status(order.id, "completed", actor="magazyn")
            await until(lambda: has_status(server, order, "completed"))

            asked = ReturnRequest(id=ReturnId(uuid4()), lines=(WantedLine(line=0, quantity=1),))
            returns = Returns(pool, utc_now)
            await returns.request(order.id, asked, by="customer")
            await returns.approve(asked.id, restock=True, by="Ola")
            await until(lambda: is_refunded(returns, asked.id))
            await until(lambda: stands_at(pool, before - 1), 40)

            born = await Owner(server).post("orders", status="processing", line_items=[{"product_id": BOOK}])
            await until(lambda: orders_of(pool).of_shop(born["id"]), 40)
        assert (counted(server), len(in_shop(server, order.id))) == (before - 2, 1)
    events = [(entry.actor, entry.event, entry.to_state) for entry in await orders_of(pool).history(order.id)]
    assert [event for event in events if event[2] is not None] == [
        ("customer", "placed", OrderState.PENDING_PAYMENT),
        ("shop", "changed", OrderState.PROCESSING),
        ("magazyn", "changed", OrderState.COMPLETED),
    ]
    assert await pool.fetchval("select count(*) from order_alert") == 0


async def is_in_shop(pool: Pool, order: Order) -> bool:
    return (await orders_of(pool).find(order.id)).external_id is not None


async def has_status(server: ShopServer, order: Order, status: str) -> bool:
    return in_shop(server, order.id)[0]["status"] == status


async def is_refunded(returns: Returns, number: ReturnId) -> bool:
    return (await returns.find(number)).state == "refunded"


async def stands_at(pool: Pool, count: int) -> bool:
    return await stock(pool) == (count, 0)
