"""Availability as it changes: server-sent events from real servers."""

import asyncio
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from api.app import create_app
from api.embedded import Servers
from api.listening import free_port
from api.services import Services
from spoina.access.service import REMEMBERED_SECONDS, create_key, revoke_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Connection, Pool
from spoina.inventory.changes import OVERLAP, Pace
from spoina.settings import Settings
from tests.api.availability_shop import MUG_GTIN, all_heard, fill, put, settled
from tests.api.conftest import SHOP, key_of, opened, served
from tests.api.sse import Events, following
from tests.conftest import database_url
from tests.spoina.catalog.builders import insert_products, product, variant

MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(scope="module")
async def shop(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[Services]:
    await administration.execute(f"create database streamed template {template} strategy file_copy")
    async with opened(settings, database_url(servers, "streamed"), servers.redis_url) as services:
        await fill(services.pool)
        await _until(lambda: len(services.offers.shelves.of(1)) == 3 and len(services.offers.shelves.rules.locations) == 3)
        await all_heard(services)
        yield services


@pytest.fixture(scope="module")
async def server(settings: Settings, shop: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, shop)) as client:
        yield client


@pytest.fixture(scope="module")
async def web(shop: Services) -> dict[str, str]:
    return await key_of(shop.pool, KeyKind.WEB)


