"""A shopper's cart as a till shows it and sells it: its lines in the words of a receipt. Delivery is no part of it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from spoina.cart.types import Cart
from spoina.cart.views import CartView, LineView
from spoina.ids import CartId, VariantId
from spoina.pos.rules import EXEMPT, vat_within
from spoina.pos.types import Told, VatLetter


class TillCartLine(Told, frozen=True, kw_only=True, omit_defaults=True):
    """As a sale's line takes it: quantity × unitPrice − discount = gross. `letter` and `rate` None: the printer's letters do not know the
    tax class. `available` None: not counted. `gone`: it is not sold any more."""

    id: UUID
    variant_id: VariantId
    title: str
    quantity: int
    unit_price: int
    discount: int
    gross: int
    net: int | None = None
    vat: int | None = None
    letter: str | None = None
    rate: int | None = None
    sku: str | None = None
    available: int | None = None
    gone: bool = False


class TillCart(Told, frozen=True, kw_only=True, omit_defaults=True):
    """`total` is the sum of the lines. `key` opens the cart: to be sent as Cart-Key from now on."""

    id: CartId
    version: int
    currency: str
    lines: tuple[TillCartLine, ...]
    total: int
    codes: tuple[str, ...] = ()
    note: str = ""
    buyer_nip: str = ""
    company: str = ""
    parked: bool = False
    key: str | None = None


class ParkedCart(Told, frozen=True, kw_only=True):
    id: CartId
    quantity: int
    note: str
    updated_at: datetime


def till_cart(view: CartView, letters: Mapping[str, VatLetter], key: str | None = None) -> TillCart:
    lines = tuple(_line(line, letters) for line in view.lines)
    state = view.cart.state
    return TillCart(
        id=view.cart.id,
        version=view.cart.version,
        currency=view.currency,
        lines=lines,
        total=sum(line.gross for line in lines),
        codes=tuple(coupon.code for coupon in view.answer.totals.coupons),
        note=state.note,
        buyer_nip=state.buyer.nip,
        company=state.buyer.company,
        parked=view.cart.location is not None,
        key=key,
    )


def parked_cart(cart: Cart) -> ParkedCart:
    return ParkedCart(id=cart.id, quantity=cart.quantity, note=cart.state.note, updated_at=cart.updated_at)


def _line(line: LineView, letters: Mapping[str, VatLetter]) -> TillCartLine:
    """A price that a line's rounding leaves uneven is rounded up; the difference is a discount."""
    quantity = line.line.quantity
    if line.merchandise is None or line.totals is None:
        name = line.line
        return TillCartLine(id=name.id, variant_id=name.variant, title="", quantity=quantity, unit_price=0, discount=0, gross=0, gone=True)
    product, variant, totals = line.merchandise.product, line.merchandise.variant, line.totals
    vat = letters.get(variant.tax_class if variant.taxable else EXEMPT)
    unit = -(-(totals.subtotal + totals.subtotal_tax) // quantity)
    gross = totals.total + totals.total_tax
    tax = None if vat is None else vat_within(gross, vat.rate)
    return TillCartLine(
        id=line.line.id,
        variant_id=variant.id,
        title=product.title if variant.title in {"", product.title} else f"{product.title}, {variant.title}",
        quantity=quantity,
        unit_price=unit,
        discount=unit * quantity - gross,
        gross=gross,
        net=None if tax is None else gross - tax,
        vat=tax,
        letter=None if vat is None else vat.letter,
        rate=None if vat is None else vat.rate,
        sku=variant.sku,
        available=line.left,
    )
