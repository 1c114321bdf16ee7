"""What staff pin, boost, bury and call by other names, and who may."""

from datetime import UTC, datetime, timedelta

import pytest

from search.popularity.counting import SearchCounts
from tests.api.searching.shop import Shop, number, until

RULES = "/v1/search/rules"


async def add(own: Shop, **rule: object) -> dict:
    made = await own.client.post(RULES, json=rule, headers=own.staff)
    assert made.status_code == 201, made.text
    return made.json()


async def finds(own: Shop, text: str, wanted: list[int], **more: object) -> None:
    async def holds() -> bool:
        return await own.found(text, **more) == wanted

    await until(holds)


async def test_rules_of_a_query_hold_in_every_form_of_its_words(own):
    await add(own, kind="pin", query="Wiertarka", product_ids=[6, 3])
    await add(own, kind="bury", query="wiertarka", product_ids=[2])
    await finds(own, "wiertarki", [6, 3, 1, 2])
    assert await own.found("wiertarka udarowa") == [1]
    assert await own.found("wiertarki", unavailable="HIDE") == [6, 1, 2]
    assert await own.found("wiertarki", unavailable="LAST") == [6, 1, 2, 3]
    assert await own.found("wiertarki", filters=[{"productVendor": "Makita"}]) == [3, 1]
    assert await own.found("wiertarki", sort="PRICE") == [2, 1, 3]


async def test_boosted_products_come_first_where_they_are_found(own):
    await add(own, kind="boost", query="wiertarka", product_ids=[3, 6])
    await finds(own, "wiertarką", [3, 2, 1])


