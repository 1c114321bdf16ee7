"""What coupons take off each line; most numbers are those of recorded carts that the arithmetic's examples explain."""

import pytest

from spoina.pricing.cart.discounts import discounts_of
from spoina.pricing.cart.lines import price_line, rates_for
from spoina.pricing.cart.types import Coupon, DiscountType, Line, Shop
from tests.spoina.pricing.cart.builders import WARSZAWA, coupon, line, shop

PERCENT, PIECE, CART = DiscountType.PERCENT, DiscountType.FIXED_PRODUCT, DiscountType.FIXED_CART


def given(lines: list[Line], *coupons: Coupon, at: Shop | None = None) -> list[tuple[float, ...]]:
    place = at or shop()
    rates = rates_for(lines, WARSZAWA, place)
    taken = discounts_of([price_line(each, rates, place.manner) for each in lines], coupons, place)
    return [taken[each.code] for each in coupons]


def test_percent_floors_lines_and_gives_the_rest_to_the_dearest_piece() -> None:
    assert given([line(1, "6.79"), line(2, "1414.44")], coupon(1, PERCENT, "7")) == [(47.0, 9902.0)]


def test_percent_in_doubles_floors_a_whole_product() -> None:
    assert given([line(1, "15.00"), line(2, "15.01")], coupon(1, PERCENT, "29")) == [(434.0, 436.0)]


def test_percent_after_a_fixed_discount() -> None:
    lines = [line(1, "266.00", 2), line(2, "54.99", 9)]
    together = given(lines, coupon(1, PERCENT, "12.5"), coupon(2, PIECE, "3.00"))
    assert together == [(6650.0, 6186.0), (600.0, 2700.0)]
    sequential = given(lines, coupon(1, PERCENT, "12.5"), coupon(2, PIECE, "3.00"), at=shop(sequential_coupons=True))
    assert sequential == [(6576.0, 5848.0), (600.0, 2700.0)]


def test_percent_of_a_limited_number_of_pieces_dearest_first() -> None:
    assert given([line(1, "10.00", 2), line(2, "99.00"), line(3, "5.00")], coupon(1, PERCENT, "50", item_limit=2)) == [(500.0, 4950.0, 0.0)]


def test_fixed_per_piece_takes_at_most_the_line() -> None:
    assert given([line(1, "2.50", 3), line(2, "20.00", 2)], coupon(1, PIECE, "5.00")) == [(750.0, 1000.0)]


def test_limited_fixed_per_piece_takes_at_most_the_price_of_each() -> None:
    assert given([line(1, "2.50", 3), line(2, "20.00")], coupon(1, PIECE, "5.00", item_limit=3)) == [(500.0, 500.0)]


def test_fixed_per_cart_is_shared_by_piece() -> None:
    lines = [line(1, "33.335", 7), line(2, "100.00", 2), line(3, "300.00")]
    assert given(lines, coupon(1, CART, "50.00")) == [(3500.0, 1000.0, 500.0)]


def test_fixed_per_cart_goes_on_over_what_is_left() -> None:
    assert given([line(1, "1.00", 2), line(2, "50.00")], coupon(1, CART, "10.01")) == [(200.0, 801.0)]


@pytest.mark.parametrize(
    ("amount", "expected"), [("0.02", (1.0, 1.0)), ("0.01", (0.0, 1.0)), ("0.00", (0.0, 0.0)), ("9999", (100.0, 200.0))]
)
def test_fixed_per_cart_at_its_ends(amount: str, expected: tuple[float, ...]) -> None:
    assert given([line(1, "1.00"), line(2, "2.00")], coupon(1, CART, amount)) == [expected]


def test_a_limited_fixed_per_cart_ends_on_the_first_pieces() -> None:
    assert given([line(1, "10.00"), line(2, "100.00", 3)], coupon(1, CART, "90.00", item_limit=2)) == [(0.0, 9000.0)]


def test_lines_that_are_used_up_get_nothing_more() -> None:
    lines = [line(1, "10.00"), line(2, "40.00")]
    assert given(lines, coupon(1, PIECE, "10.00"), coupon(2, CART, "9.00")) == [(1000.0, 1000.0), (0.0, 900.0)]


def test_without_decimals_everything_is_in_whole_units() -> None:
    lines = [line(1, "15.50", 2), line(2, "7.00")]
    assert given(lines, coupon(1, PERCENT, "12.5"), at=shop(decimals=0)) == [(5.0, 0.0)]
    assert given(lines, coupon(1, CART, "13.33"), at=shop(decimals=0)) == [(10.0, 4.0)]


def test_the_newer_of_equal_coupons_comes_first() -> None:
    older, newer = coupon(1, CART, "8.00"), coupon(2, CART, "8.00")
    assert given([line(1, "10.00")], older, newer) == [(200.0,), (800.0,)]


def test_a_line_that_gave_half_a_unit_too_much_gives_again() -> None:
    """7 × 33.335 is 233.345; WooCommerce counts the −0.005 that 233.35 leave as 0.01 (recorded in i/063)."""
    lines = [line(1, "33.335", 7)]
    assert given(lines, coupon(1, PIECE, "33.34"), coupon(2, PERCENT, "10")) == [(23335.0,), (8.0,)]


def test_a_million_pieces_take_no_longer_than_one() -> None:
    assert given([line(1, "0.01", 10**6), line(2, "1.00")], coupon(1, CART, "9000.00")) == [(899_999.0, 1.0)]
