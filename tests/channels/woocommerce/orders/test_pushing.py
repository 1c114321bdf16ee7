"""Orders on their way into the shop: once, to the grosz, whatever becomes of requests and answers."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest

from simulators.woocommerce.order_changes import pay
from spoina.clock import utc_now
from spoina.errors import NotFound
from spoina.ids import ReturnId
from spoina.orders import outbox
from spoina.orders.alerts import alerts_of
from spoina.orders.outbox import Patience
from spoina.orders.returns import Returns
from spoina.orders.types import (
    AlertKind,
    Consent,
    CouponLine,
    FeeLine,
    OrderState,
    PaymentWay,
    PickupPoint,
    ReturnRequest,
    ShippingLine,
    WantedLine,
)
from tests.channels.woocommerce.orders.shopping import (
    HASTY,
    JACKET,
    book,
    counted,
    counts_again,
    customer_of,
    delivering,
    draft,
    in_shop,
    jacket,
    orders_of,
    place,
    stock,
)

IMPATIENT = Patience(
    attempt=timedelta(milliseconds=200),
    lease=timedelta(milliseconds=400),
    settle=timedelta(milliseconds=300),
    first_wait=timedelta(milliseconds=10),
    longest_wait=timedelta(milliseconds=50),
)


async def deliver_until_done(orders, pool) -> None:
    for _ in range(200):
        await orders.delivery.drain()
        if not await pool.fetchval("select count(*) from order_task where dead_at is null"):
            return
        await asyncio.sleep(0.02)
    pytest.fail("something is still not done")


async def test_an_order_to_be_paid_online_waits_in_the_shop_and_holds_its_goods(shop, pool, database):
    before = counted(shop)
    order = await place(database, pool)
    async with delivering(shop, pool) as orders:
        assert await orders.delivery.drain() == 1
    (there,) = in_shop(shop, order.id)
    placed = await orders_of(pool).find(order.id)
    assert (there["status"], there["total"], there["created_via"]) == ("pending", "47.99", "spoina")
    assert (placed.state, placed.external_id, placed.stock_settled) == (OrderState.PENDING_PAYMENT, there["id"], False)
    assert placed.payment_url == f"{shop.shop.settings.home}/checkout/order-pay/{there['id']}/?pay_for_order=true&key={there['order_key']}"
    assert (counted(shop), await stock(pool)) == (before, (before, 1))


async def test_an_order_paid_on_delivery_lowers_the_shops_stock_and_gives_its_hold_back_with_the_next_count(shop, pool, database):
    before = counted(shop)
    order = await place(database, pool, book(2), way=PaymentWay.ON_DELIVERY)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
    assert (counted(shop), await stock(pool)) == (before - 2, (before, 2))
    await counts_again(shop, pool)
    assert await stock(pool) == (before - 2, 0)
    assert (await orders_of(pool).find(order.id)).stock_settled


async def test_everything_a_checkout_knows_gets_into_the_shop_to_the_grosz(shop, pool, database):
    order = await place(
        database,
        pool,
        *(book(3, gross=1), jacket()),
        shipping=(ShippingLine(method="flat_rate", title="Paczkomat InPost", total=1463, tax=336, rate=2300, instance=2),),
        fees=(FeeLine(title="Pobranie", total=407, tax=93, rate=2300),),
        way=PaymentWay.ON_DELIVERY,
        nip="5260250274",
        note="Proszę o fakturę",
        customer_id=customer_of(shop),
        pickup_point=PickupPoint(provider="inpost", code="KRA96M"),
        consents=(Consent(key="terms", text="Akceptuję regulamin", given=True, required=True),),
    )
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
    (there,) = in_shop(shop, order.id)
    meta = {each["key"]: each["value"] for each in there["meta_data"]}
    placed = await orders_of(pool).find(order.id)
    assert round(float(there["total"]) * 100) == order.content.total == placed.content.total
    assert await alerts_of(pool, order.id) == []
    assert (there["status"], there["payment_method"], there["customer_note"]) == ("processing", "cod", "Proszę o fakturę")
    assert (there["customer_id"], there["billing"]["email"]) == (customer_of(shop), "jan@example.test")
    assert [(line["product_id"], line["variation_id"], line["quantity"]) for line in there["line_items"]] == [(216, 0, 3), (246, 331, 1)]
    assert meta["_billing_nip"] == "5260250274"
    assert meta["_paczkomat"] == "KRA96M"
    assert meta["_spoina_consent_terms"] == {"given": True, "text": "Akceptuję regulamin"}
    assert [line.external_id for line in placed.content.lines] == [line["id"] for line in there["line_items"]]
    assert [entry.event for entry in await orders_of(pool).history(order.id)] == ["placed", "delivered"]


async def test_a_coupon_is_used_up_in_the_shop_and_one_that_it_refuses_costs_the_customer_nothing(shop, pool, database):
    discounted = {"subtotal": 4570, "subtotal_tax": 229, "total": 4113, "total_tax": 206}
    used = await place(database, pool, book(**discounted), coupons=(CouponLine(code="witaj10", discount=457, discount_tax=23),))
    expired = await place(database, pool, book(**discounted), coupons=(CouponLine(code="wygasl", discount=457, discount_tax=23),))
    async with delivering(shop, pool, at_once=1) as orders:
        await orders.delivery.drain()
    assert [(each["total"], len(each["coupon_lines"])) for order in (used, expired) for each in in_shop(shop, order.id)] == [
        ("43.19", 1),
        ("43.19", 0),
    ]
    assert [each["status"] for each in shop.shop.orders] == ["pending", "pending"]
    assert [alert.kind for order in (used, expired) for alert in await alerts_of(pool, order.id)] == [AlertKind.COUPON]


async def test_goods_and_ways_of_delivery_that_the_shop_does_not_have_get_there_all_the_same(shop, pool, database):
    """A till's free line, a marketplace's own courier."""
    free = msgspec.structs.replace(book(), title="Grawer", variant_id=None, product_id=None, stock_item=None)
    courier = ShippingLine(method="", title="Allegro One", total=812, tax=0)
    order = await orders_of(pool).place(draft(free, shipping=(courier,), way=PaymentWay.ON_DELIVERY), "cart 1")
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
    (there,) = in_shop(shop, order.id)
    assert [(line["name"], line["product_id"]) for line in there["line_items"]] == [("Grawer", 0)]
    assert (round(float(there["total"]) * 100), await alerts_of(pool, order.id)) == (order.content.total, [])


@pytest.mark.parametrize("case", ["at once", "after lost answers", "and read by a hint meanwhile"])
async def test_what_the_customer_was_shown_holds_where_the_shop_counts_a_coupon_otherwise(shop, pool, database, case: str):
    lines = (book(subtotal=4570, subtotal_tax=229, total=4000, total_tax=200), jacket())
    order = await place(database, pool, *lines, coupons=(CouponLine(code="witaj10", discount=570, discount_tax=29),))
    async with delivering(shop, pool) as orders:
        if case != "at once":
            shop.misbehave(share_lost_after=1)
            await orders.delivery.drain()
        if case == "and read by a hint meanwhile":
            await orders.reader.read(in_shop(shop, order.id)[0]["id"])
            assert (await orders_of(pool).find(order.id)).content.total == order.content.total
        shop.misbehave()
        await deliver_until_done(orders, pool)
    (there,) = in_shop(shop, order.id)
    placed = await orders_of(pool).find(order.id)
    assert (round(float(there["total"]) * 100), placed.content.total) == (order.content.total, order.content.total)
    assert [line["total"] for line in there["line_items"]] == ["40.00", "237.39"]
    assert ([each["code"] for each in there["coupon_lines"]], await alerts_of(pool, order.id)) == (["witaj10"], [])


@pytest.mark.parametrize(
    ("case", "fault", "patience"),
    [
        ("the answer is lost", {"share_lost_after": 1}, HASTY),
        ("the answer is cut", {"share_dropped": 1}, HASTY),
        ("an error after the work is done", {"share_500_after": 1}, HASTY),
        ("an error instead of the work", {"share_500": 1}, HASTY),
        ("too many requests", {"share_429": 1, "retry_after_seconds": 0}, HASTY),
        ("a maintenance page", {"html_page": True}, HASTY),
        ("an answer later than anybody waits for", {"write_pause_seconds": 0.4}, IMPATIENT),
    ],
)
async def test_there_is_one_order_however_the_shop_answers(shop, pool, database, case, fault, patience):
    before = counted(shop)
    order = await place(database, pool, way=PaymentWay.ON_DELIVERY)
    async with delivering(shop, pool, patience=patience) as orders:
        shop.misbehave(**fault)
        await orders.delivery.drain()
        assert (await orders_of(pool).find(order.id)).external_id is None
        (task,) = await orders_of(pool).waiting_tasks(order.id)
        assert (task.dead_at, task.reason != "") == (None, True)
        await asyncio.sleep(patience.settle.total_seconds())
        shop.misbehave()
        await deliver_until_done(orders, pool)
    assert (len(in_shop(shop, order.id)), len(shop.shop.orders), counted(shop)) == (1, 1, before - 1)
    assert (await orders_of(pool).find(order.id)).external_id == in_shop(shop, order.id)[0]["id"]


async def test_an_order_that_surely_was_not_sent_needs_no_lookup(shop, pool, database):
    await place(database, pool)
    async with delivering(shop, pool) as orders:
        shop.misbehave(share_429=1, retry_after_seconds=0)
        await orders.delivery.drain()
        assert await pool.fetchval("select started_at from order_task") is None
        shop.misbehave()
        shop.asked.clear()
        await deliver_until_done(orders, pool)
    assert (shop.asked, len(shop.shop.orders)) == ([], 1)


async def test_what_the_shop_refuses_waits_for_a_person_and_goes_when_it_is_mended(shop, pool, database):
    order = await place(database, pool, customer_id=999)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        (task,) = await outbox.dead(pool)
        assert (task.order_id, task.reason) == (
            order.id,
            "the shop refused it (400 woocommerce_rest_invalid_customer_id: Customer ID is invalid.)",
        )
        assert in_shop(shop, order.id) == []
        shop.shop.orders.customers[999] = {**next(iter(shop.shop.orders.customers.values())), "id": 999}
        await orders_of(pool).retry(order.id, actor="Ola")
        await deliver_until_done(orders, pool)
    assert len(in_shop(shop, order.id)) == 1
    assert [(entry.actor, entry.event) for entry in await orders_of(pool).history(order.id)][1] == ("Ola", "retried")
    with pytest.raises(NotFound):
        await orders_of(pool).retry(order.id, actor="Ola")


async def test_what_the_shop_refused_for_good_can_be_given_up(shop, pool, database):
    before = counted(shop)
    order = await place(database, pool, customer_id=999)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        await orders_of(pool).cancel(order.id, actor="Ola")
        assert await orders.delivery.drain() == 0
    assert (await orders_of(pool).waiting_tasks(order.id), await stock(pool), len(shop.shop.orders)) == ([], (before, 0), 0)


async def test_totals_that_differ_are_told_loudly_and_what_the_customer_saw_is_kept(shop, pool, database, caplog):
    order = await place(database, pool, book(total=5000, subtotal=5000))
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
    (alert,) = await alerts_of(pool, order.id)
    assert (alert.kind, alert.note) == (AlertKind.TOTALS, "the customer was shown 5229, WooCommerce comes to 5250")
    assert f"order {order.id}: totals" in caplog.text
    assert (await orders_of(pool).find(order.id)).content.total == 5229


async def test_an_order_cancelled_before_it_was_sent_never_reaches_the_shop_and_frees_its_goods(shop, pool, database):
    before = counted(shop)
    order = await place(database, pool)
    await orders_of(pool).cancel(order.id, actor="Ola")
    async with delivering(shop, pool) as orders:
        assert await orders.delivery.drain() == 0
    assert (len(shop.shop.orders), await stock(pool)) == (0, (before, 0))


async def test_an_order_cancelled_later_is_cancelled_in_the_shop_which_counts_its_goods_again(shop, pool, database):
    before = counted(shop)
    order = await place(database, pool, book(2), way=PaymentWay.ON_DELIVERY)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        await orders_of(pool).cancel(order.id, actor="Ola", note="customer changed her mind")
        await orders.delivery.drain()
    (there,) = in_shop(shop, order.id)
    await counts_again(shop, pool)
    assert (there["status"], counted(shop), await stock(pool)) == ("cancelled", before, (before, 0))
    assert (await orders_of(pool).find(order.id)).state is OrderState.CANCELLED


async def test_an_unpaid_order_ends_in_the_shop_first_unless_the_money_has_come(shop, pool, database):
    before = counted(shop)
    paid, unpaid = await place(database, pool), await place(database, pool)
    async with delivering(shop, pool) as orders:
        await orders.reader.read_policy()
        await orders.delivery.drain()
        assert (await orders_of(pool).find(unpaid.id)).expires_at is not None
        pay(shop.shop, in_shop(shop, paid.id)[0]["id"], "PAYU-1")
        await pool.execute("update sales_order set expires_at = now()")
        assert await orders_of(pool).expire_unpaid() == 2
        await orders.delivery.drain()
    states = [(await orders_of(pool).find(order.id)).state for order in (paid, unpaid)]
    assert (states, in_shop(shop, unpaid.id)[0]["status"]) == ([OrderState.PROCESSING, OrderState.CANCELLED], "cancelled")
    await counts_again(shop, pool)
    assert (counted(shop), await stock(pool)) == (before - 1, (before - 1, 0))


async def test_a_return_is_refunded_in_the_shop_and_restocked_where_staff_say_so(shop, pool, database):
    before = counted(shop, JACKET)
    order = await place(database, pool, jacket(3, gross=33333), way=PaymentWay.ON_DELIVERY)
    returns = Returns(pool, utc_now)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        for restock in (True, False):
            asked = ReturnRequest(id=ReturnId(uuid4()), lines=(WantedLine(line=0, quantity=1),), reason="za małe")
            assert (await returns.request(order.id, asked, by="customer")).amount == 33333
            await returns.approve(asked.id, restock=restock, by="Ola")
            await orders.delivery.drain()
    number = in_shop(shop, order.id)[0]["id"]
    refunds = shop.shop.orders.refunds_of(number)
    assert [(refund["amount"], refund["refunded_payment"]) for refund in refunds] == [("333.33", False)] * 2
    assert [each.state for each in await returns.of_order(order.id)] == ["refunded", "refunded"]
    assert counted(shop, JACKET) == before - 3 + 1


async def test_a_refund_whose_answer_was_lost_is_made_once(shop, pool, database):
    order = await place(database, pool, way=PaymentWay.ON_DELIVERY)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        asked = ReturnRequest(id=ReturnId(uuid4()), amount=500, reason="rekompensata")
        returns = Returns(pool, utc_now)
        await returns.request(order.id, asked, by="customer")
        await returns.approve(asked.id, restock=False, by="Ola")
        shop.misbehave(share_lost_after=1)
        await orders.delivery.drain()
        shop.misbehave()
        await deliver_until_done(orders, pool)
    refunds = shop.shop.orders.refunds_of(in_shop(shop, order.id)[0]["id"])
    assert [refund["amount"] for refund in refunds] == ["5.00"]
    assert (await returns.find(asked.id)).external_id == refunds[0]["id"]


async def test_notes_and_statuses_of_the_shops_own_go_there(shop, pool, database):
    order = await place(database, pool, way=PaymentWay.ON_DELIVERY)
    shop.shop.orders.custom_statuses = ("wyslane",)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        await pool.execute("insert into order_status values ('wyslane', 'completed')")
        await orders_of(pool).change_status(order.id, "wyslane", actor="magazyn")
        await orders_of(pool).add_note(order.id, "InPost 6200", actor="magazyn", for_customer=True)
        await orders.delivery.drain()
    (there,) = in_shop(shop, order.id)
    note = shop.shop.orders.notes_of(there["id"])[0]
    assert (there["status"], note["note"], note["customer_note"]) == ("wyslane", "InPost 6200", True)
    placed = await orders_of(pool).find(order.id)
    assert (placed.state, placed.shop_status) == (OrderState.COMPLETED, "wyslane")
