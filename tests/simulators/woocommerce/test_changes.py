"""What a write changes beside the field it names: prices, stock, dates, the parent, and sales by date."""

import json

import httpx
import pytest

from simulators.woocommerce.shop import Shop
from tests.simulators.woocommerce.conftest import Hands, Receiver


async def product(api: httpx.AsyncClient, of: int) -> dict[str, object]:
    answer: dict[str, object] = (await api.get(f"/products/{of}")).json()
    return answer


@pytest.mark.parametrize(
    ("case", "body", "expected"),
    [
        ("a comma", {"regular_price": "12,50"}, {"price": "12.50", "purchasable": True}),
        ("nonsense", {"regular_price": "abc"}, {"price": "", "purchasable": False}),
        ("a sale", {"regular_price": "10", "sale_price": "8"}, {"price": "8", "on_sale": True}),
        ("no sale: dearer", {"regular_price": "10", "sale_price": "12"}, {"price": "10", "on_sale": False}),
        ("none left", {"manage_stock": True, "stock_quantity": 0}, {"stock_status": "outofstock"}),
        (
            "none left but more to come",
            {"manage_stock": True, "stock_quantity": -2, "backorders": "notify"},
            {"stock_status": "onbackorder", "backordered": True, "backorders_allowed": True},
        ),
        (
            "stock no longer counted",
            {"manage_stock": False, "stock_status": "outofstock"},
            {"stock_quantity": None, "stock_status": "outofstock"},
        ),
        ("an ampersand", {"name": "Igła & nić"}, {"name": "Igła &amp; nić"}),
        ("plain text", {"description": "Mocna nić."}, {"description": "<p>Mocna nić.</p>\n"}),
        ("a code of letters", {"global_unique_id": "ABC"}, {"global_unique_id": "5905669764803"}),
        ("null means nothing", {"name": None}, {"sku": "EL-0002"}),
    ],
)
async def test_a_product_after(case: str, body: object, expected: dict[str, object], api: httpx.AsyncClient) -> None:
    assert (await api.put("/products/11", json=body)).status_code == 200
    after = await product(api, 11)
    assert {name: after[name] for name in expected} == expected


async def test_a_variation_moves_its_parent(api: httpx.AsyncClient, clock: Hands) -> None:
    await api.put("/products/248/variations/347", json={"regular_price": "1.50", "stock_quantity": 3})
    parent, other = await product(api, 248), (await api.get("/products/248/variations/346")).json()
    now = clock.now.strftime("%Y-%m-%dT%H:%M:%S")
    assert (parent["price"], parent["date_modified_gmt"]) == ("1.50", now)
    assert other["date_modified_gmt"] < now


async def test_a_parent_without_anything_left_is_out_of_stock(api: httpx.AsyncClient) -> None:
    ids = (await product(api, 248))["variations"]
    updates = [{"id": of, "stock_quantity": 0, "backorders": "no"} for of in ids]
    await api.post("/products/248/variations/batch", json={"update": updates})
    assert (await product(api, 248))["stock_status"] == "outofstock"


async def test_a_shared_stock_shows_in_every_variation_and_moves_only_the_parent(api: httpx.AsyncClient) -> None:
    before = (await api.get("/products/245/variations/319")).json()
    await api.put("/products/245", json={"stock_quantity": 5})
    after = (await api.get("/products/245/variations/319")).json()
    assert (after["manage_stock"], after["stock_quantity"]) == ("parent", 5)
    assert after["date_modified_gmt"] == before["date_modified_gmt"]


async def test_a_back_dated_product_hides_from_the_watermark(api: httpx.AsyncClient) -> None:
    created = (await api.post("/products", json={"name": "Stary", "date_created_gmt": "2020-05-05T10:00:00"})).json()
    assert created["date_modified_gmt"] == "2020-05-05T10:00:00"
    assert created["date_created"] == "2020-05-05T12:00:00"


