"""The plugin Spoina Companion, as the simulated shop has it: what it can do beyond WooCommerce's own REST API."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.companion import Companion, StockDelta, ensure_notices, is_signed, notice_of, secret_of_notices
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.errors import InvalidInput, SourceError
from tests.api.conftest import served
from tests.shop_server import ShopServer, served_shop

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Hook:
    """Where notices arrive."""

    def __init__(self) -> None:
        self.received: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope, receive, send) -> None:
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.received.append((headers, (await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def server() -> AsyncIterator[ShopServer]:
    async with served_shop(companion=True) as running:
        yield running


@pytest.fixture
async def client(server: ShopServer) -> AsyncIterator[WooCommerceClient]:
    async with WooCommerceClient(server.settings()) as connected:
        yield connected


@pytest.fixture
def companion(client: WooCommerceClient) -> Companion:
    return Companion(client)


def counted_product(server: ShopServer) -> int:
    products = server.shop.products
    return next(facts.id for facts in products.all_facts() if products.get(facts.id)["manage_stock"] is True)


async def test_it_is_found_by_its_namespace(client: WooCommerceClient):
    assert (await client.probe()).companion is client.has_companion is True
    async with served_shop() as without, WooCommerceClient(without.settings()) as other:
        assert (await other.probe()).companion is other.has_companion is False


async def test_its_status_needs_the_key(server: ShopServer, companion: Companion):
    assert (await companion.status()).notices_to is None
    wrong = server.settings()
    async with WooCommerceClient(type(wrong)(url=wrong.url, key=wrong.key, secret="cs_wrong")) as stranger:
        with pytest.raises(SourceError):
            await Companion(stranger).status()


async def test_stock_is_changed_by_differences_once_for_each_key(server: ShopServer, companion: Companion):
    of = counted_product(server)
    before = server.shop.product(of)["stock_quantity"]
    (first,) = await companion.change_stock("sale-0001", [StockDelta(of, -2)])
    (again,) = await companion.change_stock("sale-0001", [StockDelta(of, -2)])
    assert (first.id, first.stock_quantity, again) == (of, before - 2, first)
    await asyncio.gather(*(companion.change_stock(f"sale-1{n:03}", [StockDelta(of, 1)]) for n in range(10)))
    assert server.shop.product(of)["stock_quantity"] == before + 8


async def test_a_key_that_comes_with_other_lines_is_refused(server: ShopServer, companion: Companion):
    of = counted_product(server)
    await companion.change_stock("sale-0002", [StockDelta(of, -1)])
    before = server.shop.product(of)["stock_quantity"]
    with pytest.raises(SourceError):
        await companion.change_stock("sale-0002", [StockDelta(of, -5)])
    assert server.shop.product(of)["stock_quantity"] == before


async def test_all_lines_or_none(server: ShopServer, companion: Companion):
    of = counted_product(server)
    before = server.shop.product(of)["stock_quantity"]
    with pytest.raises(SourceError):
        await companion.change_stock("sale-0003", [StockDelta(of, -1), StockDelta(999_999, -1)])
    assert server.shop.product(of)["stock_quantity"] == before


async def test_an_order_is_found_by_our_reference(client: WooCommerceClient, companion: Companion):
    assert await companion.orders_of("spoina-1") == ()
    body = {"meta_data": [{"key": "_spoina_reference", "value": "spoina-1"}], "status": "pending"}
    made = await client.post("orders", body, dict)
    (found,) = await companion.orders_of("spoina-1")
    assert (found.id, found.status, found.order_key) == (made["id"], "pending", made["order_key"])


async def test_a_customer_signs_in_with_the_shops_password(client: WooCommerceClient, companion: Companion):
    made = await client.post("customers", {"email": "ala@example.com", "first_name": "Ala", "password": "kot i pies"}, dict)
    found = await companion.customer_of("ALA@example.com", "kot i pies")
    assert found is not None
    assert (found.id, found.email, found.first_name) == (made["id"], "ala@example.com", "Ala")
    assert await companion.customer_of("ala@example.com", "kot") is None
    assert await companion.customer_of("ola@example.com", "kot i pies") is None
    for _ in range(10):
        await companion.customer_of("ala@example.com", "zgadywanka")
    assert await companion.customer_of("ala@example.com", "kot i pies") is None


async def test_the_export_is_what_the_lists_show(server: ShopServer, client: WooCommerceClient):
    lines, after = [], 0
    while True:
        answer = await client.find("/wc-spoina/v1/export", {"kind": "products", "after": after, "limit": 50, "_fields": "id,name"})
        *items, end = [json.loads(line) for line in answer.body.splitlines()] if answer else [{}]
        if not items:
            break
        lines += items
        after = end["last"]
    listed = [
        item
        async for page in client.pages("products", {"orderby": "id", "order": "asc", "status": "any"})
        for item in json.loads(page.body)
    ]
    assert lines == [{"id": item["id"], "name": item["name"]} for item in listed]


async def test_a_change_is_told_at_once_and_signed(server: ShopServer, client: WooCommerceClient, pool: Pool):
    hook = Hook()
    of = counted_product(server)
    async with served(hook) as receiving:
        url = f"{str(receiving.base_url).rstrip('/')}/webhooks/companion"
        await ensure_notices(Companion(client), pool, url, utc_now, lambda: "s" * 40)
        await client.put(f"products/{of}", {"name": "Nowa nazwa"}, dict)
        async with asyncio.timeout(30):
            while not hook.received:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    headers, body = hook.received[0]
    secret = await secret_of_notices(pool)
    assert (secret, is_signed(headers, body, secret or "", utc_now())) == ("s" * 40, True)
    assert notice_of(body).products == (of,)


async def told(hook: Hook, order: int) -> None:
    """Waits for the notice, and forgets it."""
    async with asyncio.timeout(30):
        while not any(order in notice_of(body).orders for _, body in hook.received):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    hook.received.clear()


async def test_a_note_on_an_order_is_told_although_the_order_stays(client: WooCommerceClient, pool: Pool):
    hook = Hook()
    async with served(hook) as receiving:
        url = f"{str(receiving.base_url).rstrip('/')}/webhooks/companion"
        await ensure_notices(Companion(client), pool, url, utc_now, lambda: "s" * 40)
        order = await client.post("orders", {"status": "pending"}, dict)
        await told(hook, order["id"])
        await client.post(f"orders/{order['id']}/notes", {"note": "Paczka 123 nadana", "customer_note": True}, dict)
        await told(hook, order["id"])
    assert (await client.get_json(f"orders/{order['id']}", dict))["date_modified"] == order["date_modified"]


async def test_the_connection_is_made_once_and_mended(companion: Companion, pool: Pool):
    secrets = iter(("a" * 40, "b" * 40, "c" * 40))
    for url in ("http://127.0.0.1:1/x", "http://127.0.0.1:1/x", "http://127.0.0.1:1/y"):
        await ensure_notices(companion, pool, url, utc_now, lambda: next(secrets))
    assert (await secret_of_notices(pool), (await companion.status()).notices_to) == ("b" * 40, "http://127.0.0.1:1/y")
    await companion._client.delete("/wc-spoina/v1/connection")
    await ensure_notices(companion, pool, "http://127.0.0.1:1/y", utc_now, lambda: next(secrets))
    assert (await secret_of_notices(pool), (await companion.status()).notices_to) == ("c" * 40, "http://127.0.0.1:1/y")


@pytest.mark.parametrize(
    ("time", "body", "secret", "at", "good"),
    [
        ("1772366400", b"{}", "s", NOW, True),
        ("1772366400", b"{}", "s", NOW + timedelta(minutes=5), True),
        ("1772366400", b"{}", "s", NOW + timedelta(minutes=6), False),
        ("1772366400", b"{}", "s", NOW - timedelta(minutes=6), False),
        ("1772366401", b"{}", "s", NOW, False),
        ("1772366400", b"{ }", "s", NOW, False),
        ("1772366400", b"{}", "t", NOW, False),
        ("", b"{}", "s", NOW, False),
        ("9" * 30, b"{}", "s", NOW, False),
        ("١٧٧٢", b"{}", "s", NOW, False),
    ],
)
def test_a_signature_is_of_this_body_this_secret_and_not_long_ago(time, body, secret, at, good):
    signature = hmac.new(b"s", b"1772366400.{}", sha256).hexdigest()
    assert is_signed({"x-spoina-timestamp": time, "x-spoina-signature": signature}, body, secret, at) is good


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": 1}', b'{"id": "x", "products": ["1"]}'])
def test_what_is_no_notice(body):
    with pytest.raises(InvalidInput):
        notice_of(body)
