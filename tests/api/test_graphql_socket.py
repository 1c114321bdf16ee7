"""GraphQL subscriptions over a real WebSocket, as clients of graphql-transport-ws speak."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.app import create_app
from api.askers import Askers
from api.clients import Clients
from api.embedded import Servers
from api.graphql_socket import MESSAGE_BYTES, MOST_SUBSCRIPTIONS, GraphQLSocket, Patience
from api.services import Services
from spoina.access.service import REMEMBERED_SECONDS, create_key, revoke_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Connection
from spoina.settings import Settings
from tests.api.availability_shop import MUG_GTIN, all_heard, fill, put
from tests.api.conftest import key_of, opened, served
from tests.conftest import database_url

FOLLOW = """subscription ($codes: [String!], $ids: [ID!], $at: ID, $since: ID) {
  availabilityChanged(codes: $codes, ids: $ids, locationId: $at, since: $since) {
    id complete unknownCodes
    variants { code variantId sku availableForSale quantityAvailable asOf locations { location { code } quantityAvailable } }
  }
}"""


@pytest.fixture(scope="module")
async def shop(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[Services]:
    await administration.execute(f"create database graphql_socket template {template} strategy file_copy")
    async with opened(settings, database_url(servers, "graphql_socket"), servers.redis_url) as services:
        await fill(services.pool)
        async with asyncio.timeout(30):
            while len(services.offers.shelves.of(1)) < 3 or len(services.offers.shelves.rules.locations) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        await all_heard(services)
        yield services


@pytest.fixture(scope="module")
async def server(settings: Settings, shop: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, shop)) as client:
        yield client


@pytest.fixture(scope="module")
async def web(shop: Services) -> str:
    return (await key_of(shop.pool, KeyKind.WEB))["authorization"]


@pytest.fixture(autouse=True)
async def _as_it_was(shop: Services) -> AsyncIterator[None]:
    """Each test finds the shelves as they were filled, and nobody who follows them."""
    yield
    await shop.pool.execute("delete from stock where item_id = 5 and location_id <> 1")
    for item, on_hand in ((1, 5), (5, 0)):
        await put(shop.pool, item, 1, on_hand)
    await put(shop.pool, 1, await shop.pool.fetchval("select id from location where code = 'hall'"), 3)
    await all_heard(shop)
    async with asyncio.timeout(30):
        while len(shop.feed):  # noqa: ASYNC110 - connections are ending
            await asyncio.sleep(0.005)


class Client:
    def __init__(self, socket) -> None:
        self.socket = socket

    async def say(self, **message) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self):
        async with asyncio.timeout(30):
            return json.loads(await self.socket.recv())

    async def begin(self, key: str) -> None:
        await self.say(type="connection_init", payload={"Authorization": key})
        assert await self.hear() == {"type": "connection_ack"}

    async def follow(self, name: str = "1", **variables) -> None:
        await self.say(type="subscribe", id=name, payload={"query": FOLLOW, "variables": variables})

    async def update(self):
        message = await self.hear()
        assert (message["type"], message["payload"].get("errors")) == ("next", None)
        return message["payload"]["data"]["availabilityChanged"]

    async def closed(self) -> tuple[int, str]:
        async with asyncio.timeout(30):
            with pytest.raises(ConnectionClosed):
                await _drained(self.socket)
        return self.socket.close_code, self.socket.close_reason


async def _drained(socket) -> None:
    while True:
        await socket.recv()


@asynccontextmanager
async def connected(client: httpx.AsyncClient, protocol: str = "graphql-transport-ws", **headers):
    address = f"{str(client.base_url).replace('http', 'ws', 1).rstrip('/')}/graphql"
    async with connect(address, subprotocols=[protocol], additional_headers=headers, proxy=None) as socket:
        yield Client(socket)


def left(update) -> dict[str, int]:
    return {each["code"]: each["quantityAvailable"] for each in update["variants"]}


async def test_a_basket_is_followed(server: httpx.AsyncClient, shop: Services, web):
    async with connected(server) as client:
        await client.begin(web)
        await client.follow(codes=["MUG", MUG_GTIN, "NOPE"], ids=["gid://spoina/ProductVariant/5"])
        first = await client.update()
        await put(shop.pool, 1, 1, 6)
        then = await client.update()
        await put(shop.pool, 5, 1, 2)
        last = await client.update()
        await client.say(type="complete", id="1")
        await put(shop.pool, 1, 1, 9)
        await client.say(type="ping")
        assert await client.hear() == {"type": "pong"}
        assert len(shop.feed) == 0
    assert (first["complete"], first["unknownCodes"], left(first)) == (True, ["NOPE"], {"MUG": 7, MUG_GTIN: 7, "5": 0})
    assert (then["complete"], left(then), left(last)) == (False, {"MUG": 8, MUG_GTIN: 8}, {"5": 2})
    assert then["variants"][0] == {
        "code": "MUG",
        "variantId": "gid://spoina/ProductVariant/1",
        "sku": "MUG",
        "availableForSale": True,
        "quantityAvailable": 8,
        "asOf": "2026-03-01T12:00:00Z",
        "locations": [
            {"location": {"code": "woocommerce"}, "quantityAvailable": 6},
            {"location": {"code": "hall"}, "quantityAvailable": 3},
            {"location": {"code": "depot"}, "quantityAvailable": 2},
        ],
    }
    assert int(first["id"]) < int(then["id"]) < int(last["id"])


async def test_a_location_is_followed_whole(server: httpx.AsyncClient, shop: Services, web):
    hall = await shop.pool.fetchval("select id from location where code = 'hall'")
    async with connected(server, authorization=web) as client:
        await client.say(type="connection_init")
        assert await client.hear() == {"type": "connection_ack"}
        await client.follow(at=f"gid://spoina/Location/{hall}")
        first = await client.update()
        await put(shop.pool, 5, hall, 4)
        assert (left(first), left(await client.update())) == ({"MUG": 3}, {"GONE": 4})


async def test_everything_ends_with_the_connection(server: httpx.AsyncClient, shop: Services, web):
    async with connected(server) as client:
        await client.begin(web)
        for name in ("a", "b"):
            await client.follow(name, codes=["MUG"])
            await client.update()
        assert len(shop.feed) == 2
    async with asyncio.timeout(30):
        while len(shop.feed):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_queries_are_answered_on_the_socket_too(server: httpx.AsyncClient, shop: Services, web):
    async with connected(server) as client:
        await client.begin(web)
        await client.say(type="subscribe", id="q", payload={"query": "{ shop { name } }"})
        told = [await client.hear(), await client.hear()]
    assert (told[0]["payload"]["data"], told[1]) == ({"shop": {"name": "Sklep"}}, {"type": "complete", "id": "q"})


@pytest.mark.parametrize(
    ("payload", "code", "message"),
    [
        ({"query": FOLLOW}, "BAD_USER_INPUT", "codes, ids or locationId: one is needed"),
        (
            {"query": FOLLOW, "variables": {"codes": ["A"] * 1 + [str(n) for n in range(200)]}},
            "LIMIT_EXCEEDED",
            "codes and ids: at most 200 in all",
        ),
        ({"query": FOLLOW, "variables": {"at": "gid://spoina/Location/77"}}, "NOT_FOUND", "there is no location 77"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED", "Cannot query field 'nothing' on type 'Subscription'."),
        ({"query": 7}, "BAD_REQUEST", "body: Expected `str | null`, got `int` - at `$.query`"),
        ({}, "BAD_REQUEST", "query: missing; so are documentId and extensions.persistedQuery.sha256Hash"),
    ],
)
async def test_a_wrong_subscription_is_an_error_and_the_line_stands(server, shop: Services, web, payload, code, message):
    async with connected(server) as client:
        await client.begin(web)
        await client.say(type="subscribe", id="x", payload=payload)
        told = await client.hear()
        await client.follow(codes=["MUG"])
        assert left(await client.update()) == {"MUG": 7}
    assert (told["type"], told["id"]) == ("error", "x")
    assert (told["payload"][0]["extensions"]["code"], told["payload"][0]["message"]) == (code, message)


async def test_a_connection_has_so_many_subscriptions(server: httpx.AsyncClient, shop: Services, web):
    async with connected(server) as client:
        await client.begin(web)
        for number in range(MOST_SUBSCRIPTIONS):
            await client.follow(str(number), codes=["MUG"])
            await client.update()
        await client.follow("more", codes=["MUG"])
        told = await client.hear()
    assert (told["type"], told["id"], told["payload"][0]["extensions"]["code"]) == ("error", "more", "LIMIT_EXCEEDED")


async def test_over_http_a_subscription_is_told_where_to_go(server: httpx.AsyncClient, web):
    answer = await server.post("/graphql", json={"query": FOLLOW}, headers={"authorization": web})
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (
        400,
        "a subscription needs a WebSocket at /graphql (graphql-transport-ws)",
    )


@pytest.mark.parametrize(
    ("case", "messages", "code", "reason"),
    [
        ("subscribing first", ['{"type": "subscribe", "id": "1", "payload": {}}'], 4401, "Unauthorized"),
        ("no JSON", ["hello"], 4400, "Invalid message: JSON is malformed"),
        ("no type", ["{}"], 4400, "Invalid message: Object missing required field `type`"),
        ("an unknown type", ['{"type": "start"}'], 4400, "Invalid message type 'start'"),
        ("no key", ['{"type": "connection_init"}'], 4403, "Forbidden: no key"),
        ("an unknown key", ['{"type": "connection_init", "payload": {"authorization": "Bearer x"}}'], 4403, "Forbidden: this key"),
        ("a key that is no text", ['{"type": "connection_init", "payload": {"authorization": 7}}'], 4400, "Invalid message"),
    ],
)
async def test_who_begins_wrongly_is_shown_out(server: httpx.AsyncClient, shop: Services, case, messages, code, reason):
    async with connected(server) as client:
        for message in messages:
            await client.socket.send(message)
        closed = await client.closed()
    assert (closed[0], closed[1].startswith(reason)) == (code, True)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "connection_init"}, 4429),
        ({"type": "subscribe", "payload": {"query": FOLLOW}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": FOLLOW, "variables": {"codes": ["GONE"]}}}, 4409),
        ({"type": "ping", "payload": {"much": "x" * MESSAGE_BYTES}}, 1009),
    ],
)
async def test_who_goes_on_wrongly_is_shown_out(server: httpx.AsyncClient, shop: Services, web, message, code):
    async with connected(server) as client:
        await client.begin(web)
        await client.follow(codes=["MUG"])
        await client.update()
        await client.say(**message)
        assert (await client.closed())[0] == code


async def test_another_protocol_is_not_spoken(server: httpx.AsyncClient, shop: Services):
    async with connected(server, protocol="graphql-ws") as client:
        assert (await client.closed())[0] == 4406


def askers_of(shop: Services) -> Askers:
    return Askers(shop.storefronts, shop.keys, Clients(), shop.limits.clients)


async def test_who_never_begins_is_shown_out(shop: Services):
    socket = GraphQLSocket(askers_of(shop), Patience(init=0.05))
    async with served(socket) as client, connected(client) as waiting:
        assert await waiting.closed() == (4408, "Connection initialisation timeout")


async def test_a_revoked_key_is_shown_out(shop: Services):
    made = await create_key(shop.pool, "lost", KeyKind.APP, utc_now)
    socket = GraphQLSocket(askers_of(shop), Patience(key=0.05))
    async with served(socket) as own, connected(own) as client:
        await client.begin(f"Bearer {made.token}")
        await client.follow(codes=["MUG"])
        await client.update()
        await revoke_key(shop.pool, made.key.id, utc_now)
        async with asyncio.timeout(REMEMBERED_SECONDS + 2):
            assert (await client.closed())[0] == 4403
    assert len(shop.feed) == 0


async def test_what_a_till_may_sell_is_not_what_the_web_may(server: httpx.AsyncClient, shop: Services, web):
    pos = (await key_of(shop.pool, KeyKind.POS))["authorization"]
    query = """{ product(handle: "product-1") { availableForSale totalInventory variants(first: 1) { nodes { quantityAvailable
        storeAvailability(first: 5) { nodes { available quantityAvailable asOf pickUpTime pickUpMinutes
            location { name timezone address { formatted countryCode } } } } } } } }"""
    told = [
        (await server.post("/graphql", json={"query": query}, headers={"authorization": key})).json()["data"]["product"]
        for key in (web, pos)
    ]
    assert [(each["availableForSale"], each["totalInventory"]) for each in told] == [(True, 7), (True, 10)]
    hall = {"name": "Hala", "timezone": "Europe/Warsaw", "address": {"formatted": ["ul. Długa 1", "Kraków"], "countryCode": "PL"}}
    assert told[0]["variants"]["nodes"] == [
        {
            "quantityAvailable": 7,
            "storeAvailability": {
                "nodes": [
                    {
                        "available": True,
                        "quantityAvailable": 3,
                        "asOf": "2026-03-01T12:00:00Z",
                        "pickUpTime": "Zwykle gotowe w 90 min",
                        "pickUpMinutes": 90,
                        "location": hall,
                    }
                ]
            },
        }
    ]


async def test_a_shared_cache_keeps_the_channels_apart(server: httpx.AsyncClient, web):
    got = await server.get("/graphql", params={"query": "{ shop { name } }"}, headers={"authorization": web})
    assert "authorization, x-shopify-storefront-access-token, shopify-storefront-private-token" in got.headers.get_list("vary")


async def test_stores_are_never_told_from_an_older_answer(server: httpx.AsyncClient, shop: Services, web):
    query = """{ locations(first: 5) { nodes { code } } product(handle: "product-1") { variants(first: 1) { nodes {
        storeAvailability(first: 1) { nodes { quantityAvailable } } } } } }"""
    hall = await shop.pool.fetchval("select id from location where code = 'hall'")

    async def ask():
        return (await server.post("/graphql", json={"query": query}, headers={"authorization": web})).json()["data"]

    before = [await ask() for _ in range(3)]
    changes = shop.offers.shelves.changes
    await put(shop.pool, 1, hall, 8)
    async with asyncio.timeout(30):
        while shop.offers.shelves.changes == changes:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
    quantities = [
        each["product"]["variants"]["nodes"][0]["storeAvailability"]["nodes"][0]["quantityAvailable"] for each in [*before, await ask()]
    ]
    assert quantities == [3, 3, 3, 8]
    assert before[0]["locations"] == {"nodes": [{"code": "hall"}]}
