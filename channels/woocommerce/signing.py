"""Who we are, told to the shop: Basic over https, an OAuth 1.0a signature over plain http, where WooCommerce does not look at Basic."""

import hmac
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Protocol
from urllib.parse import quote

from spoina.clock import Clock
from spoina.settings import WooCommerceSettings

Query = Sequence[tuple[str, str]]


class Signer(Protocol):
    def __call__(self, method: str, url: str, query: Query) -> tuple[dict[str, str], Query]:
        """Headers to send and the query to ask with; `url` has no query."""


def signer(settings: WooCommerceSettings, clock: Clock, nonce: Callable[[], str]) -> Signer:
    if settings.url.startswith("https://"):
        return _basic(settings)
    return _oauth(settings, clock, nonce)


def _basic(settings: WooCommerceSettings) -> Signer:
    credentials = b64encode(f"{settings.key}:{settings.secret}".encode()).decode()

    def sign(method: str, url: str, query: Query) -> tuple[dict[str, str], Query]:
        return {"Authorization": f"Basic {credentials}"}, query

    return sign


def _oauth(settings: WooCommerceSettings, clock: Clock, nonce: Callable[[], str]) -> Signer:
    """Signed in the query, as some web servers drop the Authorization header before PHP sees it. The secret itself never travels."""
    signing_key = f"{_escape(settings.secret)}&".encode()

    def sign(method: str, url: str, query: Query) -> tuple[dict[str, str], Query]:
        claims = [
            ("oauth_consumer_key", settings.key),
            ("oauth_nonce", nonce()),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", str(int(clock().timestamp()))),
        ]
        signed = [*query, *claims]
        digest = hmac.digest(signing_key, base_string(method, url, signed).encode(), sha256)
        return {}, [*signed, ("oauth_signature", b64encode(digest).decode())]

    return sign


def base_string(method: str, url: str, query: Query) -> str:
    """What is signed (RFC 5849, section 3.4.1)."""
    pairs = sorted((_escape(name), _escape(value)) for name, value in query)
    return "&".join((method, _escape(url), _escape("&".join(f"{name}={value}" for name, value in pairs))))


def _escape(text: str) -> str:
    return quote(text, safe="~")
