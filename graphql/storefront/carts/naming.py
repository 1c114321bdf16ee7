"""Names of carts and of what is in them, as global ids.

A cart's id carries what opens it: `gid://spoina/Cart/<uuid>?key=<key>`. The key is a secret that the cart's own device was given once (the
database keeps only its hash), or a customer's access token, with which a customer reaches his cart from every device. Who has the id has
the cart, so it belongs into a cookie or the app's storage, not into an address or a log.
"""

from uuid import UUID

from spoina.cart.types import AddressId, CartAccess
from spoina.customers.tokens import CustomerTokens
from spoina.errors import InvalidInput, NotFound
from spoina.ids import CartId, CartLineId, VariantId
from storefront.ids import ACCEPTED, gid

LONGEST = 5000
NO_LINE, NO_VARIANT = CartLineId(UUID(int=0)), VariantId(0)
"""What is no id of a line or a variant names one that is not there."""


def cart_gid(cart: CartId, key: str) -> str:
    return f"{gid('Cart', str(cart))}?key={key}"


def cart_access(text: str, customers: CustomerTokens) -> tuple[CartAccess, str]:
    """Who wants which cart, and the key as it was given. Raises NotFound in the same words for whatever is wrong with it."""
    name, _, query = text.partition("?")
    kind, _, number = _local(name).partition("/")
    key = next((part.removeprefix("key=") for part in query.split("&") if part.startswith("key=")), "")
    if kind != "Cart" or not key or len(text) > LONGEST:
        raise _unknown()
    return access_by(number, key, customers), key


def access_by(cart: str, key: str, customers: CustomerTokens) -> CartAccess:
    """A token has two dots; a secret has none. Raises NotFound."""
    try:
        number = CartId(UUID(cart))
        if key.count(".") == 2:
            return CartAccess(id=number, customer=customers.verify(key).id)
    except (ValueError, InvalidInput):
        raise _unknown() from None
    return CartAccess(id=number, secret=key)


def token_in(text: str) -> str | None:
    """The customer's token, where a cart's id carries one."""
    key = text.partition("?key=")[2]
    return key if key.count(".") == 2 else None


def cart_number(text: str) -> CartId:
    """Of an id with or without its key. Raises NotFound."""
    kind, _, number = _local(text.partition("?")[0]).partition("/")
    try:
        return CartId(UUID(number if kind == "Cart" else ""))
    except ValueError:
        raise _unknown() from None


def line_gid(line: CartLineId) -> str:
    return gid("CartLine", str(line))


def line_number(text: str) -> CartLineId:
    kind, _, number = _local(text.partition("?")[0]).rpartition("/")
    try:
        return CartLineId(UUID(number if kind in {"CartLine", ""} else ""))
    except ValueError:
        return NO_LINE


def address_gid(address: AddressId) -> str:
    return gid("CartSelectableAddress", address)


def address_name(text: str) -> AddressId:
    return AddressId(_local(text.partition("?")[0]).removeprefix("CartSelectableAddress/"))


def _local(text: str) -> str:
    prefix = next((prefix for prefix in ACCEPTED if text.startswith(prefix)), "")
    return text.removeprefix(prefix)


def _unknown() -> NotFound:
    return NotFound("cart", "with this id and key")
