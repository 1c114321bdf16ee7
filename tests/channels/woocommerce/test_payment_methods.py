"""The shop's payment methods, mirrored with its terms."""

import msgspec
import pytest

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.payment_methods import read_payment_methods
from spoina.sync.types import Quarantined
from spoina.terms.types import PaymentMethod
from tests.shop_server import ShopServer, served_shop


@pytest.fixture
async def shop():
    async with served_shop() as server:
        yield server


async def read(shop: ShopServer, refused: list[Quarantined] | None = None) -> list[PaymentMethod] | None:
    async with WooCommerceClient(shop.settings()) as client:
        return await read_payment_methods(client, [] if refused is None else refused)


def change(shop: ShopServer, method: str, **fields: object) -> None:
    shop.shop.conditions.gateways = [{**each, **fields} if each["id"] == method else each for each in shop.shop.conditions.gateways]


async def test_those_that_are_switched_on_in_the_shops_order(shop: ShopServer) -> None:
    change(shop, "cheque", enabled=False)
    change(shop, "bacs", title="Przelew &amp; spokój")
    assert [(each.id, each.title, each.rates) for each in await read(shop) or ()] == [
        ("bacs", "Przelew & spokój", ()),
        ("cod", "Za pobraniem", ()),
    ]


@pytest.mark.parametrize(
    ("case", "value", "rates"),
    [
        ("two ways", ["flat_rate:2", "local_pickup"], ("flat_rate:2", "local_pickup")),
        ("none was chosen", "", ()),
        ("an empty list", [], ()),
        ("what a plugin left there", {"a": 1}, ()),
    ],
)
async def test_payment_on_delivery_is_bound_to_ways_of_delivery(shop: ShopServer, case, value, rates) -> None:
    change(shop, "cod", settings={"enable_for_methods": {"id": "enable_for_methods", "value": value}})
    assert [each.rates for each in await read(shop) or () if each.id == "cod"] == [rates], case


async def test_what_cannot_be_read_is_told_and_the_rest_is_taken(shop: ShopServer) -> None:
    change(shop, "cheque", id=7)
    refused: list[Quarantined] = []
    assert [each.id for each in await read(shop, refused) or ()] == ["bacs", "cod"]
    assert [(each.kind, msgspec.json.decode(each.body)["title"]) for each in refused] == [("payment method", "Czek")]
