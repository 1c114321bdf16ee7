"""What staff do with orders over HTTP, and that nobody else does."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest

from api.app import create_app
from api.embedded import Servers
from api.services import Services
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Connection
from spoina.orders.service import Orders
from spoina.orders.types import PaymentWay
from spoina.settings import Settings
from tests.api.conftest import key_of, opened, served
from tests.conftest import database_url
from tests.spoina.orders.placing import draft, line

SOME = str(uuid4())
ROUTES = [
    *(("GET", path) for path in ("orders", "orders/undeliverable", "orders/alerts", f"orders/{SOME}", f"orders/{SOME}/history")),
    *(("POST", f"orders/{SOME}/{what}") for what in ("status", "notes", "retry", "returns", "pickup", "alerts/totals/resolve")),
    *(("POST", f"returns/{SOME}/{what}") for what in ("approve", "refuse")),
]


@pytest.fixture(scope="module")
async def shop(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[Services]:
    await administration.execute(f"create database order_routes template {template} strategy file_copy")
    async with opened(settings, database_url(servers, "order_routes"), servers.redis_url) as services:
        yield services


@pytest.fixture(scope="module")
async def server(settings: Settings, shop: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, shop)) as client:
        yield client


@pytest.fixture(scope="module")
async def staff(shop: Services) -> dict[str, str]:
    return await key_of(shop.pool, KeyKind.STAFF)


@pytest.mark.parametrize("kind", [None, KeyKind.WEB, KeyKind.APP, KeyKind.POS])
async def test_only_staff_see_orders(server: httpx.AsyncClient, shop: Services, kind):
    headers = await key_of(shop.pool, kind) if kind else {}
    for method, path in ROUTES:
        answer = await server.request(method, f"/v1/{path}", headers=headers, json={} if method == "POST" else None)
        assert (path, answer.status_code) == (path, 403 if kind else 401)


async def test_an_order_from_its_list_to_its_refund(server: httpx.AsyncClient, shop: Services, staff):
    orders = Orders(shop.pool, utc_now, uuid4)
    order = await orders.place(draft(line(stock_item=None, quantity=2), way=PaymentWay.ON_DELIVERY), "cart 1")
    at = f"/v1/orders/{order.id}"

    async def post(path: str, **body) -> httpx.Response:
        return await server.post(path, headers=staff, json=body)

    listed = (await server.get("/v1/orders?state=processing&limit=1", headers=staff)).json()
    assert ([each["id"] for each in listed["orders"]], listed["next"]) == ([str(order.id)], order.number)
    assert (await server.get(f"/v1/orders?before={order.number}", headers=staff)).json() == {"orders": [], "next": None}
    assert (await post(f"{at}/status", status="completed", actor="Ola")).json()["state"] == "completed"
    unknown = await post(f"{at}/status", status="moon", actor="Ola")
    assert (unknown.status_code, unknown.json()["reason"]) == (
        400,
        "'moon' cannot be set, only cancelled, completed, failed, on-hold, pending, processing: what the shop's dictionary translates",
    )
    assert (await post(f"{at}/notes", text="InPost 6200", actor="Ola")).status_code == 202
    asked = str(uuid4())
    assert (await post(f"{at}/returns", id=asked, lines=[{"line": 0, "quantity": 1}], reason="za duże")).json()["amount"] == 1230
    by_plugin = await post(f"/v1/returns/{asked}/approve", actor="Ola", restock=True, by_gateway=True)
    assert (by_plugin.status_code, by_plugin.json()["detail"]) == (
        400,
        "by_gateway: the shop's payment plugin has taken no money for this order",
    )
    assert (await post(f"/v1/returns/{asked}/approve", actor="Ola", restock=True)).json()["state"] == "approved"
    assert (await post(f"/v1/returns/{asked}/refuse", actor="Ola", note="no")).status_code == 409
    shown = (await server.get(at, headers=staff)).json()
    assert [task["kind"] for task in shown["waiting"]] == ["create", "status", "note", "refund"]
    assert [each["event"] for each in (await server.get(f"{at}/history", headers=staff)).json()] == [
        *("placed", "changed", "note", "return requested", "return approved")
    ]


async def test_what_is_undeliverable_is_listed_and_retried(server: httpx.AsyncClient, shop: Services, staff):
    order = await Orders(shop.pool, utc_now, uuid4).place(draft(line(stock_item=None)), "cart 2")
    await shop.pool.execute("update order_task set dead_at = now(), reason = 'the shop refused it' where order_id = $1", order.id)
    (dead,) = (await server.get("/v1/orders/undeliverable", headers=staff)).json()
    assert (dead["order_id"], dead["reason"]) == (str(order.id), "the shop refused it")
    assert (await server.post(f"/v1/orders/{order.id}/retry", headers=staff, json={"actor": "Ola"})).status_code == 202
    assert (await server.get("/v1/orders/undeliverable", headers=staff)).json() == []
    assert (await server.post(f"/v1/orders/{order.id}/retry", headers=staff, json={"actor": "Ola"})).status_code == 404


async def test_an_alert_is_listed_until_somebody_resolves_it(server: httpx.AsyncClient, shop: Services, staff):
    order = await Orders(shop.pool, utc_now, uuid4).place(draft(line(stock_item=None)), "cart 3")
    await shop.pool.execute("insert into order_alert values ($1, 'totals', 'a grosz', now())", order.id)
    assert [each["note"] for each in (await server.get("/v1/orders/alerts", headers=staff)).json()] == ["a grosz"]
    assert (await server.post(f"/v1/orders/{order.id}/alerts/totals/resolve", headers=staff, json={"actor": "Ola"})).status_code == 204
    assert (await server.get("/v1/orders/alerts", headers=staff)).json() == []
