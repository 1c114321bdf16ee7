"""A served shop, the goods of it that tests sell, and the orders they place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.mirror import Mirror
from channels.woocommerce.orders.opening import ShopOrders, open_orders
from channels.woocommerce.pacing import Pace
from channels.woocommerce.sync import open_sync
from spoina.clock import utc_now
from spoina.db import Pool, connect
from spoina.ids import Channel, HoldId, OrderId, ProductId, ShopCustomerId, StockItemId, VariantId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest
from spoina.orders.outbox import Patience
from spoina.orders.service import Orders
from spoina.orders.types import Address, DraftLine, Order, OrderDraft, Origin, Payment, PaymentWay
from spoina.sync.runs import Counts
from tests.shop_server import ShopServer

BOOK, JACKET, JACKETS_PARENT = 216, 331, 246
"""A simple product at 5 % VAT, and a variation at 23 %; both counted."""
HASTY = Patience(
    attempt=timedelta(seconds=2),
    lease=timedelta(milliseconds=400),
    settle=timedelta(milliseconds=100),
    first_wait=timedelta(milliseconds=10),
    longest_wait=timedelta(milliseconds=50),
)


async def stocked(server: ShopServer, pool: Pool) -> None:
    """The goods are in the mirror, and nothing else."""
    async with open_sync(server.settings(), pool, utc_now) as sync:
        mirror: Mirror = sync._mirror
        await mirror.read_products([BOOK, JACKETS_PARENT], Counts())


@asynccontextmanager
async def delivering(server: ShopServer, pool: Pool, **more: Any) -> AsyncIterator[ShopOrders]:
    clock = more.pop("clock", utc_now)
    async with WooCommerceClient(server.settings(), pace=Pace(attempts=2)) as client:
        yield open_orders(client, pool, clock, uuid4, **({"patience": HASTY} | more))


def orders_of(pool: Pool) -> Orders:
    return Orders(pool, utc_now, uuid4)


def book(quantity: int = 1, *, gross: int = 4799, **more: Any) -> DraftLine:
    net = round(gross * quantity / 1.05)
    return _line("Atlas śladów zwierząt", BOOK, BOOK, quantity, net, gross * quantity - net, 500, "stawka-5", more)


def jacket(quantity: int = 1, *, gross: int = 29199, **more: Any) -> DraftLine:
    net = round(gross * quantity / 1.23)
    return _line("Kurtka „Mżawka”", JACKET, JACKETS_PARENT, quantity, net, gross * quantity - net, 2300, "", more)


def _line(title: str, variant: int, product: int, quantity: int, net: int, tax: int, rate: int, tax_class: str, more: Any) -> DraftLine:
    facts = {
        "title": title,
        "quantity": quantity,
        **dict.fromkeys(("subtotal", "total"), net),
        **dict.fromkeys(("subtotal_tax", "total_tax"), tax),
        "rate": rate,
        "tax_class": tax_class,
        "variant_id": VariantId(variant),
        "product_id": ProductId(product),
        "stock_item": StockItemId(variant),
    }
    return DraftLine(**(facts | more))


def draft(*lines: DraftLine, way: PaymentWay = PaymentWay.ONLINE, hold: HoldId | None = None, **more: Any) -> OrderDraft:
    lines = lines or (book(),)
    extra = [*more.get("shipping", ()), *more.get("fees", ())]
    facts = {
        "origin": Origin.WEB,
        "channel": Channel("web"),
        "currency": "PLN",
        "lines": lines,
        "total": sum(line.gross for line in lines) + sum(each.total + each.tax for each in extra),
        "payment": Payment(way=way, method={PaymentWay.ON_DELIVERY: "cod"}.get(way, "")),
        "billing": Address(
            first_name="Jan", last_name="Próbny", line1="ul. Cicha 1", city="Gdynia", country="PL", email="jan@example.test"
        ),
        "hold": hold,
    }
    return OrderDraft(**(facts | more))


async def held(database: str, pool: Pool, *lines: DraftLine, ttl: timedelta = timedelta(minutes=10)) -> HoldId:
    """A hold of what the lines sell."""
    batcher = HoldBatcher(lambda: connect(database), utc_now)
    request = HoldRequest(
        id=HoldId(uuid4()),
        holder=Holder(HolderKind.CHECKOUT, "test"),
        channel=Channel("web"),
        lines=tuple(HoldLine(line.stock_item, line.quantity) for line in lines if line.stock_item is not None),
        ttl=ttl,
    )
    try:
        return (await Holds(pool, batcher, utc_now).hold(request)).id
    finally:
        await batcher.stop()


async def place(database: str, pool: Pool, *lines: DraftLine, key: str | None = None, **more: Any) -> Order:
    """Held and placed, as a checkout does it."""
    lines = lines or (book(),)
    hold = await held(database, pool, *lines)
    return await orders_of(pool).place(draft(*lines, hold=hold, **more), key or str(uuid4()))


def in_shop(server: ShopServer, order_id: OrderId) -> list[dict[str, Any]]:
    """What the simulated shop has under this order's reference, what it threw away left out."""
    return [each for each in server.shop.orders.with_meta("_spoina_reference", str(order_id)) if each["status"] != "checkout-draft"]


def counted(server: ShopServer, item: int = BOOK) -> int:
    """What the shop itself has of it."""
    table = server.shop.products if item in server.shop.products else server.shop.variations
    return table.peek(item)["stock_quantity"]


async def stock(pool: Pool, item: int = BOOK) -> tuple[int, int]:
    """(on hand, held) here."""
    return tuple(await pool.fetchrow("select on_hand, held from stock where item_id = $1 and location_id = 1", item))


async def counts_again(server: ShopServer, pool: Pool, *items: int) -> None:
    """The worker reads again what it was hinted at."""
    async with open_sync(server.settings(), pool, utc_now) as sync:
        await sync.read_hinted()


def customer_of(server: ShopServer) -> ShopCustomerId:
    return ShopCustomerId(next(iter(server.shop.orders.customers)))
