"""From a cart over GraphQL to the shop and back, with a worker beside: a guest who pays on the shop's page, and a company that pays on
delivery at a parcel locker."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from msgspec.structs import replace
from websockets.asyncio.client import connect

from api.graphql_socket import PROTOCOL
from simulators.woocommerce.catalogue import Catalogue, RecordedSource, recorded_catalogue
from simulators.woocommerce.order_changes import add_note, pay, update
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.ids import OrderId
from spoina.orders import outbox
from spoina.orders.types import OrderState
from tests.api.carts.buying import HOME, Buyer
from tests.api.carts.cart_shop import of
from tests.api.conftest import key_of
from tests.channels.woocommerce.orders.shopping import BOOK, JACKET, JACKETS_PARENT, in_shop
from tests.journeys.working import entrance, imported, soon, until, working  # noqa: F401
from tests.shop_server import ShopServer, served_shop

PUBLIC = "https://api.sklep.example"
FOLLOW = "subscription($id: ID!) { orderChanged(id: $id) { state paymentUrl name } }"
POINT = {"provider": "inpost", "code": "GDY12M", "name": "Paczkomat GDY12M"}
CONSENT = {"key": "terms", "text": "Akceptuję regulamin sklepu.", "given": True, "required": True, "version": "3"}


@pytest.mark.usefixtures("soon")
async def test_a_guest_and_a_company(pool: Pool, database: str, redis_url: str) -> None:
    async with (
        served_shop(small_catalogue()) as server,
        entrance(database, redis_url, replace(server.settings(), webhook_url=PUBLIC)) as address,
        working(server.settings(), database),
    ):
        await until(lambda: imported(pool), 60)
        async with httpx.AsyncClient(base_url=address, trust_env=False) as client:
            guest = Buyer(client, await key_of(pool, KeyKind.WEB))
            await until(lambda: knows(guest), 20)
            await pays_online(guest, server, pool, address)
            await pays_on_delivery(guest, server)
        assert await pool.fetchval("select count(*) from order_alert") == 0


def small_catalogue() -> Catalogue:
    """A book, and a jacket in its sizes."""
    known = recorded_catalogue(images=0)
    jackets = known.products.document(JACKETS_PARENT)
    sizes = [known.variations.document(of) for of in jackets["variations"]]
    return Catalogue(RecordedSource([known.products.document(BOOK), jackets]), RecordedSource(sizes), known.terms)


async def knows(guest: Buyer) -> bool:
    """Whether the API has the shop's goods and its ways of delivery and payment."""
    query = "query($id: ID!) { cart(id: $id) { paymentMethods { id } deliveryGroups(first: 1) { nodes { deliveryOptions { handle } } } } }"
    told = await guest.do("cartCreate", "cart { id } userErrors { code }", input=("CartInput", {"lines": [of(BOOK), of(JACKET)]}))
    if told["userErrors"]:
        return False
    cart = (await guest.ask(query, id=told["cart"]["id"]))["cart"]
    return bool(cart["paymentMethods"] and cart["deliveryGroups"]["nodes"][0]["deliveryOptions"])


async def pays_online(guest: Buyer, server: ShopServer, pool: Pool, address: str) -> None:
    await guest.fill(of(BOOK, 2), of(JACKET), note="Proszę dzwonić")
    cart = await guest.look()
    told = await guest.submit(version=cart["version"], totalAmount=cart["cost"]["totalAmount"]["amount"], consents=[CONSENT])
    order, leads_on = told["result"]["order"], told["result"]["redirectUrl"]
    assert leads_on.startswith(f"{PUBLIC}/orders/{number_of(order)}/pay?key=")
    assert (order["state"], order["paymentUrl"], order["totalPrice"]["amount"]) == ("PENDING_PAYMENT", None, total_of(cart))
    async with connect(f"{address.replace('http', 'ws', 1)}/graphql", subprotocols=[PROTOCOL], proxy=None) as line:
        await line.send(json.dumps({"type": "connection_init", "payload": guest.headers}))
        await line.recv()
        await line.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": FOLLOW, "variables": {"id": order["id"]}}}))
        told = await heard(line, lambda seen: seen["paymentUrl"] is not None)
        [there] = in_shop(server, number_of(order))
        assert (await guest.client.get(leads_on.removeprefix(PUBLIC))).headers["location"] == told["paymentUrl"]
        assert (told["state"], told["name"]) == ("PENDING_PAYMENT", f"#{there['number']}")
        assert told["paymentUrl"].endswith(f"/order-pay/{there['id']}/?pay_for_order=true&key={there['order_key']}")
        assert (there["total"], there["total_tax"], there["customer_note"]) == (total_of(cart), tax_of(cart), "Proszę dzwonić")
        consent = next(each["value"] for each in there["meta_data"] if each["key"] == "_spoina_consent_terms")
        assert (consent["given"], consent["text"]) == (True, CONSENT["text"])
        pay(server.shop, there["id"], "PAYU-1")
        assert (await heard(line, lambda seen: seen["state"] == "PROCESSING"))["paymentUrl"] is None
    add_note(server.shop, there, "Paczka 620000001", for_customer=True)
    update(server.shop, there["id"], {"status": "completed"})
    await outbox.hint(pool, [there["id"]], "webhook order.updated", utc_now())
    await until(lambda: is_told(guest, order["id"]), 40)
    seen = await guest.order(order["id"])
    assert (seen["financialStatus"], seen["fulfillmentStatus"], seen["state"]) == ("PAID", "FULFILLED", OrderState.COMPLETED.name)


async def pays_on_delivery(company: Buyer, server: ShopServer) -> None:
    identity = {"company": "Próba sp. z o.o.", "nip": "5260250995", "phone": "600100200"}
    await company.fill(of(BOOK), address=HOME, identity=identity)
    cart = await company.look()
    order = await company.buy(payment={"way": "ON_DELIVERY", "methodId": "cod"}, pickupPoint=POINT)
    await until(lambda: is_there(server, order))
    [there] = in_shop(server, number_of(order))
    meta = {each["key"]: each["value"] for each in there["meta_data"]}
    assert (there["status"], there["payment_method"], there["total"]) == ("processing", "cod", total_of(cart))
    assert (meta["_billing_nip"], meta["_paczkomat"], there["billing"]["company"]) == ("5260250995", "GDY12M", "Próba sp. z o.o.")
    assert order["financialStatus"] == "PENDING"


def number_of(order: dict[str, Any]) -> OrderId:
    return OrderId(order["id"].rpartition("/")[2].partition("?")[0])


def total_of(cart: dict[str, Any]) -> str:
    return cart["cost"]["totalAmount"]["amount"]


def tax_of(cart: dict[str, Any]) -> str:
    return cart["cost"]["totalTaxAmount"]["amount"]


async def heard(line, wanted) -> dict[str, Any]:
    async with asyncio.timeout(40):
        while True:
            told = json.loads(await line.recv())
            if told["type"] == "next" and wanted(seen := told["payload"]["data"]["orderChanged"]):
                return seen


async def is_there(server: ShopServer, order: dict[str, Any]) -> bool:
    return bool(in_shop(server, number_of(order)))


async def is_told(guest: Buyer, number: str) -> bool:
    seen = await guest.order(number)
    return seen["state"] == "COMPLETED" and [note["text"] for note in seen["notes"]] == ["Paczka 620000001"]
