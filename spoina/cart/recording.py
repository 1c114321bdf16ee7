"""Commands of our own in a cart's history: a merge, a claim, the start of a checkout."""

from spoina.cart.operations import Applied
from spoina.cart.sql import Logged
from spoina.cart.types import Cart, Device
from spoina.ids import OperationId


def record(cart: Cart, kind: str, device: Device) -> Logged:
    """`cart` as it is after it: an id like this is no client's, because it names the version."""
    operation = OperationId(f"{kind} {cart.version}")
    outcome = Applied(operation=operation, version=cart.version)
    return Logged(cart=cart.id, operation=operation, kind=kind, device=device, digest=b"", body=b"{}", outcome=outcome)
