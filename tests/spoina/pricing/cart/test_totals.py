"""Whole carts small enough to check by hand, for what settings change."""

from typing import Any

import pytest

from spoina.pricing.cart.outcome import RateTax, TaxLine
from spoina.pricing.cart.totals import answer
from spoina.pricing.cart.types import DiscountType, FlatRate, Shop, TaxStatus, Zone, ZoneId
from tests.spoina.pricing.cart.builders import BERLIN, NOW, RATES, REDUCED, basket, coupon, line, rate, shop

PLAIN = (Zone(id=ZoneId(0), methods=(FlatRate(instance=1, title="Kurier", cost="10"),)),)


@pytest.mark.parametrize(
    ("case", "settings", "lines", "tax", "total"),
    [
        ("gross", {}, [(100_00, 23_00)], 25_30, 135_30),
        ("net", {"prices_include_tax": False}, [(123_00, 28_29)], 30_59, 163_59),
        ("taxes off", {"taxes": False}, [(123_00, 0)], 0, 133_00),
    ],
)
def test_what_a_price_of_123_means(case: str, settings: dict[str, Any], lines: list[tuple[int, int]], tax: int, total: int) -> None:
    totals = answer(basket(line(1, "123.00")), shop(zones=PLAIN, **settings), NOW).totals
    assert ([(each.total, each.total_tax) for each in totals.lines], totals.tax, totals.total) == (lines, tax, total), case


def test_abroad_with_another_rate_without_any_and_untaxed() -> None:
    cart = basket(line(1, "123.00"), line(2, "108.00", tax_class=REDUCED), line(3, "50.00", tax_status=TaxStatus.NONE), place=BERLIN)
    totals = answer(cart, shop(zones=PLAIN), NOW).totals
    assert [(each.total, each.total_tax) for each in totals.lines] == [(100_00, 19_00), (100_00, 0), (50_00, 0)]
    assert [each.prices.price.minor for each in totals.lines] == [119_00, 100_00, 50_00]
    assert totals.lines[0].total_taxes == (RateTax(RATES[2].id, 19_00),)


def test_ties_of_line_taxes() -> None:
    """0.10 gross at 25 % holds exactly 2 grosze; 0.125 holds 2.5, which goes down; 0.10 net bears 2.5, which goes up."""
    quarter = (rate(1, 25.0),)
    gross = answer(basket(line(1, "0.125")), shop(rates=quarter, zones=()), NOW).totals
    assert (gross.lines[0].total, gross.lines[0].total_tax) == (10, 2)
    net = answer(basket(line(1, "0.10")), shop(rates=quarter, zones=(), prices_include_tax=False), NOW).totals
    assert (net.lines[0].total, net.lines[0].total_tax) == (10, 3)


def test_rounding_at_the_subtotal() -> None:
    """Three lines of 0.10 net with 23 %: 2.3 grosze each, so 6 per line and 7 for the cart."""
    cart = basket(*(line(number, "0.10") for number in range(3)))
    by_line, by_sum = ({"prices_include_tax": False, "zones": (), "round_at_subtotal": late} for late in (False, True))
    assert answer(cart, shop(**by_line), NOW).totals.total == 36
    totals = answer(cart, shop(**by_sum), NOW).totals
    assert (totals.total, totals.tax, [each.total_tax for each in totals.lines]) == (37, 7, [2, 2, 2])


def compound(**fields: Any) -> Shop:
    return shop(rates=(rate(1, 10.0, name="A"), rate(2, 20.0, name="B", priority=2, compound=True)), zones=(), **fields)


@pytest.mark.parametrize(("price", "included"), [("100.00", False), ("132.00", True)])
def test_compound_rates(price: str, included: bool) -> None:
    totals = answer(basket(line(1, price)), compound(prices_include_tax=included), NOW).totals
    assert (totals.lines[0].total, totals.total) == (100_00, 132_00)
    assert totals.tax_lines == (TaxLine(name="A", percent=10.0, amount=10_00), TaxLine(name="B", percent=20.0, amount=22_00))


def test_rates_of_one_name_make_one_tax_line_and_zero_ones_none() -> None:
    rates = (rate(1, 7.0, name="MwSt 7%"), rate(2, 7.0, name="MwSt 7%", tax_class=REDUCED), rate(3, 0.0, name="0%", priority=2))
    cart = basket(line(1, "100.00"), line(2, "200.00", tax_class=REDUCED))
    place = shop(rates=rates, zones=(), prices_include_tax=False)
    assert answer(cart, place, NOW).totals.tax_lines == (TaxLine(name="MwSt 7%", percent=7.0, amount=21_00),)
    single = shop(rates=rates, zones=(), prices_include_tax=False, itemized_taxes=False)
    assert answer(cart, single, NOW).totals.tax_lines == ()


def test_a_discount_in_gross_prices_and_in_net_ones() -> None:
    cart = basket(line(1, "123.00"), coupons=(coupon(1, DiscountType.FIXED_CART, "12.30"),))
    gross = answer(cart, shop(zones=PLAIN), NOW).totals
    assert (gross.items, gross.discount, gross.discount_tax, gross.lines[0].total) == (100_00, 10_00, 2_30, 90_00)
    assert [(each.discount, each.discount_tax) for each in gross.coupons] == [(10_00, 2_30)]
    assert [each.amount for each in gross.lines[0].discounts] == [12_30]
    net = answer(cart, shop(zones=PLAIN, prices_include_tax=False), NOW).totals
    assert (net.items, net.discount, net.discount_tax, net.lines[0].total) == (123_00, 12_30, 2_83, 110_70)


@pytest.mark.parametrize(
    ("case", "settings", "minor", "micros"),
    [
        ("gross at home", {}, 1235, 12_345_600),
        ("gross shown net", {"cart_shows_tax": False}, 1004, 10_037_073),
        ("net shown gross", {"prices_include_tax": False}, 1519, 15_190_000),
        ("net shown net", {"prices_include_tax": False, "cart_shows_tax": False}, 1235, 12_345_600),
    ],
)
def test_displayed_unit_prices(case: str, settings: dict[str, Any], minor: int, micros: int) -> None:
    shown = answer(basket(line(1, "12.3456")), shop(**settings), NOW).totals.lines[0].prices
    assert (shown.price.minor, shown.price.micros) == (minor, micros), case


def test_regular_and_sale_prices_are_shown_beside_the_price() -> None:
    prices = answer(basket(line(1, "80.00", regular_price="100.00", sale_price="80.00")), shop(), NOW).totals.lines[0].prices
    assert (prices.price.minor, prices.regular.minor, prices.sale.minor) == (80_00, 100_00, 80_00)
    before_the_sale = answer(basket(line(1, "100.00", sale_price="80.00")), shop(), NOW).totals.lines[0].prices
    assert (before_the_sale.price.minor, before_the_sale.regular.minor, before_the_sale.sale.minor) == (100_00, 100_00, 80_00)


def test_an_empty_cart_is_zero() -> None:
    totals = answer(basket(), shop(), NOW).totals
    assert (totals.total, totals.items, totals.tax, totals.shipping, totals.lines, totals.rates) == (0, 0, 0, None, (), ())
