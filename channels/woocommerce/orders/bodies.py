"""An order of ours as WooCommerce is sent it.

WooCommerce taxes every line anew from what it is given net, so a line's net amount is sent with as many decimals as it takes for its own
arithmetic to come to the grosz that the customer was shown: 61,99 with 5 % VAT is 59.038095 net, and 59.04 would be a grosz too much or
too little for one price in five.
"""

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from typing import Final

from babel.numbers import get_currency_precision

from channels.woocommerce.orders.mapping import NOT_OURS_TO_COUNT, REDUCED, REFERENCE
from channels.woocommerce.orders.payloads import (
    CouponBody,
    FeeBody,
    LineAmounts,
    LineBody,
    LinesBody,
    MetaBody,
    OrderBody,
    RefundBody,
    RefundLineBody,
    RefundTaxBody,
    ShippingBody,
    TaxPayload,
)
from spoina.money import decimal_text
from spoina.orders.rules import SHOP_STATUS, initial_state
from spoina.orders.types import (
    Address,
    Charge,
    Consent,
    DraftLine,
    FeeLine,
    Order,
    OrderDraft,
    OrderReturn,
    Origin,
    PaymentWay,
    ReturnLine,
    ShippingLine,
)

CREATED_VIA: Final = "spoina"
_OTHER: Final = "spoina-other"
"""For goods and ways of delivery that the shop does not have."""
_EXACT: Final = Decimal("0.000001")
_WHOLE: Final = 10_000
_EITHER_WAY: Final = 3
_STEPS: Final = 50
"""How finely amounts near the plain one are tried, within half a unit of it."""


def order_body(order: Order, *, with_coupons: bool = True) -> OrderBody:
    """`with_coupons` False: the discounts stay in the lines, but the shop does not count the coupons as used."""
    draft = order.content
    paid = draft.payment.way is PaymentWay.PAID
    handed_over = draft.origin is Origin.POS
    return OrderBody(
        currency=draft.currency,
        created_via=CREATED_VIA,
        status=None if paid and not handed_over else SHOP_STATUS[initial_state(draft)],
        set_paid=paid and not handed_over,
        customer_id=draft.customer_id or 0,
        customer_note=draft.note,
        payment_method=draft.payment.method,
        payment_method_title=draft.payment.title,
        transaction_id=draft.payment.transaction or (draft.reference if paid else ""),
        billing=_billing(draft.billing),
        shipping=_shipping(draft.delivery),
        line_items=[_line(line, draft.currency) for line in draft.lines],
        shipping_lines=[_shipping_line(line, draft) for line in draft.shipping],
        fee_lines=[_fee(fee, draft.currency) for fee in draft.fees],
        coupon_lines=[CouponBody(coupon.code) for coupon in draft.coupons] if with_coupons else [],
        meta_data=_meta(order),
    )


def _line(line: DraftLine, currency: str) -> LineBody:
    meta = [MetaBody(each.key, each.value) for each in line.attributes]
    if line.own_units:
        meta.append(MetaBody(REDUCED, NOT_OURS_TO_COUNT))
    variant, product = line.variant_id or 0, line.product_id or line.variant_id or 0
    return LineBody(
        quantity=line.quantity,
        subtotal=net_text(line.subtotal, line.subtotal_tax, _charges(line), currency),
        total=net_text(line.total, line.total_tax, _charges(line), currency),
        name=line.title,
        product_id=product,
        variation_id=variant if variant != product else 0,
        sku="" if product else line.sku or _OTHER,
        tax_class=line.tax_class,
        meta_data=meta,
    )


def amounts_differ(ours: OrderDraft, theirs: OrderDraft) -> bool:
    """Equal sums may be spread over the lines, and so over their taxes, in another way."""

    def told(draft: OrderDraft) -> tuple[object, ...]:
        return draft.total, [(line.total, line.total_tax) for line in draft.lines]

    return told(ours) != told(theirs)


def lines_body(order: Order, numbers: Sequence[int]) -> LinesBody:
    """The order's lines once more, for an order that the shop has: `numbers` are theirs, in the same order."""
    currency = order.content.currency
    return LinesBody(
        line_items=[
            LineAmounts(
                id=number,
                subtotal=net_text(line.subtotal, line.subtotal_tax, _charges(line), currency),
                total=net_text(line.total, line.total_tax, _charges(line), currency),
            )
            for number, line in zip(numbers, order.content.lines, strict=True)
        ]
    )


def _shipping_line(line: ShippingLine, draft: OrderDraft) -> ShippingBody:
    point = draft.pickup_point
    return ShippingBody(
        method_id=line.method or _OTHER,
        method_title=line.title,
        instance_id="" if line.instance is None else str(line.instance),
        total=net_text(line.total, line.tax, _charges(line), draft.currency),
        meta_data=[MetaBody("pickup_point", f"{point.code} {point.name}".strip())] if point else [],
    )


def _fee(fee: FeeLine, currency: str) -> FeeBody:
    status = "taxable" if fee.tax or fee.rate else "none"
    total = net_text(fee.total, fee.tax, (Charge(fee.rate),), currency)
    return FeeBody(name=fee.title, total=total, tax_class=fee.tax_class, tax_status=status)


