"""Who asks, as far as the storefront is concerned: what the key that came with the request may do."""

import msgspec

from spoina.access.types import Scope
from spoina.errors import Forbidden


class Caller(msgspec.Struct, frozen=True):
    """`device`: how histories name it. `address`: where guesses are counted."""

    scopes: frozenset[Scope]
    device: str = ""
    address: str = ""

    def require(self, scope: Scope) -> None:
        """Raises Forbidden."""
        if scope not in self.scopes:
            raise Forbidden(scope)


READER = Caller(frozenset({Scope.STOREFRONT_READ}))
