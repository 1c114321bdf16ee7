"""Money that the shop's payment plugin gives back: once, or not at all and told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest

from channels.woocommerce.orders.opening import ShopOrders
from channels.woocommerce.payment_methods import read_payment_methods
from simulators.woocommerce import order_changes
from spoina.clock import utc_now
from spoina.db import Pool, transaction
from spoina.errors import InvalidInput
from spoina.ids import ReturnId
from spoina.orders import alerts
from spoina.orders.returns import Returns
from spoina.orders.types import Order, OrderReturn, OrderState, Payment, PaymentWay, ReturnRequest, WantedLine
from spoina.terms.sql import save_payment_methods
from tests.channels.woocommerce.orders.shopping import book, counted, delivering, in_shop, orders_of, place
from tests.channels.woocommerce.orders.test_pushing import deliver_until_done
from tests.shop_server import ShopServer

PAYU = {"id": "payu", "title": "PayU", "description": "", "enabled": True, "method_supports": ["products", "refunds"], "settings": {}}
DECLINED = "PayU: za mało środków na koncie &#8211; doładuj je."


@asynccontextmanager
async def paid_order(shop: ShopServer, pool: Pool, database: str) -> AsyncIterator[tuple[ShopOrders, Order]]:
    """Paid by PayU, whose plugin can refund, and known so here."""
    template = shop.shop.conditions.gateways[0]
    shop.shop.conditions.gateways = [*shop.shop.conditions.gateways, {**template, **PAYU}]
    order = await place(database, pool, book(3), payment=Payment(way=PaymentWay.ONLINE, method="payu"))
    async with delivering(shop, pool) as orders:
        methods = await read_payment_methods(orders.reader._client, [])
        async with transaction(pool) as db:
            await save_payment_methods(db, methods or [], utc_now())
        await orders.delivery.drain()
        number = in_shop(shop, order.id)[0]["id"]
        order_changes.pay(shop.shop, number, "PAYU-1")
        await orders.reader.read(number)
        yield orders, await orders_of(pool).find(order.id)


async def approved(pool: Pool, order: Order, **more: Any) -> OrderReturn:
    asked = ReturnRequest(id=ReturnId(uuid4()), lines=(WantedLine(line=0, quantity=1),), reason="za małe")
    await Returns(pool, utc_now).request(order.id, asked, by="customer")
    return await Returns(pool, utc_now).approve(asked.id, restock=True, by="Ola", **{"by_gateway": True, **more})


def refunds_in(shop: ShopServer, order: Order) -> list[tuple[str, bool]]:
    return [(refund["amount"], refund["refunded_payment"]) for refund in shop.shop.orders.refunds_of(in_shop(shop, order.id)[0]["id"])]


async def test_the_payment_plugin_gives_the_money_back_where_staff_say_so(shop, pool, database):
    async with paid_order(shop, pool, database) as (orders, order):
        back = await approved(pool, order)
        by_hand = await approved(pool, order, by_gateway=False)
        await orders.delivery.drain()
    assert refunds_in(shop, order) == [("47.99", False), ("47.99", True)]
    found = {each.id: each for each in await Returns(pool, utc_now).of_order(order.id)}
    assert [(found[each.id].state, found[each.id].by_gateway) for each in (back, by_hand)] == [("refunded", True), ("refunded", False)]


async def test_a_refusal_of_the_payment_plugin_is_told_and_leaves_nothing_behind(shop, pool, database):
    before = counted(shop)
    async with paid_order(shop, pool, database) as (orders, order):
        shop.misbehave(gateway_refuses=DECLINED)
        back = await approved(pool, order)
        await orders.delivery.drain()
        told = "PayU: za mało środków na koncie – doładuj je."
        (alert,) = await alerts.alerts_of(pool, order.id)
        found = await Returns(pool, utc_now).find(back.id)
        assert (alert.kind, alert.note) == ("refund", f"return {back.id}: {told}")
        assert (found.state, found.decided_by, found.by_gateway) == ("requested", None, False)
        assert (refunds_in(shop, order), counted(shop)) == ([], before - 3)
        assert [each.note for each in await orders_of(pool).history(order.id) if each.event == "refund failed"] == [told]
        assert await orders_of(pool).waiting_tasks(order.id) == []
        shop.misbehave()
        await Returns(pool, utc_now).approve(back.id, restock=True, by="Ola", by_gateway=True)
        await orders.delivery.drain()
    assert (refunds_in(shop, order), counted(shop)) == ([("47.99", True)], before - 3 + 1)


@pytest.mark.parametrize("case", ["with our reference", "without", "and read as the shop's own meanwhile"])
async def test_money_goes_back_once_when_the_answer_was_lost(shop, pool, database, case: str):
    """WooCommerce stores our reference after the payment plugin has given the money back; its process may die in between."""
    async with paid_order(shop, pool, database) as (orders, order):
        back = await approved(pool, order)
        shop.misbehave(share_lost_after=1)
        await orders.delivery.drain()
        shop.misbehave()
        number = in_shop(shop, order.id)[0]["id"]
        if case != "with our reference":
            shop.shop.orders.refunds_of(number)[0]["meta_data"] = []
        if case == "and read as the shop's own meanwhile":
            await orders.reader.read(number)
        await deliver_until_done(orders, pool)
        assert refunds_in(shop, order) == [("47.99", True)]
        (found,) = await Returns(pool, utc_now).of_order(order.id)
        assert (found.id, found.state, found.external_id) == (back.id, "refunded", shop.shop.orders.refunds_of(number)[0]["id"])
        await orders.reader.read(number)
    assert len(await Returns(pool, utc_now).of_order(order.id)) == 1


async def test_equal_refunds_of_two_returns_are_two(shop, pool, database):
    async with paid_order(shop, pool, database) as (orders, order):
        await approved(pool, order)
        await orders.delivery.drain()
        await approved(pool, order)
        shop.misbehave(share_500=1)
        await orders.delivery.drain()
        shop.misbehave()
        await deliver_until_done(orders, pool)
    assert refunds_in(shop, order) == [("47.99", True)] * 2


@pytest.mark.parametrize(("method", "said"), [("payu", "has taken no money"), ("cod", "the payment method 'cod' gives no money back")])
async def test_a_method_that_gives_nothing_back_is_refused_at_once(shop, pool, database, method: str, said: str):
    way = PaymentWay.ON_DELIVERY if method == "cod" else PaymentWay.TRANSFER
    order = await place(database, pool, book(3), payment=Payment(way=way, method=method))
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        if method == "payu":
            await pool.execute("update sales_order set state = 'processing' where id = $1", order.id)
        placed = await orders_of(pool).find(order.id)
        assert placed.state is OrderState.PROCESSING
        with pytest.raises(InvalidInput, match=said):
            await approved(pool, placed)
    (found,) = await Returns(pool, utc_now).of_order(order.id)
    assert found.state == "requested"
