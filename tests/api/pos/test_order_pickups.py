"""Orders that are collected, at the counter: paid there or before, their goods counted by the order alone."""

from uuid import uuid4

import httpx
import pytest

from spoina.clock import utc_now
from spoina.orders.intake import Intake
from spoina.orders.service import Orders
from spoina.orders.till import TillDocuments
from spoina.orders.types import Order, OrderState, PaymentWay, ShippingLine
from tests.api.pos.test_orders_of_tills import TABLES, take_over
from tests.api.pos.test_pickups import by
from tests.api.pos.till import Counter, line, sale
from tests.spoina.orders.placing import line as ordered_line
from tests.spoina.orders.test_pickups import told as told_by_shop
from tests.spoina.orders.test_pickups import zone_method

NUMBER = 901
"""The shop's, of two of product 1 and one of product 2."""


@pytest.fixture
async def documents(counter: Counter) -> TillDocuments:
    await counter.pool.execute(f"truncate {TABLES} cascade")
    return TillDocuments(counter.pool, Orders(counter.pool, utc_now, uuid4), utc_now)


async def told(counter: Counter, status: str = "processing", way: PaymentWay = PaymentWay.AT_PICKUP) -> None:
    lines = (ordered_line(1, 2, external_id=5), ordered_line(2, external_id=6))
    await Intake(counter.pool, utc_now, uuid4).apply(told_by_shop(status, *lines, way=way, shipping=zone_method("Kraków")))


async def order_of(counter: Counter) -> Order:
    found = await Orders(counter.pool, utc_now, uuid4).of_shop(NUMBER)
    assert found is not None
    return found


async def listed(counter: Counter) -> dict:
    (found,) = (await counter.get("pickups")).json()
    return found


class Waiting:
    """A pickup that is ready, and who comes for it."""

    def __init__(self, counter: Counter, number: str, code: str) -> None:
        self._counter, self._number, self._code = counter, number, code

    async def collect(self, **more: str) -> httpx.Response:
        return await self._counter.post(f"pickups/{self._number}/collect", by(self._code, **more))


async def ready(counter: Counter) -> Waiting:
    number = (await listed(counter))["id"]
    await counter.post(f"pickups/{number}/pick", {})
    return Waiting(counter, number, (await counter.post(f"pickups/{number}/ready", {})).json()["code"])


async def tasks(counter: Counter) -> list[tuple[str, str]]:
    waiting = await Orders(counter.pool, utc_now, uuid4).waiting_tasks((await order_of(counter)).id)
    return [(task.kind, task.body if task.kind == "status" else "") for task in waiting]


async def test_an_order_that_was_paid_before_is_handed_over_and_completed(counter: Counter, elsewhere: Counter, documents: TillDocuments):
    await told(counter, way=PaymentWay.PAID)
    found = await listed(counter)
    order = await order_of(counter)
    assert (found["order"], found["reference"], found["paid"], found["expiresAt"]) == (str(order.id), "901", True, None)
    assert [(each["title"], each["quantity"], each["item"]) for each in found["lines"]] == [("Product 1", 2, 1), ("Product 2", 1, 2)]
    assert (await elsewhere.get("pickups")).json() == []
    waiting = await ready(counter)
    answer = await waiting.collect()
    assert (answer.status_code, answer.json()["status"]) == (200, "collected")
    assert ((await order_of(counter)).state, await tasks(counter)) == (OrderState.COMPLETED, [("note", ""), ("status", "completed")])
    assert (await counter.on_hand(), (await waiting.collect()).status_code) == ({1: 10, 2: 10, 3: 10}, 409)


@pytest.mark.parametrize("named", ["the shop's number", "our id"])
async def test_a_sale_that_pays_it_takes_nothing_out_of_stock_again(counter: Counter, documents: TillDocuments, named: str):
    await told(counter)
    waiting = await ready(counter)
    refused = await waiting.collect()
    assert (refused.status_code, refused.json()["field"]) == (400, "saleId")
    paying = sale(line(1, 2), line(2), line(3), order=str(NUMBER) if named != "our id" else str((await order_of(counter)).id))
    await counter.post("sales", paying)
    await counter.post("sales", paying)
    assert await counter.on_hand() == {1: 10, 2: 10, 3: 9}
    assert (await take_over(documents, paying)).id == (await order_of(counter)).id
    assert (await order_of(counter)).state is OrderState.PROCESSING
    assert (await listed(counter))["paid"]
    assert (await waiting.collect()).status_code == 200
    assert (await order_of(counter)).state is OrderState.COMPLETED


async def test_only_one_sale_pays_an_order(counter: Counter, documents: TillDocuments):
    await told(counter)
    first, second = (sale(line(1, 2), line(2), order="901", sequence=number) for number in (1, 2))
    await counter.post("sales", first)
    await counter.post("sales", second)
    assert await counter.on_hand() == {1: 8, 2: 9, 3: 10}


async def test_more_than_was_ordered_is_sold(counter: Counter, documents: TillDocuments):
    await told(counter)
    await counter.post("sales", sale(line(1, 1), line(1, 4), order="901"))
    assert await counter.on_hand() == {1: 7, 2: 10, 3: 10}


