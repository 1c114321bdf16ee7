"""What a cart costs: adding to it with full totals, durable, in one process; until another device knows; and a device that only waits.

The shop is the recorded one (its taxes, zones and a dozen shipping methods), the catalogue two thousand products. What is judged is the
writer with rules and totals against a transaction for each change that works nothing out at all, in turns on the same server.
"""

import asyncio
import gc
import random
import secrets
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import uvloop

from api.embedded import embedded_servers
from spoina.cart.feed import CartFeed
from spoina.cart.operations import AddLines, NewLine
from spoina.cart.policies import CartPolicy
from spoina.cart.service import Carts
from spoina.cart.types import CartAccess, Device
from spoina.cart.worlds import Worlds
from spoina.cart.writing import CartWriter
from spoina.catalog.reader import CatalogReader
from spoina.clock import utc_now
from spoina.db import Pool, connect, connect_pool
from spoina.ids import CartId, Channel, HoldId, OperationId, VariantId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.migrate import apply_migrations
from spoina.notifications import Listener
from spoina.pricing.cart.types import Coupon, CouponCode, Shop
from tests.benchmarks.figures import Figure, middle
from tests.contract.carts.recordings import recording
from tests.spoina.catalog.builders import insert_products, insert_shop, product

PRODUCTS, BUYERS, CONNECTIONS, SECONDS, ROUNDS = 2000, 64, 16, 1.0, 3
CARTS = {1: 1000, 10: 200, 100: 40}
OPEN, TOLD, IDLE = 1000, 300, 5000
PHONE = Device(channel=Channel("app"), name="phone")
PEER = 20
"""Requests a second of Vendure on such a machine; WooCommerce's Store API has 34."""


_LOCK = "select version, body from cart where id = $1 for no key update"
_CHANGE = """
with changed as (update cart set version = version + 1, body = $2, updated_at = now() where id = $1 returning version)
insert into cart_op (cart_id, operation_id, version, kind, channel, device, at, digest, body, outcome)
select $1, $3, version, 'add_lines', 'app', 'phone', now(), '', '{}', '{}' from changed
"""


class Cost(NamedTuple):
    per_second: float
    cpu: float
    p95: float
    """Milliseconds both."""


class _Recorded:
    """The recorded shop's terms; these carts have no coupons."""

    def __init__(self) -> None:
        self.shop: Shop = recording("a").shop

    async def coupons(self, _: Iterable[str]) -> Mapping[CouponCode, Coupon]:
        return {}


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spoina-") as folder, embedded_servers(Path(folder)) as servers:
        asyncio.run(apply_migrations(servers.database_url))
        yield from uvloop.run(_measured(servers.database_url))


async def _measured(database_url: str) -> list[Figure]:
    plain = await connect_pool(database_url, size=CONNECTIONS)
    async with _shop(database_url) as (carts, feed):
        found = []
        for lines, number in CARTS.items():
            opened = await _opened(carts, number, lines)
            await _load(carts, opened, 0.3)
            costs, alone = [], []
            for _ in range(ROUNDS):
                costs.append(await _load(carts, opened, SECONDS))
                alone.append(await _each_alone(plain, opened, SECONDS))
            found.append(_figure(lines, costs, alone))
        opened = await _opened(carts, OPEN, 1)
        found += [await _delivery(carts, feed, opened), _idle(feed)]
    await plain.close()
    return found


@asynccontextmanager
async def _shop(database_url: str) -> AsyncIterator[tuple[Carts, CartFeed]]:
    pool = await connect_pool(database_url)
    await insert_shop(pool)
    await insert_products(pool, [product(number, price=100 + 37 * number) for number in range(1, PRODUCTS + 1)])
    listener = Listener(lambda: connect(database_url))
    reader, feed = CatalogReader(pool, listener), CartFeed(pool, listener)
    await reader.start()
    await feed.start()
    await listener.start()
    worlds, policy = Worlds(reader, _Recorded(), lambda _item, _channel: None, utc_now), CartPolicy()
    writer = CartWriter(lambda: connect(database_url), worlds, policy, lambda: HoldId(uuid4()))
    batcher = HoldBatcher(lambda: connect(database_url), utc_now)
    yield (
        Carts(
            pool=pool,
            writer=writer,
            worlds=worlds,
            holds=Holds(pool, batcher, utc_now),
            policy=policy,
            new_id=lambda: CartId(uuid4()),
            randomness=secrets.token_bytes,
        ),
        feed,
    )
    await writer.stop()
    await batcher.stop()
    await listener.stop()
    await pool.close()


