from datetime import timedelta
from typing import Any

import pytest

from spoina.ids import CategoryId, ProductId, VariantId
from spoina.pricing.cart.coupons import Occasion, in_turn, refusal_of
from spoina.pricing.cart.totals import answer, enter_coupon
from spoina.pricing.cart.types import Basket, Coupon, CouponRefusal, DiscountType, Line
from spoina.pricing.cart.types import CouponRefusalReason as Reason
from tests.spoina.pricing.cart.builders import NOW, basket, coupon, line, shop

TOOLS, BOOKS = CategoryId(19), CategoryId(55)
DRILL = line(1, "100.00", categories=(CategoryId(21), TOOLS))
BOOK = line(2, "20.00", categories=(BOOKS,), on_sale=True)
SHIRT = line(3, "50.00", product=ProductId(30), variant=VariantId(31))
PERCENT, PIECE, CART = DiscountType.PERCENT, DiscountType.FIXED_PRODUCT, DiscountType.FIXED_CART


def reason_of(found: Coupon, *lines: Line, email: str = "", spent: float = 170.0) -> Reason | None:
    refusal = refusal_of(found, Occasion(lines=lines, spent=spent, email=email, now=NOW))
    return refusal.reason if refusal else None


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (PERCENT, {}, None),
        (PERCENT, {"usage_limit": 3, "usage_count": 2}, None),
        (PERCENT, {"usage_limit": 3, "usage_count": 3}, Reason.USED_UP),
        (PERCENT, {"expires_at": NOW}, None),
        (PERCENT, {"expires_at": NOW - timedelta(seconds=1)}, Reason.EXPIRED),
        (PERCENT, {"minimum": "170.00"}, None),
        (PERCENT, {"minimum": "170.01"}, Reason.BELOW_MINIMUM),
        (PERCENT, {"maximum": "170.00"}, None),
        (PERCENT, {"maximum": "169.99"}, Reason.ABOVE_MAXIMUM),
        (PERCENT, {"products": frozenset({30})}, None),
        (PERCENT, {"products": frozenset({31})}, None),
        (PERCENT, {"products": frozenset({32})}, Reason.NOT_APPLICABLE),
        (PERCENT, {"categories": frozenset({TOOLS})}, None),
        (PERCENT, {"categories": frozenset({CategoryId(99)})}, Reason.NOT_APPLICABLE),
        (PERCENT, {"categories": frozenset({BOOKS}), "exclude_sale_items": True}, Reason.NOT_APPLICABLE),
        (PERCENT, {"exclude_sale_items": True}, None),
        (PERCENT, {"excluded_products": frozenset({1, 2, 30})}, Reason.NOT_APPLICABLE),
        (PERCENT, {"excluded_products": frozenset({1, 2})}, None),
        (CART, {"exclude_sale_items": True}, Reason.NOT_FOR_SALE_ITEMS),
        (CART, {"excluded_products": frozenset({31})}, Reason.PRODUCTS_EXCLUDED),
        (CART, {"excluded_categories": frozenset({TOOLS})}, Reason.CATEGORIES_EXCLUDED),
        (CART, {"excluded_categories": frozenset({CategoryId(99)})}, None),
        (PIECE, {"emails": ("ola@example.test",)}, Reason.NOT_FOR_THIS_EMAIL),
        (PIECE, {"usage_limit": 1, "usage_count": 1, "expires_at": NOW - timedelta(days=1)}, Reason.USED_UP),
        (CART, {"excluded_products": frozenset({31}), "exclude_sale_items": True}, Reason.NOT_FOR_SALE_ITEMS),
    ],
)
def test_what_speaks_against_a_coupon(kind: DiscountType, fields: dict[str, Any], expected: Reason | None) -> None:
    assert reason_of(coupon(1, kind, "10.00", **fields), DRILL, BOOK, SHIRT) == expected