def _meta(order: Order) -> list[MetaBody]:
    draft = order.content
    meta = [MetaBody(REFERENCE, str(order.id)), MetaBody("_spoina_origin", draft.origin.value)]
    if draft.reference:
        meta.append(MetaBody("_spoina_origin_reference", draft.reference))
    if draft.nip:
        meta.append(MetaBody("_billing_nip", draft.nip))
    if draft.pickup_point:
        meta += [MetaBody("_spoina_pickup_provider", draft.pickup_point.provider), MetaBody("_paczkomat", draft.pickup_point.code)]
    for consent in draft.consents:
        meta.append(MetaBody(f"_spoina_consent_{consent.key}", _consent(consent)))
    return meta + [MetaBody(f"_spoina_{each.key}", each.value) for each in draft.attributes]


def _consent(consent: Consent) -> dict[str, object]:
    said = {"given": consent.given, "text": consent.text, "version": consent.version, "language": consent.language}
    return {name: value for name, value in said.items() if value != ""} | ({"at": consent.at.isoformat()} if consent.at else {})


def _billing(address: Address) -> dict[str, str]:
    return _shipping(address) | ({"email": address.email} if address.email else {})


def _shipping(address: Address) -> dict[str, str]:
    fields = {
        "first_name": address.first_name,
        "last_name": address.last_name,
        "company": address.company,
        "address_1": address.line1,
        "address_2": address.line2,
        "city": address.city,
        "postcode": address.postcode,
        "state": address.state,
        "country": address.country,
        "phone": address.phone,
    }
    return {name: value for name, value in fields.items() if value}


def _charges(line: DraftLine | ShippingLine) -> Sequence[Charge]:
    return line.charges or (Charge(line.rate),)


def net_text(net: int, tax: int, charges: Sequence[Charge], currency: str) -> str:
    """The net amount that WooCommerce's arithmetic brings to exactly `net` and `tax`: the plain amount, else the net part of `net + tax`,
    else one nearby that is `net` when it is rounded. Where none does: the plain amount, and the difference will be told."""
    plain, unit = Decimal(decimal_text(net, currency)), Decimal(1).scaleb(-get_currency_precision(currency))
    if not any(charge.rate for charge in charges):
        return decimal_text(net, currency)
    best, ways = plain, 0
    for amount in _near(plain, Decimal(decimal_text(net + tax, currency)), charges, unit):
        if (found := _ways(amount, charges, unit, (net, tax))) > ways:
            best, ways = amount, found
        if ways == _EITHER_WAY:
            break
    return decimal_text(net, currency) if best == plain else f"{best.normalize():f}"


def _near(plain: Decimal, gross: Decimal, charges: Sequence[Charge], unit: Decimal) -> Iterator[Decimal]:
    yield plain
    yield (gross / (1 + sum(_taxes(Decimal(1), charges)))).quantize(_EXACT, ROUND_HALF_UP)
    for step in range(1, _STEPS):
        for sign in (-1, 1):
            yield plain + sign * unit * step / (2 * _STEPS)


def _taxes(net: Decimal, charges: Sequence[Charge]) -> list[Decimal]:
    """In WooCommerce's order: plain ones, then those on top of them (WC_Tax::calc_exclusive_tax)."""
    taxes = [net * charge.rate / _WHOLE for charge in charges if not charge.compound]
    for charge in charges:
        if charge.compound:
            taxes.append((net + sum(taxes)) * charge.rate / _WHOLE)
    return taxes


def _ways(net: Decimal, charges: Sequence[Charge], unit: Decimal, wanted: tuple[int, int]) -> int:
    """Each tax is rounded by itself: half down where the shop's prices include tax (2), half up where not (1). Best is what comes to
    `wanted` either way."""
    taxes, found = _taxes(net, charges), 0
    for weight, how in ((2, ROUND_HALF_DOWN), (1, ROUND_HALF_UP)):
        comes_to = (net.quantize(unit, ROUND_HALF_UP), sum(tax.quantize(_EXACT, ROUND_HALF_UP).quantize(unit, how) for tax in taxes))
        found += weight * (tuple(int(amount / unit) for amount in comes_to) == wanted)
    return found


def refund_body(back: OrderReturn, order: Order, taxes: dict[int, list[TaxPayload]]) -> RefundBody:
    """`taxes`: of each of the order's lines, by WooCommerce's number."""
    currency = order.content.currency
    return RefundBody(
        amount=decimal_text(back.amount, currency),
        reason=back.reason,
        api_refund=back.by_gateway,
        api_restock=back.restock,
        line_items=[body for line in back.lines if (body := _refund_line(line, order, taxes)) is not None],
        meta_data=[MetaBody(REFERENCE, str(back.id))],
    )


def _refund_line(line: ReturnLine, order: Order, taxes: dict[int, list[TaxPayload]]) -> RefundLineBody | None:
    """None: the line is gone from the order in the shop; its money is in the refund's amount."""
    number, currency = order.content.lines[line.line].external_id, order.content.currency
    if number is None or number not in taxes:
        return None
    return RefundLineBody(
        id=number,
        quantity=line.quantity,
        refund_total=decimal_text(line.total, currency),
        refund_tax=_shared(line.total_tax, taxes[number], currency),
    )


def _shared(amount: int, taxes: Sequence[TaxPayload], currency: str) -> list[RefundTaxBody]:
    """Among the line's taxes by their amounts; what rounding leaves goes to the first."""
    if not taxes or not amount:
        return []
    weights = [abs(Decimal(str(tax.total or "0"))) for tax in taxes]
    whole = sum(weights) or Decimal(1)
    parts = [int(amount * weight / whole) for weight in weights]
    parts[0] += amount - sum(parts)
    return [RefundTaxBody(id=tax.id, refund_total=decimal_text(part, currency)) for tax, part in zip(taxes, parts, strict=True)]
