"""The plugin Spoina Companion (deploy/wordpress/spoina-companion), where the shop has it. Everything here has a slower way without it."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from channels.woocommerce.client import COMPANION, WooCommerceClient
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import InvalidInput

SOURCE: Final = "companion"
TOPIC: Final = "notices"
LARGEST_NOTICE: Final = 64 * 1024
FORGIVEN: Final = timedelta(minutes=5)
"""How far the shop's clock may be from ours. An older notice may be one that somebody has recorded."""

_STORED = "select delivery_url, secret from webhook_subscription where source = $1 and topic = $2"
_STORE = """
insert into webhook_subscription (source, topic, external_id, delivery_url, secret, status, checked_at)
values ($1, $2, 0, $3, $4, 'active', $5)
on conflict (source, topic) do update set delivery_url = excluded.delivery_url, secret = excluded.secret, checked_at = excluded.checked_at
"""
_FORGET = "delete from webhook_subscription where source = $1 and topic = $2"


class Notice(msgspec.Struct, frozen=True):
    """What changed in the shop, by WooCommerce's numbers; products with their variations. `id` is the notice's own."""

    id: str
    products: tuple[int, ...] = ()
    orders: tuple[int, ...] = ()
    coupons: tuple[int, ...] = ()
    customers: tuple[int, ...] = ()


class Status(msgspec.Struct, frozen=True):
    version: str
    woocommerce: str
    notices_to: str | None


class KnownOrder(msgspec.Struct, frozen=True):
    """An order that carries one of our references."""

    id: int
    status: str
    order_key: str
    total: str


class StockDelta(msgspec.Struct, frozen=True):
    id: int
    delta: int


class Counted(msgspec.Struct, frozen=True):
    id: int
    stock_quantity: float | None


class Customer(msgspec.Struct, frozen=True):
    id: int
    email: str
    first_name: str
    last_name: str


class _Connection(msgspec.Struct, frozen=True):
    url: str
    secret: str

    def __repr__(self) -> str:
        return f"_Connection(url={self.url!r})"


class _Deltas(msgspec.Struct, frozen=True):
    key: str
    lines: Sequence[StockDelta]


class _Counts(msgspec.Struct, frozen=True):
    lines: tuple[Counted, ...]


class _Credentials(msgspec.Struct, frozen=True):
    login: str
    password: str

    def __repr__(self) -> str:
        return f"_Credentials(login={self.login!r})"


class _Checked(msgspec.Struct, frozen=True):
    customer: Customer | None


class Companion:
    """Every method raises SourceError."""

    def __init__(self, client: WooCommerceClient) -> None:
        self._client = client

    async def status(self) -> Status:
        return await self._client.get_json(f"/{COMPANION}/status", Status)

    async def connect(self, url: str, secret: str) -> Status:
        return await self._client.put(f"/{COMPANION}/connection", _Connection(url, secret), Status)

    async def orders_of(self, reference: str) -> tuple[KnownOrder, ...]:
        """Orders that carry this reference of ours: none or one, unless something went wrong."""
        return await self._client.get_json(f"/{COMPANION}/orders", tuple[KnownOrder, ...], {"reference": reference})

    async def change_stock(self, key: str, lines: Sequence[StockDelta]) -> tuple[Counted, ...]:
        """All lines or none, once for each `key`; returns the counts afterwards. The plugin knows a key again, so a repetition is safe."""
        return (await self._client.post(f"/{COMPANION}/stock", _Deltas(key, lines), _Counts)).lines

    async def customer_of(self, login: str, password: str) -> Customer | None:
        """Who signs in with that; None where they do not belong together, or too many wrong ones were tried."""
        return (await self._client.post(f"/{COMPANION}/customers/check", _Credentials(login, password), _Checked)).customer


async def ensure_notices(companion: Companion, pool: Pool, url: str, clock: Clock, make_secret: Callable[[], str]) -> None:
    """The plugin tells us what changes, signed with a secret that is known here. Idempotent."""
    known = await pool.fetchrow(_STORED, SOURCE, TOPIC)
    if known and known["delivery_url"] == url and (await companion.status()).notices_to == url:
        return
    secret = make_secret()
    # Ours first: a notice that comes in between is refused, and what it would have told is found by the poll.
    await pool.execute(_STORE, SOURCE, TOPIC, url, secret, clock())
    await companion.connect(url, secret)


async def forget_notices(pool: Pool) -> None:
    """The plugin is gone: nobody has a secret any more."""
    await pool.execute(_FORGET, SOURCE, TOPIC)


async def secret_of_notices(pool: Pool) -> str | None:
    row = await pool.fetchrow(_STORED, SOURCE, TOPIC)
    return row["secret"] if row else None


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> bool:
    """Lower-case names. Whether the secret signed this body, not long ago; in constant time."""
    time, given = headers.get("x-spoina-timestamp", ""), headers.get("x-spoina-signature", "")
    if not (time.isascii() and time.isdecimal() and len(time) <= 12) or abs(now.timestamp() - int(time)) > FORGIVEN.total_seconds():
        return False
    expected = hmac.new(secret.encode(), f"{time}.".encode() + body, sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.encode())


def notice_of(body: bytes) -> Notice:
    """Raises InvalidInput."""
    try:
        return msgspec.json.decode(body, type=Notice)
    except msgspec.DecodeError as error:
        raise InvalidInput("body", f"is no notice: {error}") from None
