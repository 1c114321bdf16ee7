"""From a cart as it was looked at to the order that it becomes: every amount as the cart shows it, in minor units."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from spoina.cart import types as cart
from spoina.cart.types import CartState
from spoina.cart.views import CartView, LineView
from spoina.catalog.types import Kind
from spoina.checkout.rounding import levelled
from spoina.checkout.types import Submission
from spoina.ids import Channel, HoldId, ShopCustomerId, StockItemId
from spoina.orders.types import (
    Address,
    Attribute,
    Charge,
    CouponLine,
    DraftLine,
    OrderDraft,
    Origin,
    Payment,
    Rate,
    ShippingLine,
    TaxLine,
)
from spoina.pricing.cart.outcome import CartTotals, LineTotals, RateTax
from spoina.pricing.cart.types import STANDARD, Shop, TaxRate, TaxRateId
from spoina.terms.types import PaymentMethod

_ORIGINS = {"app": Origin.APP}


def draft_of(
    view: CartView,
    shop: Shop,
    submission: Submission,
    counted: Mapping[StockItemId, int],
    *,
    method: PaymentMethod | None,
    channel: Channel,
    hold: HoldId | None,
    customer_id: ShopCustomerId | None,
    now: datetime,
) -> OrderDraft:
    """`counted`: the items that were held. `method`: what the shopper chose of the shop's, if anything."""
    rates = {rate.id: rate for rate in shop.rates}
    totals, state = view.answer.totals, view.cart.state
    shipping = _shipping(totals, rates)
    if not totals.total:  # coupons worth more than the goods pay for their delivery, too
        shipping = tuple(replace(line, total=0, tax=0) for line in shipping)
    lines = tuple(_line(line, line.totals, rates, counted) for line in view.lines if line.totals is not None)
    delivered = sum(line.total + line.tax for line in shipping)
    return OrderDraft(
        origin=_ORIGINS.get(channel, Origin.WEB),
        channel=channel,
        currency=view.currency,
        lines=levelled(lines, totals.total - delivered),
        total=totals.total,
        payment=Payment(way=submission.way, method=method.id if method else submission.method, title=method.title if method else ""),
        coupons=tuple(CouponLine(code=each.code, discount=each.discount, discount_tax=each.discount_tax) for each in totals.coupons),
        shipping=shipping,
        taxes=tuple(_taxes(totals, rates)),
        billing=_billing(state, shop.base.country),
        delivery=_delivery(state, shop.base.country) if totals.shipping is not None or state.delivery is not None else Address(),
        nip=state.buyer.nip or None,
        pickup_point=submission.pickup_point if totals.shipping is not None else None,
        consents=tuple(replace(consent, at=now) for consent in submission.consents),
        attributes=tuple(Attribute(each.key, each.value) for each in state.attributes),
        note=state.note,
        customer_id=customer_id,
        customer=view.cart.customer,
        hold=hold,
    )


def _line(view: LineView, totals: LineTotals, rates: Mapping[TaxRateId, TaxRate], counted: Mapping[StockItemId, int]) -> DraftLine:
    assert view.merchandise is not None and view.priced is not None  # noqa: S101, PT018 - what has totals is sold
    product, variant = view.merchandise.product, view.merchandise.variant
    item = variant.stock.item
    given = (*view.line.choices, *view.line.attributes)
    return DraftLine(
        title=f"{product.title} - {variant.title}" if product.kind is Kind.VARIABLE else product.title,
        quantity=view.line.quantity,
        subtotal=totals.subtotal,
        subtotal_tax=totals.subtotal_tax,
        total=totals.total,
        total_tax=totals.total_tax,
        rate=_rate(totals.total_taxes, rates),
        charges=_charges(totals.total_taxes, rates),
        tax_class="" if view.priced.tax_class == STANDARD else view.priced.tax_class,
        variant_id=variant.id,
        product_id=product.id,
        sku=variant.sku,
        stock_item=item if item is not None and item in counted else None,
        attributes=tuple(Attribute(each.key, each.value) for each in given),
    )


def _rate(taxes: Sequence[RateTax], rates: Mapping[TaxRateId, TaxRate]) -> Rate:
    """Of all together; a compound one is charged on the others."""
    found = [rates[each.rate] for each in taxes if each.rate in rates]
    plain = 1 + sum(rate.percent for rate in found if not rate.compound) / 100
    for rate in found:
        if rate.compound:
            plain *= 1 + rate.percent / 100
    return round((plain - 1) * 10_000)


def _charges(taxes: Sequence[RateTax], rates: Mapping[TaxRateId, TaxRate]) -> tuple[Charge, ...]:
    found = [rates[each.rate] for each in taxes if each.rate in rates]
    return tuple(Charge(round(rate.percent * 100), rate.compound) for rate in found) if len(found) > 1 else ()


def _shipping(totals: CartTotals, rates: Mapping[TaxRateId, TaxRate]) -> tuple[ShippingLine, ...]:
    chosen = next((rate for rate in totals.rates if rate.chosen), None)
    if chosen is None or totals.shipping is None:
        return ()
    method, _, instance = chosen.id.partition(":")
    return (
        ShippingLine(
            method=method,
            title=chosen.title,
            total=totals.shipping,
            tax=totals.shipping_tax or 0,
            rate=_rate(chosen.taxes, rates),
            charges=_charges(chosen.taxes, rates),
            instance=int(instance) if instance.isdecimal() else None,
        ),
    )


def _taxes(totals: CartTotals, rates: Mapping[TaxRateId, TaxRate]) -> Iterator[TaxLine]:
    """One for each rate, as the cart shows them; where it shows them as one sum, as the lines have them."""
    shipped = next((rate.taxes for rate in totals.rates if rate.chosen), ())
    of_shipping, of_lines = _by_rate(shipped), _by_rate([tax for line in totals.lines for tax in line.total_taxes])
    shown = {(line.name, line.percent): line.amount for line in totals.tax_lines}
    for number in dict.fromkeys((*of_lines, *of_shipping)):
        rate = rates[number]
        part = of_shipping.get(number, 0)
        whole = shown.get((rate.name, rate.percent), of_lines.get(number, 0) + part)
        yield TaxLine(name=rate.name, rate=round(rate.percent * 100), amount=whole - part, shipping=part)


def _by_rate(taxes: Sequence[RateTax]) -> dict[TaxRateId, int]:
    sums: dict[TaxRateId, int] = {}
    for each in taxes:
        sums[each.rate] = sums.get(each.rate, 0) + each.tax
    return sums


def _billing(state: CartState, home: str) -> Address:
    """Where no other is given, the bill goes where the goods go. The buyer's e-mail, telephone and company come first."""
    buyer = state.buyer
    given = _address(state.billing or state.delivery or cart.Address(), buyer.country or home)
    return replace(given, email=buyer.email, phone=buyer.phone or given.phone, company=buyer.company or given.company)


def _delivery(state: CartState, home: str) -> Address:
    given = _address(state.delivery or state.billing or cart.Address(), state.buyer.country or home)
    return replace(given, phone=given.phone or state.buyer.phone)


def _address(given: cart.Address, country: str) -> Address:
    return Address(
        first_name=given.first_name,
        last_name=given.last_name,
        company=given.company,
        line1=given.address1,
        line2=given.address2,
        city=given.city,
        postcode=given.postcode,
        state=given.state,
        country=given.country or country,
        phone=given.phone,
    )
