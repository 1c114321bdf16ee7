"""Small shops, lines and coupons for tests of a cart's totals."""

from datetime import UTC, datetime
from typing import Any

from spoina.ids import ProductId, VariantId
from spoina.pricing.cart.types import (
    STANDARD,
    Basket,
    Coupon,
    CouponCode,
    CouponId,
    DiscountType,
    FlatRate,
    FreeShipping,
    Line,
    LineKey,
    LocalPickup,
    Place,
    Shop,
    TaxClass,
    TaxRate,
    TaxRateId,
    Zone,
    ZoneId,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WARSZAWA = Place(country="PL", postcode="02-137", city="Warszawa")
BERLIN = Place(country="DE", postcode="10115", city="Berlin")
REDUCED = TaxClass("reduced-rate")

FREE = FreeShipping(instance=3, title="Darmowa")
PICKUP = LocalPickup(instance=4, title="Odbiór")
COURIER = FlatRate(instance=1, title="Kurier", cost="10")


def rate(number: int, percent: float, **fields: Any) -> TaxRate:
    defaults = {"tax_class": STANDARD, "name": f"VAT {percent:g}%", "priority": 1, "country": "PL"}
    return TaxRate(id=TaxRateId(number), percent=percent, **(defaults | fields))


RATES = (
    rate(1, 23.0, shipping=True),
    rate(2, 8.0, tax_class=REDUCED),
    rate(4, 19.0, country="DE", name="MwSt 19%", shipping=True),
)


def shop(**fields: Any) -> Shop:
    zones = (Zone(id=ZoneId(1), countries=frozenset({"PL"}), methods=(COURIER, PICKUP)),)
    defaults = {"base": WARSZAWA, "rates": RATES, "zones": zones, "tax_classes": (STANDARD, REDUCED)}
    return Shop(**(defaults | fields))


def line(number: int, price: str, quantity: int = 1, **fields: Any) -> Line:
    defaults = {"key": LineKey(f"line-{number}"), "product": ProductId(number), "variant": VariantId(number), "regular_price": price}
    return Line(price=price, quantity=quantity, **(defaults | fields))


def coupon(number: int, kind: DiscountType, amount: str, **fields: Any) -> Coupon:
    return Coupon(id=CouponId(number), code=CouponCode(f"c{number}"), type=kind, amount=amount, **fields)


def basket(*lines: Line, place: Place = WARSZAWA, **fields: Any) -> Basket:
    return Basket(lines=lines, billing=place, shipping=place, **fields)
