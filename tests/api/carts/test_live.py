"""A cart on several devices at once: GraphQL over a WebSocket, and server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import connect

from api.graphql_socket import PROTOCOL
from tests.api.carts.cart_shop import MUG, PLATE, Shopper, of
from tests.api.sse import Events

FOLLOW = """subscription($id: ID!, $since: Int) {
  cartChanged(id: $id, since: $since) { id version totalQuantity cost { totalAmount { amount } } }
}"""


def parts(cart: str) -> tuple[str, str]:
    """The number in a cart's id, and its key."""
    name, _, key = cart.partition("?key=")
    return name.rpartition("/")[2], key


@asynccontextmanager
async def streaming(shopper: Shopper, cart: str, last: str | None = None) -> AsyncIterator[Events]:
    number, key = parts(cart)
    headers = {**shopper.headers, "cart-key": key} | ({"last-event-id": last} if last else {})
    async with shopper.client.stream("GET", f"/v1/carts/{number}/stream", headers=headers, timeout=30) as answer:
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield Events(answer)


async def test_a_stream_tells_the_cart_and_then_every_change_of_whoever_makes_it(web, app) -> None:
    made = await web.create(lines=[of(MUG)])
    app.cart = made["id"]
    async with streaming(web, made["id"]) as events:
        first = await events.next()
        assert (first.kind, first.number, first.data["version"], first.data["totalQuantity"]) == ("cart", "1", 1, 1)
        assert first.data["lines"]["nodes"][0]["merchandise"]["product"]["handle"] == "kubek"
        await app.add(of(PLATE, 2))
        second = await events.next()
        assert (second.number, second.data["totalQuantity"], second.data["cost"]["totalAmount"]["amount"]) == ("2", 3, "238.43")
        assert second.data["id"] == made["id"]


async def test_who_comes_back_is_told_only_what_is_newer(web) -> None:
    made = await web.create(lines=[of(MUG)])
    async with streaming(web, made["id"], last="1") as events:
        await web.add(of(MUG))
        assert (await events.next()).number == "2"
    await web.add(of(MUG))
    await web.add(of(MUG))
    async with streaming(web, made["id"], last="2") as events:
        told = await events.next()
        assert (told.number, told.data["totalQuantity"]) == ("4", 4)


@pytest.mark.parametrize(
    ("case", "number", "key", "status"),
    [
        ("wrong key", None, "wrong", 404),
        ("another cart", "00000000-0000-0000-0000-000000000000", None, 404),
        ("a number that is none", "0000000000-0000-0000-0000-0000000000", None, 404),
        ("no key", None, "", 400),
        ("a key too long", None, "x" * 5001, 400),
        ("a token that is none", None, "a.b.c", 404),
    ],
)
async def test_a_stream_that_is_not_opened(web, case, number, key, status) -> None:
    own_number, own_key = parts((await web.create())["id"])
    headers = {**web.headers, "cart-key": own_key if key is None else key}
    answer = await web.client.get(f"/v1/carts/{number or own_number}/stream", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), case
    if status == 404:
        assert answer.json()["detail"] == "there is no cart with this id and key"


async def test_a_stream_needs_an_api_key_and_get(web) -> None:
    number, key = parts((await web.create())["id"])
    assert (await web.client.get(f"/v1/carts/{number}/stream", headers={"cart-key": key})).status_code == 401
    assert (await web.client.post(f"/v1/carts/{number}/stream", headers={**web.headers, "cart-key": key})).status_code == 405
    preflight = await web.client.options(f"/v1/carts/{number}/stream", headers={"origin": "https://sklep.example"})
    assert "cart-key" in preflight.headers["access-control-allow-headers"]


async def test_a_subscription_tells_the_cart_and_then_its_newest_version(web, app, socket) -> None:
    made = await web.create(lines=[of(MUG)])
    app.cart = made["id"]
    await socket.follow("one", FOLLOW, id=made["id"])
    first = (await socket.next("one"))["cartChanged"]
    assert first == {"id": made["id"], "version": 1, "totalQuantity": 1, "cost": {"totalAmount": {"amount": "38.45"}}}
    await asyncio.gather(*(app.add(of(MUG)) for _ in range(10)))
    seen = [first["version"]]
    while seen[-1] < 11:
        told = (await socket.next("one"))["cartChanged"]
        assert told["totalQuantity"] == told["version"]
        seen.append(told["version"])
    assert seen == sorted(set(seen))


async def test_a_subscription_to_what_is_not_there_is_refused(web, socket) -> None:
    made = await web.create()
    await socket.follow("one", FOLLOW, id=f"{made['id']}x")
    assert (await socket.refusal("one"))["extensions"]["code"] == "NOT_FOUND"


class Socket:
    def __init__(self, line) -> None:
        self._line = line

    async def follow(self, name: str, query: str, **variables: object) -> None:
        await self._tell(type="subscribe", id=name, payload={"query": query, "variables": variables})

    async def next(self, name: str) -> dict:
        told = await self._hear()
        assert (told["type"], told["id"], told["payload"].get("errors")) == ("next", name, None), told
        return told["payload"]["data"]

    async def refusal(self, name: str) -> dict:
        told = await self._hear()
        assert (told["type"], told["id"]) == ("error", name)
        return told["payload"][0]

    async def begin(self, headers: dict[str, str]) -> None:
        await self._tell(type="connection_init", payload=headers)
        assert (await self._hear())["type"] == "connection_ack"

    async def _tell(self, **message: object) -> None:
        await self._line.send(json.dumps(message))

    async def _hear(self) -> dict:
        async with asyncio.timeout(30):
            return json.loads(await self._line.recv())


@pytest.fixture
async def socket(web: Shopper, cart_client: httpx.AsyncClient) -> AsyncIterator[Socket]:
    address = str(cart_client.base_url).replace("http", "ws", 1).rstrip("/")
    async with connect(f"{address}/graphql", subprotocols=[PROTOCOL], proxy=None) as line:
        opened = Socket(line)
        await opened.begin(web.headers)
        yield opened
