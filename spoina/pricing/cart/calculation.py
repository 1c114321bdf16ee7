"""One pass over a cart: the paragraphs in their order, every amount still an unrounded double of minor units."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from spoina.pricing.cart.coupons import Occasion, dearest_first, refusal_of
from spoina.pricing.cart.discounts import Discounts, discounts_of, taken_off
from spoina.pricing.cart.lines import PricedLine, Rates, TaxedAmount, price_line, rates_for, sum_of_nets, tax_line
from spoina.pricing.cart.places import place_of_taxation
from spoina.pricing.cart.rounding import KEPT_DECIMALS, add_up, rounded
from spoina.pricing.cart.shipping import Offer, Parcel, choice, offers_for, parcel_of
from spoina.pricing.cart.taxes import taxes_of
from spoina.pricing.cart.types import Basket, Coupon, CouponCode, CouponRefusal, RateId, Shop


class Calculation(msgspec.Struct, frozen=True, kw_only=True):
    """`totals` are per line after discounts; `discount_taxes` per coupon; `refusals` say which coupons did not count."""

    basket: Basket
    rates: Rates
    lines: tuple[PricedLine, ...]
    refusals: tuple[CouponRefusal, ...]
    discounts: Discounts
    discount_taxes: Mapping[CouponCode, float]
    totals: tuple[TaxedAmount, ...]
    offers: tuple[Offer, ...]
    chosen: RateId | None


def calculate(basket: Basket, shop: Shop, now: datetime) -> Calculation:
    """Taxes belong to the rate that was chosen before (paragraph 17); `chosen` is the one to go on with."""
    place = place_of_taxation(basket, shop)
    rates = rates_for(basket.lines, place, shop)
    manner = shop.manner
    lines = tuple(price_line(line, rates, manner) for line in basket.lines)
    occasion = _occasion(lines, basket, shop, now)
    refusals = tuple(refusal for coupon in basket.coupons if (refusal := refusal_of(coupon, occasion)))
    refused = {refusal.code for refusal in refusals}
    holding = [coupon for coupon in basket.coupons if coupon.code not in refused]
    discounts = discounts_of(lines, holding, shop)
    discount_taxes = {code: _tax_of_discounts(given, lines, shop) for code, given in discounts.items()}
    totals = tuple(_total(line, taken_off(discounts, index), shop) for index, line in enumerate(lines))
    parcel = _parcel(lines, totals, holding, _discounted(lines, discounts, discount_taxes, shop), shop)
    offers = offers_for(parcel, basket, place, shop)
    return Calculation(
        basket=basket,
        rates=rates,
        lines=lines,
        refusals=refusals,
        discounts=discounts,
        discount_taxes=discount_taxes,
        totals=totals,
        offers=offers,
        chosen=choice(offers, basket),
    )


def occasion_of(basket: Basket, shop: Shop, now: datetime) -> Occasion:
    """What a coupon entered now is judged by."""
    rates = rates_for(basket.lines, place_of_taxation(basket, shop), shop)
    manner = shop.manner
    return _occasion([price_line(line, rates, manner) for line in basket.lines], basket, shop, now)


def _occasion(lines: Sequence[PricedLine], basket: Basket, shop: Shop, now: datetime) -> Occasion:
    spent = rounded(displayed_subtotal(lines, shop), KEPT_DECIMALS - shop.decimals) / shop.minor_units
    return Occasion(lines=tuple(lines[index].line for index in dearest_first(lines)), spent=spent, email=basket.email, now=now)


def displayed_subtotal(lines: Sequence[PricedLine], shop: Shop) -> float:
    """Before discounts, with tax if the cart shows it."""
    subtotals = [line.subtotal for line in lines]
    return sum_of_nets(subtotals, shop) + (add_up(subtotal.tax for subtotal in subtotals) if shop.cart_shows_tax else 0.0)


def discount_total(discounts: Discounts, discount_taxes: Mapping[CouponCode, float], shop: Shop) -> float:
    """Paragraph 11: net; where prices are entered with tax, the discounts are gross."""
    gross = add_up(add_up(given) for given in discounts.values())
    return gross - add_up(discount_taxes.values()) if shop.prices_include_tax else gross


def _tax_of_discounts(given: Sequence[float], lines: Sequence[PricedLine], shop: Shop) -> float:
    """Paragraph 11: step 4 on each line's discount, not rounded."""
    return add_up(add_up(taxes_of(off, line.rates, shop.prices_include_tax)) for off, line in zip(given, lines, strict=True))


def _discounted(
    lines: Sequence[PricedLine], discounts: Discounts, discount_taxes: Mapping[CouponCode, float], shop: Shop
) -> tuple[float, float]:
    """Paragraph 12: the displayed subtotal before and after discounts, as thresholds of free shipping see them."""
    before = displayed_subtotal(lines, shop)
    after = before - discount_total(discounts, discount_taxes, shop)
    if shop.cart_shows_tax:
        after -= add_up(discount_taxes.values())
    return rounded(before) / shop.minor_units, rounded(after) / shop.minor_units


def _total(line: PricedLine, off: float, shop: Shop) -> TaxedAmount:
    """Paragraph 11: net and taxes again, on what the discounts leave of the line."""
    return tax_line(line.price - off, line.rates, shop) if off else line.subtotal


def _parcel(
    lines: Sequence[PricedLine], totals: Sequence[TaxedAmount], coupons: Sequence[Coupon], subtotals: tuple[float, float], shop: Shop
) -> Parcel:
    before, after = subtotals
    return parcel_of(
        ((line.line, total.net / shop.minor_units) for line, total in zip(lines, totals, strict=True)),
        before_discounts=before,
        after_discounts=after,
        coupon_frees=any(coupon.free_shipping for coupon in coupons),
    )
