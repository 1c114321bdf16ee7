"""The companion plugin's notices: signed, fresh, taken in once."""

import hmac
import json
from hashlib import sha256

import httpx
import pytest

from api.services import Services
from spoina.clock import utc_now

SECRET, PATH = "s" * 40, "/webhooks/companion"
BODY = json.dumps({"id": "n-1", "products": [41, 42], "coupons": [7], "orders": [9], "customers": [3]}).encode()


@pytest.fixture(autouse=True)
async def _connected(services: Services):
    await services.pool.execute(
        "insert into webhook_subscription (source, topic, external_id, delivery_url, secret, status, checked_at) "
        "values ('companion', 'notices', 0, 'http://here', $1, 'active', now())",
        SECRET,
    )
    await services.pool.execute("truncate order_task, coupon_hint")


def signed(body: bytes, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    time = str(int(utc_now().timestamp()) - age)
    signature = hmac.new(secret.encode(), f"{time}.".encode() + body, sha256).hexdigest()
    return {"content-type": "application/json", "x-spoina-timestamp": time, "x-spoina-signature": signature}


async def hinted(services: Services) -> dict[str, list[int]]:
    statements = {
        "products": "select product_id from product_hint order by 1",
        "coupons": "select coupon_id from coupon_hint order by 1",
        "orders": "select external_id from order_task where kind = 'read' order by 1",
        "customers": "select external_id from order_task where kind = 'customer' order by 1",
    }
    return {name: [row[0] for row in await services.pool.fetch(statement)] for name, statement in statements.items()}


async def test_a_notice_becomes_hints_once(client: httpx.AsyncClient, services: Services):
    answers = [await client.post(PATH, content=BODY, headers=signed(BODY)) for _ in range(2)]
    assert [(each.status_code, each.json()["outcome"]) for each in answers] == [(200, "accepted"), (200, "duplicate")]
    assert await hinted(services) == {"products": [41, 42], "coupons": [7], "orders": [9], "customers": [3]}
    assert await services.pool.fetchval("select count(*) from pgqueuer") == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), (signed(BODY, secret="t" * 40), 401), (signed(BODY, age=400), 401), (signed(BODY, age=-4000), 401), (signed(b"{}"), 401)],
)
async def test_what_is_not_signed_by_this_shop_now_is_refused(client: httpx.AsyncClient, services: Services, headers, status):
    assert (await client.post(PATH, content=BODY, headers=headers)).status_code == status
    assert await hinted(services) == {"products": [], "coupons": [], "orders": [], "customers": []}


async def test_without_a_connection_nobody_is_believed(client: httpx.AsyncClient, services: Services):
    await services.pool.execute("delete from webhook_subscription")
    assert (await client.post(PATH, content=BODY, headers=signed(BODY))).status_code == 401


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"id": 1}', b'{"id": "x", "products": "1"}'])
async def test_a_signed_body_that_is_no_notice(client: httpx.AsyncClient, services: Services, body):
    answer = await client.post(PATH, content=body, headers=signed(body))
    assert (answer.status_code, "body" in answer.text) == (400, True)


async def test_a_body_that_is_too_large(client: httpx.AsyncClient):
    body = b" " * (64 * 1024 + 1)
    assert (await client.post(PATH, content=body, headers=signed(body))).status_code == 413
