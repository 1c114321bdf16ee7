"""Webhooks to other systems, over HTTP: who may, what is answered, and that products are relayed."""

from collections.abc import AsyncIterator
from random import random

import httpx
import pytest

from api.app import create_app
from api.embedded import Servers
from api.services import Services
from channels.webhooks.sending import open_sender
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Connection
from spoina.settings import Settings
from spoina.webhooks.delivering import Deliveries
from spoina.webhooks.relays import relay
from tests.api.availability_shop import fill
from tests.api.conftest import key_of, opened, served
from tests.conftest import database_url
from tests.spoina.webhooks.receiving import Receiver

ROUTES = [("GET", ""), ("POST", ""), ("PUT", "/1"), ("DELETE", "/1"), ("POST", "/1/secret"), ("POST", "/1/enable"), ("POST", "/1/ping")]
ROUTES += [("GET", "/1/deliveries"), ("POST", "/1/deliveries/1/retry"), ("POST", "/1/replay")]
HOOK = {"url": "https://erp.example/hook", "topics": ["order.created"]}


@pytest.fixture(scope="module")
async def shop(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[Services]:
    await administration.execute(f"create database outgoing template {template} strategy file_copy")
    async with opened(settings, database_url(servers, "outgoing"), servers.redis_url) as services:
        await fill(services.pool)
        yield services


@pytest.fixture(scope="module")
async def server(settings: Settings, shop: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, shop)) as client:
        yield client


@pytest.fixture
async def staff(shop: Services) -> dict[str, str]:
    await shop.pool.execute("truncate webhook_endpoint, webhook_event, webhook_source cascade")
    return await key_of(shop.pool, KeyKind.STAFF)


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("kind", [None, KeyKind.WEB, KeyKind.APP, KeyKind.POS])
async def test_only_staff_may(server: httpx.AsyncClient, shop: Services, method, path, kind):
    headers = await key_of(shop.pool, kind) if kind else {}
    answer = await server.request(method, f"/v1/webhooks{path}", headers=headers, json={} if method in {"POST", "PUT"} else None)
    assert (answer.status_code, answer.headers["content-type"]) == (403 if kind else 401, "application/problem+json")


async def test_the_secret_is_answered_once(server: httpx.AsyncClient, staff):
    made = (await server.post("/v1/webhooks", headers=staff, json=HOOK)).json()
    assert made["secret"].startswith("whsec_")
    listed = (await server.get("/v1/webhooks", headers=staff)).json()
    assert listed == [made["endpoint"]]
    assert made["secret"] not in str(listed)
    assert (listed[0]["url"], listed[0]["topics"], listed[0]["disabledAt"]) == (HOOK["url"], HOOK["topics"], None)
    renewed = (await server.post(f"/v1/webhooks/{listed[0]['id']}/secret", headers=staff)).json()
    assert renewed["secret"] != made["secret"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "erp.example", "topics": ["order.created"]}, "url"),
        ({"url": "https://erp.example", "topics": []}, "topics"),
        ({"url": "https://erp.example", "topics": ["order.vanished"]}, "topics[0]"),
        ({"url": "https://erp.example", "topics": ["order.created"], "colour": "red"}, "colour"),
        ({"topics": ["order.created"]}, "url"),
    ],
)
async def test_bad_input_names_the_field(server: httpx.AsyncClient, staff, body, field):
    answer = await server.post("/v1/webhooks", headers=staff, json=body)
    assert (answer.status_code, field in answer.text) == (400, True)
    assert (await server.get("/v1/webhooks", headers=staff)).json() == []


@pytest.mark.parametrize(("method", "path"), [each for each in ROUTES if "/1" in each[1]])
async def test_what_does_not_exist(server: httpx.AsyncClient, staff, method, path):
    body = HOOK if method == "PUT" else {"since": "2026-01-01T00:00:00Z"} if path.endswith("replay") else None
    assert (await server.request(method, f"/v1/webhooks{path}", headers=staff, json=body)).status_code == 404


async def test_a_changed_product_reaches_the_receiver(server: httpx.AsyncClient, shop: Services, staff):
    receiver = Receiver()
    async with served(receiver) as client, open_sender() as sender:
        hook = {"url": f"{str(client.base_url).rstrip('/')}/hook", "topics": ["product.updated", "product.deleted"]}
        number = (await server.post("/v1/webhooks", headers=staff, json=hook)).json()["endpoint"]["id"]
        deliveries = Deliveries(shop.pool, sender, utc_now, random)
        await relay(shop.pool, utc_now)
        product = await shop.pool.fetchrow("select id, handle from product order by id limit 1")
        await shop.pool.execute("update product set version = nextval('catalog_version') where id = $1", product["id"])
        await relay(shop.pool, utc_now)
        await shop.pool.execute("update product set version = nextval('catalog_version'), published = false where id = $1", product["id"])
        await relay(shop.pool, utc_now)
        assert await deliveries.send_due() == 2
        await server.post(f"/v1/webhooks/{number}/replay", headers=staff, json={"since": "2020-01-01T00:00:00Z"})
        assert await deliveries.send_due() == 2
    told = sorted((each.body["type"], each.body["data"]["id"], each.body["data"]["handle"]) for each in receiver.received[:2])
    assert told == [("product.deleted", product["id"], product["handle"]), ("product.updated", product["id"], product["handle"])]
    listed = (await server.get(f"/v1/webhooks/{number}/deliveries?status=delivered", headers=staff)).json()
    assert {each["topic"] for each in listed} == {"product.updated", "product.deleted"}
    assert len({each.id for each in receiver.received}) == 2