@pytest.mark.parametrize("state", ["cancelled", "refunded", "failed", "completed"])
async def test_a_sale_that_names_an_order_that_is_over_sells_its_goods(counter: Counter, documents: TillDocuments, state: str):
    await told(counter, state)
    await counter.post("sales", sale(line(1, 2), order="901"))
    assert await counter.on_hand() == {1: 8, 2: 10, 3: 10}


@pytest.mark.parametrize("order", ["902", "tel. 17", "9" * 30, "²"])
async def test_a_sale_that_names_no_order_sells_its_goods(counter: Counter, documents: TillDocuments, order: str):
    await told(counter)
    assert (await counter.post("sales", sale(line(1, 2), order=order))).status_code == 201
    assert await counter.on_hand() == {1: 8, 2: 10, 3: 10}


async def test_a_payment_that_is_voided_is_waited_for_again(counter: Counter, documents: TillDocuments):
    await told(counter)
    waiting = await ready(counter)
    paying = sale(line(1, 2), line(2), line(3), order="901", fiscal={"required": True, "status": "pending"})
    await counter.post("sales", paying)
    await take_over(documents, paying)
    void = {key: paying[key] for key in ("occurredAt", "cashier")} | {"id": str(uuid4()), "sequence": 2, "saleId": paying["id"]}
    assert (await counter.post("voids", void | {"reason": "the wrong card"})).status_code == 201
    assert await counter.on_hand() == {1: 10, 2: 10, 3: 10}
    await take_over(documents, void)
    assert ((await order_of(counter)).state, (await waiting.collect()).status_code) == (OrderState.PROCESSING, 400)
    again = sale(line(1, 2), line(2), order="901", sequence=3)
    await counter.post("sales", again)
    assert (await waiting.collect()).status_code == 200
    assert await counter.on_hand() == {1: 10, 2: 10, 3: 10}


async def test_at_a_till_in_the_shops_own_stock_nothing_stays_held_for_a_paid_order(counter: Counter, documents: TillDocuments):
    at_the_shop = await Counter.registered(counter.client, counter.pool, counter.staff, "KASA-9", 1)
    await counter.pool.execute("insert into stock (item_id, location_id, on_hand, as_of) values (1, 1, 5, now()), (3, 1, 5, now())")
    await told(counter)
    await at_the_shop.post("sales", sale(line(1, 2), line(3), order="901", fiscal={"required": True, "status": "pending"}))
    assert await held(counter) == {1: 0, 3: 1}
    void = {"id": str(uuid4()), "sequence": 2, "saleId": str(await counter.pool.fetchval("select id from pos_sale"))}
    answer = await at_the_shop.post("voids", void | {"occurredAt": utc_now().isoformat(), "cashier": "Ola", "reason": "no"})
    assert (answer.status_code, answer.json()["differences"], await held(counter)) == (201, [], {1: 0, 3: 0})


async def held(counter: Counter) -> dict[int, int]:
    return dict(await counter.pool.fetch("select item_id, held from stock where location_id = 1"))


async def test_an_order_that_is_sent_is_paid_and_completed_by_the_sale(counter: Counter, documents: TillDocuments):
    sent = ShippingLine(method="flat_rate", title="Kurier", total=0, tax=0)
    await Intake(counter.pool, utc_now, uuid4).apply(told_by_shop(shipping=sent))
    paying = sale(line(1, 2), line(2), order="901", fiscal={"required": True, "status": "pending"})
    await counter.post("sales", paying)
    assert (await take_over(documents, paying)).state is OrderState.COMPLETED
    void = {key: paying[key] for key in ("occurredAt", "cashier")} | {"id": str(uuid4()), "sequence": 2, "saleId": paying["id"]}
    await counter.post("voids", void | {"reason": "no"})
    assert ((await take_over(documents, void)).state, await counter.on_hand()) == (OrderState.PROCESSING, {1: 10, 2: 10, 3: 10})


async def test_staff_see_where_it_is_collected_and_say_so(counter: Counter, documents: TillDocuments):
    await told(counter)
    order = (await order_of(counter)).id
    path = f"/v1/orders/{order}"
    shown = (await counter.client.get(path, headers=counter.staff)).json()["pickup"]
    assert (shown["location"], shown["status"]) == (10, "accepted")
    moved = await counter.client.post(f"{path}/pickup", headers=counter.staff, json={"location": 11, "actor": "Ewa"})
    assert (moved.status_code, moved.json()["type"]) == (404, "urn:spoina:problem:not-found")
    again = await counter.client.post(f"{path}/pickup", headers=counter.staff, json={"location": 10, "actor": "Ewa"})
    assert (again.status_code, again.json()) == (200, shown)
    await told(counter, "cancelled")
    over = await counter.client.post(f"{path}/pickup", headers=counter.staff, json={"location": 10, "actor": "Ewa"})
    assert (over.status_code, over.json()["state"]) == (409, "cancelled")
