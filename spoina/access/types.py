"""An API key: a random token of which only the digest is kept."""

from datetime import datetime
from enum import StrEnum

import msgspec

from spoina.ids import KeyId, TerminalId


class KeyKind(StrEnum):
    """Whose hands the key is in. A web key stands in a page's source: everybody can read it. A server key is that of the frontend's own
    server, which renders pages for all shoppers: it may what a web key may, and nobody else sees it."""

    WEB = "web"
    APP = "app"
    POS = "pos"
    SERVER = "server"
    STAFF = "staff"

    __hash__ = str.__hash__  # Enum's own is written in Python, and every request asks for it


class Scope(StrEnum):
    STOREFRONT_READ = "storefront:read"
    CART_WRITE = "cart:write"
    """Making and changing carts; each cart has a secret of its own besides."""
    CHECKOUT_WRITE = "checkout:write"
    """Making an order of a cart, and asking for returns; the cart's and the order's own keys besides."""
    AVAILABILITY_READ = "availability:read"
    AVAILABILITY_EXPLAIN = "availability:explain"
    """Counts, holds and buffers behind the number: nothing for a key that stands in a page's source."""
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    SYNC_READ = "sync:read"
    QUARANTINE_READ = "quarantine:read"
    QUARANTINE_WRITE = "quarantine:write"
    FEEDS_READ = "feeds:read"
    FEEDS_WRITE = "feeds:write"
    POS_USE = "pos:use"
    POS_MANAGE = "pos:manage"
    WEBHOOKS_MANAGE = "webhooks:manage"
    SEARCH_MANAGE = "search:manage"
    USAGE_READ = "usage:read"
    """Which client uses which field of the GraphQL schema."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and every request asks for it


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """`hint` is the token's last characters, enough to recognise it and useless to guess it. `terminal`: the one device that has it."""

    id: KeyId
    name: str
    kind: KeyKind
    hint: str
    created_at: datetime
    revoked_at: datetime | None = None
    terminal: TerminalId | None = None


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """The one time that the token is seen."""

    key: Key
    token: str

    def __repr__(self) -> str:
        return f"NewKey(key={self.key!r})"