@pytest.mark.parametrize(
    ("email", "expected"),
    [
        ("OLA@example.test", None),
        ("jan@firma.example", None),
        ("jan@firma.example.com", Reason.NOT_FOR_THIS_EMAIL),
        ("", Reason.NOT_FOR_THIS_EMAIL),
    ],
)
def test_restriction_to_emails(email: str, expected: Reason | None) -> None:
    assert reason_of(coupon(1, PERCENT, "5", emails=("ola@example.test", "*@Firma.example")), DRILL, email=email) == expected


def test_an_empty_cart_refuses_only_by_lists() -> None:
    assert reason_of(coupon(1, PERCENT, "5", exclude_sale_items=True)) is None
    assert reason_of(coupon(1, PERCENT, "5", categories=frozenset({TOOLS}))) is Reason.NOT_APPLICABLE


def test_a_refusal_names_what_is_excluded_dearest_first() -> None:
    cart = basket(BOOK, DRILL)
    refused = enter_coupon(coupon(1, CART, "5", excluded_categories=frozenset({BOOKS, TOOLS})), cart, shop(), NOW)
    assert refused == CouponRefusal(code=refused.code, reason=Reason.CATEGORIES_EXCLUDED, categories=(TOOLS, BOOKS))
    refused = enter_coupon(coupon(1, CART, "5", excluded_products=frozenset({1, 2})), cart, shop(), NOW)
    assert refused == CouponRefusal(code=refused.code, reason=Reason.PRODUCTS_EXCLUDED, lines=(DRILL.key, BOOK.key))


def test_the_minimum_is_the_subtotal_as_the_cart_shows_it() -> None:
    least = coupon(1, PERCENT, "5", minimum="100.00")
    assert isinstance(enter_coupon(least, basket(DRILL), shop(), NOW), Basket)
    net = enter_coupon(least, basket(DRILL), shop(cart_shows_tax=False), NOW)
    assert net == CouponRefusal(code=least.code, reason=Reason.BELOW_MINIMUM, limit="100.00")


def test_entering_twice_alone_and_over_others() -> None:
    plain, alone, other = coupon(1, PERCENT, "5"), coupon(2, PERCENT, "5", individual_use=True), coupon(3, PERCENT, "5")
    with_plain = basket(DRILL, coupons=(plain, other))
    assert enter_coupon(plain, with_plain, shop(), NOW) == CouponRefusal(code=plain.code, reason=Reason.ALREADY_APPLIED)
    with_alone = enter_coupon(alone, with_plain, shop(), NOW)
    assert isinstance(with_alone, Basket)
    assert with_alone.coupons == (alone,)
    beside = enter_coupon(other, with_alone, shop(), NOW)
    assert beside == CouponRefusal(code=other.code, reason=Reason.INDIVIDUAL_USE_ONLY, other=alone.code)


def test_coupons_that_no_longer_fit_fall_out_in_the_order_of_entering() -> None:
    high, higher, plain = coupon(1, CART, "5", minimum="150"), coupon(2, CART, "7", minimum="120"), coupon(3, CART, "1")
    result = answer(basket(DRILL, coupons=(high, plain, higher)), shop(), NOW)
    assert [(refusal.code, refusal.reason) for refusal in result.dropped] == [
        (high.code, Reason.BELOW_MINIMUM),
        (higher.code, Reason.BELOW_MINIMUM),
    ]
    assert result.basket.coupons == (plain,)
    assert result.totals.total == 100_00 - 1_00 + 10_00 + 2_30


def test_the_turn_of_coupons() -> None:
    expected = [
        coupon(9, PIECE, "9"),
        coupon(8, PERCENT, "5"),
        coupon(7, PERCENT, "10"),
        coupon(6, PERCENT, "10"),
        coupon(5, PERCENT, "2", item_limit=1),
        coupon(4, PERCENT, "1", item_limit=2),
        coupon(3, CART, "1"),
    ]
    assert in_turn(list(reversed(expected))) == expected