@pytest.fixture(autouse=True)
async def _as_it_was(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Each test finds the shelves as they were filled, and nobody who follows them."""
    yield
    if "shop" not in request.fixturenames:
        return
    shop: Services = request.getfixturevalue("shop")
    shop.feed.pace, shop.offers.clock = Pace(), utc_now
    await shop.pool.execute("delete from stock where item_id = 5 and location_id <> 1")
    for item, on_hand in ((1, 5), (5, 0)):
        await put(shop.pool, item, 1, on_hand)
    await all_heard(shop)
    await _until(lambda: not len(shop.feed))


async def _until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - announcements are on their way
            await asyncio.sleep(0.002)


async def test_everything_at_first_then_each_change(server: httpx.AsyncClient, shop: Services, web):
    async with following(server, web, f"codes=MUG,{MUG_GTIN},GONE,NOPE") as events:
        first = await events.next()
        await put(shop.pool, 1, 1, 6)
        then = await events.next()
        await put(shop.pool, 5, 1, 2)
        last = await events.next()
    assert (events.answer.headers["content-type"], events.answer.headers["cache-control"]) == ("text/event-stream", "no-store")
    assert (first.kind, first.left()) == ("snapshot", {"MUG": 7, MUG_GTIN: 7, "GONE": 0})
    assert first.data["unknown"] == [{"code": "NOPE", "reason": "unknown"}]
    assert (then.kind, then.left(), last.left()) == ("change", {"MUG": 8, MUG_GTIN: 8}, {"GONE": 2})
    assert int(first.number) < int(then.number) < int(last.number)


async def test_what_is_told_at_once_is_what_was_committed(server: httpx.AsyncClient, shop: Services, web):
    shop.feed.pace = Pace(together=0)
    async with following(server, web, "codes=MUG") as events:
        seen = [(await events.next()).left()]
        for on_hand in (6, 7, 8):
            await put(shop.pool, 1, 1, on_hand)
            seen.append((await events.next()).left())
    assert seen == [{"MUG": 7}, {"MUG": 8}, {"MUG": 9}, {"MUG": 10}]


async def test_what_nobody_asked_for_is_not_told(server: httpx.AsyncClient, shop: Services, web):
    async with following(server, web, "codes=GONE") as events:
        await events.next()
        await put(shop.pool, 1, 1, 6)
        await put(shop.pool, 5, 1, 1)
        assert (await events.next()).left() == {"GONE": 1}


async def test_a_burst_comes_as_the_newest_state_of_each_variant(server: httpx.AsyncClient, shop: Services, web):
    shop.feed.pace = Pace(together=0.5)
    newest: dict[str, int] = {}
    times = 0
    async with following(server, web, "codes=MUG,GONE") as events:
        await events.next()
        began = time.monotonic()
        for count in range(1, 21):
            await put(shop.pool, 1, 1, count)
            await put(shop.pool, 5, 1, count)
        while newest != {"MUG": 22, "GONE": 20}:
            newest |= (await events.next()).left()
            times += 1
        windows = 1 + int((time.monotonic() - began) / 0.5)
        with pytest.raises(TimeoutError):
            await events.next(0.7)
    assert times <= windows


async def test_a_quiet_line_says_that_it_stands(server: httpx.AsyncClient, shop: Services, web):
    shop.feed.pace = Pace(quiet=0.05)
    async with following(server, web, "codes=MUG") as events:
        kinds = [(await events.next()).kind for _ in range(3)]
    assert kinds == ["snapshot", "comment", "comment"]


async def test_who_comes_back_is_told_what_was_missed(server: httpx.AsyncClient, shop: Services, web):
    codes = "codes=MUG,GONE,VASE"
    async with following(server, web, codes) as events:
        await events.next()
        shop.offers.clock = lambda: utc_now() + 2 * OVERLAP
        await put(shop.pool, 1, 1, 6)
        seen = await events.next()
        shop.offers.clock = lambda: utc_now() + 4 * OVERLAP
        await put(shop.pool, 1, 1, 7)
        told = await events.next()
    shop.offers.clock = lambda: utc_now() + 8 * OVERLAP
    await put(shop.pool, 5, 1, 3)
    await settled(shop, 5, 3)
    async with following(server, web, codes, last=told.number) as events:
        late = await events.next()
    async with following(server, web, codes, last=str(int(told.number) + OVERLAP // MICROSECOND)) as events:
        missed = await events.next()
    assert (seen.left(), told.left()) == ({"MUG": 8}, {"MUG": 9})
    assert (late.kind, late.left()) == ("change", {"MUG": 9, "GONE": 3})
    assert (missed.kind, missed.left()) == ("change", {"GONE": 3})


@pytest.mark.parametrize("last", ["1", "abc", "99999999999999999", "9" * 30, "-5"])
async def test_who_comes_back_from_before_anything_known_is_told_everything(server: httpx.AsyncClient, shop: Services, web, last):
    async with following(server, web, "codes=MUG,GONE", last=last) as events:
        told = await events.next()
    assert (told.kind, told.left()) == ("snapshot", {"MUG": 7, "GONE": 0})


async def test_after_a_lost_connection_everything_is_told_anew(server: httpx.AsyncClient, shop: Services, web):
    async with following(server, web, "codes=MUG") as events:
        await events.next()
        async with shop.pool.acquire() as db:
            await db.execute("update stock set on_hand = 30 where item_id = 1 and location_id = 1")
            await db.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid() and (query ilike 'listen%' or query = 'select 1')"
            )  # its heartbeat may have been the listening connection's last word
        told = await events.next(30)
        await put(shop.pool, 1, 1, 31)
        later = await events.next(30)
        while later.left() == told.left():  # stock may be known again before codes are: then everything is told twice
            later = await events.next(30)
    assert (told.kind, told.left(), later.left()) == ("snapshot", {"MUG": 32}, {"MUG": 33})


async def test_a_revoked_key_is_shown_out(server: httpx.AsyncClient, shop: Services):
    shop.feed.pace = Pace(quiet=0.05)
    made = await create_key(shop.pool, "lost", KeyKind.APP, utc_now)
    async with following(server, {"authorization": f"Bearer {made.token}"}, "codes=MUG") as events:
        await events.next()
        await revoke_key(shop.pool, made.key.id, utc_now)
        with pytest.raises(StopAsyncIteration):
            await _only_comments(events)
    await _until(lambda: len(shop.feed) == 0)


async def test_a_revoked_key_is_shown_out_though_changes_never_pause(server: httpx.AsyncClient, shop: Services):
    shop.feed.pace = Pace(together=0, quiet=0.05)
    made = await create_key(shop.pool, "lost", KeyKind.APP, utc_now)
    moving = asyncio.create_task(_moving(shop))
    async with following(server, {"authorization": f"Bearer {made.token}"}, "codes=MUG") as events:
        while (await events.next()).kind != "change":
            pass
        await revoke_key(shop.pool, made.key.id, utc_now)
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(_all_of(events), REMEMBERED_SECONDS + 5)
    moving.cancel()
    await asyncio.gather(moving, return_exceptions=True)


async def _all_of(events: Events) -> None:
    while True:
        await events.next()


async def _moving(shop: Services) -> None:
    for count in itertools.count():
        await put(shop.pool, 1, 1, count % 50)


async def _only_comments(events: Events) -> None:
    while True:
        assert (await events.next(REMEMBERED_SECONDS + 1)).kind == "comment"


async def test_a_location_is_followed_whole(server: httpx.AsyncClient, shop: Services, web):
    async with following(server, web, "location=hall") as events:
        first = await events.next()
        await put(shop.pool, 5, 1, 9)
        hall = await shop.pool.fetchval("select id from location where code = 'hall'")
        await put(shop.pool, 5, hall, 4)
        then = await events.next()
    assert (first.kind, first.left(), then.kind, then.left()) == ("snapshot", {"MUG": 3}, "change", {"GONE": 4})


async def test_a_code_that_appears_is_told_of(server: httpx.AsyncClient, shop: Services, web):
    async with following(server, web, "codes=MUG,SOON") as events:
        first = await events.next()
        await insert_products(shop.pool, [product(8, variants=(variant(8, sku="SOON"),))])
        then = await events.next()
    assert [each["code"] for each in first.data["unknown"]] == ["SOON"]
    assert (then.kind, then.data["unknown"], then.left()) == ("snapshot", [], {"MUG": 7, "SOON": None})


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("", "codes or location", "exactly one is needed"),
        ("codes=,", "codes or location", "exactly one is needed"),
        ("codes=A&location=hall", "codes or location", "exactly one is needed"),
        ("codes=" + ",".join(map(str, range(201))), "codes", "at most 200 codes"),
        ("location=moon", "location", "there is no location 'moon'"),
    ],
)
async def test_a_wrong_question_is_a_problem_and_no_stream(server: httpx.AsyncClient, shop: Services, web, query, field, reason):
    answer = await server.get(f"/v1/availability/stream?{query}", headers=web)
    assert (answer.status_code, answer.json()["field"], answer.json()["reason"]) == (400, field, reason)
    assert len(shop.feed) == 0


@pytest.fixture
async def two_processes(database: str, redis_url: str, pool: Pool) -> AsyncIterator[list[httpx.AsyncClient]]:
    await pool.execute(SHOP)
    await fill(pool)
    env = {**os.environ, "SPOINA_DATABASE_URL": database, "SPOINA_REDIS_URL": redis_url}
    ports = [free_port("127.0.0.1") for _ in range(2)]
    command = [sys.executable, "-m", "api.cli", "serve", "--port"]
    children = [await asyncio.create_subprocess_exec(*command, str(port), env=env) for port in ports]
    clients = [httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) for port in ports]
    try:
        for client in clients:
            await _answering(client)
        await asyncio.sleep(OVERLAP.total_seconds())  # younger processes know of nothing that another one may have told late
        yield clients
    finally:
        for client in clients:
            await client.aclose()
        for child in children:
            child.kill()
        for child in children:
            await child.wait()


async def _answering(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(90):
        while True:
            try:
                return (await client.get("/health/live")).raise_for_status() and None
            except httpx.TransportError:
                await asyncio.sleep(0.05)


async def test_a_reader_goes_on_at_another_process(two_processes: list[httpx.AsyncClient], pool: Pool):
    web = await key_of(pool, KeyKind.WEB)
    one, other = two_processes
    async with following(one, web, "codes=MUG,GONE") as here, following(other, web, "codes=MUG,GONE") as there:
        assert (await here.next()).left() == (await there.next()).left() == {"MUG": 7, "GONE": 0}
        await put(pool, 1, 1, 15)
        seen = await here.next()
        assert seen.left() == (await there.next()).left() == {"MUG": 17}
    await put(pool, 5, 1, 2)
    async with following(other, web, "codes=MUG,GONE", last=seen.number) as there:
        missed = await there.next()
        while "GONE" not in missed.left():
            missed = await there.next()
    assert missed.kind == "change"
    assert missed.left()["GONE"] == 2
