"""From a request's headers to the key that it carries, and to what that key may do."""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler
from litestar.types import HTTPScope, WebSocketScope

from spoina.access.rules import SCOPES, may
from spoina.access.service import KeyRing
from spoina.access.types import Key, KeyKind, Scope
from spoina.errors import Forbidden, Unauthorized
from spoina.usage.types import Client
from storefront.callers import Caller

DIALECT_HEADERS = (b"x-shopify-storefront-access-token", b"shopify-storefront-private-token")
BUYER = b"shopify-storefront-buyer-ip"
HOW = "send a key as 'Authorization: Bearer …' (spoina keys create makes one)"
Connection = ASGIConnection[Any, Any, Any, State]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]


def presented_token(headers: Mapping[bytes, bytes]) -> str | None:
    """The bearer token, else what stands in one of the dialect's own headers."""
    bearer = bearer_token(headers.get(b"authorization", b""))
    if bearer is not None:
        return bearer
    in_dialect = next((headers[name] for name in DIALECT_HEADERS if name in headers), None)
    return None if in_dialect is None else in_dialect.strip().decode("latin-1")


@lru_cache(maxsize=1024)
def bearer_token(authorization: bytes) -> str | None:
    scheme, _, token = authorization.partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else None


async def admit(keys: KeyRing, headers: Mapping[bytes, bytes], scope: Scope) -> Key:
    """Raises Unauthorized, in the same words for an unknown and for a revoked key, or Forbidden."""
    token = presented_token(headers)
    return admitted(token, None if token is None else await keys.find(token), scope)


def admitted(token: str | None, key: Key | None, scope: Scope) -> Key:
    """As `admit`, of what was presented and whose key that is."""
    if token is None:
        raise Unauthorized(f"no key: {HOW}")
    if key is None:
        raise Unauthorized(f"this key is not valid: {HOW}")
    if not may(key.kind, scope):
        raise Forbidden(scope)
    return key


def caller_of(
    key: Key, scope: HTTPScope | WebSocketScope, headers: Mapping[bytes, bytes], named: Client, pay: Callable[[int], None]
) -> Caller:
    """Guesses are counted by address, and by key where there is none (a Unix socket)."""
    return Caller(SCOPES[key.kind], key.name, address_of(key, scope, headers) or f"key {key.id}", named, pay)


def address_of(key: Key, scope: HTTPScope | WebSocketScope, headers: Mapping[bytes, bytes]) -> str:
    """Whose request it is: the shopper's whom the frontend's own server names, else the peer's; "" on a Unix socket."""
    if key.kind is KeyKind.SERVER and (named := headers.get(BUYER)):
        return named.decode("latin-1").strip()
    client = scope.get("client")
    return client[0] if client else ""


def requires(keys: KeyRing, scope: Scope) -> Guard:
    """A Litestar guard."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        await admit(keys, dict(connection.scope["headers"]), scope)

    return guard
