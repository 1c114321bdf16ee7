"""What a cart holds of the stock: one hold for all of it, replaced as a whole in the transaction that changes the cart."""

from collections.abc import Callable
from datetime import datetime, timedelta

from spoina.cart.types import Cart, CartHold, CartState
from spoina.cart.world import World
from spoina.db import Connection
from spoina.errors import ShortLines
from spoina.ids import Channel, HoldId, StockItemId
from spoina.inventory import sql as stock
from spoina.inventory.claiming import Asked, claim
from spoina.inventory.requests import check_hold
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest, HoldStatus

ANSWER_SECONDS = 10.0

NewHoldId = Callable[[], HoldId]


def wanted(state: CartState, world: World) -> dict[StockItemId, int]:
    """Pieces of each item that is counted."""
    units: dict[StockItemId, int] = {}
    for line in state.lines:
        found = world.merchandise.get(line.variant)
        item = None if found is None else found.variant.stock.item
        if item is not None and world.left(item) is not None:
            units[item] = units.get(item, 0) + line.quantity
    return units


def request_for(cart: Cart, units: dict[StockItemId, int], channel: Channel, hold: HoldId, ttl: timedelta, kind: HolderKind) -> HoldRequest:
    lines = tuple(HoldLine(item, count) for item, count in sorted(units.items()))
    return HoldRequest(id=hold, holder=Holder(kind, str(cart.id)), channel=channel, lines=lines, ttl=ttl)


async def replace_hold(db: Connection, old: CartHold | None, request: HoldRequest | None, now: datetime) -> CartHold | None:
    """Gives back what was held and takes all of the new, or raises ShortLines: then the caller's transaction must not be committed."""
    held = [] if old is None else list((await stock.holds(db, [old.id])).values())
    items = {line.item for hold in held for line in hold.lines} | {line.item for line in (request.lines if request else ())}
    if items:
        await stock.lock(db, sorted(items))
    active = [hold.id for hold in held if hold.status is HoldStatus.ACTIVE]
    if active:
        await stock.end_holds(db, active, HoldStatus.RELEASED, now)
    if request is None:
        return None
    check_hold(request)
    claimed = await claim(db, now, [Asked(request)], again=False, timeout=ANSWER_SECONDS)
    if short := claimed.short.get(0):
        raise ShortLines(short)
    return CartHold(request.id, now + request.ttl)
