import asyncio
import json
import logging

import httpx
import msgspec
import pytest

from api.app import create_app
from api.hot_lane import GRAPHQL_BODY_BYTES
from api.services import Services
from spoina.access.service import REMEMBERED_SECONDS, create_key, revoke_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.settings import Settings
from tests.api.conftest import served

ASK = {"query": "{ __typename }"}
ANSWER = {"__typename": "QueryRoot"}
PATHS = ["/graphql", "/api/2026-10/graphql.json", "/api/unstable/graphql.json"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_query_is_answered_on_every_path(client: httpx.AsyncClient, web, path):
    posted = await client.post(path, json=ASK, headers=web)
    got = await client.get(path, params=ASK, headers=web)
    assert (posted.status_code, posted.json()["data"]) == (200, ANSWER)
    assert (got.status_code, got.json()["data"]) == (200, ANSWER)


@pytest.mark.parametrize("header", ["X-Shopify-Storefront-Access-Token", "Shopify-Storefront-Private-Token"])
async def test_the_dialects_headers_carry_keys_too(client: httpx.AsyncClient, services: Services, header):
    made = await create_key(services.pool, "shop window", KeyKind.WEB, utc_now)
    assert (await client.post("/graphql", json=ASK, headers={header: made.token})).json()["data"] == ANSWER


@pytest.mark.parametrize("kind", list(KeyKind))
async def test_every_kind_of_key_reads_the_storefront(client: httpx.AsyncClient, services: Services, kind):
    made = await create_key(services.pool, "a key", kind, utc_now)
    assert (await client.post("/graphql", json=ASK, headers={"authorization": f"bearer {made.token}"})).status_code == 200


async def test_without_a_key_nothing_is_read(client: httpx.AsyncClient):
    answer = await client.post("/graphql", json=ASK)
    assert (answer.status_code, answer.headers["content-type"], answer.headers["www-authenticate"]) == (
        401,
        "application/problem+json",
        "Bearer",
    )
    assert answer.json() == {
        "type": "urn:spoina:problem:unauthorized",
        "title": "A valid key is needed",
        "status": 401,
        "detail": "no key: send a key as 'Authorization: Bearer …' (spoina keys create makes one)",
        "reason": "no key: send a key as 'Authorization: Bearer …' (spoina keys create makes one)",
    }


async def test_an_unknown_and_a_revoked_key_hear_the_same(client: httpx.AsyncClient, services: Services):
    made = await create_key(services.pool, "lost", KeyKind.APP, utc_now)
    carried = {"authorization": f"Bearer {made.token}"}
    assert (await client.post("/graphql", json=ASK, headers=carried)).status_code == 200

    await revoke_key(services.pool, made.key.id, utc_now)
    await asyncio.sleep(REMEMBERED_SECONDS)
    revoked = await client.post("/graphql", json=ASK, headers=carried)
    unknown = await client.post("/graphql", json=ASK, headers={"authorization": f"Bearer sp_app_{'a' * 43}"})
    assert (revoked.status_code, revoked.content) == (401, unknown.content)


@pytest.mark.parametrize("path", PATHS[:2])
async def test_a_body_over_the_limit_is_refused_by_name(client: httpx.AsyncClient, web, path):
    answer = await client.post(path, content=b" " * (GRAPHQL_BODY_BYTES + 1), headers=web)
    assert (answer.status_code, answer.json()["limit"], answer.json()["unit"]) == (413, GRAPHQL_BODY_BYTES, "bytes")


async def test_a_body_without_a_declared_length_is_counted(client: httpx.AsyncClient, web):
    async def parts():
        for _ in range(40):
            yield b" " * 65536

    answer = await client.post("/graphql", content=parts(), headers=web)
    assert (answer.status_code, answer.json()["limit"]) == (413, GRAPHQL_BODY_BYTES)


async def test_a_body_of_exactly_the_limit_is_read(client: httpx.AsyncClient, web):
    body = json.dumps(ASK).encode()
    answer = await client.post("/graphql", content=body + b" " * (GRAPHQL_BODY_BYTES - len(body)), headers=web)
    assert answer.status_code == 200


async def test_other_methods_are_refused(client: httpx.AsyncClient, web):
    answer = await client.put("/graphql", json=ASK, headers=web)
    assert (answer.status_code, answer.headers["allow"], answer.json()["title"]) == (405, "GET, POST, OPTIONS", "Method Not Allowed")


async def test_malformed_json_is_told(client: httpx.AsyncClient, web):
    answer = await client.post("/graphql", content=b"{", headers=web)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")


async def test_a_listed_page_may_ask_and_read(client: httpx.AsyncClient, web):
    origin = {"origin": "https://sklep.example"}
    preflight = await client.options("/graphql", headers={**origin, "access-control-request-method": "POST"})
    answer = await client.post("/graphql", json=ASK, headers=web | origin)
    assert preflight.status_code == 204
    assert "x-shopify-storefront-access-token" in preflight.headers["access-control-allow-headers"]
    assert answer.headers["access-control-allow-origin"] == "https://sklep.example"
    assert answer.headers["vary"] == "origin"
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_page_that_is_not_listed_reads_nothing(client: httpx.AsyncClient, web):
    answer = await client.post("/graphql", json=ASK, headers={**web, "origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_where_no_page_asks_nothing_is_said_of_pages_except_to_caches(client: httpx.AsyncClient, web):
    posted = await client.post("/graphql", json=ASK, headers=web)
    got = await client.get("/graphql", params={"query": ASK["query"]}, headers=web)
    assert (posted.status_code, "vary" in posted.headers, got.status_code, "origin" in got.headers["vary"]) == (200, False, 200, True)


async def test_every_page_may_ask_where_all_are_allowed(settings: Settings, services: Services):
    async with served(create_app(msgspec.structs.replace(settings, cors_origins=("*",)), services)) as client:
        answer = await client.post("/graphql", json=ASK, headers={"origin": "https://elsewhere.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (401, "*")


async def test_a_browser_is_shown_the_page_in_development_only(settings: Settings, services: Services, client: httpx.AsyncClient):
    browser = {"accept": "text/html,application/xhtml+xml"}
    assert (await client.get("/graphql", headers=browser)).status_code == 401
    async with served(create_app(msgspec.structs.replace(settings, development=True), services)) as developing:
        shown = await developing.get("/graphql", headers=browser)
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert shown.headers["content-security-policy"].startswith("default-src 'none'; script-src 'sha256-")
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "http://" not in shown.text.replace("http://www.w3.org", "")
    assert "https://" not in shown.text


async def test_no_key_is_logged(fragile_client: httpx.AsyncClient, fragile: Services, caplog):
    made = await create_key(fragile.pool, "a key", KeyKind.WEB, utc_now)
    with caplog.at_level(logging.DEBUG):
        await fragile.pool.close()
        answer = await fragile_client.post("/graphql", json=ASK, headers={"authorization": f"Bearer {made.token}"})
    assert answer.status_code == 500
    assert answer.json()["reference"] in caplog.text
    assert made.token not in caplog.text
