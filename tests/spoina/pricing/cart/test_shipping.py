from typing import Any

import pytest

from spoina.pricing.cart.shipping import Offer, Parcel, choice, flat_cost, inherited_class, is_free, offer_of, parcel_of
from spoina.pricing.cart.totals import answer
from spoina.pricing.cart.types import (
    STANDARD,
    DiscountType,
    FlatRate,
    FreeShipping,
    FreeShippingRequires,
    RateId,
    ShippingClassId,
    TaxClass,
    TaxStatus,
    Zone,
    ZoneId,
)
from tests.spoina.pricing.cart.builders import BERLIN, COURIER, FREE, NOW, PICKUP, RATES, REDUCED, basket, coupon, line, shop

BULKY, FRAGILE = ShippingClassId(16), ShippingClassId(17)
Requires = FreeShippingRequires


def parcel(coupon_frees: bool = False) -> Parcel:
    lines = (
        (line(1, "50.00", 2), 81.3),
        (line(2, "30.00", 3, shipping_class=FRAGILE), 73.17),
        (line(3, "9.00", 4, shipping_class=BULKY), 29.27),
        (line(4, "9.00", 50, needs_shipping=False), 999.0),
    )
    return parcel_of(lines, before_discounts=226.0, after_discounts=200.0, coupon_frees=coupon_frees)


@pytest.mark.parametrize(
    ("case", "fields", "expected"),
    [
        ("one cost", {"cost": "14.63"}, 14.63),
        ("all pieces", {"cost": "10 + 2*[qty]"}, 28.0),
        ("classes add up", {"cost": "1", "class_costs": {FRAGILE: "5.55*[qty]", BULKY: "49.99"}, "no_class_cost": "1.5"}, 69.14),
        ("the dearest class", {"cost": "1", "class_costs": {FRAGILE: "12.34", BULKY: "80"}, "dearest_class_only": True}, 81.0),
        ("a class on its own cost", {"class_costs": {FRAGILE: "[cost] * 0.1"}}, 7.317),
        ("zero is a cost", {"cost": "0"}, 0.0),
        ("all blank", {"class_costs": {FRAGILE: "", ShippingClassId(99): "5"}}, None),
    ],
)
def test_flat_costs(case: str, fields: dict[str, Any], expected: float | None) -> None:
    cost = flat_cost(FlatRate(instance=1, title="Kurier", **fields), parcel())
    assert cost == (None if expected is None else pytest.approx(expected, abs=1e-9)), case


@pytest.mark.parametrize(
    ("requires", "minimum", "ignores", "with_coupon", "expected"),
    [
        (Requires.NOTHING, "0", False, False, True),
        (Requires.MINIMUM, "200", False, False, True),
        (Requires.MINIMUM, "200.01", False, True, False),
        (Requires.MINIMUM, "226", True, False, True),
        (Requires.COUPON, "0", False, False, False),
        (Requires.COUPON, "999", False, True, True),
        (Requires.EITHER, "999", False, True, True),
        (Requires.EITHER, "200", False, False, True),
        (Requires.EITHER, "999", False, False, False),
        (Requires.BOTH, "200", False, True, True),
        (Requires.BOTH, "200", False, False, False),
        (Requires.BOTH, "999", False, True, False),
    ],
)
def test_free_shipping(requires: Requires, minimum: str, ignores: bool, with_coupon: bool, expected: bool) -> None:
    method = FreeShipping(instance=3, title="Darmowa", requires=requires, minimum=minimum, ignore_discounts=ignores)
    assert is_free(method, parcel(coupon_frees=with_coupon)) is expected


def test_tax_is_on_the_unrounded_cost_and_none_where_a_method_is_exempt() -> None:
    rates = RATES[:1]
    taxed = offer_of(FlatRate(instance=1, title="", cost="10 / 3"), parcel(), rates)
    assert taxed is not None
    assert (taxed.cost, taxed.taxes) == (3.333333, (0.766667,))
    exempt = offer_of(FlatRate(instance=1, title="", cost="10", taxable=False), parcel(), rates)
    assert exempt is not None
    assert exempt.taxes == ()


