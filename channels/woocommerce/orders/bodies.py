"""An order of ours as WooCommerce is sent it.

WooCommerce taxes every line anew from what it is given net, so a line's net amount is sent with as many decimals as it takes for its own
arithmetic to come to the grosz that the customer was shown: 61,99 with 5 % VAT is 59.038095 net, and 59.04 would be a grosz too much or
too little for one price in five.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal
from functools import partial
from typing import Final

from babel.numbers import get_currency_precision

from channels.woocommerce.orders.mapping import NOT_OURS_TO_COUNT, REDUCED, REFERENCE
from channels.woocommerce.orders.payloads import (
    CouponBody,
    FeeBody,
    LineBody,
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
_EXACT: Final = Decimal("0.000001")
_WHOLE: Final = 10_000


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
        subtotal=net_text(line.subtotal, line.subtotal_tax, line.rate, currency),
        total=net_text(line.total, line.total_tax, line.rate, currency),
        name=line.title,
        product_id=product,
        variation_id=variant if variant != product else 0,
        tax_class=line.tax_class,
        meta_data=meta,
    )


def _shipping_line(line: ShippingLine, draft: OrderDraft) -> ShippingBody:
    point = draft.pickup_point
    return ShippingBody(
        method_id=line.method,
        method_title=line.title,
        instance_id="" if line.instance is None else str(line.instance),
        tax_status="taxable" if line.tax or line.rate else "none",
        total=net_text(line.total, line.tax, line.rate, draft.currency),
        meta_data=[MetaBody("pickup_point", f"{point.code} {point.name}".strip())] if point else [],
    )


def _fee(fee: FeeLine, currency: str) -> FeeBody:
    status = "taxable" if fee.tax or fee.rate else "none"
    total = net_text(fee.total, fee.tax, fee.rate, currency)
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


def net_text(net: int, tax: int, rate: int, currency: str) -> str:
    """`rate` in hundredths of a percent. The plain amount where WooCommerce's arithmetic brings exactly `tax` of it; else the net part of
    `net + tax`, if that brings both; else the plain amount, and the difference will be told."""
    plain = Decimal(decimal_text(net, currency))
    unit = Decimal(1).scaleb(-get_currency_precision(currency))
    exact = (Decimal(decimal_text(net + tax, currency)) * _WHOLE / (_WHOLE + rate)).quantize(_EXACT, ROUND_HALF_UP)
    half_up, half_down = (partial(_comes_to, rate=rate, unit=unit, how=how) for how in (ROUND_HALF_UP, ROUND_HALF_DOWN))
    if not rate or half_up(plain) == half_down(plain) == (net, tax) or half_down(exact) != (net, tax):
        return decimal_text(net, currency)
    return str(exact)


def _comes_to(net: Decimal, rate: int, unit: Decimal, how: str) -> tuple[int, int]:
    """Net and tax in minor units as WooCommerce rounds them: the tax half down where the shop's prices include it, else half up."""
    return int(net.quantize(unit, ROUND_HALF_UP) / unit), int((net * rate / _WHOLE).quantize(unit, how) / unit)


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
