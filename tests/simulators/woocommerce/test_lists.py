"""Paging, ties, bounds and filters, on the recorded shop and on generated ones."""

import json
from collections.abc import Callable

import httpx
import pytest

from simulators.woocommerce.app import create_app
from simulators.woocommerce.generator import ean13
from simulators.woocommerce.shop import Shop
from tests.simulators.woocommerce.conftest import Hands, connected


async def pages(client: httpx.AsyncClient, path: str, per_page: int, **query: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    while True:
        page = len(rows) // per_page + 1
        answer = await client.get(path, params={**query, "per_page": per_page, "page": page})
        rows += answer.json()
        if page >= int(answer.headers["x-wp-totalpages"]):
            return rows


def asgi(shop: Shop) -> httpx.AsyncClient:
    return connected("http://127.0.0.1:8081", httpx.ASGITransport(create_app(shop)))


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("orderby", ["id", "date", "modified", "title"])
async def test_pages_of_any_size_give_the_same_list(api: httpx.AsyncClient, orderby: str, order: str) -> None:
    query = {"orderby": orderby, "order": order, "_fields": "id"}
    assert await pages(api, "/products", 7, **query) == await pages(api, "/products", 100, **query)


async def test_ties_of_modified_are_broken_by_id(api: httpx.AsyncClient) -> None:
    rows = await pages(api, "/products", 100, orderby="modified", order="asc", _fields="id,date_modified_gmt")
    keys = [(row["date_modified_gmt"], row["id"]) for row in rows]
    assert len({stamp for stamp, _ in keys}) < len(keys) == 296
    assert keys == sorted(keys)


async def test_the_whole_catalogue_is_there(api: httpx.AsyncClient) -> None:
    products = await pages(api, "/products", 100)
    variations = {row["id"]: row["parent_id"] for row in await pages(api, "/variations", 100)}
    promised = {of: product["id"] for product in products for of in product["variations"]}
    assert (len(products), len(variations), promised) == (296, 557, variations)
    assert all(product["images"] for product in products)


async def test_each_parent_lists_its_own_variations(api: httpx.AsyncClient) -> None:
    parent = (await api.get("/products/248")).json()
    listed = (await api.get("/products/248/variations", params={"per_page": 100})).json()
    assert sorted(row["id"] for row in listed) == parent["variations"]


async def test_modified_after_is_exclusive(api: httpx.AsyncClient, clock: Hands) -> None:
    await api.put("/products/10", json={})
    stamp = clock.now.strftime("%Y-%m-%dT%H:%M:%S")
    query = {"dates_are_gmt": "true", "_fields": "id"}
    at = (await api.get("/products", params={**query, "modified_after": stamp})).json()
    before = (await api.get("/products", params={**query, "modified_after": stamp[:-2] + "00", "modified_before": stamp})).json()
    clock.forward(seconds=-1)
    second_earlier = clock.now.strftime("%Y-%m-%dT%H:%M:%S")
    after = (await api.get("/products", params={**query, "modified_after": second_earlier})).json()
    assert (at, before, after) == ([], [], [{"id": 10}])


async def test_a_variation_is_found_by_its_sku_as_a_product(api: httpx.AsyncClient) -> None:
    [found] = (await api.get("/products", params={"sku": "OD-0233-08"})).json()
    assert (found["id"], found["type"], found["parent_id"], found["images"]) == (347, "variation", 248, [])


async def test_a_category_holds_what_its_children_hold(api: httpx.AsyncClient) -> None:
    [tools] = (await api.get("/products/categories", params={"slug": "narzedzia"})).json()
    rows = await pages(api, "/products", 100, category=str(tools["id"]))
    names = {category["slug"] for row in rows for category in row["categories"]}
    assert {"elektronarzedzia", "mlotki-i-siekiery"} <= names


async def test_before_10_3_there_is_no_list_of_all_variations(generated: Callable[..., Shop]) -> None:
    async with asgi(generated(10, global_variations=False)) as client:
        answer = await client.get("/variations")
        assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")


async def test_a_generated_shop_is_the_same_by_lists_and_one_by_one(generated: Callable[..., Shop]) -> None:
    shop = generated(205)
    async with asgi(shop) as client:
        products = await pages(client, "/products", 100, orderby="id", order="asc")
        variations = await pages(client, "/variations", 100, orderby="id", order="asc")
        for row in (*products[:7], products[-1]):
            single = (await client.get(f"/products/{row['id']}")).json()
            assert {**single, "related_ids": []} == {**row, "related_ids": []}
            assert [*single] == [*row]
    promised = {of: product["id"] for product in products for of in product["variations"]}
    assert (len(products), promised) == (205, {row["id"]: row["parent_id"] for row in variations})
    assert len(variations) == len(shop.variations) == 162
    skus = [row["sku"] for row in (*products, *variations)]
    assert len(set(skus)) == len(skus)


async def test_a_generated_product_can_be_changed(generated: Callable[..., Shop]) -> None:
    async with asgi(generated(50)) as client:
        changed = (await client.put("/products/1001", json={"regular_price": "7,5"})).json()
        listed = (await client.get("/products", params={"include": "1001"})).json()
    assert (changed["price"], [row["price"] for row in listed]) == ("7.5", ["7.5"])


async def test_generated_documents_have_the_recorded_shape(api: httpx.AsyncClient, generated: Callable[..., Shop]) -> None:
    recorded = (await api.get("/products/248")).json(), (await api.get("/products/248/variations/347")).json()
    async with asgi(generated(5)) as client:
        own = (await client.get("/products/1005")).json(), (await client.get("/products/1005/variations/1006")).json()
    assert [list(document) for document in own] == [list(document) for document in recorded]
    for made, real in zip(own, recorded, strict=True):
        differing = {name for name in made if type(made[name]) is not type(real[name])}
        assert differing <= {"image"}


async def test_the_same_seed_gives_the_same_shop(generated: Callable[..., Shop]) -> None:
    documents = [json.dumps(generated(100).products.get(1043)) for _ in range(2)]
    assert documents[0] == documents[1]


@pytest.mark.parametrize("of", [1001, 1043, 1100, 999_999_999])
def test_generated_codes_are_valid(of: int) -> None:
    code = ean13(of)
    assert len(code) == 13
    assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(code)) % 10 == 0
