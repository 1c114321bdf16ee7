"""Who may have a cart: the bearer of a secret, of which the database keeps only digests, or the customer whose it is."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime

from spoina.cart.types import Cart, CartAccess, CartStatus
from spoina.errors import CartGone, NotFound
from spoina.ids import CartId

SECRET_BYTES = 16
_NOBODYS = b"\0" * 32

Randomness = Callable[[int], bytes]


def new_secret(randomness: Randomness) -> str:
    """128 random bits."""
    return urlsafe_b64encode(randomness(SECRET_BYTES)).decode().rstrip("=")


def secret_digest(secret: str) -> bytes:
    """Random bits need no salt, and nothing slow."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def check_access(access: CartAccess, cart: Cart | None, digests: Sequence[bytes], now: datetime) -> Cart:
    """Raises NotFound, for a wrong secret too, and CartGone to whoever had it."""
    if cart is None or not _may(access, cart, digests):
        raise unknown_cart(access.id)
    return living(cart, now)


def living(cart: Cart, now: datetime) -> Cart:
    if cart.status is not CartStatus.ACTIVE:
        raise CartGone(str(cart.id), cart.status.value, None if cart.successor is None else str(cart.successor))
    if cart.expires_at is not None and cart.expires_at <= now:
        raise CartGone(str(cart.id), "expired")
    return cart


def unknown_cart(cart: CartId) -> NotFound:
    return NotFound("cart", str(cart))


def _may(access: CartAccess, cart: Cart, digests: Sequence[bytes]) -> bool:
    """Every digest is compared, whichever fits."""
    given = secret_digest(access.secret)
    bears = False
    for digest in digests or (_NOBODYS,):
        bears |= hmac.compare_digest(digest, given)
    owns = access.customer is not None and cart.customer is not None and _same(access.customer, cart.customer)
    return (bears and bool(access.secret)) or owns


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))
