"""What an order costs: placing it against the least that any order needs (one INSERT and its commit, on as many connections), and its way
into a simulated shop through one worker, at full durability."""

import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import uvloop

from api.embedded import embedded_servers
from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.orders.opening import open_orders
from simulators.woocommerce.shop import DEMO_KEY
from spoina.clock import utc_now
from spoina.db import Pool, connect, connect_pool
from spoina.ids import Channel, HoldId, ProductId, StockItemId, VariantId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest
from spoina.migrate import apply_migrations
from spoina.notifications import Listener
from spoina.orders.service import Orders
from spoina.orders.types import DraftLine, OrderDraft, Origin, Payment, PaymentWay
from spoina.settings import WooCommerceSettings
from tests.benchmarks.figures import Figure, middle

ORDERS, ALONE, BUYERS, ROUNDS = 1_000, 20, 16, 3
SECONDS = 60
ITEMS = [StockItemId(item) for item in (211, 212, 213, 214, 215, 216, 217, 218, 225)]
"""Simple products of the recorded shop."""
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "deploy")}
_STOCK = "insert into stock (item_id, location_id, on_hand, as_of) values ($1, 1, 1000000000, now())"
_LEAST = "insert into least (id, body) values ($1, $2)"
_BEHIND = """
select extract(epoch from delivered.at - placed.at)::float from order_history placed
join order_history delivered using (order_id) where placed.event = 'placed' and delivered.event = 'delivered'
"""


class Held(NamedTuple):
    hold: HoldId
    item: StockItemId


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="spoina-") as folder, embedded_servers(Path(folder)) as servers:
        asyncio.run(apply_migrations(servers.database_url))
        yield from uvloop.run(_measured(servers.database_url))


async def _measured(database_url: str) -> list[Figure]:
    pool = await connect_pool(database_url, size=BUYERS)
    await pool.executemany(_STOCK, [(item,) for item in ITEMS])
    await pool.execute("create table least (id uuid primary key, body bytea not null)")
    ratios, rates = [], []
    for _ in range(ROUNDS):
        holds = await _held(pool, database_url, 200)
        placed = await _rate([partial(_place, pool, hold) for hold in holds])
        least = await _rate([partial(pool.execute, _LEAST, uuid4(), b"x" * 600) for _ in range(200)])
        ratios.append(placed / least)
        rates.append((placed, least))
    await pool.execute("truncate sales_order, order_line, order_history, order_task cascade")
    holds = await _held(pool, database_url, ORDERS + ALONE)
    took, behind, alone = await _delivered(pool, database_url, holds)
    await pool.close()
    return [*_figures(middle(ratios), middle(rate for rate, _ in rates), middle(rate for _, rate in rates)), *_ways(took, behind, alone)]


def _figures(ratio: float, placed: float, least: float) -> list[Figure]:
    return [
        Figure(
            name=f"orders placed, {BUYERS} buyers, against one INSERT each",
            value=ratio,
            unit="times",
            limit=0.05,
            detail=f"{placed:,.0f}/s; an INSERT {least:,.0f}/s",
        )
    ]


def _ways(took: float, behind: list[float], alone: list[float]) -> list[Figure]:
    behind.sort()
    return [
        Figure(
            name=f"{ORDERS:,} orders placed and taken to the shop by one worker",
            value=took,
            unit="s",
            limit=SECONDS,
            at_least=False,
            detail=f"{ORDERS / took:,.0f}/s into the simulated shop",
        ),
        Figure(
            name="from the checkout to the shop, an order alone",
            value=middle(alone) * 1e3,
            unit="ms",
            detail=f"with {ORDERS:,} placed as fast as it goes: median {middle(behind):.1f} s, p99 {behind[len(behind) * 99 // 100]:.1f} s",
        ),
    ]


async def _held(pool: Pool, database_url: str, count: int) -> list[Held]:
    batcher = HoldBatcher(lambda: connect(database_url), utc_now)
    requests = [
        HoldRequest(
            id=HoldId(uuid4()),
            holder=Holder(HolderKind.CHECKOUT, "buyer"),
            channel=Channel("web"),
            lines=(HoldLine(ITEMS[place % len(ITEMS)], 1),),
            ttl=timedelta(minutes=15),
        )
        for place in range(count)
    ]
    await asyncio.gather(*(batcher.claim(request) for request in requests))
    await batcher.stop()
    return [Held(request.id, request.lines[0].item) for request in requests]


async def _place(pool: Pool, held: Held) -> None:
    line = DraftLine(
        title="Atlas",
        quantity=1,
        subtotal=4570,
        subtotal_tax=229,
        total=4570,
        total_tax=229,
        rate=500,
        tax_class="stawka-5",
        variant_id=VariantId(held.item),
        product_id=ProductId(held.item),
        stock_item=held.item,
    )
    draft = OrderDraft(
        origin=Origin.WEB,
        channel=Channel("web"),
        currency="PLN",
        lines=(line,),
        total=4799,
        payment=Payment(way=PaymentWay.ON_DELIVERY, method="cod"),
        hold=held.hold,
    )
    await Orders(pool, utc_now, uuid4).place(draft, str(held.hold))


async def _rate(work: list) -> float:
    """A second, by BUYERS who begin the next when one is done."""
    began = time.perf_counter()

    async def buyer() -> None:
        while work:
            await work.pop()()

    await asyncio.gather(*(buyer() for _ in range(BUYERS)))
    return 200 / (time.perf_counter() - began)


async def _delivered(pool: Pool, database_url: str, holds: list[Held]) -> tuple[float, list[float], list[float]]:
    """Seconds until the shop has the last of ORDERS, how far behind its checkout each came, and how far those came that went alone."""
    async with _worker(pool, database_url) as client:
        began = time.perf_counter()
        await _rate([partial(_place, pool, hold) for hold in holds[ALONE:]])
        await _until_all_are_there(pool)
        took = time.perf_counter() - began
        behind = [row[0] for row in await pool.fetch(_BEHIND)]
        for hold in holds[:ALONE]:
            await _place(pool, hold)
            await _until_all_are_there(pool)
        assert (await client.get_page("orders", {"per_page": 1})).total == len(holds)
    return took, behind, [row[0] for row in await pool.fetch(f"{_BEHIND} order by placed.id desc limit {ALONE}")]


async def _until_all_are_there(pool: Pool) -> None:
    while await pool.fetchval("select exists (select from order_task)"):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


@asynccontextmanager
async def _worker(pool: Pool, database_url: str):
    """One worker, and the shop in a process of its own."""
    listener, stop = Listener(partial(connect, database_url)), asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    shop = await asyncio.create_subprocess_exec(sys.executable, "-m", "simulators.woocommerce", "--port", str(port), env=_ENVIRONMENT)
    settings = WooCommerceSettings(url=f"http://127.0.0.1:{port}", key=DEMO_KEY.key, secret=DEMO_KEY.secret)
    try:
        async with WooCommerceClient(settings) as client:
            await client.probe()
            await listener.start()
            delivery = open_orders(client, pool, utc_now, uuid4, at_once=settings.concurrency).delivery
            running = asyncio.create_task(delivery.run(listener, stop))
            yield client
            stop.set()
            await running
            await listener.stop()
    finally:
        shop.terminate()
        await shop.wait()
