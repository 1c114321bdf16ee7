"""What tills post becomes orders, refunds and cancellations, once each."""

from uuid import uuid4

import pytest

from spoina.clock import utc_now
from spoina.ids import SaleId
from spoina.orders.returns import Returns
from spoina.orders.service import Orders
from spoina.orders.till import TillDocuments
from spoina.orders.types import OrderState, Origin, PaymentWay
from tests.api.pos.till import Counter, give_back, line, sale

TABLES = "sales_order, order_line, order_history, order_task, order_return, order_return_line, order_note, order_alert"


@pytest.fixture
async def documents(counter: Counter) -> TillDocuments:
    await counter.pool.execute(f"truncate {TABLES} cascade")
    return TillDocuments(counter.pool, orders_of(counter), utc_now)


def orders_of(counter: Counter) -> Orders:
    return Orders(counter.pool, utc_now, uuid4)


async def take_over(documents: TillDocuments, document: dict):
    """Twice, as a worker that died in between would."""
    await documents.take_over(SaleId(document["id"]))
    return await documents.take_over(SaleId(document["id"]))


async def test_a_sale_is_a_paid_order_whose_goods_the_shop_does_not_count(counter: Counter, documents: TillDocuments):
    document = sale(line(1, 2), line(2), buyerNip="526-104-08-28")
    await counter.post("sales", document)
    order = await take_over(documents, document)
    content = order.content
    assert (order.state, content.origin, content.payment.way) == (OrderState.COMPLETED, Origin.POS, PaymentWay.PAID)
    assert (content.total, content.nip, content.reference) == (4000, "526-104-08-28", "17/2026")
    assert [(each.quantity, each.own_units, each.gross, each.sku) for each in content.lines] == [
        (2, 2, 2000, "SKU-1"),
        (1, 1, 2000, "SKU-2"),
    ]
    assert [task.kind for task in await orders_of(counter).waiting_tasks(order.id)] == ["create"]
    assert order.stock_settled


async def test_a_return_is_its_refund_and_a_worn_piece_is_not_put_back(counter: Counter, documents: TillDocuments):
    document = sale(line(1, 2), line(2))
    await counter.post("sales", document)
    back = give_back(document, (0, 1, 1000), (1, 1, 2000))
    back["lines"][1]["restock"] = False
    await counter.post("returns", back)
    order = await take_over(documents, back)
    refunds = await Returns(counter.pool, utc_now).of_order(order.id)
    assert sorted((each.amount, each.restock, each.reason, each.state) for each in refunds) == [
        (1000, False, "did not fit", "approved"),
        (2000, False, "did not fit", "approved"),
    ]
    assert [task.kind for task in await orders_of(counter).waiting_tasks(order.id)] == ["create", "refund", "refund"]


async def test_a_voided_sale_that_nobody_sent_never_reaches_the_shop(counter: Counter, documents: TillDocuments):
    document = sale(line(1), fiscal={"required": True, "status": "pending"})
    await counter.post("sales", document)
    void = {key: document[key] for key in ("occurredAt", "cashier")} | {"id": str(uuid4()), "sequence": 2, "saleId": document["id"]}
    assert (await counter.post("voids", void | {"reason": "wrong customer"})).status_code == 201
    order = await take_over(documents, void)
    assert (order.state, await orders_of(counter).waiting_tasks(order.id)) == (OrderState.CANCELLED, [])
    assert await counter.on_hand() == {1: 10, 2: 10, 3: 10}


async def test_a_sale_from_the_shops_own_stock_stays_held_until_the_shop_has_counted_it(counter: Counter, documents: TillDocuments):
    at_the_shop = await Counter.registered(counter.client, counter.pool, counter.staff, "KASA-9", 1)
    await counter.pool.execute("insert into stock (item_id, location_id, on_hand, as_of) values (1, 1, 5, now())")
    document = sale(line(1, 2))
    await at_the_shop.post("sales", document)
    order = await take_over(documents, document)
    assert (order.content.lines[0].own_units, order.stock_settled) == (0, False)
    assert tuple(await counter.pool.fetchrow("select on_hand, held from stock where location_id = 1")) == (5, 2)


async def test_an_order_that_is_paid_at_the_till_is_handed_over_and_not_made_again(counter: Counter, documents: TillDocuments):
    first = sale(line(1))
    await counter.post("sales", first)
    order = await take_over(documents, first)
    await counter.pool.execute("update sales_order set state = 'processing', external_id = 77 where id = $1", order.id)
    paying = sale(line(1), sequence=2, order="77")
    await counter.post("sales", paying)
    assert (await take_over(documents, paying)).id == order.id
    assert (await orders_of(counter).find(order.id)).state is OrderState.COMPLETED
