"""The sums of a calculation (paragraphs 11 and 14), rounded as they are shown."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec.structs import replace

from spoina.pricing.cart.calculation import Calculation, discount_total
from spoina.pricing.cart.lines import LINES_REMEMBERED, PricedLine, TaxedAmount, round_line_tax, sum_of_nets
from spoina.pricing.cart.outcome import CartTotals, CouponTotals, LineDiscount, LineTotals, OfferedRate, RateTax, TaxLine
from spoina.pricing.cart.rounding import KEPT_DECIMALS, add_up, rounded, rounded_half_down, shown
from spoina.pricing.cart.shipping import Offer
from spoina.pricing.cart.types import Coupon, Shop, TaxRate, TaxRateId
from spoina.pricing.cart.unit_prices import unit_prices

RatePart = tuple[TaxRate, float]


def totals_of(done: Calculation, shop: Shop) -> CartTotals:
    chosen = next((offer for offer in done.offers if offer.id == done.chosen), None)
    item_parts = list(_item_parts(done.lines, done.totals))
    shipping_parts = list(_shipping_parts(chosen, shop))
    shipping_cost = _cost(chosen, shop) if chosen else 0.0
    items_net = sum_of_nets(done.totals, shop)
    subtotals = [line.subtotal for line in done.lines]
    shipping_tax = add_up(part for _, part in shipping_parts)
    item_tax = add_up(part for _, part in item_parts)
    ships = any(line.line.needs_shipping for line in done.lines)
    manner = shop.manner
    return CartTotals(
        lines=tuple(_line(done, index, manner) for index in range(len(done.lines))),
        coupons=tuple(_coupon(coupon, done, shop) for coupon in done.basket.coupons if coupon.code in done.discounts),
        rates=tuple(_rate(offer, manner, chosen=offer.id == done.chosen) for offer in done.offers),
        items=shown(sum_of_nets(subtotals, shop)),
        items_tax=shown(add_up(subtotal.tax for subtotal in subtotals)),
        discount=shown(discount_total(done.discounts, done.discount_taxes, shop)),
        discount_tax=shown(add_up(done.discount_taxes.values())),
        shipping=shown(shipping_cost) if ships else None,
        shipping_tax=shown(shipping_tax) if ships else None,
        tax=shown(item_tax + rounded(shipping_tax)),
        total=max(0, shown(items_net + shipping_cost + item_tax + shipping_tax)),
        tax_lines=tax_lines(item_parts, shipping_parts, shop) if shop.itemized_taxes else (),
    )


def _item_parts(lines: Sequence[PricedLine], totals: Sequence[TaxedAmount]) -> Iterator[RatePart]:
    for line, total in zip(lines, totals, strict=True):
        yield from zip(line.rates, total.parts, strict=True)


def _shipping_parts(offer: Offer | None, shop: Shop) -> Iterator[RatePart]:
    """Paragraph 13: half up per rate even where prices are entered with tax; not rounded if the shop rounds at the subtotal."""
    if offer is None:
        return
    for rate, tax in zip(offer.rates, offer.taxes, strict=True):
        part = tax * shop.minor_units
        yield rate, part if shop.round_at_subtotal else rounded(part)


def _cost(offer: Offer, shop: Shop) -> float:
    return rounded(offer.cost * shop.minor_units, KEPT_DECIMALS - shop.decimals)


def tax_lines(items: Sequence[RatePart], shipping: Sequence[RatePart], shop: Shop) -> tuple[TaxLine, ...]:
    """Paragraph 14: by country, state, name and priority, so that two rates of one name become one line; none of zero."""
    rates = {rate.id: rate for rate, _ in (*shipping, *items)}
    item_taxes, shipping_taxes = _per_rate(items), _per_rate(shipping)
    merged: dict[tuple[str, str, str, int], tuple[TaxRate, float]] = {}
    for rate in rates.values():
        amount = round_line_tax(item_taxes.get(rate.id, 0.0), shop) + rounded(shipping_taxes.get(rate.id, 0.0))
        code = (rate.country, rate.state, rate.name.upper(), rate.priority)
        merged[code] = (rate, amount + (merged[code][1] if code in merged else 0.0))
    return tuple(TaxLine(name=rate.name, percent=rate.percent, amount=shown(amount)) for rate, amount in merged.values() if amount)


def _per_rate(parts: Sequence[RatePart]) -> dict[TaxRateId, float]:
    sums: dict[TaxRateId, float] = {}
    for rate, part in parts:
        sums[rate.id] = sums.get(rate.id, 0.0) + part
    return sums


def _line(done: Calculation, index: int, manner: Shop) -> LineTotals:
    priced, total = done.lines[index], done.totals[index]
    undiscounted = _undiscounted(priced, done.rates.home[priced.line.tax_class], manner)
    if total is priced.subtotal:
        return undiscounted
    return replace(
        undiscounted,
        total=shown(total.net),
        total_tax=shown(total.tax),
        total_taxes=_rate_taxes(priced, total),
        discounts=tuple(LineDiscount(code, shown(given[index])) for code, given in done.discounts.items() if given[index]),
    )


@lru_cache(maxsize=LINES_REMEMBERED)
def _undiscounted(priced: PricedLine, home: tuple[TaxRate, ...], shop: Shop) -> LineTotals:
    """Remembered, as the prices of lines are."""
    subtotal, tax, taxes = shown(priced.subtotal.net), shown(priced.subtotal.tax), _rate_taxes(priced, priced.subtotal)
    return LineTotals(
        key=priced.line.key,
        prices=unit_prices(priced, home, shop),
        subtotal=subtotal,
        subtotal_tax=tax,
        subtotal_taxes=taxes,
        total=subtotal,
        total_tax=tax,
        total_taxes=taxes,
        discounts=(),
    )


def _rate_taxes(priced: PricedLine, amount: TaxedAmount) -> tuple[RateTax, ...]:
    return tuple(RateTax(rate.id, shown(part)) for rate, part in zip(priced.rates, amount.parts, strict=True))


def _coupon(coupon: Coupon, done: Calculation, shop: Shop) -> CouponTotals:
    """Paragraph 11: a coupon's own tax is the one amount that is shown half down."""
    tax = done.discount_taxes[coupon.code]
    given = add_up(done.discounts[coupon.code])
    return CouponTotals(
        code=coupon.code,
        type=coupon.type,
        discount=shown(given - tax if shop.prices_include_tax else given),
        discount_tax=int(rounded_half_down(tax)),
    )


@lru_cache(maxsize=4096)
def _rate(offer: Offer, shop: Shop, *, chosen: bool) -> OfferedRate:
    return OfferedRate(
        id=offer.id,
        title=offer.title,
        price=shown(_cost(offer, shop)),
        tax=shown(add_up(offer.taxes) * shop.minor_units),
        chosen=chosen,
        taxes=tuple(RateTax(rate.id, shown(tax * shop.minor_units)) for rate, tax in zip(offer.rates, offer.taxes, strict=True)),
    )
