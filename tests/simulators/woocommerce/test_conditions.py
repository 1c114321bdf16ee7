"""Coupons, taxes, zones and settings can be changed over REST; only coupons tell anybody. Each recorded configuration is served as such."""

import json

import httpx
import pytest

from simulators.woocommerce.app import create_app
from simulators.woocommerce.configurations import LETTERS, configuration, configured_catalogue, configured_conditions, configured_shop
from simulators.woocommerce.shop import Shop, create_shop
from tests.serving import serving
from tests.simulators.woocommerce.conftest import Hands, Receiver, connected

TOPICS = ("coupon.created", "coupon.updated", "coupon.deleted", "product.deleted")


async def delivered(shop: Shop, clock: Hands, receiver: Receiver) -> list[tuple[str, object]]:
    receiver.received.clear()
    clock.forward(seconds=2)
    await shop.run_queue(receiver)
    return [(headers["X-WC-Webhook-Topic"], json.loads(body).get("amount")) for _, headers, body in receiver.received]


async def test_a_coupons_life(api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver) -> None:
    for topic in TOPICS:
        await api.post("/webhooks", json={"topic": topic, "delivery_url": "http://127.0.0.1:9/hook"})
    body = {"code": " Zima10 ", "amount": "10", "discount_type": "percent", "date_expires": "2026-12-31", "minimum_amount": "99,5"}
    created = (await api.post("/coupons", json=body)).json()
    number = created["id"]
    shown = {field: created[field] for field in ("code", "amount", "minimum_amount", "date_expires_gmt", "usage_limit", "status")}
    assert shown == {
        "code": "zima10",
        "amount": "10.00",
        "minimum_amount": "99.50",
        "date_expires_gmt": "2026-12-30T23:00:00",
        "usage_limit": None,
        "status": "publish",
    }
    assert await delivered(shop, clock, receiver) == [("coupon.created", "10.00")]
    assert (await api.post("/coupons", json={"code": "ZIMA10"})).json()["code"] == "woocommerce_rest_coupon_code_already_exists"
    await api.put(f"/coupons/{number}", json={"amount": "12.5", "date_expires": ""})
    assert await delivered(shop, clock, receiver) == [("coupon.updated", "12.50")]
    assert (await api.get(f"/coupons/{number}")).json()["date_expires"] is None
    await api.delete(f"/coupons/{number}")
    assert await delivered(shop, clock, receiver) == [("coupon.deleted", None), ("product.deleted", None)]
    assert (await api.get(f"/coupons/{number}")).json()["status"] == "trash"
    assert (await api.get("/coupons", params={"code": "zima10"})).json() == []
    await api.delete(f"/coupons/{number}", params={"force": "true"})
    assert (await api.get(f"/coupons/{number}")).json()["code"] == "woocommerce_rest_shop_coupon_invalid_id"
    assert await delivered(shop, clock, receiver) == []


async def test_coupons_by_number_and_by_the_last_change(api: httpx.AsyncClient, clock: Hands) -> None:
    assert [each["id"] for each in (await api.get("/coupons", params={"include": "876,881,5"})).json()] == [881, 876]
    clock.forward(hours=1)
    await api.put("/coupons/876", json={"amount": "31.00"})
    window = {"modified_after": "2026-11-22T09:30:00", "dates_are_gmt": "true", "orderby": "modified", "order": "asc"}
    assert [each["id"] for each in (await api.get("/coupons", params=window)).json()] == [876]


async def test_a_rate_of_tax(api: httpx.AsyncClient) -> None:
    created = (await api.post("/taxes", json={"country": "DE", "rate": "7", "class": "reduced-rate", "cities": ["Berlin"]})).json()
    assert (created["id"], created["rate"], created["city"], created["cities"]) == (5, "7.0000", "BERLIN", ["BERLIN"])
    changed = (await api.put("/taxes/5", json={"postcode": "10*;11*"})).json()
    assert (changed["postcodes"], changed["postcode"]) == (["10*", "11*"], "10*")
    assert (await api.delete("/taxes/5", params={"force": "true"})).status_code == 200
    assert (await api.get("/taxes/5")).json()["code"] == "woocommerce_rest_invalid_id"
    assert (await api.post("/taxes/classes", json={"name": "Książki"})).json() == {"slug": "ksiazki", "name": "Książki"}
    assert [each["slug"] for each in (await api.get("/taxes/classes")).json()][-1] == "ksiazki"
    assert (await api.delete("/taxes/classes/ksiazki", params={"force": "true"})).status_code == 200


