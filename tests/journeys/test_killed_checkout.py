"""kill -9 at every point at which a cart becomes an order: one order each time, in the shop too, every piece of goods counted once, and the
customer who asks again is told the truth."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from api.carts import open_carts
from simulators.woocommerce.catalogue import recorded_catalogue
from spoina.cart.operations import AddDeliveries, AddLines, DeliveryInput, NewLine, SetBuyer
from spoina.cart.types import Address, AddressId, CartAccess, Device
from spoina.catalog.reader import CatalogReader
from spoina.clock import utc_now
from spoina.db import Pool, connect
from spoina.ids import Channel, OperationId, VariantId
from spoina.inventory.code_index import CodeIndex
from spoina.inventory.offers import OfferReader
from spoina.inventory.shelves import ShelfSnapshot
from spoina.notifications import Listener
from spoina.orders.types import OrderState
from spoina.terms.reader import TermsReader
from tests.channels.woocommerce.orders.shopping import BOOK, counted, counts_again, delivering, in_shop, orders_of, stock, stocked
from tests.shop_server import ShopServer, served_shop

SUBMITTERS = Path(__file__).with_name("checkout_submitters.py")
WEB = Device(channel=Channel("web"))


class Told(NamedTuple):
    passed: int
    order: str
    repeated: bool


class Submitters:
    """Servers, each of which dies where it is told to."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._process = subprocess.Popen([sys.executable, SUBMITTERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    async def submit(self, access: CartAccess, die_at: int = 0) -> Told | None:
        """None: it died."""
        asked = {"database": self._database, "cart": str(access.id), "secret": access.secret, "token": "once", "die_at": die_at}
        answer = json.loads(await asyncio.to_thread(self._ask, json.dumps(asked)))
        return None if answer == -1 else Told(**answer)

    def _ask(self, line: str) -> str:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def submitters(database: str) -> Iterator[Submitters]:
    servers = Submitters(database)
    yield servers
    servers.stop()


@pytest.fixture
async def shop(pool: Pool):
    async with served_shop(recorded_catalogue()) as server:
        server.change_silently(BOOK, stock_quantity=500)
        await stocked(server, pool)
        yield server


@pytest.fixture
async def carts(pool: Pool, database: str, shop: ShopServer):
    listener = Listener(lambda: connect(database))
    reader, terms, shelves = CatalogReader(pool, listener), TermsReader(pool, listener), ShelfSnapshot(pool, listener)
    for follower in (reader, terms, shelves):
        await follower.start()
    await listener.start()
    offers = OfferReader(pool, CodeIndex(pool, listener), shelves, utc_now)
    async with open_carts(pool, database, listener, (reader, terms, offers), utc_now) as services:
        yield services
    await listener.stop()


async def filled(carts, number: int) -> CartAccess:
    home = Address(last_name="Próbny", address1="ul. Cicha 1", city="Gdynia", postcode="81-001", country="PL")
    made = await carts.carts.create(
        WEB,
        [
            AddLines(id=OperationId("add"), lines=(NewLine(variant=VariantId(BOOK)),)),
            SetBuyer(id=OperationId("buyer"), email=f"jan{number}@example.test"),
            AddDeliveries(id=OperationId("home"), addresses=(DeliveryInput(id=AddressId("home"), address=home),)),
        ],
    )
    return CartAccess(id=made.cart.id, secret=made.cart.secret)


async def test_a_cart_is_one_order_wherever_its_server_died(shop: ShopServer, pool: Pool, carts, submitters: Submitters) -> None:
    before = counted(shop)
    first = await submitters.submit(await filled(carts, 0))
    assert first is not None
    assert (first.passed > 15, first.repeated) == (True, False)
    orders, died_before_commit = [first.order], 0
    for die_at in range(1, first.passed + 1):
        access = await filled(carts, die_at)
        if die_at % 3 == 0:
            await carts.carts.begin_checkout(access, WEB)
        there = await pool.fetchval("select count(*) from sales_order")
        died = await submitters.submit(access, die_at)
        made = await pool.fetchval("select count(*) from sales_order") - there
        told = await submitters.submit(access) if died is None else died
        assert told is not None
        assert told.repeated is bool(made and died is None)
        died_before_commit += died is None and not made
        orders.append(told.order)
    assert died_before_commit > 10
    async with delivering(shop, pool) as pushing:
        await pushing.delivery.drain()
    kept = [await orders_of(pool).find(row[0]) for row in await pool.fetch("select id from sales_order order by number")]
    assert [str(order.id) for order in kept] == orders
    assert [len(in_shop(shop, order.id)) for order in kept] == [1] * len(orders)
    assert {order.state for order in kept} == {OrderState.PROCESSING}
    assert len(shop.shop.orders) == len(orders)
    await counts_again(shop, pool)
    assert (counted(shop), await stock(pool)) == (before - len(orders), (before - len(orders), 0))
