"""Orders back from the shop: those born there, and what became of those that were made here."""

import json

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.orders.drift import OrderDrift, find_order_drift, repair_orders
from spoina.clock import utc_now
from spoina.db import transaction
from spoina.orders import outbox, sql
from spoina.orders.alerts import alerts_of
from spoina.orders.returns import Returns
from spoina.orders.types import AlertKind, OrderState, Origin, PaymentWay
from spoina.sync.runs import Counts
from spoina.sync.status import Retry, quarantined, retry_quarantined
from tests.channels.woocommerce.orders.shopping import (
    BOOK,
    JACKET,
    JACKETS_PARENT,
    book,
    customer_of,
    delivering,
    in_shop,
    orders_of,
    place,
    stock,
)
from tests.channels.woocommerce.syncing import Owner


async def test_an_order_born_in_the_shop_is_taken_over_with_its_customer_and_its_refunds(server, pool):
    owner = Owner(server)
    born = await owner.post(
        "orders",
        status="processing",
        customer_id=customer_of(server),
        billing={"email": "ola@example.test", "first_name": "Ola"},
        meta_data=[{"key": "_paczkomat", "value": "KRA96M"}, {"key": "_billing_nip", "value": "5260250274"}],
        line_items=[{"product_id": BOOK, "quantity": 2}, {"product_id": JACKETS_PARENT, "variation_id": JACKET, "quantity": 1}],
        coupon_lines=[{"code": "witaj10"}],
    )
    line = born["line_items"][0]
    await owner.post(
        f"orders/{born['id']}/refunds", amount="10.00", reason="rysa", api_refund=False, line_items=[{"id": line["id"], "quantity": 1}]
    )
    async with delivering(server, pool) as orders:
        counts = Counts()
        await orders.reader.import_all(counts)
        assert (counts.read, counts.created) == (1, 1)
        again = Counts()
        await orders.reader.poll(again)
        assert (again.read, again.created, again.changed) == (1, 0, 0)
    order = await orders_of(pool).of_shop(born["id"])
    content = order.content
    assert (order.state, content.origin, f"{content.total / 100:.2f}") == (OrderState.PROCESSING, Origin.WOOCOMMERCE, born["total"])
    assert [(each.variant_id, each.quantity, each.rate) for each in content.lines] == [(BOOK, 2, 500), (JACKET, 1, 2300)]
    assert (content.nip, content.pickup_point.code, content.coupons[0].code) == ("5260250274", "KRA96M", "witaj10")
    (refund,) = await Returns(pool, utc_now).of_order(order.id)
    assert (refund.state, refund.amount, refund.reason, refund.lines[0].quantity) == ("refunded", 1000, "rysa", 1)
    assert await pool.fetchval("select email from shop_customer where id = $1", customer_of(server)) != ""
    assert [entry.event for entry in await orders_of(pool).history(order.id)] == ["imported", "refunded"]
    assert await pool.fetchval("select count(*) from order_task") == 0


async def test_what_we_sent_comes_back_as_no_news_and_what_the_shop_changed_does(shop, pool, database):
    order = await place(database, pool)
    owner = Owner(shop)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        number = in_shop(shop, order.id)[0]["id"]
        await outbox.hint(pool, [number, number], "webhook created", utc_now())
        await outbox.hint(pool, [number], "webhook updated", utc_now())
        assert await orders.delivery.drain() == 1
        before = await orders_of(pool).history(order.id)
        assert [entry.event for entry in before] == ["placed", "delivered"]
        await owner.put(f"orders/{number}", status="processing")
        await owner.post(f"orders/{number}/notes", note="Numer przesyłki 6200", customer_note=True)
        await outbox.hint(pool, [number], "webhook updated", utc_now())
        await orders.delivery.drain()
    (news,) = (await orders_of(pool).history(order.id))[2:]
    assert (news.actor, news.from_state, news.to_state) == ("shop", OrderState.PENDING_PAYMENT, OrderState.PROCESSING)
    assert "Numer przesyłki 6200" in [note.text for note in await orders_of(pool).notes(order.id)]
    assert (await orders_of(pool).find(order.id)).stock_settled


