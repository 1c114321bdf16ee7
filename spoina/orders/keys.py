"""What opens an order to whoever placed it: a code that follows from the order's id and a secret of the shop, so that nothing is stored and
nobody guesses it."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cached_property

from spoina.ids import OrderId

KEY_BYTES = 16


class OrderKeys:
    """`secret` is asked for once, when the first key is wanted. Who changes it takes all keys back."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    @cached_property
    def _own(self) -> bytes:
        """The same secret signs other things."""
        return hmac.digest(self._secret(), b"spoina orders", "sha256")

    def key_of(self, order: OrderId) -> str:
        code = hmac.digest(self._own, order.bytes, "sha256")[:KEY_BYTES]
        return urlsafe_b64encode(code).decode().rstrip("=")

    def opens(self, key: str, order: OrderId) -> bool:
        return hmac.compare_digest(self.key_of(order).encode(), key.encode("utf-8", "surrogatepass"))
