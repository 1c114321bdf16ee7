"""The simulated shop's orders: its stock follows their statuses, and who listens hears of them."""

import httpx
import pytest

from simulators.woocommerce.faults import Faults
from simulators.woocommerce.shop import Shop
from tests.simulators.woocommerce.conftest import Hands, Receiver

BOOK = 216


def left(shop: Shop) -> int:
    return shop.products.peek(BOOK)["stock_quantity"]


async def made(api: httpx.AsyncClient, **fields: object) -> dict:
    answer = await api.post("/orders", json={"line_items": [{"product_id": BOOK, "quantity": 3}], **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("case", "statuses", "counted"),
    [
        ("not paid", ["pending"], 0),
        ("failed", ["failed"], 0),
        ("a transfer is awaited", ["on-hold"], 3),
        ("paid", ["processing"], 3),
        ("handed over at once", ["completed"], 3),
        ("paid and sent", ["pending", "processing", "completed"], 3),
        ("cancelled", ["processing", "cancelled"], 0),
        ("cancelled and taken up again", ["processing", "cancelled", "processing"], 3),
        ("back to pending", ["processing", "pending"], 0),
    ],
)
async def test_stock_follows_the_status(api: httpx.AsyncClient, shop: Shop, case: str, statuses: list[str], counted: int):
    before = left(shop)
    order = await made(api, status=statuses[0])
    for status in statuses[1:]:
        await api.put(f"/orders/{order['id']}", json={"status": status})
    assert before - left(shop) == counted


async def test_a_line_that_says_it_was_counted_is_neither_counted_nor_given_back(api: httpx.AsyncClient, shop: Shop):
    before = left(shop)
    line = {"product_id": BOOK, "quantity": 3, "meta_data": [{"key": "_reduced_stock", "value": "0.0"}]}
    order = await made(api, status="processing", line_items=[line])
    assert left(shop) == before
    await api.put(f"/orders/{order['id']}", json={"status": "cancelled"})
    assert left(shop) == before


async def test_a_refund_puts_back_what_it_says_and_a_whole_one_ends_the_order(api: httpx.AsyncClient, shop: Shop):
    before = left(shop)
    order = await made(api, status="processing")
    line = {"id": order["line_items"][0]["id"], "quantity": 1, "refund_total": 45.70, "refund_tax": [{"id": 3, "refund_total": 2.29}]}
    await api.post(f"/orders/{order['id']}/refunds", json={"line_items": [line], "api_refund": False})
    await api.post(f"/orders/{order['id']}/refunds", json={"line_items": [line], "api_refund": False, "api_restock": False})
    assert before - left(shop) == 2
    rest = f"{float(order['total']) - 2 * 47.99:.2f}"
    assert (await api.post(f"/orders/{order['id']}/refunds", json={"amount": rest, "api_refund": False})).status_code == 201
    assert (await api.get(f"/orders/{order['id']}")).json()["status"] == "refunded"


async def test_who_listens_hears_of_orders_and_customers(api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver):
    for topic in ("order.created", "order.updated", "order.deleted", "customer.created"):
        await api.post("/webhooks", json={"topic": topic, "delivery_url": "http://127.0.0.1:8080/", "secret": "s"})
    receiver.received.clear()
    order = await made(api)
    await api.delete(f"/orders/{order['id']}")
    await api.post("/customers", json={"email": "nowa@example.test"})
    clock.forward(seconds=5)
    await shop.run_queue(receiver)
    assert receiver.topics() == ["order.created", "order.updated", "order.deleted", "customer.created"]
    assert receiver.received[2][2] == b'{"id":%d}' % order["id"]


async def test_the_list_knows_dates_statuses_and_who_made_it(api: httpx.AsyncClient, clock: Hands):
    first = await made(api, created_via="spoina", transaction_id="ALG-1")
    clock.forward(minutes=1)
    second = await made(api, status="processing")

    async def numbers(**query: object) -> list[int]:
        return [each["id"] for each in (await api.get("/orders", params=query)).json()]

    assert await numbers() == [second["id"], first["id"]]
    assert await numbers(created_via="spoina") == await numbers(search="ALG-1") == await numbers(status="pending") == [first["id"]]
    assert await numbers(modified_after=first["date_modified_gmt"], dates_are_gmt="true") == [second["id"]]
    assert await numbers(orderby="id", order="asc", per_page=1, page=2) == [second["id"]]


@pytest.mark.parametrize(("case", "faults"), [("an error", Faults(share_500_after=1)), ("nothing", Faults(share_lost_after=1))])
async def test_what_is_answered_wrongly_is_done_all_the_same(served: httpx.AsyncClient, shop: Shop, case: str, faults: Faults):
    shop.dice.faults = faults
    try:
        assert (await served.post("/orders", json={})).status_code == 500
    except httpx.RemoteProtocolError:
        assert case == "nothing"
    assert len(shop.orders) == 1
