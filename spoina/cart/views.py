"""A cart as it is looked at: with prices, totals and what has changed since its owner looked last."""

from datetime import datetime
from enum import StrEnum

import msgspec

from spoina.cart.operations import Outcome
from spoina.cart.types import Cart, CartLine, ChangeKey, HistoryEntry
from spoina.catalog.types import Product, Variant
from spoina.ids import CartLineId, VariantId
from spoina.pricing.cart.outcome import Answer, LineTotals
from spoina.pricing.cart.types import CouponCode, CouponRefusal, CouponRefusalReason, Line


class Merchandise(msgspec.Struct, frozen=True):
    product: Product
    variant: Variant


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """`merchandise`, `priced` and `totals` are None for what is not sold any more: it stays in the cart until it is removed, and costs
    nothing. `left`: how many of it this cart can have, None without limit."""

    line: CartLine
    merchandise: Merchandise | None
    priced: Line | None
    totals: LineTotals | None
    left: int | None


class WarningKind(StrEnum):
    COUPON_DROPPED = "coupon_dropped"
    PRODUCT_GONE = "product_gone"
    OUT_OF_STOCK = "out_of_stock"
    NOT_ENOUGH_STOCK = "not_enough_stock"


class CartWarning(msgspec.Struct, frozen=True, kw_only=True):
    """What is the matter right now, acknowledged or not. `coupon` or `line` says with what."""

    kind: WarningKind
    line: CartLineId | None = None
    left: int | None = None
    coupon: CouponRefusal | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """`key` is what `Acknowledge` names."""

    key: ChangeKey


class LineConcerned(Change, frozen=True, kw_only=True):
    line: CartLineId
    variant: VariantId


class PriceChanged(LineConcerned, frozen=True, kw_only=True):
    """Of one piece, in minor units as the shop enters prices."""

    before: int
    now: int

    @property
    def up(self) -> bool:
        return self.now > self.before


class OutOfStock(LineConcerned, frozen=True, kw_only=True):
    wanted: int


class LimitedQuantity(LineConcerned, frozen=True, kw_only=True):
    wanted: int
    left: int


class ProductGone(LineConcerned, frozen=True, kw_only=True):
    pass


class CouponGone(Change, frozen=True, kw_only=True):
    code: CouponCode
    reason: CouponRefusalReason
    limit: str | None = None


TermsChange = PriceChanged | OutOfStock | LimitedQuantity | ProductGone | CouponGone


class CartView(msgspec.Struct, frozen=True, kw_only=True):
    """`answer.dropped` are coupons that no longer fit: not in the totals, and out of the cart with its next change. A LineKey in the answer
    is the line's place in `lines`, counted from 0. `changes`: all that is not acknowledged."""

    cart: Cart
    lines: tuple[LineView, ...]
    answer: Answer
    currency: str
    warnings: tuple[CartWarning, ...]
    changes: tuple[TermsChange, ...]
    hold_expires_at: datetime | None


class CartChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What happened after the version that was asked for: operations, oldest first, and what is not acknowledged yet. `complete`: history
    reaches back that far; it is kept for 30 days."""

    since: int
    view: CartView
    operations: tuple["OperationSeen", ...]
    complete: bool

    @property
    def changes(self) -> tuple[TermsChange, ...]:
        return self.view.changes


class OperationSeen(msgspec.Struct, frozen=True, kw_only=True):
    """`added`, `changed` and `removed` are lines."""

    entry: HistoryEntry
    added: tuple[CartLineId, ...] = ()
    changed: tuple[CartLineId, ...] = ()
    removed: tuple[CartLineId, ...] = ()


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of operations, one outcome for each in their order, and the cart after the last."""

    view: CartView
    outcomes: tuple[Outcome, ...]


def unacknowledged(view: CartView) -> tuple[TermsChange, ...]:
    """A checkout demands that there are none."""
    return view.changes
