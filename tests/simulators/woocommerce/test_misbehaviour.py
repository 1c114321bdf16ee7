"""Every fault, set while the shop runs, seen by a real client."""

import asyncio
import time

import httpx
import pytest

from simulators.woocommerce.faults import Dice, Faults
from simulators.woocommerce.shop import Shop, create_shop
from tests.simulators.woocommerce.conftest import Hands


def controls(api: httpx.AsyncClient) -> str:
    return str(api.base_url).partition("/wp-json")[0] + "/_simulator"


async def set_faults(api: httpx.AsyncClient, **faults: object) -> None:
    answer = await api.put(f"{controls(api)}/faults", json=faults)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_every_answer_can_be_an_error(api: httpx.AsyncClient, status: int) -> None:
    await set_faults(api, **{f"share_{status}": 1})
    answer = await api.get("/products")
    assert (answer.status_code, answer.json()["data"], "retry-after" in answer.headers) == (status, {"status": status}, False)


async def test_too_many_requests_may_say_when_to_come_back(api: httpx.AsyncClient) -> None:
    await set_faults(api, share_429=1, retry_after_seconds=2)
    assert (await api.get("/products")).headers["retry-after"] == "2"


async def test_a_share_is_a_share_and_the_same_for_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        dice = Dice(Faults(share_429=0.2, share_500=0.1), create_shop().dice.randomness)
        runs.append([dice.error_status() for _ in range(1000)])
    assert runs[0] == runs[1]
    assert 160 < runs[0].count(429) < 240
    assert 70 < runs[0].count(500) < 130


async def test_a_connection_dropped_in_mid_body(served: httpx.AsyncClient) -> None:
    await set_faults(served, share_dropped=1)
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection without sending complete message body"):
        await served.get("/products")
    await set_faults(served)
    assert (await served.get("/products")).status_code == 200


async def test_latency(served: httpx.AsyncClient) -> None:
    await set_faults(served, latency_ms=80)
    began = time.perf_counter()
    await asyncio.gather(*(served.get("/products/10") for _ in range(3)))
    assert 0.08 <= time.perf_counter() - began < 0.24


@pytest.mark.parametrize(("fault", "status"), [("no_pretty_permalinks", 404), ("html_page", 200)])
async def test_html_instead_of_json(api: httpx.AsyncClient, fault: str, status: int) -> None:
    await set_faults(api, **{fault: True})
    answer = await api.get("/products")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=UTF-8")
    assert answer.text.startswith("<!DOCTYPE html>")


async def test_a_stale_cache_shows_the_state_before_the_change(api: httpx.AsyncClient, clock: Hands) -> None:
    before = (await api.get("/products/10")).json()
    await set_faults(api, stale_seconds=30)
    await api.put("/products/10", json={"name": "Nowa nazwa"})
    await api.delete("/products/11", params={"force": "true"})
    await api.post("/products", json={"name": "Nowy"})
    query = {"modified_after": "2026-11-22T00:00:00", "_fields": "name"}
    assert (await api.get("/products/10")).json()["name"] == before["name"]
    assert (await api.get("/products/11")).status_code == 200
    assert (await api.get("/products", params=query)).json() == []
    assert (await api.get("/products")).headers["x-wp-total"] == "296"
    clock.forward(seconds=30)
    assert (await api.get("/products/10")).json()["name"] == "Nowa nazwa"
    assert (await api.get("/products/11")).status_code == 404
    assert (await api.get("/products", params=query)).json() == [{"name": "Nowy"}, {"name": "Nowa nazwa"}]


async def test_a_silent_change_moves_no_date_and_tells_nobody(api: httpx.AsyncClient, shop: Shop) -> None:
    before = (await api.get("/products/218")).json()
    answer = await api.patch(f"{controls(api)}/products/218", json={"regular_price": "1.00"})
    after = (await api.get("/products/218")).json()
    assert (answer.status_code, after["price"]) == (204, "1.00")
    assert after["date_modified_gmt"] == before["date_modified_gmt"]
    assert shop.webhooks.waiting == 0


async def test_a_silent_change_of_a_variation_moves_no_date_of_its_parent(api: httpx.AsyncClient) -> None:
    before = (await api.get("/products/248")).json()
    await api.patch(f"{controls(api)}/products/347", json={"regular_price": "1.00"})
    after = (await api.get("/products/248")).json()
    assert (after["price"], after["date_modified_gmt"]) == ("1.00", before["date_modified_gmt"])


async def test_a_silent_deletion(api: httpx.AsyncClient, shop: Shop) -> None:
    assert (await api.delete(f"{controls(api)}/products/248")).status_code == 204
    assert (await api.get("/products/248")).status_code == 404
    assert (len(shop.products), len(shop.variations), shop.webhooks.waiting) == (295, 549, 0)


async def test_a_fault_out_of_bounds_is_named(api: httpx.AsyncClient) -> None:
    answer = await api.put(f"{controls(api)}/faults", json={"share_429": 1.5})
    assert (answer.status_code, answer.json()["extra"][0]["key"]) == (400, "share_429")


async def test_the_catalogue_can_be_counted(api: httpx.AsyncClient) -> None:
    counts = (await api.get(f"{controls(api)}/catalogue")).json()
    assert (counts["products"], counts["variations"], counts["products_in_trash"]) == (296, 557, 1)
