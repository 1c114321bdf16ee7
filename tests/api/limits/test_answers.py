"""What a client hears that asks for too much, and what it is charged."""

import asyncio
import json
import logging

import httpx
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.app import create_app
from api.limits.budgets import BURST_SECONDS, Budget
from api.limits.clients import STREAMS_OF_AN_ADDRESS
from api.limits.opening import OpenLimits, open_limits
from api.services import Services
from spoina.access.types import KeyKind
from spoina.settings import POINTS_OF_AN_ADDRESS, Settings
from storefront.callers import Caller
from storefront.documents import is_mutation, served_documents
from storefront.throttling import pay_for_operation, pay_for_request
from tests.api.conftest import key_of, served
from tests.api.limits.limited import ADDRESS, OTHER_ADDRESS, Seconds, limits

TYPENAME = {"query": "{ __typename }"}
CREATE = {"query": "mutation { cartCreate { cart { id } } }"}
CART_STREAM = "/v1/carts/7b1c2f0e-58a1-4a3e-9d53-0d3a4f9c1a11/stream"


def of_address(own: OpenLimits, address: str = ADDRESS) -> Budget:
    return own.clients.of(None, {"client": (address, 1)}, {})


def leave(own: OpenLimits, points: int, address: str = ADDRESS) -> Budget:
    budget = of_address(own, address)
    budget.pay(budget.left - points)
    return budget


def spent_by(own: OpenLimits) -> int:
    return 60 - of_address(own).left


async def test_graphql_answers_with_the_dialects_error(limited: httpx.AsyncClient, own: OpenLimits, web):
    leave(own, 1)
    last, refused = [await limited.post("/graphql", json=TYPENAME, headers=web | {"origin": "https://sklep.example"}) for _ in range(2)]
    assert (last.status_code, refused.status_code) == (200, 429)
    message = "at most 60 points at once, 1 a second come back; try again in 1 seconds"
    extensions = {"code": "THROTTLED", "limit": 60, "restoreRate": 1, "retryAfter": 1}
    assert json.dumps(refused.json()) == json.dumps({"errors": [{"message": message, "extensions": extensions}]})
    wanted = {
        "content-type": "application/json; charset=utf-8",
        "cache-control": "no-store",
        "retry-after": "1",
        "ratelimit-policy": '"address";q=60;w=60',
        "ratelimit": '"address";r=0;t=1',
        "access-control-allow-origin": "https://sklep.example",
    }
    assert {name: refused.headers[name] for name in wanted} == wanted
    assert "retry-after" in refused.headers["access-control-expose-headers"]


async def test_rest_answers_with_problem_details(limited: httpx.AsyncClient, own: OpenLimits):
    leave(own, 0)
    refused = await limited.get("/v1/sync/status")
    assert (refused.status_code, refused.headers["content-type"], refused.headers["retry-after"]) == (429, "application/problem+json", "1")
    assert refused.json() == {
        "type": "urn:spoina:problem:throttled",
        "title": "This client asks for too much in too little time",
        "status": 429,
        "detail": "at most 60 points at once, 1 a second come back; try again in 1 seconds",
        "limit": 60,
        "restore_rate": 1,
        "retry_after": 1,
    }


async def test_rest_says_what_is_left(limited: httpx.AsyncClient, staff):
    told = [(await limited.get("/v1/sync/status", headers=staff)).headers for _ in range(2)]
    assert [each["ratelimit"] for each in told] == ['"staff";r=119;t=0', '"staff";r=118;t=0']
    assert {each["ratelimit-policy"] for each in told} == {'"staff";q=120;w=60'}


async def test_after_the_wait_the_client_is_let_in(limited: httpx.AsyncClient, own: OpenLimits, seconds: Seconds, web):
    leave(own, 0)
    refused = await limited.post("/graphql", json=TYPENAME, headers=web)
    seconds.now += int(refused.headers["retry-after"])
    assert (await limited.post("/graphql", json=TYPENAME, headers=web)).status_code == 200


@pytest.mark.parametrize(
    ("case", "asked", "points"),
    [
        ("a cheap question", TYPENAME, 1),
        ("what cannot be parsed", {"query": "{"}, 1),
        ("a thousand objects", {"query": "query($n: Int!) { products(first: $n) { nodes { id } } }", "variables": {"n": 250}}, 1),
        ("more of them", {"query": "{ products(first: 250) { nodes { id images(first: 20) { nodes { id } } } } }"}, 6),
        ("a mutation", CREATE, 5),
    ],
)
async def test_a_request_costs_what_its_document_does(limited: httpx.AsyncClient, own: OpenLimits, web, case, asked, points):
    assert (await limited.post("/graphql", json=asked, headers=web)).status_code in {200, 400}
    assert spent_by(own) == points


