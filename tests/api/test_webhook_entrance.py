import asyncio
import hmac
import json
import logging
from base64 import b64encode
from hashlib import sha256

import httpx
import pytest

from api.services import Services
from spoina.clock import utc_now

SECRET = 'zażółć & "gęślą"'
PATH = "/webhooks/woocommerce"
PRODUCT = json.dumps({"id": 41, "type": "simple", "name": "Kubek"}).encode()


@pytest.fixture(autouse=True)
async def _subscribed(services: Services):
    await subscribe(services)


async def subscribe(services: Services) -> None:
    await services.pool.execute(
        "insert into webhook_subscription (source, topic, external_id, delivery_url, secret, status, checked_at) "
        "values ('woocommerce', 'product.updated', 5, 'http://here', $1, 'active', $2)",
        SECRET,
        utc_now(),
    )


def headers(body: bytes, *, secret: str = SECRET, topic: str = "product.updated", delivery: str = "d" * 32) -> dict[str, str]:
    resource, event = topic.split(".")
    return {
        "content-type": "application/json",
        "user-agent": "WooCommerce/10.5.0 Hookshot (WordPress/6.9.1)",
        "x-wc-webhook-source": "http://sklep.example/",
        "x-wc-webhook-topic": topic,
        "x-wc-webhook-resource": resource,
        "x-wc-webhook-event": event,
        "x-wc-webhook-id": "5",
        "x-wc-webhook-delivery-id": delivery,
        "x-wc-webhook-signature": b64encode(hmac.digest(secret.encode(), body, sha256)).decode(),
    }


async def left_behind(services: Services) -> tuple[int, list[tuple[int, int]], int]:
    """Stored deliveries, hinted products with how often they were hinted at, waiting jobs."""
    hinted = await services.pool.fetch("select product_id, times from product_hint order by product_id")
    jobs = await services.pool.fetchval("select count(*) from pgqueuer")
    return await services.pool.fetchval("select count(*) from inbox"), [tuple(row) for row in hinted], jobs


NOTHING = (0, [], 0)


async def test_a_delivery_is_stored_whole_and_leaves_a_hint_and_a_job(client: httpx.AsyncClient, services: Services):
    answer = await client.post(PATH, content=PRODUCT, headers=headers(PRODUCT))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "accepted"})
    assert await left_behind(services) == (1, [(41, 1)], 1)
    assert await services.pool.fetchrow("select source, topic, body from inbox") == ("woocommerce", "product.updated", PRODUCT)


async def test_the_same_delivery_again_changes_nothing(client: httpx.AsyncClient, services: Services):
    answers = [await client.post(PATH, content=PRODUCT, headers=headers(PRODUCT)) for _ in range(2)]
    assert [answer.json()["outcome"] for answer in answers] == ["accepted", "duplicate"]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert await left_behind(services) == (1, [(41, 1)], 1)


async def test_many_of_the_same_at_once_are_taken_in_once(client: httpx.AsyncClient, services: Services):
    answers = await asyncio.gather(*(client.post(PATH, content=PRODUCT, headers=headers(PRODUCT)) for _ in range(20)))
    assert sorted(answer.json()["outcome"] for answer in answers) == ["accepted"] + ["duplicate"] * 19
    assert await left_behind(services) == (1, [(41, 1)], 1)


async def test_two_products_that_share_a_delivery_number_are_both_taken_in(client: httpx.AsyncClient, services: Services):
    other = PRODUCT.replace(b"41", b"42")
    for body in (PRODUCT, other):
        assert (await client.post(PATH, content=body, headers=headers(body))).json() == {"outcome": "accepted"}
    assert await left_behind(services) == (2, [(41, 1), (42, 1)], 2)


async def test_a_variation_hints_at_its_product_too(client: httpx.AsyncClient, services: Services):
    body = json.dumps({"id": 77, "type": "variation", "parent_id": 41}).encode()
    await client.post(PATH, content=body, headers=headers(body))
    assert (await left_behind(services))[1] == [(41, 1), (77, 1)]


