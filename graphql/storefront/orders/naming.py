"""Names of orders as global ids: `gid://spoina/Order/<uuid>?key=<key>`. The key is what whoever placed it was given, or a customer's access
token; who has the id has the order."""

from urllib.parse import parse_qs
from uuid import UUID

from spoina.customers.tokens import CustomerTokens
from spoina.errors import InvalidInput, NotFound
from spoina.ids import CustomerId, OrderId
from storefront.carts.naming import LONGEST
from storefront.ids import ACCEPTED, gid


def order_gid(order: OrderId, key: str) -> str:
    return f"{gid('Order', str(order))}?key={key}"


def order_access(text: str) -> tuple[OrderId, str]:
    """The order and the key. Raises NotFound in the same words for whatever is wrong with it."""
    name, _, query = text.partition("?")
    prefix = next((prefix for prefix in ACCEPTED if name.startswith(prefix)), "")
    kind, _, number = name.removeprefix(prefix).partition("/")
    key = "".join(parse_qs(query).get("key", ()))
    try:
        if kind == "Order" and key and len(text) <= LONGEST:
            return OrderId(UUID(number)), key
    except ValueError:
        pass
    raise unknown_order()


def customer_in(key: str, customers: CustomerTokens) -> CustomerId | None:
    """Whose token the key is; None: it is no token. Raises NotFound for one that is not valid."""
    if key.count(".") != 2:
        return None
    try:
        return customers.verify(key).id
    except InvalidInput:
        raise unknown_order() from None


def line_gid(order: OrderId, place: int) -> str:
    return gid("LineItem", f"{order}-{place}")


def line_place(text: str) -> int | None:
    """The line's place in its order, counted from 0."""
    digits = text.rpartition("-")[2]
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 6 else None


def unknown_order() -> NotFound:
    return NotFound("order", "with this id and key")
