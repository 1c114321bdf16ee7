"""What carts and checkouts stand on, opened together: the writer's and the holds' own connections, and the feeds."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

import msgspec

from spoina.cart.feed import CartFeed
from spoina.cart.policies import CartPolicy
from spoina.cart.service import Carts
from spoina.cart.worlds import Worlds
from spoina.cart.writing import CartWriter
from spoina.catalog.reader import CatalogReader
from spoina.checkout.service import Checkout
from spoina.clock import Clock
from spoina.db import Pool, connect
from spoina.ids import CartId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.hold_ids import hold_id
from spoina.inventory.holds import Holds
from spoina.inventory.offers import OfferReader
from spoina.notifications import Listener
from spoina.orders.feed import OrderFeed
from spoina.terms.reader import TermsReader


class CartServices(msgspec.Struct, frozen=True, kw_only=True):
    """`holds` is the process's own: one batcher is behind it."""

    carts: Carts
    checkout: Checkout
    feed: CartFeed
    holds: Holds
    orders: OrderFeed


@asynccontextmanager
async def open_carts(
    pool: Pool,
    database_url: str,
    listener: Listener,
    readers: tuple[CatalogReader, TermsReader, OfferReader],
    clock: Clock,
    policy: CartPolicy = CartPolicy(),  # noqa: B008 - frozen
) -> AsyncIterator[CartServices]:
    catalogue, terms, offers = readers
    worlds = Worlds(catalogue, terms, offers.left, clock)
    batcher = HoldBatcher(partial(connect, database_url), clock)
    holds = Holds(pool, batcher, clock)
    writer = CartWriter(partial(connect, database_url), worlds, policy, lambda: hold_id(uuid4(), clock()))
    feed = CartFeed(pool, listener)
    orders = OrderFeed(listener)
    await feed.start()
    await orders.start()
    carts = Carts(
        pool=pool,
        writer=writer,
        worlds=worlds,
        holds=holds,
        policy=policy,
        new_id=lambda: CartId(uuid4()),
        randomness=secrets.token_bytes,
    )
    checkout = Checkout(pool=pool, carts=carts, worlds=worlds, terms=terms, policy=policy, new_id=uuid4)
    try:
        yield CartServices(carts=carts, checkout=checkout, feed=feed, holds=holds, orders=orders)
    finally:
        await orders.stop()
        await feed.stop()
        await writer.stop()
        await batcher.stop()
