"""Who asks the storefront: all that a request's headers and address say of that, found once and known while the key is."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

import msgspec
from litestar.types import HTTPScope, WebSocketScope

from api.authentication import BUYER, bearer_token, caller_of, presented_token
from api.availability.requests import OWN_CHANNEL
from api.clients import CLIENT_HEADERS, Clients
from api.limits.budgets import Budget
from api.limits.clients import ClientLimits
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.ids import Channel
from spoina.usage.types import Client
from storefront.callers import Caller
from storefront.requests import GraphQLRequest, GraphQLResponse

MOST_KNOWN = 10_000
"""By key and address; then they are met anew."""
_TELLING = CLIENT_HEADERS | {BUYER}


class Answers(Protocol):
    """The storefront, as far as its callers are concerned."""

    def again(self, body: bytes, content_type: str, client: Client) -> GraphQLResponse | None: ...
    async def post(self, body: bytes, content_type: str, caller: Caller) -> GraphQLResponse: ...
    async def get(self, parameters: dict[str, str], if_none_match: str | None, caller: Caller) -> GraphQLResponse: ...
    async def subscribe(self, request: GraphQLRequest, caller: Caller) -> AsyncIterator[bytes]: ...


class Asker(msgspec.Struct, frozen=True):
    """`storefront`: its channel's, since buffers and shares make each sell another number. `until`: good before this moment of the keys'
    clock."""

    storefront: Answers
    caller: Caller
    budget: Budget
    until: float


class Askers:
    """One per process. They are known for as long as keys are, so that one which was taken back is refused as soon."""

    def __init__(self, storefronts: Mapping[Channel, Answers], keys: KeyRing, clients: Clients, limits: ClientLimits) -> None:
        self._storefronts, self._keys, self._clients, self._limits = storefronts, keys, clients, limits
        self._seconds = keys.seconds
        self._known: dict[tuple[bytes, str], Asker] = {}

    async def find(self, scope: HTTPScope | WebSocketScope, headers: Mapping[bytes, bytes]) -> Asker:
        """As `meet`."""
        return self.known(scope, headers) or await self.meet(scope, headers)

    def known(self, scope: HTTPScope | WebSocketScope, headers: Mapping[bytes, bytes]) -> Asker | None:
        """Whoever asked in the last seconds, without waiting. None says nothing."""
        client = scope.get("client")
        known = self._known.get((headers.get(b"authorization", b""), client[0] if client else ""))
        return known if known is not None and self._seconds() < known.until and _TELLING.isdisjoint(headers) else None

    async def still_admits(self, headers: Mapping[bytes, bytes]) -> bool:
        return await self._keys.find(presented_token(headers) or "") is not None

    async def meet(self, scope: HTTPScope | WebSocketScope, headers: Mapping[bytes, bytes]) -> Asker:
        """Raises Unauthorized, Forbidden, Throttled (too many keys that nobody has)."""
        key = await self._limits.admit(scope, headers, Scope.STOREFRONT_READ)
        budget = self._limits.of(key, scope, headers)
        caller = caller_of(key, scope, headers, self._clients.of(key, headers), budget.pay)
        asker = Asker(self._storefronts[OWN_CHANNEL[key.kind]], caller, budget, self._keys.known_until(presented_token(headers) or ""))
        authorization, client = headers.get(b"authorization", b""), scope.get("client")
        if bearer_token(authorization) is not None and _TELLING.isdisjoint(headers):
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[authorization, client[0] if client else ""] = asker
        return asker