def _figure(lines: int, costs: list[Cost], alone: list[float]) -> Figure:
    rate, cpu, p95 = (middle(values) for values in zip(*costs, strict=True))
    return Figure(
        name=f"adding to a cart of {lines} lines, full totals, durable",
        value=middle(cost.per_second / other for cost, other in zip(costs, alone, strict=True)),
        unit="times",
        limit={1: 0.7}.get(lines),
        detail=f"{rate:,.0f}/s by one process, CPU {cpu:.2f} ms, p95 of {BUYERS} buyers {p95:.0f} ms; each alone {middle(alone):,.0f}/s;"
        f" {rate / PEER:.0f} times a peer",
    )


async def _each_alone(pool: Pool, opened: list[CartAccess], seconds: float) -> float:
    """Changes a second."""
    done = 0
    end = time.perf_counter() + seconds

    async def buyer(chance: random.Random) -> None:
        nonlocal done
        while time.perf_counter() < end:
            cart = chance.choice(opened).id
            async with pool.acquire() as db, db.transaction():
                row = await db.fetchrow(_LOCK, cart)
                await db.execute(_CHANGE, cart, row["body"], uuid4().hex)
                await db.execute("select pg_notify('cart_changed', $1)", f"{cart}:{row['version'] + 1}")
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(buyer(random.Random(number)) for number in range(BUYERS)))
    return done / (time.perf_counter() - began)


async def _opened(carts: Carts, number: int, lines: int) -> list[CartAccess]:
    chance = random.Random(lines)

    async def opened() -> CartAccess:
        chosen = chance.sample(range(1, PRODUCTS + 1), lines)
        made = await carts.create(PHONE, [_adding(chosen)])
        return CartAccess(id=made.cart.id, secret=made.cart.secret)

    return [
        access for start in range(0, number, 50) for access in await asyncio.gather(*(opened() for _ in range(min(50, number - start))))
    ]


def _adding(variants: list[int]) -> AddLines:
    return AddLines(id=OperationId(uuid4().hex), lines=tuple(NewLine(variant=VariantId(number)) for number in variants))


async def _load(carts: Carts, opened: list[CartAccess], seconds: float) -> Cost:
    """Buyers who add one more piece of something that is in a cart, so that it keeps its size."""
    views = {access.id: (await carts.view(access, PHONE.channel)).cart for access in opened}
    variants = {cart: [line.variant for line in views[cart].state.lines] for cart in views}
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def buyer(chance: random.Random) -> None:
        while (began := time.perf_counter()) < end:
            access = chance.choice(opened)
            await carts.apply(access, [_adding([chance.choice(variants[access.id])])], PHONE)
            times.append(time.perf_counter() - began)

    began, spent = time.perf_counter(), time.process_time()
    await asyncio.gather(*(buyer(random.Random(number)) for number in range(BUYERS)))
    took, spent = time.perf_counter() - began, time.process_time() - spent
    times.sort()
    return Cost(len(times) / took, spent / len(times) * 1e3, times[len(times) * 95 // 100] * 1e3)


async def _delivery(carts: Carts, feed: CartFeed, opened: list[CartAccess]) -> Figure:
    """From asking for a change until another device that follows the cart knows its version, while others change theirs."""
    times: list[float] = []

    async def change(access: CartAccess) -> None:
        version = (await carts.view(access, PHONE.channel)).cart.version
        follower = feed.follow(access.id, version)
        began = time.perf_counter()
        heard = asyncio.create_task(follower.news())
        await carts.apply(access, [_adding([random.randint(1, PRODUCTS)])], PHONE)
        await heard
        times.append(time.perf_counter() - began)
        follower.leave()

    followers = [feed.follow(access.id, 1) for access in opened]
    for start in range(0, TOLD, 10):
        await asyncio.gather(*map(change, opened[start : start + 10]))
    for follower in followers:
        follower.leave()
    times.sort()
    return Figure(
        name=f"until another device knows, p95, {OPEN} open carts",
        value=times[len(times) * 95 // 100] * 1e3,
        unit="ms",
        limit=100,
        at_least=False,
        detail=f"p50 {times[len(times) // 2] * 1e3:.1f} ms, from asking, commit included",
    )


def _idle(feed: CartFeed) -> Figure:
    ids = [CartId(uuid4()) for _ in range(IDLE)]
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    followers = [feed.follow(cart, 1) for cart in ids]
    taken = (tracemalloc.get_traced_memory()[0] - before) / IDLE
    tracemalloc.stop()
    for follower in followers:
        follower.leave()
    return Figure(name="a device that follows a cart and waits", value=taken, unit="bytes", limit=1000, at_least=False)
