"""Orders without a shop: stock put straight into its table, holds of it, and drafts with defaults for what a test does not care for."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from spoina.clock import Clock
from spoina.db import Pool, connect
from spoina.ids import Channel, HoldId, LocationId, StockItemId, VariantId
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.inventory.types import Holder, HolderKind, HoldLine, HoldRequest
from spoina.orders.types import DraftLine, OrderDraft, Origin, Payment, PaymentWay

MUG, TEA = 1, 2


async def stock_up(pool: Pool, on_hand: int = 10, location: int = 1, *items: int) -> None:
    await pool.executemany(
        "insert into stock (item_id, location_id, on_hand, as_of) values ($1, $2, $3, '2020-01-01')",
        [(item, location, on_hand) for item in items or (MUG, TEA)],
    )


async def open_warehouse(pool: Pool) -> int:
    return await pool.fetchval(
        "insert into location (code, name, owner, ships_online) values ('hala', 'Hala', 'spoina', true) returning id"
    )


def line(item: int = MUG, quantity: int = 1, *, net: int = 1000, tax: int = 230, **more: Any) -> DraftLine:
    facts = {
        "title": f"Product {item}",
        "quantity": quantity,
        **dict.fromkeys(("subtotal", "total"), net * quantity),
        **dict.fromkeys(("subtotal_tax", "total_tax"), tax * quantity),
        "rate": 2300,
        "variant_id": VariantId(item),
        "stock_item": StockItemId(item),
    }
    return DraftLine(**(facts | more))


def draft(*lines: DraftLine, way: PaymentWay = PaymentWay.ONLINE, **more: Any) -> OrderDraft:
    lines = lines or (line(),)
    facts = {
        "origin": Origin.WEB,
        "channel": Channel("web"),
        "currency": "PLN",
        "lines": lines,
        "total": sum(each.gross for each in lines),
        "payment": Payment(way=way),
    }
    return OrderDraft(**(facts | more))


async def held(database: str, pool: Pool, clock: Clock, *lines: DraftLine, location: int | None = None) -> HoldId:
    batcher = HoldBatcher(lambda: connect(database), clock)
    wanted = [HoldLine(each.stock_item, each.quantity, None if location is None else LocationId(location)) for each in lines or (line(),)]
    request = HoldRequest(
        id=HoldId(uuid4()),
        holder=Holder(HolderKind.CHECKOUT, "test"),
        channel=Channel("web"),
        lines=tuple(wanted),
        ttl=timedelta(minutes=10),
    )
    try:
        return (await Holds(pool, batcher, clock).hold(request)).id
    finally:
        await batcher.stop()


async def stock(pool: Pool, item: int = MUG) -> dict[int, tuple[int, int]]:
    """By location, (on hand, held)."""
    rows = await pool.fetch("select location_id, on_hand, held from stock where item_id = $1", item)
    return {row[0]: (row[1], row[2]) for row in rows}
