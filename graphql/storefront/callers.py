"""Who asks, as far as the storefront is concerned: what the key that came with the request may do."""

import msgspec

from spoina.access.types import Scope
from spoina.errors import Forbidden
from spoina.usage.types import UNNAMED, Client


class Caller(msgspec.Struct, frozen=True):
    """`device`: how histories name it. `address`: where guesses are counted. `client`: under which name its use of fields is."""

    scopes: frozenset[Scope]
    device: str = ""
    address: str = ""
    client: Client = UNNAMED

    def require(self, scope: Scope) -> None:
        """Raises Forbidden."""
        if scope not in self.scopes:
            raise Forbidden(scope)


READER = Caller(frozenset({Scope.STOREFRONT_READ}))
