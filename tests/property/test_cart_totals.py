"""What holds for the totals of any cart, whatever its lines, coupons and settings."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spoina.pricing.cart.outcome import CartTotals
from spoina.pricing.cart.rounding import add_up, rounded
from spoina.pricing.cart.totals import answer
from spoina.pricing.cart.types import Basket, Coupon, DiscountType, FlatRate, FreeShipping, LocalPickup, Shop, TaxStatus, Zone, ZoneId
from tests.spoina.pricing.cart.builders import BERLIN, NOW, REDUCED, WARSZAWA, basket, coupon, line, rate, shop

ZONES = (
    Zone(
        id=ZoneId(1),
        countries=frozenset({"PL"}),
        methods=(
            FlatRate(instance=1, title="Kurier", cost="10 + 2*[qty]", no_class_cost="[cost] * 0.013"),
            FreeShipping(instance=2, title="Darmowa", minimum="100"),
            LocalPickup(instance=3, title="Odbiór", cost="5.01"),
        ),
    ),
    Zone(id=ZoneId(0), methods=(FlatRate(instance=4, title="Świat", cost="99"),)),
)
RATES = (
    rate(1, 23.0, shipping=True),
    rate(2, 8.0, tax_class=REDUCED),
    rate(3, 2.5, priority=2, compound=True, name="Opłata", shipping=True),
    rate(4, 19.0, country="DE"),
)

CASES = settings(deadline=None)

grosze = st.integers(1, 200_000).map(lambda minor: f"{minor / 100:.2f}")
amounts = st.integers(0, 60_000).map(lambda minor: f"{minor / 100:.2f}")


@st.composite
def lines_of(draw: st.DrawFn, number: int) -> Any:
    return line(
        number,
        draw(grosze),
        draw(st.integers(1, 12)),
        tax_class=draw(st.sampled_from([RATES[0].tax_class, REDUCED])),
        tax_status=draw(st.sampled_from([TaxStatus.TAXABLE, TaxStatus.TAXABLE, TaxStatus.NONE])),
        on_sale=draw(st.booleans()),
        needs_shipping=draw(st.booleans()),
    )


@st.composite
def coupons_of(draw: st.DrawFn, number: int) -> Coupon:
    kind = draw(st.sampled_from(DiscountType))
    amount = draw(st.integers(0, 10_000).map(lambda hundredths: f"{hundredths / 100:.2f}") if kind is DiscountType.PERCENT else amounts)
    return coupon(number, kind, amount, item_limit=draw(st.sampled_from([0, 0, 1, 3])), exclude_sale_items=draw(st.booleans()))


@st.composite
def baskets(draw: st.DrawFn) -> Basket:
    return basket(
        *(draw(lines_of(number)) for number in range(draw(st.integers(0, 5)))),
        place=draw(st.sampled_from([WARSZAWA, BERLIN])),
        coupons=tuple(draw(coupons_of(number)) for number in range(draw(st.integers(0, 4)))),
    )


@st.composite
def shops(draw: st.DrawFn, **fixed: Any) -> Shop:
    flags = ("taxes", "prices_include_tax", "round_at_subtotal", "cart_shows_tax", "sequential_coupons")
    return shop(rates=RATES, zones=ZONES, **({flag: draw(st.booleans()) for flag in flags} | fixed))


def amounts_of(totals: CartTotals) -> list[int]:
    of_lines = [amount for each in totals.lines for amount in (each.subtotal, each.subtotal_tax, each.total, each.total_tax)]
    of_coupons = [amount for each in totals.coupons for amount in (each.discount, each.discount_tax)]
    whole = [totals.items, totals.items_tax, totals.discount, totals.discount_tax, totals.shipping or 0, totals.tax, totals.total]
    return [*of_lines, *of_coupons, *whole, *(each.amount for each in totals.tax_lines)]


@CASES
@given(baskets(), shops())
def test_nothing_is_negative_and_no_discount_exceeds_its_line(cart: Basket, place: Shop) -> None:
    at_home = replace(cart, shipping=WARSZAWA, billing=WARSZAWA)
    totals = answer(at_home, place, NOW).totals
    assert min(amounts_of(totals)) >= 0
    assert all(each.total <= each.subtotal for each in totals.lines)


@CASES
@given(baskets(), shops(prices_include_tax=False))
def test_a_coupons_discount_is_what_it_takes_off_the_lines(cart: Basket, place: Shop) -> None:
    totals = answer(cart, place, NOW).totals
    for each in totals.coupons:
        off = [discount.amount for one in totals.lines for discount in one.discounts if discount.coupon == each.code]
        assert sum(off) == each.discount
    assert totals.discount == sum(each.discount for each in totals.coupons)


@CASES
@given(baskets(), shops(prices_include_tax=True))
def test_so_it_is_with_tax_to_the_grosz_that_rounding_leaves(cart: Basket, place: Shop) -> None:
    at_home = replace(cart, shipping=WARSZAWA, billing=WARSZAWA)
    totals = answer(at_home, place, NOW).totals
    for each in totals.coupons:
        off = [discount.amount for one in totals.lines for discount in one.discounts if discount.coupon == each.code]
        assert abs(sum(off) - each.discount - each.discount_tax) <= 1


@CASES
@given(baskets(), shops(), st.randoms(use_true_random=False))
def test_the_order_of_entering_coupons_changes_no_sum(cart: Basket, place: Shop, random: Any) -> None:
    shuffled = list(cart.coupons)
    random.shuffle(shuffled)
    first, second = (answer(replace(cart, coupons=tuple(coupons)), place, NOW).totals for coupons in (cart.coupons, shuffled))
    assert replace(first, coupons=()) == replace(second, coupons=())
    assert {each.code: each for each in first.coupons} == {each.code: each for each in second.coupons}


@CASES
@given(baskets(), shops(round_at_subtotal=False))
def test_the_parts_add_up(cart: Basket, place: Shop) -> None:
    totals = answer(cart, place, NOW).totals
    shipping = totals.shipping or 0
    fraction = 1 if shipping else 0
    assert abs(totals.total - sum(each.total for each in totals.lines) - shipping - totals.tax) <= fraction
    assert totals.tax == sum(each.total_tax for each in totals.lines) + (totals.shipping_tax or 0)
    assert totals.tax == sum(each.amount for each in totals.tax_lines)


@CASES
@given(baskets(), shops())
def test_an_answer_once_settled_stays(cart: Basket, place: Shop) -> None:
    settled = answer(answer(cart, place, NOW).basket, place, NOW)
    again = answer(settled.basket, place, NOW)
    assert (again.totals, again.basket, again.dropped) == (settled.totals, settled.basket, ())


@CASES
@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_rounding_keeps_the_order_and_stays_within_half(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert rounded(low) <= rounded(high)
    assert abs(rounded(one) - one) <= 0.5 + 1e-6
    assert rounded(-one) == -rounded(one)


@CASES
@given(st.lists(st.integers(-(10**9), 10**9)))
def test_whole_amounts_add_up_exactly(values: list[int]) -> None:
    assert add_up(values) == sum(values)
