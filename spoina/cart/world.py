"""What rules know of the world at one moment: the catalogue, stock, prices and coupons, all read before they are asked."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from spoina.cart.types import CartState
from spoina.cart.views import Merchandise
from spoina.catalog.types import Backorders, Kind, Product, StockStatus, Variant
from spoina.ids import StockItemId, VariantId
from spoina.pricing.cart.types import Coupon, CouponCode, Line, Shop
from spoina.pricing.rules import effective

LineMaker = Callable[[Product, Variant, int, int, datetime], Line]
"""Of so many pieces, in the cart's place so and so, at a moment."""


class World(msgspec.Struct, frozen=True, kw_only=True):
    """`merchandise` holds what is in the catalogue of the variants in question, `coupons` the published ones of the codes in question.
    `left`: what the channel may still sell of an item, None where nobody counts it."""

    now: datetime
    shop: Shop
    currency: str
    merchandise: Mapping[VariantId, Merchandise]
    coupons: Mapping[CouponCode, Coupon]
    left: Callable[[StockItemId], int | None]
    line_of: LineMaker

    def is_sold(self, merchandise: Merchandise) -> bool:
        """Whether it can be bought at all, be it there or not."""
        product, variant = merchandise.product, merchandise.variant
        return variant.purchasable and product.kind in _SOLD and effective(variant.prices, self.now) is not None


_SOLD = (Kind.SIMPLE, Kind.VARIABLE)


class Supply(msgspec.Struct, frozen=True):
    """What a cart can have of a variant. `left` None: as many as it likes."""

    item: StockItemId | None
    left: int | None


def supply_of(variant: Variant, world: World, state: CartState) -> Supply:
    """Of all lines with this stock together. What the cart holds itself is its own."""
    policy = variant.stock
    if policy.item is None:
        return Supply(None, 0 if policy.status is StockStatus.OUT_OF_STOCK else None)
    if policy.backorders is not Backorders.NO:
        return Supply(policy.item, None)
    left = world.left(policy.item)
    if left is None:
        return Supply(policy.item, 0 if policy.status is StockStatus.OUT_OF_STOCK else None)
    if state.hold is not None and state.hold.expires_at > world.now:
        left += wanted_of(policy.item, world, state)
    return Supply(policy.item, max(left, 0))


def wanted_of(item: StockItemId, world: World, state: CartState) -> int:
    """How many pieces of an item are in the cart, over all lines whose stock it is."""
    return sum(line.quantity for line in state.lines if _item(line.variant, world) == item)


def _item(variant: VariantId, world: World) -> StockItemId | None:
    found = world.merchandise.get(variant)
    return None if found is None else found.variant.stock.item
