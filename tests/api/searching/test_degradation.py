"""Without an index the catalogue's words answer; without the engine searches say so and all else goes on; both mend themselves."""

import shutil

import pytest

from simulators.meilisearch.faults import Faults
from tests.api.searching.shop import number

EVERYTHING = """{ product(handle: "product-4") { title } collection(handle: "category-12") { title products(first: 5) { nodes { id } } }
  predictiveSearch(query: "mło") { products { id } } }"""


async def test_a_shop_without_an_index_is_not_blind(own):
    shutil.rmtree(own.services.search.index._store.folder)
    assert (await own.found("wiertarka"), await own.found("wiertarki")) == ([2, 1, 3], [])
    assert await own.found("wiertarka", unavailable="LAST", filters=[{"productVendor": "Makita"}]) == [1, 3]
    query = """{ search(query: "wiertarka", first: 1) { totalCount productFilters { id } }
      predictiveSearch(query: "wie") { products { id } queries { text } } }"""
    told = await own.data(query)
    assert told["search"] == {"totalCount": 3, "productFilters": []}
    assert (len(told["predictiveSearch"]["products"]), told["predictiveSearch"]["queries"]) == (5, [])
    await own.index()
    assert await own.found("wiertarki") == [2, 1, 3]


async def test_an_index_that_cannot_be_read_is_told_for_searches_alone(own):
    folder = own.services.search.index._store.folder
    whole = (folder / "current.json").read_bytes()
    (folder / "current.json").write_bytes(b"{")
    told = await own.answer(EVERYTHING)
    [error] = told["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["predictiveSearch"], "SEARCH_UNAVAILABLE")
    assert error["message"].startswith("search cannot answer just now; everything else can; reference ")
    assert (told["data"]["product"], told["data"]["predictiveSearch"]) == ({"title": "Młotek ślusarski"}, None)
    assert [number(node) for node in told["data"]["collection"]["products"]["nodes"]] == [4, 5]
    (folder / "current.json").write_bytes(whole)
    assert await own.found("wiertarki") == [2, 1, 3]


@pytest.mark.parametrize("faults", [Faults(down=True), Faults(overloaded=True), Faults(not_meilisearch=True)])
async def test_meilisearch_that_is_away_is_told_for_searches_alone(remote, server, faults):
    assert await remote.found("wiertarki") == [2, 1, 3]
    server.faults = faults
    code, _ = await remote.error('{ search(query: "wiertarki", first: 5) { totalCount } }')
    told = await remote.answer(EVERYTHING)
    assert (code, [each["path"] for each in told["errors"]]) == ("SEARCH_UNAVAILABLE", [["predictiveSearch"]])
    # A comment of its own, since a kept answer is good though the engine is away.
    listing = f'{{ collection(handle: "category-12") {{ products(first: 5) {{ nodes {{ id }} filters {{ id }} }} }} }} # {faults}'
    listed = (await remote.data(listing))["collection"]["products"]
    assert ([number(node) for node in listed["nodes"]], listed["filters"]) == ([4, 5], [])
    server.faults = Faults()
    assert await remote.found("wiertarki") == [2, 1, 3]
    assert len((await remote.data(listing))["collection"]["products"]["filters"]) > 0


async def test_words_cannot_be_set_while_meilisearch_is_away(remote, server):
    server.faults = Faults(down=True)
    refused = await remote.client.put("/v1/search/words", json={"stop_words": ["tani"]}, headers=remote.staff)
    assert (refused.status_code, refused.json()["type"]) == (503, "urn:spoina:problem:search-unavailable")


async def ready(shop) -> tuple[int, dict]:
    answer = await shop.client.get("/health/ready")
    return answer.status_code, answer.json()


async def test_readiness_tells_of_the_engine_and_stays_in_service(own, remote, server):
    whole = (200, {"name": "search", "state": "ok", "detail": ""})
    for shop in (own, remote):
        status, told = await ready(shop)
        assert (status, told["checks"][-1], told["state"]) == (*whole, "ok")
    shutil.rmtree(own.services.search.index._store.folder / "generation-000001", ignore_errors=True)
    (own.services.search.index._store.folder / "current.json").write_bytes(b"{")
    status, told = await ready(own)
    assert (status, told["checks"][-1]["detail"], told["state"]) == (200, "does not answer (IndexUnreadable)", "degraded")
    await own.index()
    assert (await ready(own))[1]["state"] == "ok"
    server.faults = Faults(down=True)
    remote.services.search.engine.forget_state()
    status, told = await ready(remote)
    assert (status, told["checks"][-1]["detail"], told["state"]) == (200, "does not answer (SearchUnavailable)", "degraded")
