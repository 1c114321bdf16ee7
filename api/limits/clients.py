"""Who counts as one client, and which budget it has.

A key in safe hands (a till's, staff's, a server's) is a client. A web or app key stands in a page's source or in an app that anybody can
take apart: a budget of its own would let one person lock everybody out, so its users are told apart by their addresses. An IPv6
subscriber has a whole /64.

The frontend's own server speaks for thousands of shoppers. With a server key it has a server's budget, and where it names the shopper in
the dialect's header Shopify-Storefront-Buyer-IP, that shopper's. An address that is not public is another server of the shop's own, or a
proxy that is not believed when it names its clients (FORWARDED_ALLOW_IPS): never one shopper, and so not limited.

A customer's access token names nobody here: it travels inside of documents and would be read after the request was let in.

A key that was never met costs a statement until it is known that nobody has it. So tries have a small budget by themselves, by address,
beside the point that every request costs. Whoever has used it up is still served with keys that are known.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from litestar.types import HTTPScope, WebSocketScope

from api.authentication import BUYER, address_of, admitted, presented_token
from api.limits.budgets import Allowance, Budget, Ledger
from spoina.access.service import KeyRing
from spoina.access.types import Key, KeyKind, Scope
from spoina.errors import Forbidden, Unauthorized

STREAMS_OF_AN_ADDRESS, STREAMS_OF_A_KEY = 300, 5000
WRONG_KEYS_A_SECOND = 1
"""Of an address."""
SUBSCRIBER, SHOWN = {4: 32, 6: 64}, {4: 24, 6: 48}
"""Bits of an address that are one client's, and that a log may name."""
UNREADABLE = "unreadable"
_WEB, _APP, _SERVER = KeyKind.WEB, KeyKind.APP, KeyKind.SERVER
_OWN = Allowance("own", 0, 0)


class ClientLimits:
    """One per process. Points a second: of an address, and of a key that is kept safe; 0 limits none of them."""

    def __init__(self, keys: KeyRing, ledger: Ledger, *, address_rate: int, key_rate: int) -> None:
        self._keys, self._ledger, self._known = keys, ledger, ledger.known
        self._address = Allowance("address", address_rate, STREAMS_OF_AN_ADDRESS)
        self._tries = Allowance("wrong-key", WRONG_KEYS_A_SECOND, 0, "keys that are not valid")
        self._of_kind = {kind: Allowance(kind.value, key_rate, STREAMS_OF_A_KEY) for kind in KeyKind}

    def of(self, key: Key | None, scope: HTTPScope | WebSocketScope, headers: Mapping[bytes, bytes]) -> Budget:
        """`key` None: of the address."""
        # Kinds are told apart by the names above: Python 3.11 looks an enum's member up through two functions, and many requests pass here.
        named: int | str
        if key is None or (kind := key.kind) is _WEB or kind is _APP:
            client = scope.get("client")
            named = client[0] if client else ""
        elif kind is _SERVER and headers.get(BUYER):
            named = address_of(key, scope, headers)
        else:
            named = key.id
        return self._known.get(named) or self._met(named, key)

    async def enter(self, scope: HTTPScope, headers: Mapping[bytes, bytes]) -> Budget:
        """Counts one request. Raises Throttled."""
        token = presented_token(headers)
        budget = self.of(None if token is None else await self._recognised(token, scope), scope, headers)
        budget.pay(1)
        return budget

    async def admit(self, scope: HTTPScope | WebSocketScope, headers: Mapping[bytes, bytes], wanted: Scope) -> Key:
        """Does not count the request, for whoever counts what comes of it. Raises Unauthorized and Forbidden, which are counted, and
        Throttled."""
        token = presented_token(headers)
        key = None if token is None else await self._recognised(token, scope)
        try:
            return admitted(token, key, wanted)
        except (Unauthorized, Forbidden):
            self.of(key, scope, headers).pay(1)
            raise

    async def _recognised(self, token: str, scope: HTTPScope | WebSocketScope) -> Key | None:
        """Raises Throttled where the address tried too many that nobody has. Paid for ahead, so that many at once are counted, too."""
        if not self._keys.is_stranger(token):
            return await self._keys.find(token)
        tries, wrong = self._tries_of(scope), False
        tries.pay(1)
        try:
            key = await self._keys.find(token)
            wrong = key is None
        finally:
            if not wrong:
                tries.give_back(1)
        return key

    def _tries_of(self, scope: HTTPScope | WebSocketScope) -> Budget:
        address = self.of(None, scope, {})
        has = self._tries if address.allowance.per_second else address.allowance
        return self._ledger.of(f"wrong-key:{address.name}", f"keys that are not valid, from {address.shown}", has)

    def _met(self, named: int | str, key: Key | None) -> Budget:
        if key is not None and isinstance(named, int):
            budget = self._ledger.of(f"key:{key.id}", f"key {key.id} ({key.name})", self._of_kind[key.kind])
        else:
            budget = self._of_address(str(named))
        self._ledger.remember(named, budget)
        return budget

    def _of_address(self, address: str) -> Budget:
        try:
            read = _read(address)
        except ValueError:
            return self._ledger.of(f"address:{UNREADABLE}", "addresses that cannot be read", self._address)
        if read is None or not read.is_global:
            return self._ledger.of("own", "addresses of our own", _OWN)
        return self._ledger.of(f"address:{_network(read, SUBSCRIBER)}", f"an address in {_network(read, SHOWN)}", self._address)


def _read(address: str) -> IPv4Address | IPv6Address | None:
    """None on a Unix socket."""
    read = ip_address(address) if address else None
    return read.ipv4_mapped or read if isinstance(read, IPv6Address) else read


def _network(address: IPv4Address | IPv6Address, bits: Mapping[int, int]) -> IPv4Network | IPv6Network:
    return ip_network((address, bits[address.version]), strict=False)