async def test_a_reading_that_began_earlier_changes_nothing(shop, pool, database):
    order = await place(database, pool, way=PaymentWay.ON_DELIVERY)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        old = {**in_shop(shop, order.id)[0], "status": "pending", "date_paid_gmt": None}
        late = json.dumps({name: value for name, value in old.items() if name != "_exact"} | {"refunds": []}, default=str).encode()
        assert await orders.reader.take(late, order.placed_at) == "stale"
    assert (await orders_of(pool).find(order.id)).state is OrderState.PROCESSING


async def test_a_status_of_the_shops_own_is_kept_as_text_until_the_dictionary_knows_it(server, pool):
    server.shop.orders.custom_statuses = ("wyslane",)
    owner = Owner(server)
    born = await owner.post("orders", status="wyslane", line_items=[{"product_id": BOOK}])
    async with delivering(server, pool) as orders:
        await orders.reader.read(born["id"])
        order = await orders_of(pool).of_shop(born["id"])
        assert (order.state, order.shop_status) == (OrderState.OTHER, "wyslane")
        (alert,) = await alerts_of(pool, order.id)
        assert (alert.kind, alert.note) == (AlertKind.UNKNOWN_STATUS, "the dictionary does not say what 'wyslane' means")
        await sql.translate(pool, "wyslane", OrderState.COMPLETED)
        await owner.put(f"orders/{born['id']}", status="processing")
        await owner.put(f"orders/{born['id']}", status="wyslane", customer_note="x")
        await orders.reader.read(born["id"])
    assert (await orders_of(pool).of_shop(born["id"])).state is OrderState.COMPLETED


async def test_drafts_are_no_orders_and_what_is_thrown_away_is_told(shop, pool, database):
    owner = Owner(shop)
    draft_of_somebody = await owner.post("orders", status="checkout-draft", line_items=[{"product_id": BOOK}])
    order = await place(database, pool)
    before = await stock(pool)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        await orders.reader.read(draft_of_somebody["id"])
        number = in_shop(shop, order.id)[0]["id"]
        await owner.delete(f"orders/{number}")
        await orders.reader.read(number)
    assert await orders_of(pool).of_shop(draft_of_somebody["id"]) is None
    gone = await orders_of(pool).find(order.id)
    assert (gone.state, gone.stock_settled, await stock(pool)) == (OrderState.DELETED, True, (before[0], 0))


async def test_a_second_order_with_our_reference_is_told_and_not_taken_for_ours(shop, pool, database):
    order = await place(database, pool)
    owner = Owner(shop)
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
        reference = [{"key": "_spoina_reference", "value": str(order.id)}]
        twice = await owner.post("orders", meta_data=reference, line_items=[{"product_id": BOOK}])
        assert await orders.reader.read(twice["id"]) == "twice"
    (alert,) = await alerts_of(pool, order.id)
    number = (await orders_of(pool).find(order.id)).external_id
    assert (alert.kind, alert.note) == (AlertKind.TWICE, f"the shop has it as {number} and as {twice['id']}")
    assert await pool.fetchval("select count(*) from sales_order") == 1


async def test_the_webhook_that_overtakes_the_answer_finds_the_order_it_belongs_to(shop, pool, database):
    order = await place(database, pool, book())
    owner = Owner(shop)
    reference = [{"key": "_spoina_reference", "value": str(order.id)}]
    made = await owner.post("orders", meta_data=reference, line_items=[{"product_id": BOOK}])
    async with delivering(shop, pool) as orders:
        await orders.reader.read(made["id"])
        assert (await orders_of(pool).find(order.id)).external_id == made["id"]
        await orders.delivery.drain()
    assert len(in_shop(shop, order.id)) == 1


