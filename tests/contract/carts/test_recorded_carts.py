"""Every recorded cart of WooCommerce 10.5, step by step: totals, refusals, lines, coupons, tax lines and offers, to the minor unit."""

from typing import Any

import pytest

from spoina.pricing.cart.outcome import CartTotals, UnitPrices
from spoina.pricing.cart.types import Basket
from tests.contract.carts.recordings import CONFIGURATIONS, Json, recording
from tests.contract.carts.shopper import Shopper

COUPON_ERROR = "woocommerce_rest_cart_coupon_error"


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_recorded_configuration(configuration: str) -> None:
    carts = recording(configuration).carts
    wrong = {cart["n"]: difference for cart in carts if (difference := difference_of(configuration, cart))}
    assert not wrong, f"{len(wrong)} of {len(carts)} carts of {configuration} differ, the first: {next(iter(wrong.items()))}"


def test_all_carts_are_there() -> None:
    assert sum(len(recording(configuration).carts) for configuration in CONFIGURATIONS) == 692


def difference_of(configuration: str, cart: Json) -> str | None:
    """The first thing that is not as recorded."""
    shopper = Shopper(recording(configuration))
    refused = {error["step"]: error["message"] for error in cart["errors"] if error.get("code") == COUPON_ERROR}
    dropped = {error["step"]: [each["message"] for each in error["cart_errors"]] for error in cart["errors"] if "cart_errors" in error}
    for number, step in enumerate(cart["steps"]):
        said = shopper.do(step)
        if said != refused.get(number):
            return f"step {number}: said {said!r}, recorded {refused.get(number)!r}"
        if not step.get("ok", True):
            if str(shopper.total) != step["total"]:
                return f"refused step {number} {step}: {shopper.total}"
            continue
        if str(shopper.total) != step["total"]:
            return f"step {number} {step}: {shopper.total}"
        if shopper.dropped != dropped.get(number, []):
            return f"step {number}: dropped {shopper.dropped}, recorded {dropped.get(number)}"
    final = shopper.read()
    shown, expected = as_shown(final.totals, final.basket), as_recorded(cart["cart"])
    return first_difference(shown, expected)


def first_difference(shown: Any, expected: Any, path: str = "cart") -> str | None:
    if isinstance(expected, dict):
        found = (first_difference(shown[name], expected[name], f"{path}.{name}") for name in expected)
    elif isinstance(expected, list) and len(shown) == len(expected):
        found = (first_difference(ours, theirs, f"{path}[{at}]") for at, (ours, theirs) in enumerate(zip(shown, expected, strict=True)))
    else:
        return None if shown == expected else f"{path}: {shown!r} instead of {expected!r}"
    return next((difference for difference in found if difference), None)


def as_shown(totals: CartTotals, basket: Basket) -> Json:
    return {
        "items": [
            {
                "key": line.key,
                "quantity": source.quantity,
                "prices": _prices(line.prices),
                "totals": {
                    "line_subtotal": str(line.subtotal),
                    "line_subtotal_tax": str(line.subtotal_tax),
                    "line_total": str(line.total),
                    "line_total_tax": str(line.total_tax),
                },
            }
            for line, source in zip(totals.lines, basket.lines, strict=True)
        ],
        "coupons": [
            {
                "code": coupon.code,
                "discount_type": coupon.type,
                "totals": {"total_discount": str(coupon.discount), "total_discount_tax": str(coupon.discount_tax)},
            }
            for coupon in totals.coupons
        ],
        "rates": [(rate.id, rate.title, str(rate.price), str(rate.tax), rate.chosen) for rate in totals.rates],
        "tax_lines": [{"name": line.name, "price": str(line.amount), "rate": f"{line.percent:g}%"} for line in totals.tax_lines],
        "totals": {
            "total_items": str(totals.items),
            "total_items_tax": str(totals.items_tax),
            "total_discount": str(totals.discount),
            "total_discount_tax": str(totals.discount_tax),
            "total_shipping": _optional(totals.shipping),
            "total_shipping_tax": _optional(totals.shipping_tax),
            "total_price": str(totals.total),
            "total_tax": str(totals.tax),
        },
        "places": [(place.country, place.state, place.postcode, place.city) for place in (basket.billing, basket.shipping)],
    }


def as_recorded(cart: Json) -> Json:
    """The same shape from an answer of the Store API."""
    offers = [rate for package in cart["shipping_rates"] for rate in package["shipping_rates"]]
    fields = ("rate_id", "name", "price", "taxes", "selected")
    totals = {name: cart["totals"][name] for name in as_shown_totals()}
    return {
        "items": [{name: item[name] for name in ("key", "quantity", "prices", "totals")} for item in cart["items"]],
        "coupons": cart["coupons"],
        "rates": [tuple(rate[field] for field in fields) for rate in offers],
        "tax_lines": cart["totals"]["tax_lines"],
        "totals": totals,
        "places": [
            tuple(address.get(field, "") for field in ("country", "state", "postcode", "city"))
            for address in (cart["billing_address"], cart["shipping_address"])
        ],
    }


def as_shown_totals() -> list[str]:
    return [
        "total_items",
        "total_items_tax",
        "total_discount",
        "total_discount_tax",
        "total_shipping",
        "total_shipping_tax",
        "total_price",
        "total_tax",
    ]


def _optional(amount: int | None) -> str | None:
    return None if amount is None else str(amount)


def _prices(prices: UnitPrices) -> dict[str, Any]:
    by_name = {"price": prices.price, "regular_price": prices.regular, "sale_price": prices.sale}
    shown: dict[str, Any] = {name: str(price.minor) for name, price in by_name.items()}
    return shown | {"raw_prices": {"precision": 6} | {name: str(price.micros) for name, price in by_name.items()}}
