"""What has changed since the shopper looked last: prices, stock, coupons. What was shown is part of the cart; an operation on a line shows
its price anew, and everything else stands until it is acknowledged."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from spoina.cart.operations import Acknowledge
from spoina.cart.pricing import Priced
from spoina.cart.types import CartLine, CartState, ChangeKey, Seen
from spoina.cart.views import (
    CartWarning,
    CouponGone,
    LimitedQuantity,
    LineView,
    OutOfStock,
    PriceChanged,
    ProductGone,
    TermsChange,
    WarningKind,
)
from spoina.cart.world import World, supply_of
from spoina.pricing.cart.types import CouponRefusal, Line, Shop


def line_views(state: CartState, priced: Priced, world: World) -> tuple[LineView, ...]:
    totals = {line.key: line for line in priced.answer.totals.lines}
    views = []
    for line, paid in zip(state.lines, priced.lines, strict=True):
        found = None if paid is None else world.merchandise[line.variant]
        views.append(
            LineView(
                line=line,
                merchandise=found,
                priced=paid,
                totals=None if paid is None else totals[paid.key],
                left=None if found is None else supply_of(found.variant, world, state).left,
            )
        )
    return tuple(views)


def changes_of(state: CartState, views: tuple[LineView, ...], priced: Priced, shop: Shop) -> tuple[TermsChange, ...]:
    """All that is not acknowledged, in the order of the lines, coupons last."""
    found = [change for view in views for change in _of_line(view, shop)]
    return (*found, *_of_coupons(state, priced))


def warnings_of(views: tuple[LineView, ...], dropped: tuple[CouponRefusal, ...]) -> tuple[CartWarning, ...]:
    warnings = [CartWarning(kind=WarningKind.COUPON_DROPPED, coupon=refusal) for refusal in dropped]
    for view in views:
        if view.merchandise is None:
            warnings.append(CartWarning(kind=WarningKind.PRODUCT_GONE, line=view.line.id))
        elif view.left is not None and view.left < view.line.quantity:
            kind = WarningKind.NOT_ENOUGH_STOCK if view.left else WarningKind.OUT_OF_STOCK
            warnings.append(CartWarning(kind=kind, line=view.line.id, left=view.left))
    return tuple(warnings)


def acknowledge(state: CartState, operation: Acknowledge, priced: Priced, world: World) -> CartState:
    """Only what is as it was shown: a price that moved on in the meantime has another key."""
    views = line_views(state, priced, world)
    known = set(operation.changes)
    present = [change for change in changes_of(state, views, priced, world.shop) if change.key in known]
    shown = {view.line.id: view for view in views}
    seen = {line.id: line.seen for line in state.lines}
    for change in present:
        match change:
            case PriceChanged():
                paid = shown[change.line].priced
                seen[change.line] = replace(seen[change.line], price=None if paid is None else paid.price, gone=False)
            case OutOfStock() | LimitedQuantity():
                seen[change.line] = replace(seen[change.line], left=shown[change.line].left)
            case ProductGone():
                seen[change.line] = replace(seen[change.line], gone=True)
            case CouponGone():
                state = _without_coupon(state, change)
    return replace(state, lines=tuple(_with_seen(line, seen[line.id]) for line in state.lines))


def _without_coupon(state: CartState, change: CouponGone) -> CartState:
    return replace(
        state,
        lost=tuple(each for each in state.lost if each.code != change.code),
        coupons=tuple(code for code in state.coupons if code != change.code),
    )


def _with_seen(line: CartLine, seen: Seen) -> CartLine:
    return line if line.seen == seen else replace(line, seen=seen)


def _of_line(view: LineView, shop: Shop) -> Iterator[TermsChange]:
    line, paid = view.line, view.priced
    if paid is None:
        if not line.seen.gone:
            yield ProductGone(key=ChangeKey(f"gone:{line.id}"), line=line.id, variant=line.variant)
        return
    if line.seen.price is not None and line.seen.price != paid.price:
        change = _price_change(line, line.seen.price, paid, shop)
        if change.before != change.now:
            yield change
    if view.left is not None and view.left < line.quantity and (line.seen.left is None or view.left < line.seen.left):
        key = ChangeKey(f"stock:{line.id}:{view.left}:{line.quantity}")
        if view.left == 0:
            yield OutOfStock(key=key, line=line.id, variant=line.variant, wanted=line.quantity)
        else:
            yield LimitedQuantity(key=key, line=line.id, variant=line.variant, wanted=line.quantity, left=view.left)


def _price_change(line: CartLine, before: str, paid: Line, shop: Shop) -> PriceChanged:
    return PriceChanged(
        key=ChangeKey(f"price:{line.id}:{paid.price}"),
        line=line.id,
        variant=line.variant,
        before=_minor(before, shop),
        now=_minor(paid.price, shop),
    )


def _minor(amount: str, shop: Shop) -> int:
    return int(Decimal(amount).scaleb(shop.decimals).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _of_coupons(state: CartState, priced: Priced) -> Iterator[TermsChange]:
    dropping = {refusal.code for refusal in priced.answer.dropped}
    for lost in state.lost:
        if lost.code not in dropping:
            yield CouponGone(key=ChangeKey(f"coupon:{lost.code}"), code=lost.code, reason=lost.reason, limit=lost.limit)
    for refusal in priced.answer.dropped:
        yield CouponGone(key=ChangeKey(f"coupon:{refusal.code}"), code=refusal.code, reason=refusal.reason, limit=refusal.limit)
