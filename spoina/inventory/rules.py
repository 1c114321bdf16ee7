"""What is true of stock, as pure functions."""

from spoina.catalog.types import Backorders, StockStatus, Variant


def available(on_hand: int, held: int, buffer: int) -> int:
    """Below zero after a sale that could not be refused."""
    return on_hand - held - buffer


def is_for_sale(variant: Variant, left: int | None) -> bool:
    """Whether a shopper may order it. `left` is what the snapshot knows of its stock item; nothing known of a counted one: none left."""
    if not variant.purchasable or variant.prices.regular is None:
        return False
    if variant.stock.item is None:
        return variant.stock.status is not StockStatus.OUT_OF_STOCK
    return variant.stock.backorders is not Backorders.NO or (left or 0) > 0
