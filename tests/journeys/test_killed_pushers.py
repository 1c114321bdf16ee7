"""kill -9 at every point of an order's way into the shop: one order there each time, and every piece of goods counted once."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from simulators.woocommerce.shop import DEMO_KEY
from spoina.clock import utc_now
from spoina.db import Pool, connect
from spoina.ids import Channel, HoldId, ReturnId, StockItemId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest
from spoina.orders.returns import Returns
from spoina.orders.types import Order, OrderState, PaymentWay, ReturnRequest, WantedLine
from tests.channels.woocommerce.orders.shopping import (
    BOOK,
    book,
    counted,
    counts_again,
    delivering,
    draft,
    in_shop,
    orders_of,
    place,
    stock,
    stocked,
)
from tests.shop_server import ShopServer, served_shop

PUSHERS = Path(__file__).with_name("order_pushers.py")


class Pushers:
    """Workers, each of which dies where it is told to."""

    def __init__(self, server: ShopServer, database: str) -> None:
        settings = server.shop.settings
        self._work = {"database": database, "shop": settings.home, "key": DEMO_KEY.key, "secret": DEMO_KEY.secret}
        self._process = subprocess.Popen([sys.executable, PUSHERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    async def deliver(self, die_at: int = 0) -> int:
        return await asyncio.to_thread(self._deliver, die_at)

    def _deliver(self, die_at: int) -> int:
        self._process.stdin.write(json.dumps({**self._work, "die_at": die_at}) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
async def shop(pool: Pool):
    async with served_shop() as server:
        server.change_silently(BOOK, stock_quantity=500)
        await stocked(server, pool)
        yield server


@pytest.fixture
def pushers(shop: ShopServer, database: str) -> Iterator[Pushers]:
    workers = Pushers(shop, database)
    yield workers
    workers.stop()


async def take_over(shop: ShopServer, pool: Pool) -> None:
    """As if two hours had passed: all leases of the dead are over, and the shop has finished whatever it was at."""
    await pool.execute("update order_task set due_at = now(), started_at = started_at - interval '2 hours'")
    async with delivering(shop, pool) as orders:
        await orders.delivery.drain()
    assert await pool.fetchval("select count(*) from order_task") == 0


async def sold(database: str, pool: Pool, count: int) -> list[Order]:
    batcher = HoldBatcher(lambda: connect(database), utc_now)
    held = await asyncio.gather(*(batcher.claim(a_book()) for _ in range(count)))
    await batcher.stop()
    orders = orders_of(pool)
    return [await orders.place(draft(book(), hold=hold.id, way=PaymentWay.ON_DELIVERY), str(hold.id)) for hold in held]


def a_book() -> HoldRequest:
    return HoldRequest(
        id=HoldId(uuid4()),
        holder=Holder(HolderKind.CHECKOUT, "test"),
        channel=Channel("web"),
        lines=(HoldLine(StockItemId(BOOK), 1),),
        ttl=timedelta(minutes=10),
    )


async def test_an_order_is_made_once_wherever_its_worker_died(shop, pool, database, pushers):
    before = counted(shop)
    orders = await sold(database, pool, 1)
    points = await pushers.deliver()
    assert points > 20
    orders += await sold(database, pool, points)
    assert {await pushers.deliver(die_at) for die_at in range(1, points + 1)} == {-1}
    await take_over(shop, pool)
    assert [len(in_shop(shop, order.id)) for order in orders] == [1] * (points + 1)
    assert len(shop.shop.orders) == points + 1
    assert {(await orders_of(pool).find(order.id)).state for order in orders} == {OrderState.PROCESSING}
    await counts_again(shop, pool)
    assert (counted(shop), await stock(pool)) == (before - points - 1, (before - points - 1, 0))


async def test_a_refund_is_made_once_wherever_its_worker_died(shop, pool, database, pushers):
    before = counted(shop)
    order = await place(database, pool, book(40), way=PaymentWay.ON_DELIVERY)
    assert await pushers.deliver() > 0
    points = await refund_one(pool, order, pushers, 0)
    assert points > 20
    for die_at in range(1, points + 1, 4):
        assert await refund_one(pool, order, pushers, die_at) == -1
        await take_over(shop, pool)
    back = 1 + len(range(1, points + 1, 4))
    refunds = shop.shop.orders.refunds_of(in_shop(shop, order.id)[0]["id"])
    assert ([refund["amount"] for refund in refunds], counted(shop)) == (["47.99"] * back, before - 40 + back)
    assert [each.state for each in await Returns(pool, utc_now).of_order(order.id)] == ["refunded"] * back


async def refund_one(pool: Pool, order: Order, pushers: Pushers, die_at: int) -> int:
    returns, asked = Returns(pool, utc_now), ReturnRequest(id=ReturnId(uuid4()), lines=(WantedLine(line=0, quantity=1),))
    await returns.request(order.id, asked, by="customer")
    await returns.approve(asked.id, restock=True, by="staff")
    return await pushers.deliver(die_at)