async def test_a_zone(api: httpx.AsyncClient) -> None:
    zone = (await api.post("/shipping/zones", json={"name": "Czechy", "order": 0})).json()["id"]
    assert [each["id"] for each in (await api.get("/shipping/zones")).json()] == [0, zone, 1]
    places = [{"code": "CZ", "type": "country"}, {"code": "1*", "type": "postcode"}, {"code": "x", "type": "planet"}]
    await api.put(f"/shipping/zones/{zone}/locations", json=places)
    found = (await api.get(f"/shipping/zones/{zone}/locations")).json()
    assert [(each["code"], each["type"]) for each in found] == [("CZ", "country"), ("1*", "postcode")]
    body = {"method_id": "flat_rate", "settings": {"title": "PPL", "cost": "12.30", "class_cost_17": "5"}}
    method = (await api.post(f"/shipping/zones/{zone}/methods", json=body)).json()
    path = f"/shipping/zones/{zone}/methods/{method['instance_id']}"
    changed = (await api.put(path, json={"enabled": False, "settings": {"cost": "9"}})).json()
    costs = {name: changed["settings"][name]["value"] for name in ("cost", "class_cost_16", "class_cost_17", "type")}
    assert (changed["title"], changed["enabled"], costs) == (
        "PPL",
        False,
        {"cost": "9", "class_cost_16": "", "class_cost_17": "5", "type": "class"},
    )
    assert (await api.delete(path, params={"force": "true"})).status_code == 200
    assert (await api.get(path)).json()["code"] == "woocommerce_rest_shipping_zone_method_invalid"
    assert (await api.delete(f"/shipping/zones/{zone}", params={"force": "true"})).status_code == 200
    assert (await api.put("/shipping/zones/0", json={"name": "Nigdzie"})).status_code == 403


async def test_a_setting(api: httpx.AsyncClient) -> None:
    path = "/settings/tax/woocommerce_prices_include_tax"
    assert (await api.put(path, json={"value": "no"})).json()["value"] == "no"
    assert (await api.get(path)).json()["value"] == "no"
    refused = await api.put("/settings/general/woocommerce_calc_taxes", json={"value": "perhaps"})
    assert (refused.status_code, refused.json()["code"]) == (400, "rest_invalid_param")
    assert (await api.get("/settings/nothing")).status_code == 404


async def test_conditions_are_kept_over_a_restart(tmp_path, clock: Hands, receiver: Receiver) -> None:
    state = tmp_path / "state.json"
    async with serving(create_app(create_shop(clock=clock), receiver, state), lifespan="on") as address, connected(address) as api:
        await api.post("/coupons", json={"code": "nowy"})
    again = create_shop(clock=clock)
    async with serving(create_app(again, receiver, state), lifespan="on") as address, connected(address) as api:
        assert [each["code"] for each in (await api.get("/coupons", params={"code": "nowy"})).json()] == ["nowy"]


@pytest.mark.parametrize("letter", LETTERS)
async def test_a_configuration_is_served_as_it_was_recorded(letter: str, clock: Hands, receiver: Receiver) -> None:
    recorded = configuration(letter)
    conditions = configured_conditions(letter)
    assert [{field: each[field] for field in recorded["taxes"][0]} for each in conditions.taxes] == recorded["taxes"]
    values = {row["id"]: row["value"] for rows in conditions.settings.values() for row in rows}
    for group in ("general", "tax", "products", "shipping"):
        assert {name: values.get(name, "missing") for name in recorded["settings"][group]} == recorded["settings"][group], group
    for zone, shown in zip(recorded["shipping_zones"], conditions.zones, strict=True):
        assert (shown["id"], shown["order"], shown["locations"]) == (zone["id"], zone["order"], zone["locations"])
        for method, served in zip(zone["methods"], shown["methods"], strict=True):
            assert {name: served["settings"][name]["value"] for name in method["settings"]} == method["settings"]


async def test_products_of_a_configuration_have_the_shape_of_a_shops(clock: Hands, receiver: Receiver) -> None:
    shop = create_shop(configured_catalogue(), clock=clock, conditions=configured_conditions("a"))
    fields = set(create_shop(clock=clock).products.get(10) or {})
    async with serving(create_app(shop, receiver), lifespan="on") as address, connected(address) as api:
        listed = [each for page in range(1, 5) for each in (await api.get("/products", params={"per_page": 100, "page": page})).json()]
    assert (len(listed), {frozenset(each) for each in listed}) == (324, {frozenset(fields | {"_links"})})
    recorded = {each["id"]: each for each in configured_shop()["products"]}
    assert {each["id"]: each["price"] for each in listed} == {of: each["price"] for of, each in recorded.items()}
    assert [[category["id"] for category in each["categories"]] for each in listed] == [
        recorded[each["id"]]["categories"] for each in listed
    ]
    assert len(shop.variations) == 557
