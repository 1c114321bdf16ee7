"""What an operation makes of a cart: a pure function, so that the same operations in the same order make the same cart anywhere.

Every operation is followed by an answer of the shop, as in WooCommerce: coupons that no longer fit fall out, and the choice of delivery
follows what is offered (paragraphs 16 and 17 of the arithmetic).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import assert_never

import msgspec
from msgspec.structs import replace

from spoina.cart import coupons, details, differences, lines
from spoina.cart.operations import (
    Acknowledge,
    AddDeliveries,
    AddLines,
    AnyOperation,
    Applied,
    EnterCoupon,
    Park,
    Refusal,
    RefusalCode,
    Refused,
    RemoveCoupon,
    RemoveDeliveries,
    RemoveLines,
    ReplaceDeliveries,
    Resume,
    SelectRate,
    SetAttributes,
    SetBilling,
    SetBuyer,
    SetCoupons,
    SetDeliveries,
    SetLines,
    SetNote,
)
from spoina.cart.pricing import Priced, Totals, carried_on
from spoina.cart.refusals import NotPossible, check_name
from spoina.cart.types import Cart, CartState, Device
from spoina.cart.views import CartView
from spoina.cart.world import World
from spoina.ids import CartLineId, VariantId
from spoina.pricing.cart.types import CouponCode, CouponRefusal
from spoina.terms.types import code_of

GUEST_DAYS = timedelta(days=30)
"""A guest's cart lives so long after its last change."""


class Done(msgspec.Struct, frozen=True):
    """`priced`: the answer to the cart as it is now; None where nothing asked for it yet."""

    cart: Cart
    outcome: Applied | Refused
    priced: Priced | None


class _Made(msgspec.Struct, frozen=True):
    state: CartState
    lines: tuple[CartLineId, ...] = ()
    coupons: tuple[CouponRefusal, ...] = ()


def apply(cart: Cart, operation: AnyOperation, world: World, device: Device, totals: Totals) -> Done:
    """Whole or not at all."""
    try:
        check_name("id", operation.id)
        before = _settled(cart.state, world, totals)
        if isinstance(operation, Park | Resume):
            made, cart = _Made(before), _moved(cart, operation, device)
        else:
            made = _made(cart, before, operation, world, totals)
    except NotPossible as no:
        return Done(cart, Refused(operation=operation.id, refusals=no.refusals), None)
    priced = totals.price(made.state, world)
    after = _written(cart, carried_on(made.state, priced), world.now)
    return Done(after, Applied(operation=operation.id, version=after.version, lines=made.lines, coupons=made.coupons), priced)


def view_of(cart: Cart, world: World, totals: Totals, priced: Priced | None = None) -> CartView:
    """`priced`: an answer to this very cart, if there is one already."""
    priced = priced or totals.price(cart.state, world)
    views = differences.line_views(cart.state, priced, world)
    hold = cart.state.hold
    return CartView(
        cart=cart,
        lines=views,
        answer=priced.answer,
        currency=world.currency,
        warnings=differences.warnings_of(views, priced.answer.dropped),
        changes=differences.changes_of(cart.state, views, priced, world.shop),
        hold_expires_at=None if hold is None else hold.expires_at,
    )


def variants_in(state: CartState, operations: Collection[AnyOperation]) -> set[VariantId]:
    """What rules will ask the catalogue for."""
    found = {line.variant for line in state.lines}
    for operation in operations:
        if isinstance(operation, AddLines | SetLines):
            found.update(line.variant for line in operation.lines if line.variant is not None)
    return found


def codes_in(state: CartState, operations: Collection[AnyOperation]) -> set[CouponCode]:
    found = set(state.coupons)
    for operation in operations:
        if isinstance(operation, EnterCoupon):
            found.add(code_of(operation.code))
        elif isinstance(operation, SetCoupons):
            found.update(map(code_of, operation.codes))
    return found


def _settled(state: CartState, world: World, totals: Totals) -> CartState:
    """Whoever changes a cart of WooCommerce has read it before, and that answer counts where the last one moved the choice of delivery."""
    return state if state.settled else carried_on(state, totals.price(state, world))


def _written(cart: Cart, state: CartState, now: datetime) -> Cart:
    expires = None if cart.customer is not None else now + GUEST_DAYS
    return replace(cart, version=cart.version + 1, state=state, updated_at=now, expires_at=expires)


def _moved(cart: Cart, operation: Park | Resume, device: Device) -> Cart:
    if device.location is None:
        message = "location: only a till can do this"
        raise NotPossible(Refusal(code=RefusalCode.NOT_AT_A_TILL, field="location", message=message))
    return replace(cart, location=device.location if isinstance(operation, Park) else None)


def _made(cart: Cart, state: CartState, operation: AnyOperation, world: World, totals: Totals) -> _Made:  # noqa: C901 - one case each
    match operation:
        case AddLines():
            return _Made(*lines.add_lines(cart.id, state, operation, world))
        case SetLines():
            return _Made(*lines.set_lines(state, operation, world))
        case RemoveLines():
            return _Made(*lines.remove_lines(state, operation))
        case SetNote():
            return _Made(details.set_note(state, operation))
        case SetAttributes():
            return _Made(details.set_attributes(state, operation))
        case SetBuyer():
            return _Made(details.set_buyer(state, operation))
        case SetCoupons():
            after, refused = coupons.set_list(state, operation, world)
            return _Made(after, (), refused)
        case EnterCoupon():
            return _Made(coupons.enter(state, operation, world))
        case RemoveCoupon():
            return _Made(coupons.remove(state, operation))
        case AddDeliveries():
            return _Made(details.add_deliveries(state, operation))
        case SetDeliveries():
            return _Made(details.set_deliveries(state, operation))
        case RemoveDeliveries():
            return _Made(details.remove_deliveries(state, operation))
        case ReplaceDeliveries():
            return _Made(details.replace_deliveries(state, operation))
        case SetBilling():
            return _Made(details.set_billing(state, operation))
        case SelectRate():
            return _Made(details.select_rate(state, operation, totals.price(state, world)))
        case Acknowledge():
            return _Made(differences.acknowledge(state, operation, totals.price(state, world), world))
        case Park() | Resume():
            return _Made(state)
        case _:
            assert_never(operation)