async def test_every_planted_difference_is_found_repaired_and_gone(shop, pool, database):
    owner = Owner(shop)
    placed = [await place(database, pool, way=PaymentWay.ON_DELIVERY) for _ in range(7)]
    async with delivering(shop, pool) as orders, WooCommerceClient(shop.settings()) as client:
        await orders.delivery.drain()

        async def drift():
            return [each async for each in find_order_drift(client, orders.reader, pool)]

        assert await drift() == []
        numbers = [in_shop(shop, order.id)[0]["id"] for order in placed]
        born = await owner.post("orders", status="processing", line_items=[{"product_id": BOOK}])
        await owner.put(f"orders/{numbers[0]}", status="completed")
        await owner.put(f"orders/{numbers[1]}", fee_lines=[{"name": "Pakowanie na prezent", "total": "10.00"}])
        await owner.put(f"orders/{numbers[2]}", billing={"first_name": "Inna"})
        await owner.post(f"orders/{numbers[3]}/refunds", amount="1.00", api_refund=False, api_restock=False)
        await owner.delete(f"orders/{numbers[4]}", force=True)
        (line,) = in_shop(shop, placed[6].id)[0]["line_items"]
        await owner.put(f"orders/{numbers[6]}", line_items=[{"id": line["id"], "quantity": 2}])
        await pool.execute("update sales_order set external_id = null, state = 'processing' where id = $1", placed[5].id)
        found = await drift()
        assert {(each.kind, each.number) for each in found} == {
            (OrderDrift.MISSING, born["id"]),
            (OrderDrift.STATUS, numbers[0]),
            (OrderDrift.TOTAL, numbers[1]),
            (OrderDrift.DETAIL, numbers[2]),
            (OrderDrift.REFUND, numbers[3]),
            (OrderDrift.EXTRA, numbers[4]),
            (OrderDrift.LINES, numbers[6]),
            (OrderDrift.MISSING, numbers[5]),
            (OrderDrift.UNSENT, None),
        }
        await repair_orders(orders.reader, pool, found, Counts())
        await orders.delivery.drain()
        assert await drift() == []
        shop.shop.orders.refunds_of(numbers[3]).clear()
        (gone,) = await drift()
        assert (gone.kind, gone.number, gone.shop, gone.here) == (OrderDrift.REFUND, numbers[3], "", "100")
        await repair_orders(orders.reader, pool, [gone], Counts())
        assert await drift() == []
    assert len(in_shop(shop, placed[5].id)) == 1


async def test_an_order_that_cannot_be_read_waits_in_quarantine_and_leaves_it_when_it_is_mended(server, pool):
    born = await Owner(server).post("orders", status="processing", line_items=[{"product_id": BOOK}])
    server.shop.orders.get(born["id"])["total"] = "mnóstwo"
    async with delivering(server, pool) as orders:
        await orders.reader.import_all(Counts())
        async with pool.acquire() as db:
            (entry,) = await quarantined(db)
        assert (entry.kind, entry.external_id, "'mnóstwo' is not a decimal number" in entry.reason) == ("order", born["id"], True)
        server.shop.orders.get(born["id"])["total"] = "47.99"
        async with transaction(pool) as db:
            assert (await retry_quarantined(db, Retry(), utc_now())).queued == 1
        await orders.delivery.drain()
    assert await pool.fetchval("select count(*) from quarantine") == 0
    assert (await orders_of(pool).of_shop(born["id"])).content.total == 4799


async def test_what_was_in_quarantine_and_is_gone_from_the_shop_or_mended_without_a_word_leaves_it(server, pool):
    born = [await Owner(server).post("orders", status="processing", line_items=[{"product_id": BOOK}]) for _ in range(4)]
    gone, mended, broken, asked = (each["id"] for each in born)
    for number in (gone, mended, broken, asked):
        server.shop.orders.get(number)["total"] = "mnóstwo"
    async with delivering(server, pool) as orders:
        await orders.reader.import_all(Counts())
        assert await refused(pool) == [gone, mended, broken, asked]
        for number in (gone, asked):
            server.shop.orders.drop(number)
        server.shop.orders.get(mended)["total"] = "47.99"
        await orders.reader.read(asked)
        assert await refused(pool) == [gone, mended, broken]
        await orders.reader.import_all(Counts())
    assert await refused(pool) == [broken]
    assert (await orders_of(pool).of_shop(mended)).content.total == 4799


async def test_an_order_whose_refund_cannot_be_read_waits_as_one_until_it_can(server, pool):
    owner = Owner(server)
    born = await owner.post("orders", status="processing", line_items=[{"product_id": BOOK}])
    made = await owner.post(f"orders/{born['id']}/refunds", amount="1.00", api_refund=False)
    (refund,) = server.shop.orders.refunds_of(born["id"])
    refund["amount"] = "trochę"
    async with delivering(server, pool) as orders:
        await orders.reader.import_all(Counts())
        (row,) = await pool.fetch("select kind, external_id, reason from quarantine")
        assert (row["kind"], row["external_id"], f"its refund {made['id']}: " in row["reason"]) == ("order", born["id"], True)
        refund["amount"] = "1.00"
        await orders.reader.import_all(Counts())
    assert await refused(pool) == []


async def refused(pool) -> list[int]:
    return [row[0] for row in await pool.fetch("select external_id from quarantine order by external_id")]
