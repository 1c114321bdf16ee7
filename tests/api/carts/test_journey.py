"""One cart on a web page, a phone and a till, as a shopper walks: all see the same, live, and in the end it is sold."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from api.services import Services
from spoina.access.types import KeyKind
from spoina.pos.rules import vat_within
from tests.api.carts.cart_shop import MUG, PLATE, Shopper, of
from tests.api.carts.test_live import streaming
from tests.api.conftest import key_of


@pytest.fixture
async def till(shop: Services, cart_client: httpx.AsyncClient) -> Shopper:
    await shop.pool.execute(
        "insert into location (id, code, name, owner, pickup_enabled) overriding system value"
        " values (10, 'krakow', 'Kraków', 'spoina', true) on conflict do nothing"
    )
    staff = await key_of(shop.pool, KeyKind.STAFF)
    asked = {"name": "Kasa", "location": 10, "register": f"KASA-{uuid4().hex[:8]}"}
    made = (await cart_client.post("/v1/pos/terminals", json=asked, headers=staff)).json()
    return Shopper(cart_client, {"authorization": f"Bearer {made['key']}"})


def receipt_of(cart: dict) -> dict:
    """What the till prints of the lines that it was told."""
    names = ("variantId", "title", "quantity", "unitPrice", "discount", "gross", "net", "vat", "letter", "rate")
    total, now = cart["total"], datetime.now(UTC).isoformat()
    vat = vat_within(total, 2300)
    return {
        "id": str(uuid4()),
        "sequence": 1,
        "occurredAt": now,
        "cashier": "Ola",
        "lines": [{name: line[name] for name in names} for line in cart["lines"]],
        "total": total,
        "vatLines": [{"letter": "A", "rate": 2300, "net": total - vat, "vat": vat, "gross": total}],
        "payments": [{"method": "card", "amount": total}],
        "fiscal": {"required": True, "status": "pending"},
    }


async def test_a_cart_is_filled_on_the_web_and_the_phone_and_sold_at_the_till(web, app, till, shop) -> None:
    made = await web.create(lines=[of(MUG)])
    code = (await web.do("cartHandoffCreate", "handoff { code }", cartId=("ID!", made["id"])))["handoff"]["code"]
    app.cart = (await app.do("cartHandoffClaim", code=("String!", code)))["cart"]["id"]
    async with streaming(web, made["id"]) as page, streaming(app, app.cart) as phone:
        await asyncio.gather(page.next(), phone.next())
        await asyncio.gather(*(shopper.add(of(number)) for shopper, number in ((web, MUG), (app, PLATE), (web, PLATE), (app, MUG))))
        await app.change("cartDiscountCodesUpdate", discountCodes=("[String!]", ["ten"]))
        newest = (await web.look())["version"]
        seen = [await until(events, newest) for events in (page, phone)]
        assert [each["totalQuantity"] for each in seen] == [5, 5]
        assert seen[0]["cost"] == seen[1]["cost"]

        handoff = (await app.do("cartHandoffCreate", "handoff { url }", cartId=("ID!", app.cart)))["handoff"]
        cart = (await till.client.post("/v1/pos/carts/claim", json={"code": handoff["url"]}, headers=till.headers)).json()
        assert [(line["quantity"], line["discount"], line["gross"]) for line in cart["lines"]] == [(3, 600, 5400), (2, 2000, 17998)]
        document = receipt_of(cart)
        sold = await till.client.post(
            f"/v1/pos/carts/{cart['id']}/sale",
            json=document,
            headers={**till.headers, "cart-key": cart["key"], "idempotency-key": document["id"]},
        )
        assert (sold.status_code, sold.json()["differences"]) == (201, [])
        for events in (page, phone):
            with pytest.raises(StopAsyncIteration):
                await until(events, newest + 100)
    assert await web.look() is None
    assert (await web.add(of(MUG)))["userErrors"][0]["code"] == "CART_ORDERED"


async def until(events, version: int) -> dict:
    while True:
        told = await events.next()
        if told.kind == "cart" and int(told.number) >= version:
            return told.data
