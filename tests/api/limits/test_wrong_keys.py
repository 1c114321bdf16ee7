"""What it costs to try keys out, and what whoever does so hears; everybody else is served as before."""

import asyncio
import json
import logging

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from api.limits.budgets import Budget
from api.limits.clients import ClientLimits
from api.limits.opening import OpenLimits
from api.services import Services
from spoina.access.service import KeyRing
from spoina.access.types import KeyKind
from spoina.access.types import Scope as Right
from tests.api.conftest import key_of
from tests.api.limits.limited import ADDRESS, Seconds, ledger
from tests.sql_statements import count_statements

TYPENAME = {"query": "{ __typename }"}
REFUSAL = "at most 60 keys that are not valid at once, 1 a second come back; try again in 1 seconds"
ROUTES = ["/graphql?query=%7B__typename%7D", "/v1/orders", "/v1/availability/MUG", "/v1/availability/stream?codes=MUG", "/v1/nothing"]
_numbers = iter(range(10**6))


def wrong() -> dict[str, str]:
    """A key that nobody has, and nobody tried before."""
    return {"authorization": f"Bearer sp_staff_{next(_numbers):043d}"}


def tries(own: OpenLimits, address: str = ADDRESS) -> Budget:
    return own.clients._tries_of({"client": (address, 1)})


def points(own: OpenLimits, address: str = ADDRESS) -> Budget:
    return own.clients.of(None, {"client": (address, 1)}, {})


def leave(budget: Budget, left: int) -> None:
    budget.pay(budget.left - left)


@pytest.mark.parametrize("path", ROUTES)
async def test_each_try_costs_a_statement_until_an_address_has_none_left(limited: httpx.AsyncClient, own: OpenLimits, services, path):
    leave(tries(own), 3)
    async with count_statements(services.pool, of_requests=True) as sent:
        told = [(await limited.get(path, headers=wrong())).status_code for _ in range(10)]
    unknown = 404 if path == "/v1/nothing" else 401
    assert (told, len(sent), tries(own).left) == ([unknown] * 3 + [429] * 7, 3, 0)


async def test_sixty_are_tried_and_one_more_each_second(limited: httpx.AsyncClient, own: OpenLimits, services, seconds: Seconds):
    async def tried(times: int) -> list[int]:
        answers = await asyncio.gather(*(limited.post("/graphql", json=TYPENAME, headers=wrong()) for _ in range(times)))
        return sorted(answer.status_code for answer in answers)

    async with count_statements(services.pool, of_requests=True) as sent:
        assert await tried(70) == [401] * 60 + [429] * 10
        seconds.now += 2
        assert await tried(4) == [401] * 2 + [429] * 2
    assert len(sent) == 62


async def test_graphql_answers_in_its_dialect_and_rest_with_a_problem(limited: httpx.AsyncClient, own: OpenLimits):
    leave(tries(own), 0)
    asked = await limited.post("/graphql", json=TYPENAME, headers=wrong())
    assert (asked.status_code, asked.json()) == (
        429,
        {"errors": [{"message": REFUSAL, "extensions": {"code": "THROTTLED", "limit": 60, "restoreRate": 1, "retryAfter": 1}}]},
    )
    rest = await limited.get("/v1/orders", headers=wrong())
    assert (rest.status_code, rest.json()["type"], rest.json()["detail"]) == (429, "urn:spoina:problem:throttled", REFUSAL)
    for answer in (asked, rest):
        told = {name: answer.headers[name] for name in ("retry-after", "ratelimit-policy", "ratelimit")}
        assert told == {"retry-after": "1", "ratelimit-policy": '"wrong-key";q=60;w=60', "ratelimit": '"wrong-key";r=0;t=1'}


@pytest.mark.parametrize("path", ROUTES[:3])
async def test_a_frontend_with_a_wrong_key_costs_one_statement_however_often_it_asks(limited, own: OpenLimits, services, path):
    carried = wrong()
    async with count_statements(services.pool, of_requests=True) as sent:
        told = [(await limited.get(path, headers=carried)).status_code for _ in range(20)]
    assert (told, len(sent), tries(own).left, points(own).left) == ([401] * 20, 1, 59, 40)


