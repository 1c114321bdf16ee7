import asyncio
import json
import logging

import httpx
import msgspec
import pytest

from api.app import create_app
from api.hot_lane import GRAPHQL_BODY_BYTES
from api.plain import dialect_answer
from api.services import Services
from spoina.access.service import REMEMBERED_SECONDS, create_key, revoke_key
from spoina.access.types import KeyKind, Scope
from spoina.clock import utc_now
from spoina.errors import Forbidden, InvalidInput
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


HOW = "send a key as 'Authorization: Bearer …' (spoina keys create makes one)"
JSON = "application/json; charset=utf-8"


def told(answer: httpx.Response) -> tuple[int, str, str, dict]:
    """Status, media type, and the one entry of `errors`, of an answer in GraphQL's form."""
    assert list(answer.json()) == ["errors"]
    ((message, extensions),) = [(each["message"], each["extensions"]) for each in answer.json()["errors"]]
    return answer.status_code, answer.headers["content-type"], message, extensions


@pytest.mark.parametrize("header", ["X-Shopify-Storefront-Access-Token", "Shopify-Storefront-Private-Token"])
async def test_the_dialects_headers_carry_keys_too(client: httpx.AsyncClient, services: Services, header):
    made = await create_key(services.pool, "shop window", KeyKind.WEB, utc_now)
    assert (await client.post("/graphql", json=ASK, headers={header: made.token})).json()["data"] == ANSWER


@pytest.mark.parametrize("kind", list(KeyKind))
async def test_every_kind_of_key_reads_the_storefront(client: httpx.AsyncClient, services: Services, kind):
    made = await create_key(services.pool, "a key", kind, utc_now)
    assert (await client.post("/graphql", json=ASK, headers={"authorization": f"bearer {made.token}"})).status_code == 200


@pytest.mark.parametrize("path", PATHS[:2])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_without_a_key_nothing_is_read_and_graphqls_clients_can_read_why(client: httpx.AsyncClient, path, method):
    asked = {"params": ASK} if method == "GET" else {"json": ASK}
    answer = await client.request(method, path, **asked, headers={"origin": "https://sklep.example"})
    assert told(answer) == (401, JSON, f"no key: {HOW}", {"code": "UNAUTHENTICATED"})
    headers = {name: answer.headers[name] for name in ("www-authenticate", "cache-control", "access-control-allow-origin")}
    assert headers == {"www-authenticate": "Bearer", "cache-control": "no-store", "access-control-allow-origin": "https://sklep.example"}


async def test_an_unknown_and_a_revoked_key_hear_the_same(client: httpx.AsyncClient, services: Services):
    made = await create_key(services.pool, "lost", KeyKind.APP, utc_now)
    carried = {"authorization": f"Bearer {made.token}"}
    assert (await client.post("/graphql", json=ASK, headers=carried)).status_code == 200

    await revoke_key(services.pool, made.key.id, utc_now)
    await asyncio.sleep(REMEMBERED_SECONDS)
    revoked = await client.post("/graphql", json=ASK, headers=carried)
    unknown = await client.post("/graphql", json=ASK, headers={"authorization": f"Bearer sp_app_{'a' * 43}"})
    assert (revoked.content, told(unknown)) == (unknown.content, (401, JSON, f"this key is not valid: {HOW}", {"code": "UNAUTHENTICATED"}))


@pytest.mark.parametrize("path", PATHS[:2])
async def test_a_body_over_the_limit_is_refused_by_name(client: httpx.AsyncClient, web, path):
    answer = await client.post(path, content=b" " * (GRAPHQL_BODY_BYTES + 1), headers=web)
    assert told(answer) == (413, JSON, f"body: at most {GRAPHQL_BODY_BYTES} bytes", {"code": "LIMIT_EXCEEDED"})


async def test_a_body_without_a_declared_length_is_counted(client: httpx.AsyncClient, web):
    async def parts():
        for _ in range(40):
            yield b" " * 65536

    answer = await client.post("/graphql", content=parts(), headers=web)
    assert told(answer) == (413, JSON, f"body: at most {GRAPHQL_BODY_BYTES} bytes", {"code": "LIMIT_EXCEEDED"})


async def test_a_body_of_exactly_the_limit_is_read(client: httpx.AsyncClient, web):
    body = json.dumps(ASK).encode()
    answer = await client.post("/graphql", content=body + b" " * (GRAPHQL_BODY_BYTES - len(body)), headers=web)
    assert answer.status_code == 200


async def test_other_methods_are_refused(client: httpx.AsyncClient, web):
    answer = await client.put("/graphql", json=ASK, headers=web)
    assert told(answer) == (405, JSON, "Method Not Allowed", {"code": "METHOD_NOT_ALLOWED"})
    assert answer.headers["allow"] == "GET, POST, OPTIONS"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Forbidden(Scope.STOREFRONT_READ), 403, "FORBIDDEN"),
        (InvalidInput("body", "ended before it was complete"), 400, "BAD_REQUEST"),
        (ConnectionRefusedError("10.0.0.7:5432"), 503, "SERVICE_UNAVAILABLE"),
        (KeyError("inner"), 500, "INTERNAL_SERVER_ERROR"),
    ],
)
def test_whatever_goes_wrong_has_graphqls_form_and_what_lies_inside_stays_there(error, status, code):
    answer = dialect_answer(error)
    (problem,) = json.loads(answer.body)["errors"]
    assert (answer.status, problem["extensions"]["code"], answer.header("content-type")) == (status, code, JSON)
    inside = status >= 500
    assert (str(error) in problem["message"], problem["extensions"].get("reference", "") in problem["message"]) == (not inside, True)


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
    status, media_type, _, extensions = told(answer)
    assert (status, media_type, extensions["code"]) == (500, JSON, "INTERNAL_SERVER_ERROR")
    assert extensions["reference"] in caplog.text
    assert made.token not in caplog.text
