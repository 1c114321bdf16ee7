"""A cart that is followed: as it is, then as it becomes."""

from collections.abc import AsyncIterator

from spoina.cart.feed import CartFollower
from spoina.errors import CartGone, NotFound
from storefront.carts.naming import cart_access
from storefront.carts.shown import CartShown
from storefront.context import Context
from storefront.resolvers import Info
from storefront.resolvers.cart_reads import show
from storefront.resolvers.choosing import GlobalId

BEFORE_ALL = -1


async def cart_changed(info: Info, global_id: GlobalId, since: int = BEFORE_ALL) -> AsyncIterator[CartShown]:
    """`since`: the version that the client has; only newer ones are told. Raises NotFound, CartGone, Busy."""
    context = info.context
    access, _ = cart_access(global_id, context.carts.customers)
    follower = context.carts.feed.follow(access.id, BEFORE_ALL)
    try:
        first = await _seen(context, global_id)
    except BaseException:
        follower.leave()
        raise
    return _changes(context, global_id, follower, first, since)


async def _changes(context: Context, cart: str, follower: CartFollower, first: CartShown | None, told: int) -> AsyncIterator[CartShown]:
    """Between two events nothing is kept of the cart: most carts that are followed lie still."""
    try:
        if first is not None and first.view.cart.version > told:
            told = first.view.cart.version
            yield first
        first = None
        while True:
            await _moved(follower, told)
            try:
                seen: CartShown | None = await _seen(context, cart)
            except (NotFound, CartGone):
                return
            if seen is not None and seen.view.cart.version > told:
                told = seen.view.cart.version
                yield seen
            seen = None
    finally:
        follower.leave()


async def _moved(follower: CartFollower, told: int) -> None:
    """What was announced before the cart was looked at is old."""
    while (version := await follower.news()) is None or version <= told:
        pass


async def _seen(context: Context, cart: str) -> CartShown:
    """Asked anew each time: a customer's token may end while the line stands."""
    access, key = cart_access(cart, context.carts.customers)
    return show(context, await context.carts.service.view(access, context.carts.channel), key)
