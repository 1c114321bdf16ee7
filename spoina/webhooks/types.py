"""Who is told what, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

import msgspec

EndpointId = NewType("EndpointId", int)
EventId = NewType("EventId", UUID)
DeliveryId = NewType("DeliveryId", int)


class Topic(StrEnum):
    """Events are thin: they name what changed, and the API tells how it is now."""

    PING = "ping"
    """Sent on request, to whoever it is requested for; nobody subscribes to it."""
    PRODUCT_UPDATED = "product.updated"
    PRODUCT_DELETED = "product.deleted"
    STOCK_CHANGED = "stock.changed"
    STOCK_EXCEPTION_OPENED = "stock.exception_opened"
    ORDER_CREATED = "order.created"
    ORDER_UPDATED = "order.updated"
    ORDER_REFUNDED = "order.refunded"


class EndpointRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`url` is http or https; `topics` at least one."""

    url: str
    topics: tuple[Topic, ...]
    description: str = ""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`failing_since`: nothing has arrived since then. `disabled_at`: nothing is sent any more, `disabled_because` tells why."""

    id: EndpointId
    url: str
    topics: tuple[Topic, ...]
    description: str
    created_at: datetime
    failing_since: datetime | None = None
    disabled_at: datetime | None = None
    disabled_because: str | None = None


class NewEndpoint(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`secret` is shown this one time; deliveries are signed with it (Standard Webhooks)."""

    endpoint: Endpoint
    secret: str

    def __repr__(self) -> str:
        return f"NewEndpoint(endpoint={self.endpoint!r})"


class DeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up after the last attempt; a person can have it sent again."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One event on its way to one endpoint. `status_code` and `answer` (its beginning, or why there was none) are the last attempt's."""

    id: DeliveryId
    endpoint: EndpointId
    event: EventId
    topic: Topic
    status: DeliveryStatus
    attempts: int
    occurred_at: datetime
    due_at: datetime
    ended_at: datetime | None
    status_code: int | None
    answer: str | None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`key` names the happening: an event with a known key is not told again. `data` is what the receiver gets."""

    topic: Topic
    key: str
    occurred_at: datetime
    data: msgspec.Struct


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery as it is sent. `secrets`: the endpoint's, and its earlier one while that is still good."""

    delivery: DeliveryId
    endpoint: EndpointId
    attempt: int
    event: EventId
    url: str
    secrets: tuple[str, ...]
    body: bytes

    def __repr__(self) -> str:
        return f"Parcel(delivery={self.delivery}, endpoint={self.endpoint}, attempt={self.attempt})"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: the HTTP status (None: no answer) and the beginning of the body, or the reason."""

    status: int | None
    text: str
    milliseconds: int
