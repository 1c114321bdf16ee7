"""What orders come to in the simulated shop, against what a WooCommerce 10.5 made of the same requests: coupons, shipping, fees, taxes."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.woocommerce.replaying import FULL_KEY, Moment, Receiver, basic, client_of, shop_as_recorded

RECORDED = json.loads((Path(__file__).parent / "recorded_orders" / "arithmetic.json").read_text())
KRAKOW = {"country": "PL", "first_name": "Jan", "postcode": "30-001", "city": "Kraków", "address_1": "x"}
PRAGUE = {**KRAKOW, "country": "CZ", "postcode": "110 00", "city": "Praha"}
METHODS = {"AR taxed": "taxable", "AR untaxed": "none"}
ROUTE = "/wp-json/wc/v3"


class Recorder:
    """The shop that the orders were recorded in: its rates, goods, coupons and ways of delivery. Requests name these instead of numbers."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._goods: dict[str, int] = {}
        self._methods: dict[str, str] = {}

    async def send(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.ask(method, path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"x-forwarded-proto": "https", "authorization": basic(FULL_KEY)}
        return await self._client.request(method, f"{ROUTE}/{path}", json=body, headers=headers)

    async def stock_up(self) -> None:
        await self.send("POST", "taxes", {"country": "PL", "rate": "0.0000", "name": "VAT 0%", "class": "zero-rate", "shipping": True})
        for rate in await self.send("GET", "taxes"):
            if rate["class"] == "reduced-rate":
                await self.send("PUT", f"taxes/{rate['id']}", {"shipping": True})
        for product in RECORDED["products"]:
            made = await self.send("POST", "products", {**product, "name": product["sku"]})
            self._goods[product["sku"]] = made["id"]
        for coupon in RECORDED["coupons"]:
            await self.send("POST", "coupons", coupon)
        zone = next(zone["id"] for zone in await self.send("GET", "shipping/zones") if zone["id"])
        for title, status in METHODS.items():
            settings = {"title": title, "tax_status": status}
            made = await self.send("POST", f"shipping/zones/{zone}/methods", {"method_id": "flat_rate", "settings": settings})
            self._methods[title] = str(made["instance_id"])

    def with_numbers(self, named: Any) -> Any:
        if isinstance(named, list):
            return [self.with_numbers(one) for one in named]
        if not isinstance(named, dict):
            return named
        known = {name: self.with_numbers(value) for name, value in named.items() if name not in ("sku_", "method_")}
        known |= {"product_id": self._goods[named["sku_"]]} if "sku_" in named else {}
        return known | ({"instance_id": self._methods[named["method_"]]} if "method_" in named else {})


@pytest.fixture(scope="module")
async def recorder() -> AsyncIterator[Recorder]:
    async with client_of(shop_as_recorded(Moment()), Receiver()) as client:
        recorder = Recorder(client)
        await recorder.stock_up()
        yield recorder


def like(shown: Any, recorded: Any) -> Any:
    """Of what is shown no more than what was recorded."""
    if isinstance(recorded, list):
        return [like(one, other) for one, other in zip(shown, recorded, strict=True)]
    return {name: like(shown[name], value) for name, value in recorded.items()} if isinstance(recorded, dict) else shown


@pytest.mark.parametrize("exchange", RECORDED["orders"], ids=lambda exchange: exchange["note"])
async def test_an_order_comes_to_what_was_recorded(exchange: dict[str, Any], recorder: Recorder) -> None:
    place = PRAGUE if exchange.get("abroad") else KRAKOW
    order = await recorder.send("POST", "orders", {"billing": place, "shipping": place, **recorder.with_numbers(exchange["request"])})
    if "then" in exchange:
        lines = zip(order["line_items"], exchange["then"], strict=True)
        order = await recorder.send(
            "PUT", f"orders/{order['id']}", {"line_items": [{"id": line["id"], "total": total} for line, total in lines]}
        )
    assert like(order, exchange["answer"]) == exchange["answer"]


@pytest.mark.parametrize("exchange", RECORDED["refused"], ids=lambda exchange: exchange["note"])
async def test_what_is_refused_is_refused_in_the_same_words(exchange: dict[str, Any], recorder: Recorder) -> None:
    answer = await recorder.ask("POST", "orders", recorder.with_numbers(exchange["request"]))
    told = answer.json()
    assert (answer.status_code, told["code"], told["message"]) == (exchange["status"], exchange["code"], exchange["message"])


@pytest.mark.parametrize("exchange", RECORDED["paid"], ids=lambda exchange: exchange["payment_method"] or "none")
async def test_what_becomes_of_an_order_that_is_said_to_be_paid(exchange: dict[str, Any], recorder: Recorder) -> None:
    body = {"payment_method": exchange["payment_method"], "set_paid": True, "line_items": [{"sku_": "AR-1", "quantity": 1}]}
    order = await recorder.send("POST", "orders", recorder.with_numbers(body))
    assert order["status"] == exchange["status"]