async def test_pages_of_an_arranged_search_repeat_and_miss_nothing(own):
    await add(own, kind="pin", query="wiertarka", product_ids=[6, 3])
    await add(own, kind="bury", query="wiertarka", product_ids=[2])
    await finds(own, "wiertarka", [6, 3, 1, 2])
    query = """query P($first: Int, $last: Int, $after: String, $before: String) {
      search(query: "wiertarka", first: $first, last: $last, after: $after, before: $before) {
        totalCount nodes { ... on Product { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    for direction, cursor, edge, more in (
        ("first", "after", "endCursor", "hasNextPage"),
        ("last", "before", "startCursor", "hasPreviousPage"),
    ):
        seen, place = [], None
        while True:
            found = (await own.data(query, **{direction: 1, cursor: place}))["search"]
            seen += [number(node) for node in found["nodes"]]
            if not found["pageInfo"][more]:
                break
            place = found["pageInfo"][edge]
        assert (seen, found["totalCount"]) == ([6, 3, 1, 2] if direction == "first" else [2, 1, 3, 6], 4)


async def test_rules_of_a_collection_and_the_answers_kept_before_them(own):
    listing = '{ collection(handle: "narzedzia") { products(first: 10) { nodes { id } } } }'

    async def listed() -> list[int]:
        return [number(node) for node in (await own.data(listing))["collection"]["products"]["nodes"]]

    before = [await listed() for _ in range(3)][-1]
    assert before == [1, 2, 3, 4, 5, 7]
    rule = await add(own, kind="pin", category_id=10, product_ids=[5, 6])
    await add(own, kind="bury", category_id=10, product_ids=[1])

    async def arranged() -> bool:
        return await listed() == [5, 2, 3, 4, 7, 1]

    await until(arranged)
    by_price = '{ collection(handle: "narzedzia") { products(first: 2, sortKey: PRICE) { nodes { id } } } }'
    assert [number(node) for node in (await own.data(by_price))["collection"]["products"]["nodes"]] == [7, 5]
    assert (await own.client.delete(f"{RULES}/{rule['id']}", headers=own.staff)).status_code == 204


async def test_rules_begin_and_end_by_themselves(own):
    soon = datetime.now(UTC) + timedelta(seconds=1)
    await add(
        own, kind="pin", query="wiertarka", product_ids=[6], starts_at=soon.isoformat(), ends_at=(soon + timedelta(seconds=2)).isoformat()
    )
    await add(own, kind="pin", query="wiertarka", product_ids=[4], ends_at="2026-01-01T00:00:00Z")
    assert await own.found("wiertarka") == [2, 1, 3]
    await finds(own, "wiertarka", [6, 2, 1, 3])
    await finds(own, "wiertarka", [2, 1, 3])


async def test_a_rule_is_read_changed_and_removed(own):
    rule = await add(own, kind="pin", query="młotek", product_ids=[5], note="nowość")
    address = f"{RULES}/{rule['id']}"
    assert (await own.client.get(address, headers=own.staff)).json() == rule
    changed = await own.client.put(address, json={"kind": "bury", "query": "młotek", "product_ids": [4]}, headers=own.staff)
    assert (changed.json()["kind"], changed.json()["note"]) == ("bury", "")
    assert (await own.client.get(RULES, headers=own.staff)).json() == [changed.json()]
    assert (await own.client.delete(address, headers=own.staff)).status_code == 204
    missing = [await own.client.request(method, address, headers=own.staff) for method in ("GET", "DELETE")]
    assert [answer.status_code for answer in missing] == [404, 404]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"kind": "pin", "product_ids": [1]}, "query"),
        ({"kind": "pin", "product_ids": [1], "query": "a", "category_id": 10}, "query"),
        ({"kind": "pin", "product_ids": [], "query": "a"}, "product_ids"),
        ({"kind": "pin", "product_ids": list(range(1, 102)), "query": "a"}, "product_ids"),
        ({"kind": "pin", "product_ids": [0], "query": "a"}, "product_ids"),
        ({"kind": "pin", "product_ids": [1], "query": "🔨"}, "query"),
        ({"kind": "pin", "product_ids": [1], "query": "a" * 101}, "query"),
        ({"kind": "pin", "product_ids": [1], "category_id": -1}, "category_id"),
        ({"kind": "pin", "product_ids": [1], "query": "a", "note": "a" * 501}, "note"),
        (
            {"kind": "pin", "product_ids": [1], "query": "a", "starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-01T00:00:00Z"},
            "ends_at",
        ),
    ],
)
async def test_a_rule_that_cannot_be_is_refused_by_its_field(tools, rule, field):
    refused = await tools.client.post(RULES, json=rule, headers=tools.staff)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


async def test_synonyms_and_stop_words_hold_at_once(own):
    words = {"synonyms": [["świdrownica", "wiertarka"]], "one_way": {"narzędzie": ["młotek"]}, "stop_words": ["tania"]}
    assert await own.found("świdrownica") == []
    put = await own.client.put("/v1/search/words", json=words, headers=own.staff)
    assert (put.status_code, put.json(), (await own.client.get("/v1/search/words", headers=own.staff)).json()) == (200, words, words)
    await finds(own, "tania świdrownica", [2, 1, 3])


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ({"synonyms": [["sam"]]}, "synonyms"),
        ({"synonyms": [["a", "b" * 101]]}, "synonyms"),
        ({"synonyms": [[f"a{number}" for number in range(21)]]}, "synonyms"),
        ({"one_way": {"a": []}}, "one_way"),
        ({"stop_words": ["!"]}, "stop_words"),
        ({"stop_words": [f"a{number}" for number in range(501)]}, "stop_words"),
    ],
)
async def test_words_that_cannot_be_are_refused_by_their_field(tools, words, field):
    refused = await tools.client.put("/v1/search/words", json=words, headers=tools.staff)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", RULES),
        ("POST", RULES),
        ("PUT", f"{RULES}/1"),
        ("DELETE", f"{RULES}/1"),
        ("GET", "/v1/search/words"),
        ("PUT", "/v1/search/words"),
        ("GET", "/v1/search/popular"),
        ("GET", "/v1/search/without-results"),
    ],
)
async def test_only_staff(tools, method, path):
    assert (await tools.client.request(method, path, json={}, headers=tools.web)).status_code == 403
    assert (await tools.client.request(method, path, json={})).status_code == 401


async def test_what_is_searched_for_is_counted_and_becomes_advice(own):
    for text in (
        "Wiertarki  udarowe",
        "wiertarki udarowe",
        "WIERTARKI udarowe",
        "jan@example.com",
        "a" * 101,
        "!!!",
        "kosiarka",
        "wiertarka kwarcowa",
    ):
        await own.found(text)
    await own.found("wiertarki gumowe", filters=[{"productVendor": "Nikt"}])

    async def told(path: str) -> dict[str, dict[str, object]]:
        return {each["text"]: each for each in (await own.client.get(f"/v1/search/{path}", headers=own.staff)).json()}

    async def written() -> bool:
        return "kosiarka" in await told("popular")

    await until(written)
    popular, without = await told("popular"), await told("without-results")
    assert popular["wiertarki udarowe"] == {"text": "wiertarki udarowe", "searches": 3, "without_results": 0}
    assert without["kosiarka"] == {"text": "kosiarka", "searches": 1, "without_results": 1}
    assert without["wiertarka kwarcowa"]["without_results"] == 1  # what was found instead was not it
    assert "wiertarki udarowe" not in without
    assert popular.keys().isdisjoint({"jan@example.com", "a" * 101, "!!!", "wiertarki gumowe"})
    counts = SearchCounts(own.services.pool, own.services.clock)
    await counts.read()
    assert (counts.begun_with("Wiértarki u", 5), counts.begun_with("kos", 5), counts.begun_with(" ", 5)) == (("wiertarki udarowe",), (), ())


@pytest.mark.parametrize(("asked", "field"), [({"days": 91}, "days"), ({"days": 0}, "days"), ({"limit": 1001}, "limit")])
async def test_reports_have_limits(tools, asked, field):
    refused = await tools.client.get("/v1/search/popular", params=asked, headers=tools.staff)
    assert (refused.status_code, refused.json()["field"]) == (400, field)
