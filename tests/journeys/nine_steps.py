"""A shop in nine steps, by HTTP alone and with no account anywhere, against a demo that runs: `python -m tests.journeys.nine_steps
.spoina/demo.json`. Each step prints what it saw; the first that does not hold ends it."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import msgspec

from channels.woocommerce.client import WooCommerceClient
from spoina.settings import WooCommerceSettings

SKU, PRICE, NET = "EL-0002", 63800, 51870
LONGEST_WAIT = 60.0
"""Seconds: of a demo that has only just begun, the worker still makes the search index, webhooks and feeds."""
CREATE = "mutation($i: CartInput!) { cartCreate(input: $i) { cart { id cost { totalAmount { amount } } discountCodes { applicable } } } }"
OFFER = "mutation($c: ID!) { cartHandoffCreate(cartId: $c) { handoff { code } } }"
SUBMIT = """mutation($c: ID!, $t: String!) { cartSubmitForCompletion(cartId: $c, attemptToken: $t) {
  result { ... on SubmitSuccess { order { id } } } } }"""
HOME = {"lastName": "Próbny", "address1": "ul. Cicha 1", "city": "Gdynia", "zip": "81-001", "countryCode": "PL"}


class Walk:
    """Of a customer, a till and a crawler."""

    def __init__(self, demo: dict[str, Any], client: httpx.AsyncClient) -> None:
        self._demo, self._client = demo, client
        self.cart = self.order = ""

    async def steps(self) -> AsyncIterator[str]:
        for step in (self.search, self.list, self.fill, self.hand_over, self.sell, self.buy, self.pay, self.crawl, self.audit):
            began = time.perf_counter()
            seen = await step()
            yield f"{step.__name__:<10} {(time.perf_counter() - began) * 1000:6.0f} ms  {seen}"

    async def search(self) -> str:
        await self._until(self._finds)
        return "kurtką finds kurtka"

    async def _finds(self) -> bool:
        found = (await self._ask('{ search(query: "kurtką", first: 1) { nodes { ... on Product { title } } } }'))["search"]["nodes"]
        return [each["title"].startswith("Kurtka") for each in found] == [True]

    async def list(self) -> str:
        """A demo that has just begun lists without filters until its search index is built."""
        await self._until(self._has_filters)
        products = await self._listed()
        assert len(products["nodes"]) == 24
        return f"24 products, {len(products['filters'])} filters"

    async def _has_filters(self) -> bool:
        return len((await self._listed())["filters"]) > 4

    async def _listed(self) -> Any:
        asked = '{ collection(handle: "odziez") { products(first: 24) { nodes { id } filters { label } } } }'
        return (await self._ask(asked))["collection"]["products"]

    async def fill(self) -> str:
        product = (await self._till("GET", f"products?code={SKU}"))["products"][0]
        lines = [{"merchandiseId": f"gid://spoina/ProductVariant/{product['variant']['id']}", "quantity": 1}]
        delivery = {"addresses": [{"address": {"deliveryAddress": HOME}, "selected": True}]}
        given = {"lines": lines, "buyerIdentity": {"email": "jan@example.test"}, "delivery": delivery, "discountCodes": ["witaj10"]}
        cart = (await self._ask(CREATE, i=given))["cartCreate"]["cart"]
        self.cart = cart["id"]
        assert [code["applicable"] for code in cart["discountCodes"]] == [True]
        return f"{cart['cost']['totalAmount']['amount']} with witaj10"

    async def hand_over(self) -> str:
        code = (await self._ask(OFFER, c=self.cart))["cartHandoffCreate"]["handoff"]["code"]
        claimed = await self._till("POST", "carts/claim", {"code": code})
        again = await self._client.post("/v1/pos/carts/claim", json={"code": code}, headers=self._key("till"))
        assert (len(claimed["lines"]), again.status_code) == (1, 409)
        return f"the till has the cart by {code}, once"

    async def sell(self) -> str:
        """A queue of one sale that was made offline, sent twice."""
        before = await self._left()
        queue = {"sales": [sale()]}
        for _ in range(2):
            assert [each["status"] for each in (await self._till("POST", "sales/batch", queue))["results"]] == ["recorded"]
        await self._until(lambda: self._has_left(before - 1))
        return f"{before} left became {before - 1}"

    async def buy(self) -> str:
        first, again = [await self._ask(SUBMIT, c=self.cart, t="once") for _ in range(2)]
        assert first == again
        self.order = first["cartSubmitForCompletion"]["result"]["order"]["id"]
        return self.order.partition("?")[0]

    async def pay(self) -> str:
        """In the shop, whose webhook tells of it."""
        await self._until(lambda: self._is("paymentUrl", None, equal=False))
        name = (await self._order())["name"]
        shop = WooCommerceSettings(url=self._demo["shop"], key=self._demo["shop_key"], secret=self._demo["shop_secret"])
        async with WooCommerceClient(shop) as client:
            await client.put(f"orders/{name.removeprefix('#')}", {"status": "processing"}, msgspec.Raw)
        await self._until(lambda: self._is("state", "PROCESSING"))
        return f"the shop's {name} is paid, and known to be"

    async def crawl(self) -> str:
        address = next(each for each in self._demo["feeds"] if each.endswith("google-pl.xml"))
        await self._until(lambda: self._serves(address))
        feed = await self._client.get(address)
        told = (await self._client.get(f"/v1/feeds/google-pl/explain/{SKU}", headers=self._key("staff"))).json()
        assert f"<g:id>{SKU}</g:id>" in feed.text
        asked = 'query($s: String!) { feedItem(feed: "google-pl", sku: $s) { included written } }'
        in_graphql = (await self._ask(asked, key="staff", s=SKU))["feedItem"]
        assert in_graphql == {"included": True, "written": told["written"]}
        return f"{feed.text.count('<item>')} items, {SKU} explained"

    async def _serves(self, address: str) -> bool:
        return (await self._client.get(address)).status_code == 200

    async def audit(self) -> str:
        kept = (await self._client.get("/health/invariants")).raise_for_status().json()
        assert {each["violations"] for each in kept} == {0}
        return f"{len(kept)} invariants hold"

    async def _ask(self, query: str, *, key: str = "web", **variables: object) -> Any:
        answer = await self._client.post("/graphql", json={"query": query, "variables": variables}, headers=self._key(key))
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    async def _till(self, method: str, path: str, body: object = None) -> Any:
        answer = await self._client.request(method, f"/v1/pos/{path}", json=body, headers=self._key("till"))
        return answer.raise_for_status().json()

    def _key(self, name: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self._demo['keys'][name]}"}

    async def _left(self) -> int:
        return int((await self._till("GET", f"products?code={SKU}"))["products"][0]["here"]["available"])

    async def _has_left(self, units: int) -> bool:
        return await self._left() == units

    async def _order(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self._ask("query($o: ID!) { order(id: $o) { name state paymentUrl } }", o=self.order))["order"]
        return found

    async def _is(self, field: str, value: object, *, equal: bool = True) -> bool:
        return ((await self._order())[field] == value) is equal

    async def _until(self, condition: Any) -> None:
        async with asyncio.timeout(LONGEST_WAIT):
            while not await condition():  # noqa: ASYNC110
                await asyncio.sleep(0.05)


def sale() -> dict[str, object]:
    line = {"title": "Wiertarka", "sku": SKU, "quantity": 1, "unitPrice": PRICE, "letter": "A", "rate": 2300}
    tax = {"net": NET, "vat": PRICE - NET, "gross": PRICE}
    return {
        "id": str(uuid4()),
        "sequence": int(time.time()) % 1_000_000,
        "occurredAt": datetime.now(UTC).isoformat(),
        "cashier": "Anna",
        "lines": [line | tax],
        "vatLines": [{"letter": "A", "rate": 2300, **tax}],
        "total": PRICE,
        "payments": [{"method": "cash", "amount": PRICE, "tendered": PRICE, "change": 0}],
        "fiscal": {"required": False, "status": "not_required"},
    }


async def walk(demo: dict[str, Any]) -> list[str]:
    """What each step saw. Raises at the first that does not hold."""
    async with httpx.AsyncClient(base_url=demo["api"], trust_env=False, timeout=30) as client:
        return [seen async for seen in Walk(demo, client).steps()]


if __name__ == "__main__":
    print("\n".join(asyncio.run(walk(msgspec.json.decode(Path(sys.argv[1]).read_bytes())))))
