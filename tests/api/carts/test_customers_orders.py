"""Orders as their customers see them over HTTP, and what they may ask for afterwards."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from api.services import Services
from spoina.clock import utc_now
from spoina.ids import LocationId, RegisterId, TerminalId
from spoina.orders.collecting import CollectedOrders
from spoina.pos.pickups import Collection, Pickups
from spoina.pos.types import Terminal
from tests.api.carts.buying import Buyer, returns_of
from tests.api.carts.cart_shop import MUG, PLATE, of
from tests.api.carts.test_mutations import token


async def test_an_order_opens_with_its_key_alone(buyer: Buyer) -> None:
    await buyer.fill()
    order = await buyer.buy()
    assert await buyer.order(order["id"]) == order
    name, _, key = order["id"].partition("?key=")
    other = f"gid://spoina/Order/{uuid4()}?key={key}"
    told = [
        await refusal(buyer, number) for number in (f"{name}?key=wrong", name, other, f"{name}?key=a.b.c", "gid://spoina/Order/7?key=x")
    ]
    assert set(told) == {("NOT_FOUND", "there is no order with this id and key")}


async def refusal(buyer: Buyer, number: str) -> tuple[str, str]:
    told = await buyer.answer("query($id: ID!) { order(id: $id) { name } }", id=number)
    [error] = told["errors"]
    return error["extensions"]["code"], error["message"]


async def test_a_customer_sees_his_orders_on_every_device(buyer: Buyer, phone: Buyer, settings, checkout_shop: Services) -> None:
    anna, ola = token(settings, f"anna-{uuid4()}"), token(settings, f"ola-{uuid4()}")
    names = []
    for _ in range(3):
        await buyer.fill(of(MUG), identity={"customerAccessToken": anna})
        names.append((await buyer.buy())["name"])
    query = """query($t: String!, $first: Int, $last: Int, $after: String, $before: String, $reverse: Boolean) {
      customer(customerAccessToken: $t) { id orders(first: $first, last: $last, after: $after, before: $before, reverse: $reverse) {
        nodes { id name } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""

    async def page(**asked) -> dict:
        return (await phone.ask(query, t=anna, **asked))["customer"]["orders"]

    first = await page(first=2, reverse=True)
    assert [each["name"] for each in first["nodes"]] == names[:0:-1]
    rest = await page(first=2, reverse=True, after=first["pageInfo"]["endCursor"])
    assert ([each["name"] for each in rest["nodes"]], rest["pageInfo"]["hasNextPage"], first["pageInfo"]["hasNextPage"]) == (
        names[:1],
        False,
        True,
    )
    assert [each["name"] for each in (await page(last=2))["nodes"]] == names[1:]
    assert (await phone.order(rest["nodes"][0]["id"]))["name"] == names[0]
    stolen = rest["nodes"][0]["id"].partition("?key=")[0] + f"?key={ola}"
    assert await refusal(phone, stolen) == ("NOT_FOUND", "there is no order with this id and key")
    assert (await phone.ask(query, t=ola, first=5))["customer"]["orders"]["nodes"] == []
    told = await phone.answer(query, t="a.b.c", first=5)
    assert told["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.fixture
async def till(checkout_shop: Services) -> AsyncIterator[Terminal]:
    """Where orders are collected for once."""
    await checkout_shop.pool.execute("update location set pickup_enabled = true where id = 1")
    yield Terminal(
        id=TerminalId(1), name="t", register_id=RegisterId(1), register="KASA-1", location=LocationId(1), registered_at=utc_now()
    )
    await checkout_shop.pool.execute("update location set pickup_enabled = false where id = 1")


async def test_who_collects_an_order_sees_where_and_the_code_while_it_is_ready(
    buyer: Buyer, checkout_shop: Services, till: Terminal
) -> None:
    await buyer.fill(address={"countryCode": "PL"})
    chosen = [{"deliveryGroupId": "gid://spoina/CartDeliveryGroup/1", "deliveryOptionHandle": "local_pickup:2"}]
    await buyer.change("cartSelectedDeliveryOptionsUpdate", selectedDeliveryOptions=("[CartSelectedDeliveryOptionInput!]!", chosen))
    order = (await buyer.buy(payment={"way": "AT_PICKUP"}))["id"]
    query = "query($id: ID!) { order(id: $id) { state pickup { status code location { code } } } }"

    async def seen() -> tuple[str, str, str | None]:
        told = (await buyer.ask(query, id=order))["order"]
        assert told["pickup"]["location"] == {"code": "woocommerce"}
        return told["state"], told["pickup"]["status"], told["pickup"]["code"]

    assert await seen() == ("PROCESSING", "ACCEPTED", None)
    pickups = Pickups(checkout_shop.pool, utc_now, CollectedOrders(utc_now, uuid4))
    [waiting] = await pickups.waiting(till)
    await pickups.pick(till, waiting.id)
    code = (await pickups.ready(till, waiting.id)).code
    assert await seen() == ("PROCESSING", "READY", code)
    page = await buyer.client.get(f"/orders/{order.removeprefix('gid://spoina/Order/')}")
    assert f"<td>Kod odbioru</td><td>{code}</td>" in page.text
    await checkout_shop.pool.execute("update sales_order set till_sale = $1", uuid4())
    await pickups.collect(till, waiting.id, Collection(code=code, cashier="Iza"))
    assert await seen() == ("COMPLETED", "COLLECTED", None)


async def test_what_is_sent_has_no_pickup(buyer: Buyer) -> None:
    await buyer.fill()
    order = (await buyer.buy())["id"]
    assert (await buyer.ask("query($id: ID!) { order(id: $id) { pickup { status } } }", id=order))["order"]["pickup"] is None


async def test_a_return_is_asked_for_once(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(PLATE, 2))
    order = await buyer.buy(payment={"way": "ON_DELIVERY"})
    [item] = order["lineItems"]["nodes"]
    selection = "orderReturn { id status amount { amount } reason lineItemIds } userErrors { code field }"

    async def back(token: str, quantity: int, line: str = item["id"], number: str = order["id"]) -> dict:
        lines = ("[OrderReturnLineInput!]!", [{"lineItemId": line, "quantity": quantity}])
        arguments = {"requestToken": ("String!", token), "lines": lines, "reason": ("String", "za mały")}
        return await buyer.do("orderReturnRequest", selection, orderId=("ID!", number), **arguments)

    first = await back("once", 1)
    assert first["orderReturn"] == {
        "id": first["orderReturn"]["id"],
        "status": "REQUESTED",
        "amount": {"amount": "99.99"},
        "reason": "za mały",
        "lineItemIds": [item["id"]],
    }
    assert (await back("once", 1))["orderReturn"] == first["orderReturn"]
    assert (await back("more", 3))["userErrors"] == [{"code": "RETURNED_TOO_MUCH", "field": ["lines"]}]
    assert (await back("line", 1, line="gid://spoina/LineItem/1"))["userErrors"] == [
        {"code": "INVALID", "field": ["lines", "0", "lineItemId"]}
    ]
    assert (await back("key", 1, number=order["id"] + "x"))["userErrors"] == [{"code": "ORDER_NOT_FOUND", "field": ["orderId"]}]
    assert [each["id"] for each in await returns_of(buyer, order["id"])] == [first["orderReturn"]["id"]]