async def test_an_answer_that_is_given_again_costs_its_request_alone(limited: httpx.AsyncClient, own: OpenLimits, web):
    asked = {"query": "{ products(first: 250) { nodes { id images(first: 20) { nodes { id } } } } }  # again"}
    spent = []
    for _ in range(3):
        assert (await limited.post("/graphql", json=asked, headers=web)).status_code == 200
        spent.append(spent_by(own))
    assert spent == [6, 12, 13]


async def test_what_is_refused_is_not_begun(limited: httpx.AsyncClient, own: OpenLimits, services: Services, web):
    carts = await services.pool.fetchval("select count(*) from cart")
    leave(own, 4)
    refused = await limited.post("/graphql", json=CREATE, headers=web)
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (429, "THROTTLED")
    assert (await services.pool.fetchval("select count(*) from cart"), of_address(own).left) == (carts, 3)


async def test_the_hot_lane_counts_every_route(limited: httpx.AsyncClient, own: OpenLimits, web):
    for number, (method, path, body) in enumerate(
        [
            ("GET", "/v1/availability/NOPE", None),
            ("POST", "/v1/availability", {"codes": ["NOPE"]}),
            ("GET", "/v1/availability/stream", None),
            ("POST", "/api/2026-10/graphql.json", TYPENAME),
            ("GET", "/graphql?query=%7B__typename%7D", None),
            ("GET", "/nothing/here", None),
        ],
        start=1,
    ):
        assert (await limited.request(method, path, json=body, headers=web)).status_code in {200, 400, 404}
        assert spent_by(own) == number
    leave(own, 0)
    for path in ("/v1/availability/NOPE", "/v1/availability/stream?codes=NOPE", CART_STREAM, "/graphql?query=%7B__typename%7D", "/nothing"):
        assert (await limited.get(path, headers=web)).status_code == 429


async def test_a_cart_stream_costs_what_its_document_does(limited: httpx.AsyncClient, own: OpenLimits, web):
    leave(own, 3)
    refused = await limited.get(CART_STREAM, headers=web | {"cart-key": "x" * 32})
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:spoina:problem:throttled")
    assert (refused.json()["retry_after"], of_address(own).left) == (4, 2)


async def test_streams_are_bounded(limited: httpx.AsyncClient, own: OpenLimits, web):
    of_address(own).streams = STREAMS_OF_AN_ADDRESS - 1
    async with limited.stream("GET", "/v1/availability/stream?codes=NOPE", headers=web) as first:
        assert first.status_code == 200
        refused = await limited.get("/v1/availability/stream?codes=NOPE", headers=web)
    assert (refused.status_code, refused.json()["type"], refused.json()["limit"]) == (429, "urn:spoina:problem:too-many-streams", 300)
    async with asyncio.timeout(30):
        while of_address(own).streams >= STREAMS_OF_AN_ADDRESS:  # noqa: ASYNC110 - the server hears of it
            await asyncio.sleep(0.005)
    assert of_address(own).streams == STREAMS_OF_AN_ADDRESS - 1


async def test_operations_over_a_socket_are_counted_and_connections_bounded(limited: httpx.AsyncClient, own: OpenLimits, web):
    address = f"{str(limited.base_url).replace('http', 'ws', 1).rstrip('/')}/graphql"
    asking = {"subprotocols": ["graphql-transport-ws"], "additional_headers": web | {"x-forwarded-for": ADDRESS}, "proxy": None}
    async with connect(address, **asking) as socket, asyncio.timeout(30):
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv()) == {"type": "connection_ack"}
        leave(own, 1)
        heard = []
        for name in ("first", "second"):
            await socket.send(json.dumps({"type": "subscribe", "id": name, "payload": TYPENAME}))
            heard.append(json.loads(await socket.recv()))
            if heard[-1]["type"] == "next":
                assert json.loads(await socket.recv())["type"] == "complete"
        assert [(each["type"], each["id"]) for each in heard] == [("next", "first"), ("error", "second")]
        assert heard[1]["payload"][0]["extensions"] == {"code": "THROTTLED", "limit": 60, "restoreRate": 1, "retryAfter": 1}
        of_address(own).streams = STREAMS_OF_AN_ADDRESS
        async with connect(address, **asking) as more:
            await more.send('{"type": "connection_init"}')
            with pytest.raises(ConnectionClosed):
                await more.recv()
            assert (more.close_code, more.close_reason) == (1013, "at most 300 streams at once; close one")


