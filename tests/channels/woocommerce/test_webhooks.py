import json

import pytest

from channels.woocommerce.webhooks import Delivery, Hint, delivery_of, hints, is_signed, ping_of
from spoina.errors import InvalidInput
from spoina.sync.types import Hinted
from tests.channels.woocommerce.recordings import FOLDER, recording

SECRET = 'tajny-klucz-zażółć-&-"1"'
"""The one the recorded webhooks were made with."""


def deliveries() -> list[dict]:
    files = sorted(FOLDER.glob("3*-hook-*.json"))
    return [delivered for path in files for delivered in json.loads(path.read_bytes())["delivered"]]


def headers_of(delivered: dict) -> dict[str, str]:
    return {name.lower(): value for name, value in delivered["headers"]}


def test_every_recorded_delivery_is_the_shops():
    seen = deliveries()
    assert len(seen) > 70
    for delivered in seen:
        delivery = delivery_of(headers_of(delivered))
        body = delivered["body"].encode()
        assert is_signed(body, delivery.signature, SECRET)
        assert not is_signed(body + b" ", delivery.signature, SECRET)
        assert not is_signed(body, delivery.signature, SECRET + "x")


def test_a_secret_typed_with_entities_signs_as_wordpress_decodes_it():
    (delivered,) = recording("301")["delivered"]
    signature = headers_of(delivered)["x-wc-webhook-signature"]
    assert is_signed(delivered["body"].encode(), signature, "tajny-klucz-zażółć-&amp;-&quot;1&quot;")


@pytest.mark.parametrize("signature", ["", "x", "żółć", "=" * 10_000])
def test_a_signature_that_is_none(signature: str):
    assert not is_signed(b"{}", signature, SECRET)


def test_what_the_headers_say():
    (delivered,) = recording("308")["delivered"]
    assert delivery_of(headers_of(delivered)) == Delivery(
        source="http://127.0.0.1:8081/",
        topic="product.updated",
        resource="product",
        event="updated",
        webhook_id=13,
        delivery_id="2067dc7783e3279056e5b2afa4548b80",
        signature="MkjTyIrnTTDrMz1IlLLH952jee5TQ9Ud6KvaFWhjqzg=",
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [({"x-wc-webhook-signature": ""}, "x-wc-webhook-signature"), ({"x-wc-webhook-id": "12a"}, "X-WC-Webhook-ID")],
)
def test_headers_that_are_missing_or_wrong_are_named(change: dict[str, str], field: str):
    (delivered,) = recording("308")["delivered"]
    with pytest.raises(InvalidInput) as refused:
        delivery_of(headers_of(delivered) | change)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("content_type", "body", "number"),
    [
        ("application/x-www-form-urlencoded", b"webhook_id=12", 12),
        ("application/x-www-form-urlencoded; charset=UTF-8", b"webhook_id=1", 1),
        ("application/json", b"webhook_id=12", None),
        ("application/x-www-form-urlencoded", b"webhook_id=", None),
        ("application/x-www-form-urlencoded", b"webhook_id=12&x=1", None),
        ("application/x-www-form-urlencoded", b"webhook_id=" + b"1" * 5000, None),
        ("application/x-www-form-urlencoded", "webhook_id=١".encode(), None),
    ],
)
def test_pings(content_type: str, body: bytes, number: int | None):
    assert ping_of(content_type, body) == number


def test_the_recorded_ping():
    (delivered,) = recording("201-webhook-ping-00")["delivered"]
    assert ping_of(headers_of(delivered)["content-type"], delivered["body"].encode()) == 1


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("301", (Hint(957, "webhook created"),)),
        ("308", (Hint(246, "webhook updated"), Hint(331, "webhook updated"))),
        ("314", (Hint(246, "webhook created"), Hint(958, "webhook created"))),
        ("316", (Hint(957, "webhook deleted", Hinted.COUPON),)),
        ("346", (Hint(967, "webhook created", Hinted.COUPON),)),
        ("347", (Hint(967, "webhook updated", Hinted.COUPON),)),
        ("348", (Hint(967, "webhook deleted", Hinted.COUPON),)),
    ],
)
def test_what_recorded_deliveries_hint_at(name: str, expected: tuple[Hint, ...]):
    delivered = recording(name)["delivered"][0]
    assert hints(delivery_of(headers_of(delivered)).topic, delivered["body"].encode()) == expected


@pytest.mark.parametrize(
    ("case", "topic", "body", "numbers"),
    [
        ("in the trash", "product.deleted", b'{"id":957}', [957]),
        ("in the trash, told as a coupon", "coupon.deleted", b'{"id":957}', [957]),
        ("gone before it was told", "product.created", b'{"code":"woocommerce_rest_product_invalid_id","data":{"status":404}}', []),
        ("an order", "order.updated", b'{"id":1}', []),
        ("a number that is none", "product.updated", b'{"id":0}', []),
        ("a variation without a parent", "product.updated", b'{"id":5,"type":"variation","parent_id":0}', [5]),
    ],
)
def test_hints(case: str, topic: str, body: bytes, numbers: list[int]):
    assert [hint.number for hint in hints(topic, body)] == numbers


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id":', b'{"id":"x"}', b"webhook_id=1"])
def test_a_body_that_is_no_product_is_refused(body: bytes):
    with pytest.raises(InvalidInput, match="is not a product in JSON"):
        hints("product.updated", body)
