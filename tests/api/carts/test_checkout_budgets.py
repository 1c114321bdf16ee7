"""What a checkout and its orders send to PostgreSQL: each statement by name, and as many as the trusted documents say."""

from typing import Any

import pytest

from api.services import Services
from storefront.documents import Prepared
from tests.api.carts.buying import HOME, Buyer
from tests.api.carts.cart_shop import MUG, PLATE, of
from tests.api.carts.test_mutations import token
from tests.sql_statements import Statements, count_statements
from tests.storefront.catalogue import BY_NAME

pytestmark = pytest.mark.usefixtures("checkout_shop")
LOCK, WRITE, PLACE = "lock the cart", "write the cart", "insert the order"
NAMES = {
    "known.operation_ids": LOCK,
    "insert into cart": WRITE,
    "insert into sales_order": PLACE,
    "from hold where id": "read the hold",
    "lock_stock": "lock the stock",
    "claim_holds": "take the stock",
    "end_holds": "give back a hold",
    "update hold set status": "sell the hold",
    "from shop_customer": "look for the customer",
}
SALE = ["read the hold", "lock the stock", "sell the hold", PLACE, WRITE, "COMMIT;"]


ANOTHER_READER = "floor(extract(epoch from as_of))"
"""The shelves in memory are read anew when a sale is announced, by whichever connection is free."""


def named(sent: Statements) -> list[str]:
    own = [text for text in sent.texts if ANOTHER_READER not in text]
    return [next((name for part, name in NAMES.items() if part in text), text) for text in own]


async def send(shopper: Buyer, document: Prepared, **variables: object) -> Any:
    asked = {**document.budget.at, **variables}
    answer = await shopper.client.post("/graphql", json={"documentId": document.sha256, "variables": asked}, headers=shopper.headers)
    told = answer.json()
    assert (answer.status_code, told.get("errors")) == (200, None)
    [value] = told["data"].values()
    return value


@pytest.mark.parametrize("channel", ["web", "app"])
async def test_what_a_checkout_takes(buyer: Buyer, checkout_shop: Services, channel: str) -> None:
    document = BY_NAME[f"{channel}/checkout_submit"]
    await buyer.fill(of(PLATE), of(MUG))
    async with count_statements(checkout_shop.pool, of_requests=True) as sent:
        told = await send(buyer, document, cartId=buyer.cart)
    assert told["result"]["__typename"] == "SubmitSuccess"
    assert named(sent) == ["BEGIN;", LOCK, "lock the stock", "take the stock", *SALE]
    assert len(named(sent)) == document.budget.sql


async def test_what_was_held_at_the_start_takes_less(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(PLATE))
    await buyer.change("cartCheckoutStart")
    async with count_statements(checkout_shop.pool, of_requests=True) as sent:
        await buyer.buy()
    assert named(sent) == ["BEGIN;", LOCK, "read the hold", *SALE]


async def test_what_nobody_counts_takes_least(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(MUG))
    async with count_statements(checkout_shop.pool, of_requests=True) as sent:
        await buyer.buy()
    assert named(sent) == ["BEGIN;", LOCK, PLACE, WRITE, "COMMIT;"]


async def test_the_same_again_and_a_refusal_write_nothing(buyer: Buyer, checkout_shop: Services) -> None:
    await buyer.fill(of(MUG), address={**HOME, "city": ""})
    async with count_statements(checkout_shop.pool, of_requests=True) as refused:
        assert len(await buyer.problems()) == 1
    await buyer.fill(of(MUG))
    await buyer.buy("once")
    async with count_statements(checkout_shop.pool, of_requests=True) as again:
        await buyer.buy("once")
    assert named(refused) == ["BEGIN;", LOCK, "COMMIT;"]
    assert (named(again)[:2], len(again)) == (["BEGIN;", LOCK], 4)


@pytest.mark.parametrize("channel", ["web", "app"])
async def test_reading_orders_takes_one_statement(buyer: Buyer, checkout_shop: Services, settings, channel: str) -> None:
    anna = token(settings, "anna-who-reads")
    await buyer.fill(of(MUG), identity={"customerAccessToken": anna})
    order = await buyer.buy()
    async with count_statements(checkout_shop.pool, of_requests=True) as one:
        assert (await send(buyer, BY_NAME[f"{channel}/order"], id=order["id"]))["name"] == order["name"]
    async with count_statements(checkout_shop.pool, of_requests=True) as page:
        [found] = (await send(buyer, BY_NAME[f"{channel}/customer_orders"], token=anna))["orders"]["nodes"]
    assert (found["name"], len(one), len(page)) == (order["name"], 1, 1)


@pytest.mark.parametrize("channel", ["web", "app"])
async def test_asking_for_a_return(buyer: Buyer, checkout_shop: Services, channel: str) -> None:
    await buyer.fill(of(MUG))
    order = await buyer.buy(payment={"way": "ON_DELIVERY"})
    lines = [{"lineItemId": order["lineItems"]["nodes"][0]["id"], "quantity": 1}]
    document = BY_NAME[f"{channel}/order_return_request"]
    async with count_statements(checkout_shop.pool, of_requests=True) as sent:
        told = await send(buyer, document, orderId=order["id"], requestToken="once", lines=lines)
    assert (told["userErrors"], len(sent)) == ([], document.budget.sql), sent.texts
