"""Webhook deliveries: the recorded actions done again, and what was delivered then compared with what is now."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulators.woocommerce.php_json import encode
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.trash import restore_product
from simulators.woocommerce.webhooks import signature
from tests.contract.woocommerce.replaying import (
    FULL_KEY,
    RECORDED,
    Moment,
    Receiver,
    basic,
    client_of,
    differences,
    load,
    shop_as_recorded,
)

SECRET = 'tajny-klucz-zażółć-&-"1"'
LISTENERS = {
    12: "product.created",
    13: "product.updated",
    14: "product.deleted",
    15: "product.restored",
    25: "coupon.deleted",
    26: "coupon.restored",
}
NEW = {
    "name": "Nowy produkt „Test” & spółka",
    "sku": "HOOK-1",
    "regular_price": "19.99",
    "manage_stock": True,
    "stock_quantity": 5,
}
NOT_COMPARED = {"X-WC-Webhook-Signature": "follows from the body", "X-WC-Webhook-Delivery-ID": "new per attempt"}
CONNECTION_HEADERS = {"Host", "Accept", "Accept-Encoding", "Connection", "Content-Length"}


class Stage:
    """The shop while the recorded experiments are done again, one after the other."""

    def __init__(self) -> None:
        self.moment = Moment()
        self.receiver = Receiver()
        self.shop: Shop = shop_as_recorded(self.moment)
        self.client: httpx.AsyncClient = client_of(self.shop, self.receiver)

    async def call(self, method: str, path: str, body: object = None) -> httpx.Response:
        headers = {"x-forwarded-proto": "https", "authorization": basic(FULL_KEY)}
        answer = await self.client.request(method, f"/wp-json/wc/v3/{path}", headers=headers, json=body)
        assert answer.status_code in (200, 201), answer.text
        return answer

    async def deliver(self) -> list[tuple[str, dict[str, str], bytes]]:
        self.receiver.received.clear()
        self.moment.now += self.shop.settings.webhook_delay
        await self.shop.webhooks.run_queue(self.shop.payload, self.receiver)
        return list(self.receiver.received)


@pytest.fixture(scope="module")
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    stage.shop.next_id = 957
    for of, topic in LISTENERS.items():
        stage.shop.webhooks.next_id = of
        url = f"http://127.0.0.1:8080/hook/{topic}"
        await stage.call("POST", "webhooks", {"topic": topic, "delivery_url": url, "secret": SECRET})
    yield stage
    await stage.client.aclose()


# In the order of the recording: each action stands on those before it.
ACTIONS: list[tuple[str, list[tuple[str, str, object]]]] = [
    ("301-hook-product-created-simple", [("POST", "products", NEW)]),
    ("302-hook-product-updated-name", [("PUT", "products/957", {"name": "Nowy produkt 2"})]),
    ("303-hook-product-put-with-no-change-same-name", [("PUT", "products/957", {"name": "Nowy produkt 2"})]),
    ("304-hook-product-put-empty-body", [("PUT", "products/957", {})]),
    ("305-hook-put-stock-quantity-on-simple-product", [("PUT", "products/218", {"stock_quantity": 33})]),
    ("306-hook-put-same-stock-quantity-again", [("PUT", "products/218", {"stock_quantity": 33})]),
    ("307-hook-put-meta-data-only", [("PUT", "products/218", {"meta_data": [{"key": "ean_zewn", "value": "1"}]})]),
    ("308-hook-put-stock-quantity-on-variation", [("PUT", "products/246/variations/331", {"stock_quantity": 44})]),
    ("309-hook-put-regular-price-on-variation", [("PUT", "products/246/variations/331", {"regular_price": "777.00"})]),
    ("310-hook-put-parent-stock-parent-managed-variable", [("PUT", "products/245", {"stock_quantity": 77})]),
    (
        "311-hook-products-batch-3-stock-updates",
        [("POST", "products/batch", load("310-batch-products-stock")["request"]["body"])],
    ),
    (
        "312-hook-variations-batch-2-stock-updates",
        [("POST", "products/246/variations/batch", load("311-batch-variations-stock")["request"]["body"])],
    ),
    (
        "313-hook-5-quick-puts-on-the-same-product-before-the-queue-runs",
        [("PUT", "products/218", {"stock_quantity": quantity}) for quantity in range(50, 55)],
    ),
    (
        "314-hook-variation-created",
        [("POST", "products/246/variations", {"sku": "HOOK-V", "regular_price": "1.00"})],
    ),
    ("316-hook-product-to-trash-delete-force-false", [("DELETE", "products/957", None)]),
    ("317-hook-product-restored-by-rest-put-status-publish", [("PUT", "products/957", {"status": "publish"})]),
    ("318-hook-product-to-trash-again", [("DELETE", "products/957", None)]),
    ("319-hook-product-restored-by-wp-untrash-post-admin-click", []),
    ("321-hook-variable-product-to-trash", [("DELETE", "products/306", None)]),
    ("322-hook-variable-product-restored", []),
]
RESTORED_BY_CLICK = {"319": 957, "322": 306}
META_IDS = {"307": 21154, "317": 21196}
"""The recording made other meta entries in between, by orders and by experiments that are not done again."""


def by_topic_and_id(deliveries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """WooCommerce promises no order, and the recorded one is not that of the events."""
    return sorted(deliveries, key=lambda one: (one["topic"], one["body"].get("id", 0)))


def recorded_deliveries(name: str) -> list[dict[str, Any]]:
    delivered = load(name)["delivered"]
    return by_topic_and_id(
        [
            {
                "topic": dict(one["headers"])["X-WC-Webhook-Topic"],
                "headers": {key: value for key, value in one["headers"] if key not in CONNECTION_HEADERS},
                "body": json.loads(one["body"]),
            }
            for one in delivered
        ]
    )


@pytest.fixture(scope="module")
async def acted(stage: Stage) -> dict[str, list[dict[str, Any]]]:
    done = {}
    for name, requests in ACTIONS:
        number = name[:3]
        stage.moment.set_gmt(_second_of_action(name) or stage.moment.now.strftime("%Y-%m-%dT%H:%M:%S"))
        # 317 shows the entries of the trashing before it, so the counter is set ahead of that one.
        upcoming = {"316": META_IDS["317"]}.get(number) or META_IDS.get(number)
        if upcoming is not None and number != "317":
            stage.shop.next_meta_id = upcoming
        for method, path, body in requests:
            await stage.call(method, path, body)
        if number in RESTORED_BY_CLICK:
            restore_product(stage.shop, RESTORED_BY_CLICK[number])
        done[name] = by_topic_and_id(
            [
                {"topic": headers["X-WC-Webhook-Topic"], "headers": headers, "body": json.loads(body), "raw": body}
                for _, headers, body in await stage.deliver()
            ]
        )
        if number == "314":
            await stage.call("DELETE", "products/246/variations/958?force=true")
            assert await stage.deliver() == []
    return done


def _second_of_action(name: str) -> str | None:
    bodies = [one["body"] for one in recorded_deliveries(name)]
    moments = [body["date_modified_gmt"] for body in bodies if "date_modified_gmt" in body]
    trashed_at = {"316": "2026-11-21T21:24:59"}.get(name[:3])
    return trashed_at or (moments[0] if moments else None)


@pytest.mark.parametrize("name", [name for name, _ in ACTIONS])
def test_what_is_delivered(name: str, acted: dict[str, list[dict[str, Any]]]) -> None:
    recorded = recorded_deliveries(name)
    assert [one["topic"] for one in acted[name]] == [one["topic"] for one in recorded]
    for expected, got in zip(recorded, acted[name], strict=True):
        assert list(differences(expected["body"], got["body"])) == []


@pytest.mark.parametrize("name", [name for name, _ in ACTIONS])
def test_headers_and_signature(name: str, acted: dict[str, list[dict[str, Any]]]) -> None:
    for expected, got in zip(recorded_deliveries(name), acted[name], strict=True):
        assert list(got["headers"]) == list(expected["headers"])
        for header in got["headers"].keys() - NOT_COMPARED.keys():
            assert got["headers"][header] == expected["headers"][header]
        assert got["headers"]["X-WC-Webhook-Signature"] == signature(SECRET, got["raw"])
        assert len(got["headers"]["X-WC-Webhook-Delivery-ID"]) == 32


@pytest.mark.parametrize("path", sorted(RECORDED.glob("3*-hook-*.json")), ids=lambda path: path.stem[:40])
def test_the_real_signature_is_ours_over_the_very_same_bytes(path: Any) -> None:
    for delivery in json.loads(path.read_text())["delivered"]:
        raw = delivery["body"].encode()
        assert encode(json.loads(raw)) == raw
        assert signature(SECRET, raw) == dict(delivery["headers"])["X-WC-Webhook-Signature"]


async def test_the_ping_is_a_plain_unsigned_form(stage: Stage) -> None:
    recorded = load("201-webhook-ping-00")["delivered"][0]
    stage.receiver.received.clear()
    stage.shop.webhooks.next_id = 1
    url = f"http://127.0.0.1:{recorded['port']}{recorded['path']}"
    await stage.call("POST", "webhooks", {"topic": "product.updated", "delivery_url": url, "secret": SECRET})
    [(address, headers, body)] = stage.receiver.received
    sent = {key: value for key, value in recorded["headers"] if key not in CONNECTION_HEADERS}
    assert (address, headers, body.decode()) == (url, sent, recorded["body"])
    await stage.call("DELETE", "webhooks/1?force=true")


@pytest.mark.parametrize(
    ("name", "path", "query"),
    [("312-product-trash", "957", ""), ("313-product-delete-force", "957", "?force=true")],
)
async def test_deleting_answers_what_was_there(name: str, path: str, query: str) -> None:
    stage = Stage()
    stage.shop.next_id = 957
    exchange = load(name)
    body = exchange["response"]["body"]
    stage.moment.set_gmt(body["date_created_gmt"])
    await stage.call("POST", "products", NEW)
    stage.moment.set_gmt(body["date_modified_gmt"])
    await stage.call("PUT", f"products/{path}", {"name": "Nowy produkt 2"})
    answer = await stage.call("DELETE", f"products/{path}{query}")
    assert list(differences(body, answer.json())) == []
    await stage.client.aclose()
