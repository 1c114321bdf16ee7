"""Availability over HTTP: by code, for the channel of the key."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from stdnum import ean

from api.app import create_app
from api.availability.requests import LONGEST_CODE, MOST_CODES
from api.availability.routes import BODY_BYTES
from api.embedded import Servers
from api.services import Services
from spoina.access.types import KeyKind
from spoina.db import Connection
from spoina.inventory.barcodes import InStoreRule, ValueKind, set_in_store_rule
from spoina.settings import Settings
from tests.api.availability_shop import MUG_GTIN, VASE_GTIN, batch, fill, put, settled
from tests.api.conftest import key_of, opened, served
from tests.conftest import database_url
from tests.spoina.catalog.builders import insert_products, product, renamed, variant
from tests.sql_statements import count_statements

NOON = "2026-03-01T12:00:00Z"


@pytest.fixture(scope="module")
async def filled(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[Services]:
    """Only for tests that leave the shop as it is."""
    await administration.execute(f"create database availability template {template} strategy file_copy")
    async with opened(settings, database_url(servers, "availability"), servers.redis_url) as services:
        await fill(services.pool)
        await _until(lambda: len(services.offers.shelves.rules.locations) == 3 and len(services.offers.shelves.of(1)) == 3)
        yield services


@pytest.fixture(scope="module")
async def shop(settings: Settings, filled: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, filled)) as client:
        yield client


@pytest.fixture(scope="module")
async def keys(filled: Services) -> dict[str, dict[str, str]]:
    return {kind.value: await key_of(filled.pool, kind) for kind in KeyKind}


@pytest.fixture
async def living(fragile: Services) -> Services:
    await fill(fragile.pool)
    await _until(lambda: len(fragile.offers.shelves.rules.locations) == 3 and len(fragile.offers.shelves.of(1)) == 3)
    return fragile


async def _until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - announcements are on their way
            await asyncio.sleep(0.002)


async def test_one_code_is_answered_in_total_and_by_location(shop: httpx.AsyncClient, keys):
    answer = await shop.get("/v1/availability/MUG", headers=keys["web"])
    assert (answer.status_code, answer.headers["content-type"], answer.headers["cache-control"]) == (200, "application/json", "no-store")
    assert answer.json() == {
        "channel": "web",
        "items": [
            {
                "code": "MUG",
                "variantId": 1,
                "sku": "MUG",
                "forSale": True,
                "counted": True,
                "available": 7,
                "backorders": False,
                "asOf": NOON,
                "locations": [
                    {"location": "woocommerce", "available": 5, "asOf": NOON},
                    {"location": "hall", "available": 0, "asOf": NOON, "pickup": 3},
                    {"location": "depot", "available": 2, "asOf": NOON},
                ],
            }
        ],
        "unknown": [],
    }


async def test_a_till_sees_what_lies_everywhere_and_at_one_place(shop: httpx.AsyncClient, keys):
    everywhere = (await shop.get("/v1/availability/MUG", headers=keys["pos"])).json()
    hall = (await shop.get("/v1/availability/MUG?location=hall", headers=keys["pos"])).json()
    assert [item["available"] for item in everywhere["items"] + hall["items"]] == [10, 3]
    assert [part["location"] for part in hall["items"][0]["locations"]] == ["hall"]


@pytest.mark.parametrize("code", [MUG_GTIN, f"0{MUG_GTIN}", f" {MUG_GTIN} "])
async def test_a_gtin_of_any_length_finds_the_variant(shop: httpx.AsyncClient, keys, code):
    (item,) = (await shop.get(f"/v1/availability/{code}", headers=keys["app"])).json()["items"]
    assert (item["code"], item["sku"]) == (code, "MUG")


async def test_a_batch_keeps_the_order_and_lists_what_nobody_carries(shop: httpx.AsyncClient, keys):
    wanted = ["VASE", {"code": VASE_GTIN.zfill(13), "kind": "gtin"}, "NOPE", {"code": "KASA 7", "kind": "barcode"}, "GONE"]
    wanted += ["5901234123458", {"code": "MUG", "kind": "gtin"}, "VASE"]
    answer = (await batch(shop, keys["web"], codes=wanted)).json()
    shown = [(item["code"], item["sku"], item["forSale"], item["available"], item["backorders"]) for item in answer["items"]]
    assert shown == [
        ("VASE", "VASE", True, 0, True),
        ("0000096385074", "VASE", True, 0, True),
        ("KASA 7", "BOWL", True, None, False),
        ("GONE", "GONE", False, 0, False),
        ("VASE", "VASE", True, 0, True),
    ]
    assert answer["unknown"] == [
        {"code": "NOPE", "reason": "unknown"},
        {"code": "5901234123458", "reason": "wrong check digit"},
        {"code": "MUG", "reason": "no GTIN"},
    ]


async def test_a_frontends_server_asks_for_the_web(shop: httpx.AsyncClient, keys):
    own = [(await batch(shop, keys["server"], codes=["VASE"], **more)).json()["channel"] for more in ({}, {"channel": "web"})]
    foreign = await batch(shop, keys["server"], codes=["VASE"], channel="app")
    assert (own, foreign.status_code) == (["web", "web"], 403)


async def test_shoppers_do_not_hear_of_what_is_not_published(shop: httpx.AsyncClient, keys):
    found = {kind: (await batch(shop, headers, codes=["SECRET"])).json() for kind, headers in keys.items()}
    assert [len(found[kind]["items"]) for kind in ("web", "app", "server", "pos", "staff")] == [0, 0, 0, 1, 1]
    assert found["web"]["unknown"] == [{"code": "SECRET", "reason": "unknown"}]
    assert (await shop.get("/v1/availability/SECRET", headers=keys["web"])).status_code == 404


async def test_an_explanation_names_every_part_and_adds_up(shop: httpx.AsyncClient, keys):
    (item,) = (await shop.get("/v1/availability/MUG?explain=1", headers=keys["staff"])).json()["items"]
    by_place = {part["location"]: part["explain"] for part in item["locations"]}
    assert item["explain"] == {
        "onHand": 10,
        "held": 0,
        "buffer": 0,
        "channelBuffer": 0,
        "shareWithheld": 0,
        "notOffered": 3,
        "oversold": 0,
        "available": 7,
        "inTransit": 0,
        "cappedBy": None,
    }
    assert (by_place["hall"]["notOffered"], by_place["hall"]["cappedBy"], by_place["depot"]["cappedBy"]) == (3, "not_online", "stock")


async def test_staff_look_through_the_eyes_of_any_channel(shop: httpx.AsyncClient, keys):
    answers = [(await batch(shop, keys["staff"], codes=["MUG"], channel=channel)).json() for channel in (None, "app", "pos")]
    assert [(answer["channel"], answer["items"][0]["available"]) for answer in answers] == [("web", 7), ("app", 7), ("pos", 10)]


@pytest.mark.parametrize("kind", ["web", "app"])
async def test_a_shoppers_key_gets_no_explanation_and_no_other_channel(shop: httpx.AsyncClient, keys, kind):
    explained = await shop.get("/v1/availability/MUG?explain=1", headers=keys[kind])
    foreign = await shop.get("/v1/availability/MUG?channel=pos", headers=keys[kind])
    assert (explained.status_code, explained.json()["scope"]) == (403, "availability:explain")
    assert (foreign.status_code, foreign.json()["scope"]) == (403, "availability of the channel pos")


async def test_without_a_key_nothing_is_told(shop: httpx.AsyncClient):
    for answer in (await shop.get("/v1/availability/MUG"), await batch(shop, {}, codes=["MUG"]), await shop.get("/v1/availability/stream")):
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({"codes": []}, "codes", "at least one is needed"),
        ({"codes": ["A"] * (MOST_CODES + 1)}, "codes", f"at most {MOST_CODES} codes"),
        ({"codes": ["A", ""]}, "codes[1]", f"at most {LONGEST_CODE} characters, at least one"),
        ({"codes": ["A" * (LONGEST_CODE + 1)]}, "codes[0]", f"at most {LONGEST_CODE} characters, at least one"),
        ({"codes": ["A\x00"]}, "codes[0]", "holds a character that no code can have"),
        ({"codes": ["A"], "location": "moon"}, "location", "there is no location 'moon'"),
        ({"codes": ["A"], "channel": "allegro"}, "channel", "'allegro' is none of web, app, pos"),
        ({"codes": [-1]}, "codes[0]", "Expected `str | object`, got `int`"),
        ({"codes": [{"code": "A", "kind": "isbn"}]}, "codes[0].kind", "Invalid enum value 'isbn'"),
        ({"codes": ["A"], "quantity": -1}, "quantity", "is not known here"),
        ({}, "codes", "must be there"),
    ],
)
async def test_a_wrong_batch_is_a_clear_problem(shop: httpx.AsyncClient, keys, body, field, reason):
    answer = await shop.post("/v1/availability", headers=keys["staff"], json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert (answer.json()["field"], answer.json()["reason"]) == (field, reason)


@pytest.mark.parametrize(("query", "field"), [("kind=isbn", "kind"), ("explain=perhaps", "explain"), ("location=", "location")])
async def test_a_wrong_parameter_is_named(shop: httpx.AsyncClient, keys, query, field):
    answer = await shop.get(f"/v1/availability/MUG?{query}", headers=keys["staff"])
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_a_body_that_is_too_large_or_no_json_is_refused(shop: httpx.AsyncClient, keys):
    large = await shop.post("/v1/availability", headers=keys["web"], content=b" " * (BODY_BYTES + 1))
    broken = await shop.post("/v1/availability", headers=keys["web"], content=b'{"codes": ["\xff"]}')
    assert (large.status_code, large.json()["limit"]) == (413, BODY_BYTES)
    assert (broken.status_code, broken.json()["field"]) == (400, "body")


async def test_wrong_methods_say_which_are_right(shop: httpx.AsyncClient, keys):
    for method, path, allowed in (("PUT", "", "POST"), ("GET", "", "POST"), ("POST", "/MUG", "GET"), ("POST", "/stream", "GET")):
        answer = await shop.request(method, f"/v1/availability{path}", headers=keys["web"])
        assert (answer.status_code, answer.headers["allow"]) == (405, f"{allowed}, OPTIONS")


async def test_a_page_of_the_shop_may_ask(shop: httpx.AsyncClient):
    preflight = await shop.options("/v1/availability", headers={"origin": "https://sklep.example"})
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "https://sklep.example")


async def test_warm_answers_cost_no_statement(shop: httpx.AsyncClient, filled: Services, keys):
    await batch(shop, keys["web"], codes=["MUG"])
    async with count_statements(filled.pool, of_requests=True) as statements:
        answer = await batch(shop, keys["web"], codes=["MUG", MUG_GTIN, "VASE", "BOWL", "NOPE"] * 100)
        first = await shop.get("/v1/availability/GONE", headers=keys["web"])
    assert (len(answer.json()["items"]), len(answer.json()["unknown"]), first.status_code, statements.texts) == (400, 100, 200, [])


async def test_what_moved_is_told_from_the_next_answer_on(fragile_client: httpx.AsyncClient, living: Services):
    web = await key_of(living.pool, KeyKind.WEB)
    before = (await batch(fragile_client, web, codes=["MUG", "MUG"])).json()
    await put(living.pool, 1, 1, 50, held=4)
    await settled(living, 1, 50)
    after = (await batch(fragile_client, web, codes=["MUG", "MUG"])).json()
    assert [item["available"] for item in before["items"] + after["items"]] == [7, 7, 48, 48]


async def test_the_catalogues_changes_reach_the_codes(fragile_client: httpx.AsyncClient, living: Services):
    web = await key_of(living.pool, KeyKind.WEB)
    await batch(fragile_client, web, codes=["MUG", "NEW"])
    await insert_products(living.pool, [renamed(product(1, variants=(variant(1, sku="NEW"), variant(9, 1, sku="MUG"))), "Kubek")])
    await _until(lambda: len(living.offers.codes.known) == 6)
    answer = (await batch(fragile_client, web, codes=["MUG", "NEW", MUG_GTIN])).json()
    assert [(item["code"], item["variantId"]) for item in answer["items"]] == [("MUG", 9), ("NEW", 1)]
    assert answer["unknown"] == [{"code": MUG_GTIN, "reason": "unknown"}]


async def test_a_label_of_the_shops_own_scales_finds_its_article(fragile_client: httpx.AsyncClient, living: Services):
    """22, article 12345, 01250 grams, check digit."""
    web = await key_of(living.pool, KeyKind.WEB)
    await insert_products(living.pool, [product(6, variants=(variant(6, sku="CHEESE", barcode=label_of("221234500000")),))])
    rule = InStoreRule(prefix="22", reference_digits=5, value_digits=5, value_kind=ValueKind.WEIGHT)
    label = label_of("221234501250")
    before = (await batch(fragile_client, web, codes=[label])).json()
    await set_in_store_rule(living.pool, rule)
    await _until(lambda: living.offers.shelves.in_store and living.offers.codes.known.variant(6))
    after = (await batch(fragile_client, web, codes=[label])).json()
    living.offers.shelves.cut_off()
    assert (before["items"], [item["sku"] for item in after["items"]]) == ([], ["CHEESE"])
    assert (await batch(fragile_client, web, codes=[label])).json() == after


def label_of(digits: str) -> str:
    return digits + ean.calc_check_digit(digits)


async def test_buffers_and_locations_are_followed(fragile_client: httpx.AsyncClient, living: Services):
    web, app = await key_of(living.pool, KeyKind.WEB), await key_of(living.pool, KeyKind.APP)
    await batch(fragile_client, web, codes=["MUG"])
    async with living.pool.acquire() as db, db.transaction():
        await db.execute("insert into channel_buffer (channel, item_id, location_id, units) values ('web', 1, 1, 2)")
        await db.execute("update location set active = false where code = 'depot'")
        await db.execute("select pg_notify('stock_changed', '*')")
    await _until(lambda: living.offers.shelves.rules.buffers != ())
    answers = [(await batch(fragile_client, key, codes=["MUG"])).json()["items"][0] for key in (web, app)]
    assert [answer["available"] for answer in answers] == [3, 5]
    assert [part["location"] for part in answers[0]["locations"]] == ["woocommerce", "hall"]


async def test_while_the_listener_is_cut_off_the_database_is_asked(fragile_client: httpx.AsyncClient, living: Services):
    web = await key_of(living.pool, KeyKind.WEB)
    remembered = (await batch(fragile_client, web, codes=["MUG", MUG_GTIN, "NOPE"])).json()
    living.offers.shelves.cut_off()
    async with count_statements(living.pool, of_requests=True) as statements:
        read = (await batch(fragile_client, web, codes=["MUG", MUG_GTIN, "NOPE"])).json()
    assert read == remembered
    assert len(statements) == 6
    await living.pool.execute("update stock set on_hand = 40 where item_id = 1 and location_id = 1")
    assert (await batch(fragile_client, web, codes=["MUG"])).json()["items"][0]["available"] == 42


async def test_the_documentation_describes_the_routes(shop: httpx.AsyncClient):
    paths = (await shop.get("/docs/openapi.json")).json()["paths"]
    described = {(path, method) for path in paths if path.startswith("/v1/availability") for method in paths[path]}
    assert described == {("/v1/availability", "post"), ("/v1/availability/{code}", "get"), ("/v1/availability/stream", "get")}
    assert {each["name"] for each in paths["/v1/availability/{code}"]["get"]["parameters"]} == {
        *("code", "kind", "location", "channel", "explain")
    }
