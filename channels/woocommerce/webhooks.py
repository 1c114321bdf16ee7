"""Deliveries of WooCommerce: are they the shop's, what are they about, and which products and coupons do they make us read again.

A delivery is a hint, never truth: its payload was made when it was sent, may be lost, doubled or late, and a product in the trash is told
with the id of whatever post went there, be it a page. So only numbers are taken from it.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import unescape
from typing import Final

import msgspec

from spoina.errors import InvalidInput
from spoina.orders.types import TaskKind
from spoina.sync.types import Hinted

LARGEST_DELIVERY: Final = 2 * 1024 * 1024
"""Bytes. A variable product with its texts and meta data stays far below."""

_PING: Final = "webhook_id="
_ORDER_KINDS: Final = {"order": TaskKind.READ, "customer": TaskKind.CUSTOMER}


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The X-WC-Webhook-* headers."""

    source: str
    topic: str
    resource: str
    event: str
    webhook_id: int
    delivery_id: str
    signature: str


class Hint(msgspec.Struct, frozen=True):
    """This product or coupon may have changed. The number may be a variation's, or nothing's."""

    number: int
    reason: str
    what: Hinted = Hinted.PRODUCT


class OrderHint(msgspec.Struct, frozen=True):
    """This order, or customer, may have changed."""

    number: int
    reason: str
    kind: TaskKind


class _Body(msgspec.Struct, frozen=True):
    id: int = 0
    parent_id: int = 0
    type: str = ""


_body = msgspec.json.Decoder(_Body)


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether `signature` is the secret's over the raw body; in constant time. WordPress decodes HTML entities in the secret first."""
    digest = hmac.digest(unescape(secret).encode(), body, sha256)
    return hmac.compare_digest(b64encode(digest), signature.strip().encode())


def delivery_of(headers: Mapping[str, str]) -> Delivery:
    """`headers` with lower-case names. Raises InvalidInput, naming the header that is missing or wrong."""
    webhook_id = _header(headers, "x-wc-webhook-id")
    if not webhook_id.isdecimal():
        raise InvalidInput("X-WC-Webhook-ID", "is not a number")
    return Delivery(
        source=_header(headers, "x-wc-webhook-source"),
        topic=_header(headers, "x-wc-webhook-topic"),
        resource=_header(headers, "x-wc-webhook-resource"),
        event=_header(headers, "x-wc-webhook-event"),
        webhook_id=int(webhook_id),
        delivery_id=_header(headers, "x-wc-webhook-delivery-id"),
        signature=_header(headers, "x-wc-webhook-signature"),
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "")
    if not value:
        raise InvalidInput(name, "is missing: this is not a delivery of WooCommerce")
    return value


def ping_of(content_type: str, body: bytes) -> int | None:
    """The number of the webhook that pings; None where this is no ping. It comes, unsigned, while a webhook is being saved."""
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded" or len(body) > 64:
        return None
    text = body.decode("ascii", "replace")
    number = text.removeprefix(_PING)
    return int(number) if text.startswith(_PING) and number.isascii() and number.isdecimal() else None


def hints(topic: str, body: bytes) -> tuple[Hint, ...]:
    """The products or the coupon a delivery speaks of, the parent before its variation. None for other resources, and for what was gone
    when the delivery was made (its body is an error without a number). Raises InvalidInput for a body that is no JSON object."""
    resource, _, event = topic.partition(".")
    if resource not in set(Hinted):
        return ()
    what = Hinted(resource)
    try:
        told = _body.decode(body)
    except msgspec.DecodeError as error:
        raise InvalidInput("body", f"is not a {what} in JSON: {error}") from None
    if told.id <= 0:
        return ()
    numbers = [told.parent_id, told.id] if told.type == "variation" and told.parent_id > 0 else [told.id]
    return tuple(Hint(number, f"webhook {event}", what) for number in numbers)


def order_hints(topic: str, body: bytes) -> tuple[OrderHint, ...]:
    """The order or the customer a delivery speaks of. None for other resources, and for what was gone when the delivery was made. Raises
    InvalidInput for a body that is no JSON object."""
    resource, _, event = topic.partition(".")
    kind = _ORDER_KINDS.get(resource)
    if kind is None:
        return ()
    try:
        told = _body.decode(body)
    except msgspec.DecodeError as error:
        raise InvalidInput("body", f"is not {resource} in JSON: {error}") from None
    return (OrderHint(told.id, f"webhook {event}", kind),) if told.id > 0 else ()
