"""Coupons: entered one by one, or as the dialect's list. The engine judges them (paragraph 16)."""

from msgspec.structs import replace

from spoina.cart.limits import LONGEST_CODE, MOST_COUPONS
from spoina.cart.operations import EnterCoupon, Refusal, RefusalCode, RemoveCoupon, SetCoupons
from spoina.cart.pricing import basket_of
from spoina.cart.refusals import NotPossible, check_text, too_many
from spoina.cart.types import CartState
from spoina.cart.world import World
from spoina.pricing.cart.totals import enter_coupon
from spoina.pricing.cart.types import CouponCode, CouponRefusal, CouponRefusalReason
from spoina.terms.types import code_of


def enter(state: CartState, operation: EnterCoupon, world: World) -> CartState:
    check_text("code", operation.code, LONGEST_CODE)
    outcome = with_coupon(state, code_of(operation.code), world)
    if isinstance(outcome, CouponRefusal):
        message = f"code: {operation.code!r} is refused: {outcome.reason.name.lower().replace('_', ' ')}"
        raise NotPossible(Refusal(code=RefusalCode.COUPON_REFUSED, field="code", message=message, coupon=outcome))
    return outcome


def remove(state: CartState, operation: RemoveCoupon) -> CartState:
    code = code_of(operation.code)
    if code not in state.coupons:
        message = f"code: {operation.code[:LONGEST_CODE]!r} is not in the cart"
        raise NotPossible(Refusal(code=RefusalCode.UNKNOWN_COUPON, field="code", message=message))
    return replace(state, coupons=tuple(each for each in state.coupons if each != code))


def set_list(state: CartState, operation: SetCoupons, world: World) -> tuple[CartState, tuple[CouponRefusal, ...]]:
    """Entered after those that stay, so that a coupon for individual use still throws the others out."""
    if len(operation.codes) > MOST_COUPONS:
        raise too_many("codes", MOST_COUPONS, "codes")
    for place, code in enumerate(operation.codes):
        check_text(f"codes[{place}]", code, LONGEST_CODE)
    wanted = dict.fromkeys(code_of(code) for code in operation.codes if code.strip())
    state = replace(state, coupons=tuple(code for code in state.coupons if code in wanted))
    refused = []
    for code in wanted:
        if code not in state.coupons:
            outcome = with_coupon(state, code, world)
            if isinstance(outcome, CouponRefusal):
                refused.append(outcome)
            else:
                state = outcome
    return state, tuple(refused)


def with_coupon(state: CartState, code: CouponCode, world: World) -> CartState | CouponRefusal:
    coupon = world.coupons.get(code)
    if coupon is None:
        return CouponRefusal(code=code, reason=CouponRefusalReason.UNKNOWN)
    outcome = enter_coupon(coupon, basket_of(state, world), world.shop, world.now)
    if isinstance(outcome, CouponRefusal):
        return outcome
    lost = tuple(each for each in state.lost if each.code != code)
    return replace(state, coupons=tuple(each.code for each in outcome.coupons), lost=lost)
