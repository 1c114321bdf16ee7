"""A cart is paid for where it stands: it becomes an order, in the transaction that records the sale."""

from datetime import datetime

from msgspec.structs import replace

from spoina.cart import sql
from spoina.cart.holding import replace_hold
from spoina.cart.keys import check_access
from spoina.cart.recording import record
from spoina.cart.types import Cart, CartAccess, CartStatus, Device
from spoina.db import Connection
from spoina.errors import CartGone


async def sell(db: Connection, access: CartAccess, device: Device, now: datetime) -> Cart | None:
    """To be called before the sale takes stock: what the cart held is free for it. None: the cart was gone already, which changes nothing
    of what was sold. Raises NotFound."""
    stored = (await sql.lock(db, [access.id])).get(access.id)
    try:
        cart = check_access(access, None if stored is None else stored.cart, () if stored is None else stored.digests, now)
    except CartGone:
        return None
    if cart.state.hold is not None:
        await replace_hold(db, cart.state.hold, None, now)
    state = replace(cart.state, hold=None)
    sold = replace(cart, version=cart.version + 1, status=CartStatus.ORDERED, location=None, state=state)
    await sql.write(db, [sold], [record(sold, "sell", device)], now)
    return sold
