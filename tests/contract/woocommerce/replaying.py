"""Recorded exchanges, a shop like the one they were recorded from, and an exact comparison of the two answers."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
from authlib.oauth1.rfc5849.signature import construct_base_string
from authlib.oauth1.rfc5849.util import escape

from simulators.woocommerce.app import create_app
from simulators.woocommerce.auth import ApiKey
from simulators.woocommerce.shop import Shop, ShopSettings, create_shop

RECORDED = Path(__file__).parent / "recorded"
HOME = "http://127.0.0.1:8081"
FULL_KEY = ApiKey("ck_" + "0" * 40, "cs_" + "0" * 40)
READ_KEY = ApiKey("ck_read", "cs_read", "read")
WRITE_KEY = ApiKey("ck_write", "cs_write", "write")
KEYS = {
    "100": ApiKey("ck_nobody", "cs_nobody"),
    "101": FULL_KEY._replace(secret="cs_wrong"),
    "107": READ_KEY,
    "108": WRITE_KEY,
}
IGNORED = {
    "related_ids": "shuffled at every reading, by the real shop too",
    "images": "the simulator draws pictures for every product; their shape has a test of its own",
    "image": "as images",
}
HEADERS = ("content-type", "x-wp-total", "x-wp-totalpages", "link", "allow", "vary", "location")
FIRST_FREE_ID = 953
FIRST_FREE_META_ID = 21120


class Moment:
    """The shop's clock, set to when each exchange was recorded."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 21, 23, 40, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def set_gmt(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)


class Receiver:
    """Answers deliveries as the recording's receivers did, and keeps them."""

    def __init__(self) -> None:
        self.received: list[tuple[str, dict[str, str], bytes]] = []

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
        self.received.append((url, headers, body))
        if url.startswith("http://127.0.0.1:8080/"):
            return 500 if url.endswith("/fail") else 200
        return None


def shop_as_recorded(moment: Moment) -> Shop:
    shop = create_shop(settings=ShopSettings(home=HOME, keys=(FULL_KEY, READ_KEY, WRITE_KEY)), clock=moment)
    shop.next_id = FIRST_FREE_ID
    shop.next_meta_id = FIRST_FREE_META_ID
    return shop


def client_of(shop: Shop, receiver: Receiver) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_app(shop, sender=receiver))
    return httpx.AsyncClient(transport=transport, base_url=HOME)


def load(name: str) -> dict[str, Any]:
    return json.loads((RECORDED / f"{name}.json").read_text())


def exchanges() -> list[str]:
    """Names of the recorded request-and-answer files, in the order in which they happened."""
    names = sorted(path.stem for path in RECORDED.glob("*.json"))
    return [name for name in names if name < "300" and "response" in load(name)]


async def replay(client: httpx.AsyncClient, moment: Moment, exchange: dict[str, Any], key: ApiKey) -> httpx.Response:
    request = exchange["request"]
    moment.now = parsedate_to_datetime(exchange["response"]["headers"]["date"])
    headers = dict(request["headers"])
    if "authorization" in headers:
        headers["authorization"] = basic(key)
    body = request["body"]
    content = body if isinstance(body, str) or body is None else json.dumps(body)
    return await client.request(request["method"], resigned(request["url"]), headers=headers, content=content)


def basic(key: ApiKey) -> str:
    return "Basic " + base64.b64encode(f"{key.key}:{key.secret}".encode()).decode()


def resigned(url: str) -> str:
    """The recording's secrets are blanked, so a right signature is made anew; a wrong one stays wrong."""
    address = httpx.URL(url)
    parameters = [(name, value) for name, value in address.params.multi_items() if name != "oauth_signature"]
    if len(parameters) == len(address.params.multi_items()) or "per_page=3" in url:
        return url
    base = construct_base_string("GET", url.partition("?")[0], parameters)
    digest = hmac.new(f"{FULL_KEY.secret}&".encode(), base.encode(), hashlib.sha256).digest()
    return re.sub(r"oauth_signature=[^&]*", f"oauth_signature={escape(base64.b64encode(digest).decode())}", url)


def unsigned(header: str | None) -> str | None:
    return re.sub(r"oauth_signature=[^&>]*", "oauth_signature", header) if header else header


def differences(expected: object, got: object, path: str = "") -> Iterator[str]:
    """Every place where two JSON values differ in type, value, or the order of their keys."""
    if isinstance(expected, dict) and isinstance(got, dict):
        if list(expected) != list(got):
            yield f"{path}: keys {list(expected)} != {list(got)}"
        for name in expected.keys() & got.keys() - IGNORED.keys():
            yield from differences(expected[name], got[name], f"{path}.{name}")
    elif isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            yield f"{path}: {len(expected)} entries != {len(got)}"
        for place, (one, other) in enumerate(zip(expected, got, strict=False)):
            yield from differences(one, other, f"{path}[{place}]")
    elif type(expected) is not type(got) or expected != got:
        yield f"{path}: {expected!r} != {got!r}"
