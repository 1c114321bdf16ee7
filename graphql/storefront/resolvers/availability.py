"""What can be bought, and how much of it is left, from the stock snapshot."""

from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.catalog.types import StockStatus
from storefront.standing import Settled


def variant_available(variant: Parent[catalog.Variant], info: Settled) -> bool:
    return info.context.for_sale(variant)


def product_available(product: Parent[catalog.Product], info: Settled) -> bool:
    return any(map(info.context.for_sale, product.variants))


def quantity_available(variant: Parent[catalog.Variant], info: Settled) -> int | None:
    left = info.context.left(variant)
    return None if left is None else max(left, 0)


def currently_not_in_stock(variant: Parent[catalog.Variant], info: Settled) -> bool:
    """Nothing is left, yet it can be ordered."""
    left = info.context.left(variant)
    gone = variant.stock.status is StockStatus.ON_BACKORDER if left is None else left <= 0
    return gone and info.context.for_sale(variant)


def total_inventory(product: Parent[catalog.Product], info: Settled) -> int | None:
    """Pieces left over all variants; stock that variants share counts once. Null: none is counted."""
    items = {variant.stock.item: info.context.left(variant) for variant in product.variants if variant.stock.item is not None}
    counted = [max(left, 0) for left in items.values() if left is not None]
    return sum(counted) if counted else None