async def test_webhooks_feeds_and_whoever_watches_are_never_refused(limited: httpx.AsyncClient, own: OpenLimits):
    leave(own, 0)
    ping = {"content": "webhook_id=7", "headers": {"content-type": "application/x-www-form-urlencoded"}}
    told = {
        "/health/live": (await limited.get("/health/live")).status_code,
        "/health/ready": (await limited.get("/health/ready")).status_code,
        "/metrics": (await limited.get("/metrics")).status_code,
        "/webhooks/woocommerce": (await limited.post("/webhooks/woocommerce", **ping)).status_code,
        "/webhooks/companion": (await limited.post("/webhooks/companion", content=b"{}")).status_code,
        "/feeds/secret/google.xml": (await limited.get("/feeds/secret/google.xml")).status_code,
    }
    assert list(told.values()) == [200, 200, 200, 200, 401, 404]
    assert (await limited.options("/graphql", headers={"origin": "https://sklep.example"})).status_code == 204


async def test_each_route_that_may_refuse_says_so(limited: httpx.AsyncClient):
    paths = (await limited.get("/docs/openapi.json")).json()["paths"]
    operations = [(path, each) for path, of in paths.items() for each in of.values() if isinstance(each, dict)]
    free = {path for path, operation in operations if "429" not in operation["responses"]}
    assert {"/metrics", "/health/ready", "/health/invariants", "/webhooks/woocommerce", "/webhooks/companion"} <= free
    assert {path.split("/")[1] for path in free} <= {"metrics", "health", "webhooks", "feeds"}


async def test_one_shopper_locks_nobody_else_out(limited: httpx.AsyncClient, own: OpenLimits, services: Services, web):
    leave(own, 0)
    others = [
        web | {"x-forwarded-for": OTHER_ADDRESS},
        await key_of(services.pool, KeyKind.POS),
        await key_of(services.pool, KeyKind.SERVER),
        await key_of(services.pool, KeyKind.SERVER) | {"shopify-storefront-buyer-ip": OTHER_ADDRESS},
        web | {"x-forwarded-for": "10.0.0.7"},
    ]
    assert [(await limited.post("/graphql", json=TYPENAME, headers=each)).status_code for each in (web, *others)] == [429, *[200] * 5]
    assert 60 - of_address(own, OTHER_ADDRESS).left == 2


async def test_who_guesses_keys_is_counted_by_its_address(limited: httpx.AsyncClient, own: OpenLimits):
    leave(own, 1)
    guessed = [await limited.get("/v1/orders", headers={"authorization": f"Bearer sp_staff_{each * 43}"}) for each in "ab"]
    assert [each.status_code for each in guessed] == [401, 429]


async def test_operators_see_who_is_refused_and_no_secret(limited: httpx.AsyncClient, own: OpenLimits, web, caplog):
    leave(own, 0)
    with caplog.at_level(logging.DEBUG):
        for path in ("/v1/orders", "/v1/stock/rules"):
            await limited.get(path, headers=web)
    lines = (await limited.get("/metrics")).text.splitlines()
    assert 'spoina_throttled_total{client="address"} 2.0' in lines
    assert 'spoina_limits_shared{by="redis"} 1.0' in lines
    # Uvicorn's own log of requests is switched off where Spoina is served.
    logged = [each.getMessage() for each in caplog.records if each.name.partition(".")[0] in {"api", "spoina", "storefront"}]
    assert logged == ["throttled: an address in 212.77.98.0/24"]


async def test_two_applications_share_a_budget_and_redis_no_secret(settings: Settings, services: Services, redis_url: str, web):
    seconds = Seconds()
    here, there = (limits(services.keys, seconds, services.redis) for _ in range(2))
    async with (
        served(create_app(settings, msgspec.structs.replace(services, limits=here))) as first,
        served(create_app(settings, msgspec.structs.replace(services, limits=there))) as second,
    ):
        asked = {"json": TYPENAME, "headers": web | {"x-forwarded-for": ADDRESS}}
        leave(here, 1)
        assert [(await each.post("/graphql", **asked)).status_code for each in (first, first, second)] == [200, 429, 200]
        leave(there, 30)
        for each in (here, there):
            await each.sharing.exchange()
        assert [(await each.post("/graphql", **asked)).status_code for each in (first, second)] == [429, 429]
    assert await services.redis.keys() == [f"spoina:limit:address:{ADDRESS}/32".encode()]


async def test_limits_are_switched_off_by_a_zero(settings: Settings, services: Services):
    off = msgspec.structs.replace(settings, limit_address=0, limit_key=0)
    async with open_limits(off, services.keys, services.redis, Seconds()) as opened:
        of_address(opened).pay(10**9)


def test_a_hundred_of_the_dearest_trusted_document_may_be_asked_for_at_once():
    _, documents = served_documents()
    paid: list[int] = []
    for document in documents.values():
        for operation in document.operations.values():
            caller = Caller(frozenset(), pay=paid.append)
            pay_for_request(caller)
            pay_for_operation(caller, document.budget.cost, mutation=is_mutation(operation))
    assert max(paid) * 100 <= POINTS_OF_AN_ADDRESS * BURST_SECONDS
