"""Shoppers who go on to the checkout, and what they are told there."""

import asyncio
from typing import Any
from uuid import uuid4

from api.services import Services
from spoina.db import Pool, transaction
from spoina.orders.service import Orders
from spoina.orders.types import Order
from spoina.terms import sql as terms_sql
from spoina.terms.types import PaymentMethod
from tests.api.carts.cart_shop import PLATE, Shopper, of
from tests.spoina.catalog.builders import NOON

HOME = {
    "firstName": "Jan",
    "lastName": "Próbny",
    "address1": "ul. Cicha 1",
    "city": "Gdynia",
    "zip": "81-001",
    "countryCode": "PL",
}
ORDER = """
fragment O on Order { id name orderNumber state financialStatus fulfillmentStatus email phone paymentUrl paymentWay paymentTitle expiresAt
  totalPrice { amount currencyCode } subtotalPrice { amount } totalTax { amount } totalShippingPrice { amount } totalRefunded { amount }
  shippingAddress { name address1 zip city countryCodeV2 phone } billingAddress { name company zip } shippingTitle nip note
  discounts { code amount { amount } }
  pickupPoint { provider code name } customAttributes { key value } consents { key text version language given at } notes { text }
  lineItems(first: 50) { nodes { id title quantity currentQuantity discountedTotalPrice { amount } customAttributes { key value }
    variant { id } } } }
"""
METHODS = (
    PaymentMethod(id="payu", title="PayU"),
    PaymentMethod(id="bacs", title="Przelew"),
    PaymentMethod(id="cod", title="Za pobraniem"),
)
RESULT = """
result { __typename
  ... on SubmitSuccess { attemptId redirectUrl order { ...O } }
  ... on SubmitAlreadyAccepted { attemptId order { ...O } }
  ... on SubmitFailed { checkoutUrl errors { code field lineId left message } cart { version }
    changes { version since complete changes { key __typename ... on CartPriceChange { before { amount } now { amount } }
      ... on CartDiscountCodeGoneChange { code reason } } operations { kind version } } }
  ... on SubmitThrottled { pollAfter } }
userErrors { code field message }
"""
EMPTIED = (
    "cart, cart_op, hold, sales_order, order_line, order_history, order_task, order_return, order_return_line, order_note, sale_settling"
)


class Buyer(Shopper):
    async def fill(self, *lines: dict[str, object], email: str = "jan@example.test", address: dict | None = HOME, **more: Any) -> dict:
        delivery = {} if address is None else {"delivery": {"addresses": [{"address": {"deliveryAddress": address}, "selected": True}]}}
        identity = more.pop("identity", {})
        return await self.create(lines=list(lines) or [of(PLATE, 2)], buyerIdentity={"email": email, **identity}, **delivery, **more)

    async def submit(self, token: str | None = None, cart: str | None = None, **submission: object) -> dict[str, Any]:
        query = f"""mutation($cart: ID!, $token: String!, $given: CartSubmissionInput) {{
          cartSubmitForCompletion(cartId: $cart, attemptToken: $token, submission: $given) {{ {RESULT} }} }} {ORDER}"""
        told = await self.ask(query, cart=cart or self.cart, token=token or uuid4().hex, given=submission or None)
        return told["cartSubmitForCompletion"]

    async def buy(self, token: str | None = None, **submission: object) -> dict[str, Any]:
        """The order."""
        told = await self.submit(token, **submission)
        assert (told["userErrors"], told["result"]["__typename"]) == ([], "SubmitSuccess"), told
        return told["result"]["order"]

    async def problems(self, **submission: object) -> list[tuple[str, list[str]]]:
        told = (await self.submit(**submission))["result"]
        assert told["__typename"] == "SubmitFailed", told
        return [(error["code"], error["field"]) for error in told["errors"]]

    async def order(self, number: str) -> dict[str, Any]:
        return (await self.ask(f"query($id: ID!) {{ order(id: $id) {{ ...O }} }} {ORDER}", id=number))["order"]


async def placed(services: Services) -> list[Order]:
    """All orders there are."""
    rows = await services.pool.fetch("select id from sales_order order by number")
    orders = Orders(services.pool, services.clock, uuid4)
    return [await orders.find(row[0]) for row in rows]


async def stock_of(pool: Pool, item: int) -> tuple[int, int]:
    """(on hand, held)"""
    return tuple(await pool.fetchrow("select on_hand, held from stock where item_id = $1 and location_id = 1", item))


async def returns_of(shopper: Buyer, number: str) -> list[dict[str, Any]]:
    return (await shopper.ask("query($id: ID!) { order(id: $id) { returns { id status amount { amount } lineItemIds } } }", id=number))[
        "order"
    ]["returns"]


async def offer(services: Services, *methods: PaymentMethod) -> None:
    """Until this process knows."""
    async with transaction(services.pool) as db:
        await terms_sql.save_payment_methods(db, methods, NOON)
        await db.execute("select pg_notify('shop_changed', '')")
    async with asyncio.timeout(30):
        while services.terms.terms.payment_methods != methods:  # noqa: ASYNC110 - it is on its way
            await asyncio.sleep(0.002)
