"""The way in: `answer` gives a basket's totals, `enter_coupon` admits a coupon or says why not. Pure: no clock, no database.

The paragraphs named in this package are those of ARITHMETIC.md beside this file.
"""

from datetime import datetime

from msgspec.structs import replace

from spoina.pricing.cart.calculation import Calculation, calculate, occasion_of
from spoina.pricing.cart.coupons import joined, refusal_to_join
from spoina.pricing.cart.outcome import Answer
from spoina.pricing.cart.presentation import totals_of
from spoina.pricing.cart.types import Basket, Coupon, CouponRefusal, Shop


def answer(basket: Basket, shop: Shop, now: datetime) -> Answer:
    """Totals of the basket. Coupons that no longer fit fall out one by one, in the order of entering, as in WooCommerce (paragraph 16).

    Go on with the answer's basket: it carries the choice of shipping. When that choice moves between a pickup and a delivery, the taxes
    of this answer still belong to the old one and those of the next answer to the new one (paragraph 17).
    """
    done = calculate(basket, shop, now)
    dropped: list[CouponRefusal] = []
    while done.refusals:
        dropped.append(done.refusals[0])
        kept = tuple(coupon for coupon in done.basket.coupons if coupon.code != dropped[-1].code)
        done = calculate(replace(_carried_on(done), coupons=kept), shop, now)
    return Answer(totals=totals_of(done, shop), basket=_carried_on(done), dropped=tuple(dropped))


def enter_coupon(coupon: Coupon, basket: Basket, shop: Shop, now: datetime) -> Basket | CouponRefusal:
    """Paragraph 16: the basket with the coupon, or the reason against it."""
    refusal = refusal_to_join(coupon, basket, occasion_of(basket, shop, now))
    return refusal or replace(basket, coupons=joined(coupon, basket.coupons))


def _carried_on(done: Calculation) -> Basket:
    return replace(done.basket, chosen_rate=done.chosen, offered=tuple(offer.id for offer in done.offers))