async def test_every_kind_of_product_can_be_made(api: httpx.AsyncClient) -> None:
    body = {"type": "variable", "attributes": [{"id": 2, "variation": True, "options": ["czarny", "Rdza"]}]}
    parent = (await api.post("/products", json={"name": "Szalik", **body})).json()
    path = f"/products/{parent['id']}/variations"
    made = (await api.post(path, json={"regular_price": "9", "attributes": [{"id": 2, "option": "czarny"}]})).json()
    after = await product(api, parent["id"])
    assert (made["name"], made["attributes"][0]["option"]) == ("Czarny", "Czarny")
    assert made["permalink"].endswith("/product/szalik/?attribute_pa_kolor=czarny")
    assert (after["variations"], after["price"], after["attributes"][0]["options"]) == ([made["id"]], "9", ["Czarny", "Rdza"])


async def test_a_simple_sale_begins_late_in_the_price_and_on_time_in_the_flag(
    api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver
) -> None:
    sale = {"date_on_sale_from_gmt": "2026-11-22T09:01:00", "date_on_sale_to_gmt": "2026-11-22T09:02:00"}
    await api.put("/products/218", json={"regular_price": "100.00", "sale_price": "80.00", **sale})
    await api.post("/webhooks", json={"topic": "product.updated", "delivery_url": "http://127.0.0.1:9/", "secret": "s"})
    seen = []
    clock.now = clock.now.replace(minute=1)
    for ran in (False, True):
        if ran:
            await shop.run_queue(receiver)
        after = await product(api, 218)
        seen.append((after["price"], after["on_sale"]))
    assert seen == [("100.00", True), ("80", True)]
    receiver.received.clear()
    clock.forward(seconds=1)
    await shop.run_queue(receiver)
    [(_, headers, body)] = receiver.received
    assert (headers["X-WC-Webhook-Topic"], json.loads(body)["price"]) == ("product.updated", "80")


async def test_a_variation_s_sale_shows_at_once_and_its_parent_waits_for_midnight(
    api: httpx.AsyncClient, shop: Shop, clock: Hands, receiver: Receiver
) -> None:
    sale = {"sale_price": "1.00", "date_on_sale_from_gmt": "2026-11-22T09:01:00"}
    await api.put("/products/248/variations/347", json=sale)
    before = await product(api, 248)
    clock.forward(minutes=2)
    await shop.run_queue(receiver)
    own, parent = (await api.get("/products/248/variations/347")).json(), await product(api, 248)
    assert (own["price"], own["on_sale"], parent["price"]) == ("1.00", True, before["price"])
    clock.forward(hours=14)
    await shop.run_queue(receiver)
    assert (await product(api, 248))["price"] == "1"


async def test_a_product_of_the_trash_comes_back_by_its_status(api: httpx.AsyncClient) -> None:
    await api.delete("/products/218")
    trashed = await product(api, 218)
    again = await api.delete("/products/218")
    await api.put("/products/218", json={"status": "publish"})
    restored = await product(api, 218)
    assert (trashed["status"], trashed["slug"]) == ("trash", "szyjemy-plecak-ola-dab__trashed")
    assert (again.status_code, again.json()["code"]) == (410, "woocommerce_rest_already_trashed")
    assert (restored["status"], restored["slug"]) == ("publish", "szyjemy-plecak-ola-dab")


async def test_terms_come_and_go(api: httpx.AsyncClient) -> None:
    created = (await api.post("/products/categories", json={"name": "Świece & lampiony", "parent": 49})).json()
    twin = await api.post("/products/categories", json={"name": "Świece & lampiony", "parent": 49})
    listed = (await api.get("/products/categories", params={"parent": "49", "per_page": 100})).json()
    gone = await api.delete(f"/products/categories/{created['id']}", params={"force": "true"})
    missing = await api.get(f"/products/categories/{created['id']}")
    assert (created["name"], created["slug"]) == ("Świece &amp; lampiony", "swiece-lampiony")
    assert (twin.status_code, twin.json()["code"]) == (400, "term_exists")
    assert created["id"] in [term["id"] for term in listed]
    assert (gone.status_code, missing.status_code) == (200, 404)