async def test_the_ping_is_answered_without_a_signature(client: httpx.AsyncClient, services: Services):
    answer = await client.post(PATH, data={"webhook_id": "12"})
    assert (answer.status_code, answer.json()) == (200, {"outcome": "pong"})
    assert await left_behind(services) == NOTHING


async def test_an_unsigned_delivery_is_refused(client: httpx.AsyncClient, services: Services):
    carried = {name: value for name, value in headers(PRODUCT).items() if name != "x-wc-webhook-signature"}
    answer = await client.post(PATH, content=PRODUCT, headers=carried)
    assert (answer.status_code, answer.json()["detail"]) == (401, "the delivery is not signed")
    assert await left_behind(services) == NOTHING


@pytest.mark.parametrize(
    ("case", "carried"),
    [
        ("another secret", headers(PRODUCT, secret="guessed")),
        ("another body", headers(PRODUCT + b" ")),
        ("rubbish", headers(PRODUCT) | {"x-wc-webhook-signature": "zzz"}),
        ("not ASCII", headers(PRODUCT) | {"x-wc-webhook-signature": "ż".encode()}),
    ],
)
async def test_a_wrong_signature_is_refused(client: httpx.AsyncClient, services: Services, case, carried):
    answer = await client.post(PATH, content=PRODUCT, headers=carried)
    assert (answer.status_code, answer.json()["detail"]) == (401, "the signature is not this webhook's"), case
    assert await left_behind(services) == NOTHING


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"id": "x"}', b""])
async def test_a_malformed_delivery_is_told_so(client: httpx.AsyncClient, services: Services, body):
    answer = await client.post(PATH, content=body, headers=headers(body))
    assert (answer.status_code, answer.json()["field"]) == (400, "body")
    assert await left_behind(services) == NOTHING


async def test_a_missing_header_is_named(client: httpx.AsyncClient):
    carried = {name: value for name, value in headers(PRODUCT).items() if name != "x-wc-webhook-topic"}
    answer = await client.post(PATH, content=PRODUCT, headers=carried)
    assert (answer.status_code, answer.json()["field"]) == (400, "x-wc-webhook-topic")


async def test_ten_megabytes_are_refused_with_the_limit(client: httpx.AsyncClient, services: Services):
    body = b"x" * 10_000_000
    answer = await client.post(PATH, content=body, headers=headers(body))
    assert (answer.status_code, answer.json()["limit"], answer.json()["unit"]) == (413, 2 * 1024 * 1024, "bytes")
    assert await left_behind(services) == NOTHING


async def test_a_topic_without_a_webhook_of_ours_is_ignored_and_is_no_failure(client: httpx.AsyncClient, services: Services):
    answer = await client.post(PATH, content=PRODUCT, headers=headers(PRODUCT, topic="order.updated"))
    assert (answer.status_code, answer.json()) == (202, {"outcome": "ignored"})
    assert await left_behind(services) == NOTHING


async def test_a_product_that_was_gone_already_is_no_hint(client: httpx.AsyncClient, services: Services):
    body = b'{"code":"woocommerce_rest_product_invalid_id","message":"Invalid ID.","data":{"status":404}}'
    assert (await client.post(PATH, content=body, headers=headers(body))).json() == {"outcome": "accepted"}
    assert await left_behind(services) == (1, [], 0)


async def test_what_cannot_be_kept_whole_is_not_kept_at_all(fragile_client: httpx.AsyncClient, fragile: Services):
    await subscribe(fragile)
    await fragile.pool.execute("drop table product_hint")
    answer = await fragile_client.post(PATH, content=PRODUCT, headers=headers(PRODUCT))
    assert answer.status_code == 500
    assert await fragile.pool.fetchval("select count(*) from inbox") == 0


async def test_the_secret_is_never_logged(fragile_client: httpx.AsyncClient, fragile: Services, caplog):
    with caplog.at_level(logging.DEBUG):
        await subscribe(fragile)
        await fragile.pool.execute("drop table product_hint")
        answer = await fragile_client.post(PATH, content=PRODUCT, headers=headers(PRODUCT))
    assert answer.json()["reference"] in caplog.text
    assert SECRET not in caplog.text
    assert headers(PRODUCT)["x-wc-webhook-signature"] not in caplog.text
