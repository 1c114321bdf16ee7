"""What coupons take off lines: paragraphs 8 (percent), 9 (fixed per product) and 10 (fixed per cart).

Doubles decide here: 1500 × (29 / 100) is 434.9999… and floors to 434; the grosz comes back as a remainder, perhaps on another line.
"""

from collections.abc import Mapping, Sequence
from math import ceil, floor

from spoina.pricing.cart.coupons import dearest_first, in_turn, touches
from spoina.pricing.cart.lines import PricedLine
from spoina.pricing.cart.rounding import KEPT_DECIMALS, add_up, rounded, rounded_half_down
from spoina.pricing.cart.types import Coupon, CouponCode, DiscountType, Shop

Discounts = Mapping[CouponCode, tuple[float, ...]]
"""What each coupon takes off each line, in the order of the cart, in minor units of the prices that the shop enters."""


def discounts_of(lines: Sequence[PricedLine], coupons: Sequence[Coupon], shop: Shop) -> Discounts:
    """Paragraphs 6 to 10: the coupons in their turn, each on what the ones before it left."""
    taken = [0.0] * len(lines)
    discounts: dict[CouponCode, tuple[float, ...]] = {}
    for coupon in in_turn(coupons):
        given = _Redemption(coupon, lines, taken, shop).redeem()
        discounts[coupon.code] = tuple(given)
        taken = [before + now for before, now in zip(taken, given, strict=True)]
    return discounts


class _Redemption:
    """One coupon being spent on the lines, piece by piece; `given` grows per line."""

    def __init__(self, coupon: Coupon, lines: Sequence[PricedLine], taken: Sequence[float], shop: Shop) -> None:
        self.coupon, self.lines, self.taken, self.shop = coupon, lines, taken, shop
        self.given = [0.0] * len(lines)

    def redeem(self) -> list[float]:
        touched = [index for index in dearest_first(self.lines) if touches(self.coupon, self.lines[index].line)]
        open_lines = self._with_something_left(touched)
        amount = rounded(self.shop.in_minor_units(self.coupon.amount), KEPT_DECIMALS - self.shop.decimals)
        match self.coupon.type:
            case DiscountType.PERCENT:
                self._percent(open_lines, float(self.coupon.amount))
            case DiscountType.FIXED_PRODUCT:
                self._fixed_per_piece(open_lines, amount)
            case DiscountType.FIXED_CART:
                self._fixed_per_cart(open_lines, amount)
        return self.given

    def _left(self, index: int, more: float = 0.0) -> float:
        """What a line still has to give after `more`, in whole minor units.

        Without its sign, as in WooCommerce: a line of 233.345 that gave 233.35 has −0.5 left, which rounds to 1, and gives again.
        """
        return abs(rounded(self.lines[index].price - (self.taken[index] + self.given[index] + more)))

    def _with_something_left(self, indices: Sequence[int]) -> list[int]:
        return [index for index in indices if self._left(index) > 0]

    def _pieces(self, indices: Sequence[int]) -> list[int]:
        """How many pieces of each line the coupon's limit still allows, dearest lines first."""
        free = self.coupon.item_limit
        if not free:
            return [self.lines[index].line.quantity for index in indices]
        allowed = []
        for index in indices:
            allowed.append(min(free, self.lines[index].line.quantity))
            free -= allowed[-1]
        return allowed

    def _percent(self, indices: Sequence[int], percent: float) -> None:
        """Paragraph 8."""
        bases, granted = 0.0, 0.0
        for index, pieces in zip(indices, self._pieces(indices), strict=True):
            left = self._left(index)
            line_base = left if self.shop.sequential_coupons else rounded(self.lines[index].price)
            base = line_base / self.lines[index].line.quantity * pieces
            discount = rounded_half_down(min(left, floor(base * (percent / 100))))
            self.given[index] += discount
            bases, granted = bases + base, granted + discount
        target = rounded_half_down(bases * (percent / 100))
        if granted < target:
            self._single_units(indices, target - granted)

    def _fixed_per_piece(self, indices: Sequence[int], amount: float) -> float:
        """Paragraph 9; answers with what was given."""
        granted = 0.0
        for index, pieces in zip(indices, self._pieces(indices), strict=True):
            per_piece = min(amount, self.lines[index].unit_price) if self.coupon.item_limit else amount
            discount = min(self._left(index), per_piece * pieces)
            self.given[index] += discount
            granted += discount
        return granted

    def _fixed_per_cart(self, indices: Sequence[int], amount: float) -> None:
        """Paragraph 10: equal shares by piece, again and again, until nothing is left of the amount or of the lines."""
        while amount > 0:
            indices = self._with_something_left(indices)
            pieces = sum(self.lines[index].line.quantity for index in indices)
            share = float(int(amount / pieces)) if pieces else 0.0
            if not share:
                self._single_units(indices, amount)
                return
            granted = self._fixed_per_piece(indices, share)
            amount = amount - granted if granted else 0.0

    def _single_units(self, indices: Sequence[int], amount: float) -> None:
        """Paragraphs 8 and 10: one minor unit per piece through the lines, until the amount is met."""
        for index in indices:
            units = min(self._units_to_give(index), float(ceil(amount)))
            self.given[index] += units
            amount -= units
            if amount <= 0:
                return

    def _units_to_give(self, index: int) -> float:
        """One per piece, until nothing is left: which never happens to a line that passes 0 by half a unit."""
        left, pieces = self._left(index), float(self.lines[index].line.quantity)
        return pieces if self._left(index, left) else min(left, pieces)


def taken_off(discounts: Discounts, index: int) -> float:
    """What all coupons together take off one line."""
    return add_up(given[index] for given in discounts.values())
