"""WooCommerce's orders, refunds, notes and customers become ours."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

import msgspec

from channels.woocommerce.mapping.amounts import Unreadable, moment
from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.orders.payloads import (
    AddressPayload,
    LinePayload,
    NotePayload,
    OrderPayload,
    RefundPayload,
    TaxPayload,
)
from channels.woocommerce.payloads import MetaPayload, Text, Unmappable, payload_of
from spoina.errors import InvalidInput
from spoina.ids import Channel, OrderId, ProductId, ReturnId, ShopCustomerId, VariantId
from spoina.money import parse_decimal, to_minor
from spoina.orders.intake import ShopOrder
from spoina.orders.returned import RefundedLine, ShopRefund
from spoina.orders.rules import COLLECTED, LOWERS_STOCK
from spoina.orders.types import (
    Address,
    CouponLine,
    DraftLine,
    FeeLine,
    OrderDraft,
    OrderNote,
    Origin,
    Payment,
    PaymentWay,
    PickupPoint,
    ShippingLine,
    TaxLine,
)

REFERENCE: Final = "_spoina_reference"
"""The meta key under which an order, or a refund, of ours carries its id."""
REDUCED: Final = "_reduced_stock"
NOT_OURS_TO_COUNT: Final = "0.0"
"""As _reduced_stock of a line that left a location of ours: PHP takes it for "done already", so WooCommerce counts nothing down, and adds
nothing when the order is cancelled (wc_reduce_stock_levels, wc_increase_stock_levels)."""
_NIP: Final = ("_billing_nip", "billing_nip", "_vat_number", "vat_number", "nip")
_PARCEL_LOCKERS: Final = ("_paczkomat", "paczkomat", "_parcel_machine_id", "_easypack_parcel_machine_id")
_PICKUP_LOCATION: Final = ("pickup_location",)
"""The chosen location's name, on the block checkout's shipping line (Blocks/Shipping/PickupLocation.php)."""
_WEB: Final = Channel("web")
_WAYS: Final = {"cod": PaymentWay.ON_DELIVERY, "bacs": PaymentWay.TRANSFER, "cheque": PaymentWay.TRANSFER}


def order_of(raw: bytes | msgspec.Raw, as_of: datetime) -> ShopOrder:
    """Without refunds and notes. Raises Unmappable."""
    payload = payload_of("order", OrderPayload, raw)
    try:
        return _order(payload, as_of)
    except (Unreadable, InvalidInput) as problem:
        raise Unmappable("order", payload.id, str(problem)) from None


def refunds_listed(raw: bytes | msgspec.Raw) -> bool:
    return bool(payload_of("order", OrderPayload, raw).refunds)


def _order(payload: OrderPayload, as_of: datetime) -> ShopOrder:
    created = moment(payload.date_created_gmt, "date of creation") or as_of
    return ShopOrder(
        external_id=payload.id,
        number=_text(payload.number) or str(payload.id),
        status=payload.status,
        content=_content(payload, created),
        reference=_reference(payload.meta_data),
        payment_url=_text(payload.payment_url) or None,
        paid_at=moment(payload.date_paid_gmt, "date of payment"),
        lowered=_lowered(payload),
        as_of=as_of,
    )


def _lowered(payload: OrderPayload) -> bool:
    """A line says itself when it was counted; lines that nobody counts never do."""
    reduced = [value for line in payload.line_items if (value := _meta(line.meta_data, (REDUCED,))) not in {"", "0", NOT_OURS_TO_COUNT}]
    return bool(reduced) or payload.status in LOWERS_STOCK


def _content(payload: OrderPayload, created: datetime) -> OrderDraft:
    currency, percents = payload.currency, {each.rate_id: _percent(each.rate_percent) for each in payload.tax_lines}
    return OrderDraft(
        origin=Origin.WOOCOMMERCE,
        channel=_WEB,
        currency=currency,
        lines=tuple(_line(line, currency, percents) for line in payload.line_items),
        total=minor(payload.total, currency, "total"),
        payment=_payment(payload),
        coupons=tuple(
            CouponLine(
                code=decoded(each.code),
                discount=minor(each.discount, currency, "discount"),
                discount_tax=minor(each.discount_tax, currency, "discount"),
            )
            for each in payload.coupon_lines
        ),
        shipping=tuple(
            ShippingLine(
                method=_text(each.method_id),
                title=decoded(each.method_title),
                total=minor(each.total, currency, "shipping"),
                tax=minor(each.total_tax, currency, "shipping's tax"),
                instance=int(instance) if (instance := _text(each.instance_id)).isdecimal() else None,
                pickup_location=decoded(_meta(each.meta_data, _PICKUP_LOCATION)),
            )
            for each in payload.shipping_lines
        ),
        fees=tuple(
            FeeLine(
                title=decoded(each.name),
                total=minor(each.total, currency, "fee"),
                tax=minor(each.total_tax, currency, "fee's tax"),
                tax_class=_text(each.tax_class),
            )
            for each in payload.fee_lines
        ),
        taxes=tuple(
            TaxLine(
                name=decoded(each.label),
                rate=_percent(each.rate_percent),
                amount=minor(each.tax_total, currency, "tax"),
                shipping=minor(each.shipping_tax_total, currency, "tax"),
            )
            for each in payload.tax_lines
        ),
        billing=_address(payload.billing),
        delivery=_address(payload.shipping),
        nip=_meta(payload.meta_data, _NIP) or None,
        pickup_point=_pickup_point(payload.meta_data),
        note=decoded(payload.customer_note),
        customer_id=ShopCustomerId(payload.customer_id) if payload.customer_id else None,
        placed_at=created,
    )


def _line(line: LinePayload, currency: str, percents: Mapping[int, int]) -> DraftLine:
    variant = line.variation_id or line.product_id
    return DraftLine(
        title=decoded(line.name),
        quantity=int(_decimal(line.quantity, "quantity")),
        subtotal=minor(line.subtotal, currency, "subtotal"),
        subtotal_tax=minor(line.subtotal_tax, currency, "subtotal's tax"),
        total=minor(line.total, currency, "total"),
        total_tax=minor(line.total_tax, currency, "tax"),
        rate=sum(percents.get(tax.id, 0) for tax in line.taxes),
        tax_class=_text(line.tax_class),
        variant_id=VariantId(variant) if variant else None,
        product_id=ProductId(line.product_id) if line.product_id else None,
        sku=_text(line.sku) or None,
        external_id=line.id,
    )


def _payment(payload: OrderPayload) -> Payment:
    method = _text(payload.payment_method)
    way = _WAYS.get(method, PaymentWay.PAID if payload.date_paid_gmt else PaymentWay.ONLINE)
    if way is PaymentWay.ON_DELIVERY and any(_text(each.method_id) in COLLECTED for each in payload.shipping_lines):
        way = PaymentWay.AT_PICKUP
    return Payment(way=way, method=method, title=decoded(payload.payment_method_title), transaction=_text(payload.transaction_id))


def _address(payload: AddressPayload) -> Address:
    return Address(
        first_name=decoded(payload.first_name),
        last_name=decoded(payload.last_name),
        company=decoded(payload.company),
        line1=decoded(payload.address_1),
        line2=decoded(payload.address_2),
        city=decoded(payload.city),
        postcode=_text(payload.postcode),
        state=_text(payload.state),
        country=_text(payload.country),
        email=_text(payload.email),
        phone=_text(payload.phone),
    )


def _pickup_point(meta: Sequence[MetaPayload]) -> PickupPoint | None:
    code = _meta(meta, _PARCEL_LOCKERS)
    return PickupPoint(provider="inpost", code=code) if code else None


def refund_of(raw: bytes | msgspec.Raw, currency: str) -> ShopRefund:
    """Raises Unmappable."""
    payload = payload_of("refund", RefundPayload, raw)
    try:
        return ShopRefund(
            external_id=payload.id,
            amount=abs(minor(payload.amount, currency, "amount")),
            reason=decoded(payload.reason),
            at=moment(payload.date_created_gmt, "date of creation") or datetime.fromtimestamp(0, UTC),
            lines=tuple(_refunded_lines(payload.line_items, currency)),
            reference=_return_reference(payload.meta_data),
        )
    except (Unreadable, InvalidInput) as problem:
        raise Unmappable("refund", payload.id, str(problem)) from None


def _refunded_lines(lines: Iterable[LinePayload], currency: str) -> Iterable[RefundedLine]:
    """WooCommerce writes what goes back as less than nothing."""
    for line in lines:
        of = _meta(line.meta_data, ("_refunded_item_id",))
        if of.isdecimal():
            yield RefundedLine(
                line=int(of),
                quantity=-int(_decimal(line.quantity, "quantity")),
                total=-minor(line.total, currency, "total"),
                total_tax=-minor(line.total_tax, currency, "tax"),
            )


def note_of(raw: bytes | msgspec.Raw) -> OrderNote:
    """Raises Unmappable."""
    payload = payload_of("note", NotePayload, raw)
    try:
        at = moment(payload.date_created_gmt, "date of creation") or datetime.fromtimestamp(0, UTC)
    except Unreadable as problem:
        raise Unmappable("note", payload.id, str(problem)) from None
    return OrderNote(
        external_id=payload.id, at=at, author=decoded(payload.author), text=decoded(payload.note), for_customer=payload.customer_note
    )


def line_taxes(raw: bytes | msgspec.Raw) -> dict[int, list[TaxPayload]]:
    """By line, the rates it was taxed by."""
    return {line.id: line.taxes for line in payload_of("order", OrderPayload, raw).line_items}


def reference_in(meta: Sequence[MetaPayload]) -> UUID | None:
    text = _meta(meta, (REFERENCE,))
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _reference(meta: Sequence[MetaPayload]) -> OrderId | None:
    found = reference_in(meta)
    return None if found is None else OrderId(found)


def _return_reference(meta: Sequence[MetaPayload]) -> ReturnId | None:
    found = reference_in(meta)
    return None if found is None else ReturnId(found)


def _meta(meta: Sequence[MetaPayload], keys: Iterable[str]) -> str:
    """The first that has a plain value."""
    values = {each.key: each.value for each in meta}
    for key in keys:
        if key in values:
            value = msgspec.json.decode(values[key])
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                return str(value)
    return ""


def minor(value: Text, currency: str, name: str) -> int:
    """Raises Unreadable, InvalidInput."""
    return to_minor(_decimal(value, name), currency)


def _decimal(value: Text, name: str) -> Decimal:
    if value is None or value == "" or isinstance(value, bool):
        return Decimal(0)
    return parse_decimal(str(value), name)


def _percent(value: Text) -> int:
    return round(float(_decimal(value, "tax rate") * 100))


def _text(value: Text) -> str:
    return "" if value is None or isinstance(value, bool) else str(value)
