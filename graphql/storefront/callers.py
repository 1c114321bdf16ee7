"""Who asks, as far as the storefront is concerned: what the key that came with the request may do."""

from collections.abc import Callable

import msgspec

from spoina.access.types import Scope
from spoina.errors import Forbidden
from spoina.usage.types import UNNAMED, Client


def _free(_points: int) -> None:
    pass


class Caller(msgspec.Struct, frozen=True):
    """`device`: how histories name it. `address`: where guesses are counted. `client`: under which name its use of fields is. `pay`: takes
    points for what is asked; raises Throttled where none are left."""

    scopes: frozenset[Scope]
    device: str = ""
    address: str = ""
    client: Client = UNNAMED
    pay: Callable[[int], None] = _free

    def require(self, scope: Scope) -> None:
        """Raises Forbidden."""
        if scope not in self.scopes:
            raise Forbidden(scope)


READER = Caller(frozenset({Scope.STOREFRONT_READ}))