@pytest.mark.parametrize(
    ("case", "lines", "expected"),
    [
        ("standard wins", [{"tax_class": REDUCED}, {}], STANDARD),
        ("else the shop's order", [{"tax_class": TaxClass("stawka-5")}, {"tax_class": REDUCED}], REDUCED),
        ("virtual lines do not count", [{"needs_shipping": False}, {"tax_class": REDUCED}], REDUCED),
        ("untaxed lines do not count", [{"tax_status": TaxStatus.NONE}], None),
        ("shipping-only lines do", [{"tax_status": TaxStatus.SHIPPING_ONLY}], STANDARD),
    ],
)
def test_the_class_that_shipping_inherits(case: str, lines: list[dict[str, Any]], expected: TaxClass | None) -> None:
    place = shop(tax_classes=(STANDARD, REDUCED, TaxClass("stawka-5")))
    assert inherited_class([line(number, "1", **fields) for number, fields in enumerate(lines)], place) == expected, case


def offers(*ids: str) -> list[Offer]:
    return [Offer(id=RateId(each), title=each, cost=0.0) for each in ids]


@pytest.mark.parametrize(
    ("case", "chosen", "before", "now", "freed", "expected"),
    [
        ("nothing chosen yet", None, None, ["local_pickup:4", "flat_rate:1"], False, "flat_rate:1"),
        (
            "kept while the offers stand",
            "flat_rate:2",
            ["flat_rate:1", "flat_rate:2"],
            ["flat_rate:1", "flat_rate:2"],
            False,
            "flat_rate:2",
        ),
        ("lost when one appears", "flat_rate:2", ["flat_rate:2"], ["flat_rate:1", "flat_rate:2"], False, "flat_rate:1"),
        ("lost when one goes", "flat_rate:2", ["flat_rate:1", "flat_rate:2"], ["flat_rate:1"], False, "flat_rate:1"),
        ("a pickup stays while offered", "local_pickup:4", ["local_pickup:4"], ["flat_rate:1", "local_pickup:4"], False, "local_pickup:4"),
        ("a coupon for free shipping", None, None, ["flat_rate:1", "free_shipping:3"], True, "free_shipping:3"),
        ("such a coupon without such an offer", None, None, ["flat_rate:1"], True, "flat_rate:1"),
        ("only pickups", None, None, ["local_pickup:4", "local_pickup:5"], False, "local_pickup:4"),
        ("nothing offered", "flat_rate:1", ["flat_rate:1"], [], False, None),
    ],
)
def test_the_choice(case: str, chosen: str | None, before: list[str] | None, now: list[str], freed: bool, expected: str | None) -> None:
    freeing = (coupon(1, DiscountType.PERCENT, "0", free_shipping=True),) if freed else ()
    cart = basket(
        coupons=freeing,
        chosen_rate=RateId(chosen) if chosen else None,
        offered=tuple(RateId(each) for each in before) if before else None,
    )
    assert choice(offers(*now), cart) == expected, case


def test_nothing_to_ship_has_no_offers_and_no_shipping() -> None:
    totals = answer(basket(line(1, "10.00", needs_shipping=False)), shop(), NOW).totals
    assert (totals.rates, totals.shipping, totals.shipping_tax, totals.total) == ((), None, None, 10_00)


def test_taxes_of_an_answer_belong_to_the_rate_chosen_before() -> None:
    """A chosen pickup taxes a German at home; when it is gone, the first answer still does, the second no longer."""
    zones = (
        Zone(id=ZoneId(1), countries=frozenset({"PL"}), methods=(COURIER, PICKUP)),
        Zone(id=ZoneId(2), order=1, countries=frozenset({"DE"}), methods=(COURIER, FREE)),
    )
    germans = basket(line(1, "123.00"), place=BERLIN, chosen_rate=RateId("local_pickup:4"))
    first = answer(germans, shop(zones=zones), NOW)
    assert (first.totals.items, first.totals.items_tax, first.basket.chosen_rate) == (100_00, 23_00, "flat_rate:1")
    second = answer(first.basket, shop(zones=zones), NOW)
    assert (second.totals.items, second.totals.items_tax, second.basket.chosen_rate) == (100_00, 19_00, "flat_rate:1")
