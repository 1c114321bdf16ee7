"""Coupons: their order (paragraph 6), the lines they may touch (7), and whether one may be used at all (16)."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from spoina.pricing.cart.lines import PricedLine
from spoina.pricing.cart.types import Basket, Coupon, CouponRefusal, CouponRefusalReason, DiscountType, Line

_TURN = {DiscountType.FIXED_PRODUCT: 1, DiscountType.PERCENT: 2, DiscountType.FIXED_CART: 3}


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon is judged by. `lines` are the dearest first; `spent` is the displayed subtotal before discounts, in units of the
    currency."""

    lines: tuple[Line, ...]
    spent: float
    email: str
    now: datetime


Check = Callable[[Coupon, Occasion], CouponRefusal | None]


def in_turn(coupons: Sequence[Coupon]) -> list[Coupon]:
    """Paragraph 6: by type; within a type unlimited ones first, then the smaller limit, the smaller amount, the newer coupon."""
    return sorted(coupons, key=lambda coupon: (_TURN[coupon.type], coupon.item_limit, float(coupon.amount), -coupon.id))


def dearest_first(lines: Sequence[PricedLine]) -> list[int]:
    """Paragraph 7: positions of the lines by unit price, equal ones in the order of the cart."""
    return sorted(range(len(lines)), key=lambda index: -lines[index].unit_price)


def fits(coupon: Coupon, line: Line) -> bool:
    """Paragraph 7, for coupons on products: listed, or nothing is; not excluded; not on sale if sale items are out."""
    unlisted = not coupon.products and not coupon.categories
    wanted = unlisted or _is_one_of(line, coupon.products) or not coupon.categories.isdisjoint(line.categories)
    excluded = _is_one_of(line, coupon.excluded_products) or not coupon.excluded_categories.isdisjoint(line.categories)
    return wanted and not excluded and not (coupon.exclude_sale_items and line.on_sale)


def touches(coupon: Coupon, line: Line) -> bool:
    """Paragraph 7: a coupon on the whole cart touches every line; its lists only decide whether it may be used."""
    return coupon.type is DiscountType.FIXED_CART or fits(coupon, line)


def refusal_of(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    """Paragraph 16: the first reason that stands against the coupon, in WooCommerce's order; None: it holds."""
    return next((refusal for check in _CHECKS if (refusal := check(coupon, occasion))), None)


def refusal_to_join(coupon: Coupon, basket: Basket, occasion: Occasion) -> CouponRefusal | None:
    """Paragraph 16 for a coupon that is being entered: not twice, not if it does not hold, not beside one that tolerates none."""
    if any(present.code == coupon.code for present in basket.coupons):
        return _refusal(coupon, CouponRefusalReason.ALREADY_APPLIED)
    if refusal := refusal_of(coupon, occasion):
        return refusal
    alone = next((present for present in basket.coupons if present.individual_use), None)
    return CouponRefusal(code=coupon.code, reason=CouponRefusalReason.INDIVIDUAL_USE_ONLY, other=alone.code) if alone else None


def joined(coupon: Coupon, present: tuple[Coupon, ...]) -> tuple[Coupon, ...]:
    """Paragraph 16: a new coupon for individual use silently throws the others out."""
    return (coupon,) if coupon.individual_use else (*present, coupon)


def _refusal(coupon: Coupon, reason: CouponRefusalReason) -> CouponRefusal:
    return CouponRefusal(code=coupon.code, reason=reason)


def _used_up(coupon: Coupon, _: Occasion) -> CouponRefusal | None:
    if coupon.usage_limit and coupon.usage_count >= coupon.usage_limit:
        return _refusal(coupon, CouponRefusalReason.USED_UP)
    return None


def _expired(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    if coupon.expires_at and occasion.now > coupon.expires_at:
        return _refusal(coupon, CouponRefusalReason.EXPIRED)
    return None


def _below_minimum(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    if float(coupon.minimum) > 0 and float(coupon.minimum) > occasion.spent:
        return CouponRefusal(code=coupon.code, reason=CouponRefusalReason.BELOW_MINIMUM, limit=coupon.minimum)
    return None


def _above_maximum(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    if 0 < float(coupon.maximum) < occasion.spent:
        return CouponRefusal(code=coupon.code, reason=CouponRefusalReason.ABOVE_MAXIMUM, limit=coupon.maximum)
    return None


def _no_listed_product(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    if coupon.products and not any(_is_one_of(line, coupon.products) for line in occasion.lines):
        return _refusal(coupon, CouponRefusalReason.NOT_APPLICABLE)
    return None


def _no_listed_category(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    """Lines on sale do not count if sale items are out."""
    if not coupon.categories:
        return None
    counting = (line for line in occasion.lines if not (coupon.exclude_sale_items and line.on_sale))
    if any(not coupon.categories.isdisjoint(line.categories) for line in counting):
        return None
    return _refusal(coupon, CouponRefusalReason.NOT_APPLICABLE)


def _nothing_fits(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    """An empty cart refuses nothing here: there, only lists of products or categories do."""
    if coupon.type is DiscountType.FIXED_CART or not occasion.lines or any(fits(coupon, line) for line in occasion.lines):
        return None
    return _refusal(coupon, CouponRefusalReason.NOT_APPLICABLE)


def _whole_cart_with_sale_items(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    if coupon.type is DiscountType.FIXED_CART and coupon.exclude_sale_items and any(line.on_sale for line in occasion.lines):
        return _refusal(coupon, CouponRefusalReason.NOT_FOR_SALE_ITEMS)
    return None


def _whole_cart_with_excluded_products(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    excluded = tuple(line.key for line in occasion.lines if _is_one_of(line, coupon.excluded_products))
    if coupon.type is DiscountType.FIXED_CART and excluded:
        return CouponRefusal(code=coupon.code, reason=CouponRefusalReason.PRODUCTS_EXCLUDED, lines=excluded)
    return None


def _whole_cart_with_excluded_categories(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    met = [category for line in occasion.lines for category in line.categories if category in coupon.excluded_categories]
    if coupon.type is DiscountType.FIXED_CART and met:
        return CouponRefusal(code=coupon.code, reason=CouponRefusalReason.CATEGORIES_EXCLUDED, categories=tuple(dict.fromkeys(met)))
    return None


def _wrong_email(coupon: Coupon, occasion: Occasion) -> CouponRefusal | None:
    if not coupon.emails or any(_email_matches(occasion.email, pattern) for pattern in coupon.emails):
        return None
    return _refusal(coupon, CouponRefusalReason.NOT_FOR_THIS_EMAIL)


def _email_matches(email: str, pattern: str) -> bool:
    wanted = ".*".join(re.escape(part) for part in pattern.lower().split("*"))
    return bool(email) and re.fullmatch(wanted, email.lower()) is not None


def _is_one_of(line: Line, ids: frozenset[int]) -> bool:
    return line.variant in ids or line.product in ids


_CHECKS: tuple[Check, ...] = (
    _used_up,
    _expired,
    _below_minimum,
    _above_maximum,
    _no_listed_product,
    _no_listed_category,
    _nothing_fits,
    _whole_cart_with_sale_items,
    _whole_cart_with_excluded_products,
    _whole_cart_with_excluded_categories,
    _wrong_email,
)
