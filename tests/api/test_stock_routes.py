"""What staff do to stock, over HTTP, and what the machinery says of it."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from api.embedded import Servers
from api.services import Services
from spoina.access.types import KeyKind
from spoina.db import Connection
from spoina.settings import Settings
from tests.api.availability_shop import fill
from tests.api.conftest import key_of, opened, served
from tests.conftest import database_url

ROUTES = [("GET", "locations"), ("POST", "locations"), ("POST", "counts"), ("POST", "transfers"), ("GET", "exceptions"), ("GET", "audit")]
ROUTES += [("PUT", "rules/shares"), ("GET", "moves?code=MUG"), ("POST", "exceptions/1/resolve")]


@pytest.fixture(scope="module")
async def shop(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[Services]:
    await administration.execute(f"create database stock_routes template {template} strategy file_copy")
    async with opened(settings, database_url(servers, "stock_routes"), servers.redis_url) as services:
        await fill(services.pool)
        await services.pool.execute("delete from stock where location_id <> 1")
        yield services


@pytest.fixture(scope="module")
async def server(settings: Settings, shop: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, shop)) as client:
        yield client


@pytest.fixture(scope="module")
async def staff(shop: Services) -> dict[str, str]:
    return await key_of(shop.pool, KeyKind.STAFF)


@pytest.fixture(scope="module")
async def places(server: httpx.AsyncClient, staff) -> dict[str, int]:
    return {each["code"]: each["id"] for each in (await server.get("/v1/stock/locations", headers=staff)).json()}


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("kind", [None, KeyKind.WEB, KeyKind.POS])
async def test_only_staff_touch_stock(server: httpx.AsyncClient, shop: Services, method, path, kind):
    headers = {"idempotency-key": "x"} | (await key_of(shop.pool, kind) if kind else {})
    answer = await server.request(method, f"/v1/stock/{path}", headers=headers, json={} if method != "GET" else None)
    assert (answer.status_code, answer.headers["content-type"]) == (403 if kind else 401, "application/problem+json")


async def test_a_command_counts_once_and_is_seen_at_once(server: httpx.AsyncClient, shop: Services, staff, places):
    key = {"idempotency-key": "delivery 1"}
    body = {"location": places["hall"], "lines": [{"code": "MUG", "units": 4}, {"code": "96385074", "units": 2}], "actor": "Ala"}
    first = await server.post("/v1/stock/receipts", headers=staff | key, json=body)
    again = await server.post("/v1/stock/receipts", headers=staff | key, json=body)
    other = await server.post("/v1/stock/receipts", headers=staff | key, json=body | {"lines": [{"code": "MUG", "units": 5}]})
    assert (first.status_code, [(move["item"], move["delta"], move["actor"]) for move in first.json()["moves"]]) == (
        201,
        [(1, 4, "Ala"), (2, 2, "Ala")],
    )
    assert (again.json()["repeated"], first.json()["repeated"], other.status_code, other.json()["field"]) == (
        True,
        False,
        409,
        "idempotency-key",
    )
    async with asyncio.timeout(30):
        while not (await server.get("/v1/availability/MUG?location=hall", headers=staff)).json()["items"][0]["available"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    told = (await server.get("/v1/availability/MUG?location=hall", headers=staff)).json()["items"][0]
    assert told["available"] == 4
    moves = (await server.get(f"/v1/stock/moves?code=MUG&location={places['hall']}", headers=staff)).json()
    assert [(move["delta"], move["reason"], move["reference"]) for move in moves] == [(4, "receipt", "delivery 1")]


async def test_goods_travel_between_our_locations(server: httpx.AsyncClient, staff, places):
    await server.post(
        "/v1/stock/counts",
        headers=staff | {"idempotency-key": "c1"},
        json={"location": places["depot"], "lines": [{"code": "GONE", "units": 6}]},
    )
    body = {"source": places["depot"], "target": places["hall"], "lines": [{"code": "GONE", "units": 5}]}
    sent = await server.post("/v1/stock/transfers", headers=staff | {"idempotency-key": "t1"}, json=body)
    short = await server.post("/v1/stock/transfers", headers=staff | {"idempotency-key": "t2"}, json=body)
    path = f"/v1/stock/transfers/{sent.json()['id']}/receipts"
    got = await server.post(path, headers=staff | {"idempotency-key": "r1"}, json={"lines": [{"code": "GONE", "units": 3}], "last": True})
    assert (sent.status_code, short.status_code) == (201, 409)
    assert [(line["wanted"], line["left"]) for line in short.json()["lines"]] == [(5, 1)]
    (missing,) = got.json()["exceptions"]
    assert (missing["kind"], missing["units"]) == ("lost_in_transit", 2)
    listed = (await server.get("/v1/stock/exceptions", headers=staff)).json()
    assert listed == [missing | {"skus": ["GONE"]}]
    resolved = await server.post(f"/v1/stock/exceptions/{missing['id']}/resolve", headers=staff, json={"by": "Ala", "note": "found"})
    assert (resolved.status_code, resolved.json()["resolved_by"]) == (200, "Ala")
    assert (await server.get("/v1/stock/exceptions", headers=staff)).json() == []


@pytest.mark.parametrize(
    ("path", "change", "status", "field"),
    [
        ("receipts", {"lines": [{"code": "NOPE", "units": 1}]}, 400, "lines[0].code"),
        ("receipts", {"lines": [{"code": "BOWL", "units": 1}]}, 400, "lines[0].code"),
        ("receipts", {"lines": [{"code": "MUG", "units": 0}]}, 400, "lines[0].units"),
        ("receipts", {"lines": [{"code": "MUG", "units": 10**9}]}, 400, "lines[0].units"),
        ("counts", {"lines": [{"code": "MUG", "units": -1}]}, 400, "lines[0].units"),
        ("counts", {"lines": [{"code": "MUG", "units": 1}, {"code": "5901234123457", "units": 1}]}, 400, "lines"),
        ("waste", {"lines": []}, 400, "lines"),
        ("receipts", {"location": 1}, 409, None),
        ("receipts", {"location": 4711}, 404, None),
        ("receipts", {"location": 10**30}, 400, "location"),
        ("receipts", {"lines": [{"code": "MUG\0", "units": 1}]}, 400, "lines[0].code"),
        ("receipts", {"actor": "A\0"}, 400, "actor"),
        ("waste", {"note": "\0"}, 400, "note"),
        ("counts", {"note": "x" * 1001}, 400, "note"),
        ("receipts", {"occurred_at": "2026-11-01T12:00:00"}, 400, "occurred_at"),
        ("receipts", {"occurred_at": "0001-01-01T00:00:00+14:00"}, 400, "occurred_at"),
        ("receipts", {"occurred_at": "9999-12-31T23:59:59-14:00"}, 422, "occurred_at"),
    ],
)
async def test_a_wrong_command_writes_nothing(server: httpx.AsyncClient, shop: Services, staff, places, path, change, status, field):
    before = await shop.pool.fetchval("select count(*) from stock_move")
    body = {"location": places["hall"], "lines": [{"code": "MUG", "units": 1}]} | change
    answer = await server.post(f"/v1/stock/{path}", headers=staff | {"idempotency-key": "wrong"}, json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field)
    assert await shop.pool.fetchval("select count(*) from stock_move") == before
    assert await shop.pool.fetchval("select count(*) from stock_command where reference = 'wrong'") == 0


async def test_without_a_name_there_is_no_command(server: httpx.AsyncClient, staff, places):
    answer = await server.post("/v1/stock/counts", headers=staff, json={"location": places["hall"], "lines": [{"code": "MUG", "units": 1}]})
    assert (answer.status_code, "idempotency-key" in answer.text) == (400, True)


async def test_locations_are_opened_changed_and_closed(server: httpx.AsyncClient, staff):
    facts = {"code": "kiosk", "name": "Kiosk", "pickup_enabled": True}
    made = await server.post("/v1/stock/locations", headers=staff, json=facts)
    changed = await server.put(f"/v1/stock/locations/{made.json()['id']}", headers=staff, json=facts | {"active": False})
    taken = await server.post("/v1/stock/locations", headers=staff, json=facts | {"name": "Other"})
    wrong = await server.post("/v1/stock/locations", headers=staff, json=facts | {"code": "x y"})
    unknown = await server.post("/v1/stock/locations", headers=staff, json=facts | {"code": "stall", "pickupEnabled": True})
    for field in ("name", "address"):
        unwritable = await server.post("/v1/stock/locations", headers=staff, json=facts | {"code": "stall", field: "\0"})
        assert (unwritable.status_code, unwritable.json()["field"]) == (400, field)
    assert (made.status_code, made.json()["owner"], changed.json()["active"]) == (201, "spoina", False)
    assert (taken.status_code, wrong.status_code, wrong.json()["field"]) == (409, 400, "code")
    assert (unknown.status_code, unknown.json()["field"]) == (400, "pickupEnabled")
    assert "stall" not in (await server.get("/v1/stock/locations", headers=staff)).text


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("PUT", f"locations/{10**20}", "number"),
        ("POST", f"exceptions/{10**20}/resolve", "number"),
        ("GET", f"exceptions?after={10**20}", "after"),
        ("GET", "exceptions?after=-1", "after"),
        ("GET", f"moves?code=MUG&location={10**20}", "location"),
        ("GET", "moves?code=%00", "code"),
    ],
)
async def test_numbers_and_codes_that_nothing_can_have(server: httpx.AsyncClient, staff, method, path, field):
    body = {"code": "a", "name": "A"} if method == "PUT" else {"by": "Ala"}
    answer = await server.request(method, f"/v1/stock/{path}", headers=staff, json=None if method == "GET" else body)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


@pytest.mark.parametrize(("key", "status"), [("k" * 200, 201), ("k" * 201, 400)])
async def test_how_long_the_name_of_a_command_may_be(server: httpx.AsyncClient, staff, places, key, status):
    body = {"location": places["hall"], "lines": [{"code": "96385074", "units": 1}]}
    answer = await server.post("/v1/stock/receipts", headers=staff | {"idempotency-key": key}, json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, None if status == 201 else "idempotency-key")


async def test_what_is_on_its_way_is_listed_until_it_is_known_to_be_lost(server: httpx.AsyncClient, staff, places):
    await server.post(
        "/v1/stock/receipts",
        headers=staff | {"idempotency-key": "c2"},
        json={"location": places["depot"], "lines": [{"code": "GONE", "units": 2}]},
    )
    body = {"source": places["depot"], "target": places["hall"], "lines": [{"code": "GONE", "units": 2}]}
    sent = (await server.post("/v1/stock/transfers", headers=staff | {"idempotency-key": "t3"}, json=body)).json()
    (item,) = {line["item"] for line in sent["lines"]}
    assert (await server.get("/v1/stock/transfers", headers=staff)).json() == [sent | {"skus": {str(item): ["GONE"]}}]
    path = f"/v1/stock/transfers/{sent['id']}/receipts"
    nothing = await server.post(path, headers=staff | {"idempotency-key": "r2"}, json={"lines": []})
    lost = await server.post(path, headers=staff | {"idempotency-key": "r3"}, json={"lines": [], "last": True})
    late = await server.post(path, headers=staff | {"idempotency-key": "r4"}, json={"lines": [{"code": "GONE", "units": 1}]})
    assert (nothing.status_code, nothing.json()["field"], late.status_code) == (400, "lines", 409)
    (missing,) = lost.json()["exceptions"]
    assert (lost.json()["moves"], missing["kind"], missing["units"]) == ([], "lost_in_transit", 2)
    assert (await server.get("/v1/stock/transfers", headers=staff)).json() == []
    for field, text in (("by", "x" * 1001), ("by", "A\0"), ("note", "\0")):
        answer = await server.post(f"/v1/stock/exceptions/{missing['id']}/resolve", headers=staff, json={"by": "Ala"} | {field: text})
        assert (answer.status_code, answer.json()["field"]) == (400, field)
    await server.post(f"/v1/stock/exceptions/{missing['id']}/resolve", headers=staff, json={"by": "Ala"})


async def test_buffers_and_shares_change_what_a_channel_may_sell(server: httpx.AsyncClient, shop: Services, staff):
    web = await key_of(shop.pool, KeyKind.WEB)
    buffered = await server.put("/v1/stock/rules/buffers", headers=staff, json={"channel": "web", "units": 3, "code": "MUG", "location": 1})
    async with asyncio.timeout(30):
        while not shop.offers.shelves.rules.buffers:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    (item,) = (await server.get("/v1/availability/MUG?location=woocommerce", headers=web)).json()["items"]
    assert (buffered.json()["buffers"][0]["units"], item["available"]) == (3, 2)
    buffer = {"channel": "web", "units": None, "code": "MUG", "location": 1}
    assert (await server.put("/v1/stock/rules/buffers", headers=staff, json=buffer)).json()["buffers"] == []
    assert (await server.put("/v1/stock/rules/buffers", headers=staff, json=buffer | {"channel": "\0"})).json()["field"] == "channel"
    shares = {"scarce_at": 10, "open_after": "PT1H", "weights": {"web": 1, "pos": 1}}
    assert (await server.put("/v1/stock/rules/shares", headers=staff, json=shares)).json()["shares"]["weights"] == {"web": 1, "pos": 1}
    assert (await server.put("/v1/stock/rules/shares", headers=staff, content=b"null")).json()["shares"] is None


async def test_a_broken_invariant_is_seen_everywhere(settings: Settings, shop: Services, staff):
    async with served(create_app(settings, shop)) as client:
        findings = (await client.get("/v1/stock/audit", headers=staff)).json()
        health = await client.get("/health/invariants")
        lines = (await client.get("/metrics")).text.splitlines()
    by_name = {each["invariant"]: each["violations"] for each in findings}
    assert by_name["ledger_is_stock"] > 0
    assert {each["invariant"]: each["violations"] for each in health.json()} == by_name
    assert health.status_code == 503
    assert f'spoina_stock_violations{{invariant="ledger_is_stock"}} {float(by_name["ledger_is_stock"])}' in lines


async def test_while_everything_holds_the_check_is_green(client: httpx.AsyncClient, services: Services):
    answer = await client.get("/health/invariants")
    assert (answer.status_code, {each["violations"] for each in answer.json()}) == (200, {0})
