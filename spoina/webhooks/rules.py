"""Signatures, the times of attempts, and what an endpoint may be, by Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

from spoina.errors import InvalidInput, LimitExceeded
from spoina.webhooks.types import Answer, EndpointRequest, EventId, Topic

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 - how the standard marks secrets
LONGEST_URL = 2000
LONGEST_DESCRIPTION = 200
LONGEST_ANSWER = 1000
"""Characters of an answer that are kept, for a person to see what went wrong."""
EARLIER_SECRET_FOR = timedelta(hours=24)
DISABLED_AFTER = timedelta(days=5)
"""Of nothing but failures."""
GONE = 410
"""The receiver wants no more: the endpoint is disabled."""

PAUSES = tuple(timedelta(seconds=seconds) for seconds in (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600))
"""Between one attempt and the next, as the standard proposes: ten attempts in a little more than three days."""
JITTER = 0.2
"""So that a receiver that was away is not called by everything at once."""


def checked(request: EndpointRequest) -> EndpointRequest:
    """Raises InvalidInput, LimitExceeded."""
    if len(request.url) > LONGEST_URL:
        raise LimitExceeded("url", LONGEST_URL, "characters")
    if len(request.description) > LONGEST_DESCRIPTION:
        raise LimitExceeded("description", LONGEST_DESCRIPTION, "characters")
    _check_url(request.url)
    if not request.topics:
        raise InvalidInput("topics", "name at least one")
    if Topic.PING in request.topics:
        raise InvalidInput("topics", "ping is sent on request only")
    return request


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise InvalidInput("url", str(error)) from None
    if parts.scheme not in {"http", "https"} or not host or any(each.isspace() or not each.isprintable() for each in url):
        raise InvalidInput("url", "must be an absolute http or https address")
    if parts.username is not None or parts.fragment:
        raise InvalidInput("url", "must not carry a user, a password or a fragment")


def secret_of(randomness: bytes) -> str:
    return SECRET_PREFIX + b64encode(randomness).decode()


def headers(event: EventId, body: bytes, secrets: Sequence[str], at: datetime) -> dict[str, str]:
    """The id is the event's, the same in every attempt: receivers tell repetitions by it."""
    sent = str(int(at.timestamp()))
    signed = f"{event}.{sent}.".encode() + body
    signatures = [b64encode(hmac.digest(b64decode(each.removeprefix(SECRET_PREFIX)), signed, sha256)).decode() for each in secrets]
    return {
        "content-type": "application/json",
        "user-agent": "Spoina",
        "webhook-id": str(event),
        "webhook-timestamp": sent,
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def is_taken(answer: Answer) -> bool:
    """A redirect is none: it would carry the event to somebody whom nobody entered."""
    return answer.status is not None and 200 <= answer.status < 300


def next_attempt(attempts: int, at: datetime, chance: float) -> datetime | None:
    """After that many attempts; `chance` in [0, 1) is the jitter's. None: that was the last."""
    if attempts > len(PAUSES):
        return None
    return at + PAUSES[attempts - 1] * (1 + JITTER * chance)