@pytest.mark.parametrize("path", ROUTES[:3])
async def test_requests_without_a_key_are_counted_like_all_others(limited: httpx.AsyncClient, own: OpenLimits, services, path):
    leave(points(own), 2)
    async with count_statements(services.pool, of_requests=True) as sent:
        told = [(await limited.get(path)).status_code for _ in range(3)]
    assert (told, len(sent), tries(own).left) == ([401, 401, 429], 0, 60)


async def test_whoever_has_a_key_that_is_known_is_served_all_the_same(limited: httpx.AsyncClient, own: OpenLimits, web):
    first = await limited.post("/graphql", json=TYPENAME, headers=web)
    leave(tries(own), 0)
    refused = await limited.post("/graphql", json=TYPENAME, headers=wrong())
    again = await limited.post("/graphql", json=TYPENAME, headers=web)
    assert [each.status_code for each in (first, refused, again)] == [200, 429, 200]


async def test_a_key_that_is_valid_uses_no_try_up(limited: httpx.AsyncClient, own: OpenLimits, services: Services):
    leave(tries(own), 1)
    for kind in KeyKind:
        assert (await limited.post("/graphql", json=TYPENAME, headers=await key_of(services.pool, kind))).status_code == 200
    assert tries(own).left == 1


async def test_addresses_of_our_own_are_not_limited(limited: httpx.AsyncClient, own: OpenLimits):
    carried = {"x-forwarded-for": "10.0.0.7"}
    answers = await asyncio.gather(*(limited.get("/v1/orders", headers=wrong() | carried) for _ in range(70)))
    assert {answer.status_code for answer in answers} == {401}


async def test_a_socket_counts_them_too(limited: httpx.AsyncClient, own: OpenLimits):
    address = f"{str(limited.base_url).replace('http', 'ws', 1).rstrip('/')}/graphql"
    asking = {"subprotocols": ["graphql-transport-ws"], "additional_headers": {"x-forwarded-for": ADDRESS}, "proxy": None}
    leave(tries(own), 1)
    closed = []
    for _ in range(2):
        async with connect(address, **asking) as socket, asyncio.timeout(30):
            await socket.send(json.dumps({"type": "connection_init", "payload": wrong()}))
            with pytest.raises(ConnectionClosed):
                await socket.recv()
            closed.append((socket.close_code, socket.close_reason))
    assert closed == [
        (4403, "Forbidden: this key is not valid: send a key as 'Authorization: Bearer …' (spoina keys create makes one)"),
        (1013, REFUSAL),
    ]


async def test_operators_see_it_and_no_key_and_no_whole_address(limited: httpx.AsyncClient, own: OpenLimits, caplog):
    leave(tries(own), 1)
    guesses = [wrong() for _ in range(3)]
    with caplog.at_level(logging.DEBUG):
        for path in ROUTES[:3]:
            for each in guesses:
                await limited.get(path, headers=each)
    logged = [each.getMessage() for each in caplog.records if each.name.partition(".")[0] in {"api", "spoina", "storefront"}]
    assert logged == ["throttled: keys that are not valid, from an address in 212.77.98.0/24"]
    assert not any(each["authorization"].rpartition("_")[2] in line for each in guesses for line in logged)
    assert 'spoina_throttled_total{client="wrong-key"} 6.0' in (await limited.get("/metrics")).text.splitlines()


async def test_a_database_that_does_not_answer_uses_no_try_up():
    class Away:
        async def fetchrow(self, *_: object) -> None:
            raise ConnectionRefusedError

    seconds = Seconds()
    limits = ClientLimits(KeyRing(Away(), seconds), ledger(seconds), address_rate=1, key_rate=2)
    asked = {"client": (ADDRESS, 1)}
    headers = {name.encode(): value.encode() for name, value in wrong().items()}
    for _ in range(100):
        with pytest.raises(ConnectionRefusedError):
            await limits.admit(asked, headers, Right.STOREFRONT_READ)
    assert limits._tries_of(asked).left == 60
