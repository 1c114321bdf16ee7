"""Orders that a till is paid for, or hands over. An order counts its goods itself: a sale that pays it does not take them out of stock
again."""

from collections.abc import Sequence
from uuid import UUID

from spoina.db import Connection
from spoina.ids import OrderId, SaleId, StockItemId
from spoina.pos.pickups import PickupLine

_GOODS = """
select line.title, line.quantity - coalesce(back.units, 0) as quantity, variant.stock_item as item
from order_line line left join variant on variant.id = line.variant_id
left join (
    select each.line, sum(each.quantity)::integer as units
    from order_return_line each join order_return on order_return.id = each.return_id
    where order_return.order_id = $1 and order_return.state in ('approved', 'refunded') group by each.line
) back on back.line = line.line
where line.order_id = $1 and line.quantity > coalesce(back.units, 0) order by line.line
"""
# The state is one in which WooCommerce, or a hold of ours, counts the goods, or will when the order is completed by this.
_CLAIM = """
update sales_order set till_sale = $3
where (id = $1 or external_id = $2) and till_sale is null and state in ('pending_payment', 'on_hold', 'processing', 'other')
returning id
"""
_RELEASE = "update sales_order set till_sale = null where till_sale = $1 returning true"


async def goods_of(db: Connection, order: OrderId) -> tuple[PickupLine, ...]:
    """What of it is still to be handed over: what went back is not."""
    return tuple(PickupLine(title=row["title"], quantity=row["quantity"], item=row["item"]) for row in await db.fetch(_GOODS, order))


async def pay(db: Connection, name: str, sale: SaleId) -> dict[StockItemId, int]:
    """The sale pays the order of that name (our id, WooCommerce's number), which no sale paid before: what it counts, by item."""
    order = await db.fetchval(_CLAIM, *order_named(name), sale)
    counted: dict[StockItemId, int] = {}
    for line in await goods_of(db, OrderId(order)) if order is not None else ():
        if line.item is not None:
            counted[line.item] = counted.get(line.item, 0) + line.quantity
    return counted


async def unpay(db: Connection, sale: SaleId) -> bool:
    """The sale is void: the order that it paid, if it paid one, waits to be paid again."""
    return bool(await db.fetchval(_RELEASE, sale))


def beyond(sold: Sequence[tuple[int, int]], counted: dict[StockItemId, int]) -> list[tuple[int, int]]:
    """What is sold, as (item, units), and not `counted` already."""
    left, found = dict(counted), []
    for item, units in sold:
        known = min(units, left.get(StockItemId(item), 0))
        if known:
            left[StockItemId(item)] -= known
        if units > known:
            found.append((item, units - known))
    return found


def order_named(name: str) -> tuple[OrderId | None, int | None]:
    """As a till names orders: our id, or WooCommerce's number."""
    if name.isascii() and name.isdecimal() and len(name) < 19:
        return None, int(name)
    try:
        return OrderId(UUID(name)), None
    except ValueError:
        return None, None
