"""Commands on carts as mutations give them: what is wrong with the cart itself or with what was asked becomes user errors."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from spoina.access.types import Scope
from spoina.cart.merging import MergeReport
from spoina.cart.operations import AnyOperation, Applied, Outcome, Refusal
from spoina.cart.operations import Refused as RefusedOperation
from spoina.cart.types import Device
from spoina.cart.views import CartView
from spoina.errors import CartGone, InvalidInput, NotFound, ShortLines, SpoinaError, TooManyAttempts, WrongState
from spoina.ids import OperationId
from storefront.carts.codes import CartErrorCode, UserError, WarningShown, coupon_warning, error_code, warning_shown
from storefront.carts.naming import cart_access
from storefront.carts.shown import CartShown
from storefront.context import Context
from storefront.resolvers.cart_reads import show

T = TypeVar("T")

GONE = {"expired": CartErrorCode.CART_EXPIRED, "merged": CartErrorCode.CART_MERGED, "ordered": CartErrorCode.CART_ORDERED}
PARTS = re.compile(r"\w+")
SPOKEN = {
    "variant": "merchandiseId",
    "choices": "selectedOptions",
    "codes": "discountCodes",
    "postcode": "zip",
    "state": "provinceCode",
    "country": "countryCode",
    "first_name": "firstName",
    "last_name": "lastName",
}
"""The domain's names of fields in the dialect's words."""
_BUYER = ("email", "phone", "country", "company", "nip")
_QUEUED = {
    "linesAdd": "lines",
    "linesUpdate": "lines",
    "linesRemove": "lines",
    "note": "note",
    "attributes": "attributes",
    "discountCodes": "codes",
    "discountCodeAdd": "code",
    "discountCodeRemove": "code",
    "deliveryAddressesAdd": "addresses",
    "deliveryAddressesUpdate": "addresses",
    "deliveryAddressesRemove": "addresses",
    "deliveryOptionHandle": "rate",
}
_WAYS: dict[tuple[str, str], tuple[str, ...]] = {
    ("lineIds", "lines"): ("lineIds",),
    ("addressIds", "addresses"): ("addressIds",),
    ("billingAddress", "address"): ("billingAddress",),
    ("selectedDeliveryOptions", "rate"): ("selectedDeliveryOptions", "0", "deliveryOptionHandle"),
    ("input", "addresses"): ("input", "delivery", "addresses"),
    **{(member, first): (member,) for member, first in _QUEUED.items()},
    **{("input", name): ("input", "buyerIdentity", SPOKEN.get(name, name)) for name in _BUYER},
}
"""Where the arguments are built otherwise than the domain's operations: by the argument and the beginning of the domain's path."""
_OF_STATES = {
    ("the handoff code", "expired"): CartErrorCode.HANDOFF_EXPIRED,
    ("the handoff code", "claimed"): CartErrorCode.HANDOFF_CLAIMED,
    ("the merge", "undone"): CartErrorCode.MERGE_NOT_UNDOABLE,
    ("the merge", "final"): CartErrorCode.MERGE_NOT_UNDOABLE,
    ("the cart", "changed"): CartErrorCode.MERGE_NOT_UNDOABLE,
}


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What every mutation of a cart answers with. `merge`: what signing in did to it."""

    cart: CartShown | None = None
    user_errors: Sequence[UserError] = ()
    warnings: Sequence[WarningShown] = ()
    merge: MergeReport | None = None


def device_of(context: Context) -> Device:
    return Device(channel=context.carts.channel, name=context.caller.device)


def operation_name(context: Context, given: str | None) -> OperationId:
    return OperationId(given or context.carts.new_id())


async def apply(context: Context, cart: str, operations: Sequence[AnyOperation], field: str) -> Payload:
    """`field`: the argument that the operations' own fields stand under, "" where they are arguments themselves."""

    async def applied() -> Payload:
        access, key = cart_access(cart, context.carts.customers)
        answered = await context.carts.service.apply(access, operations, device_of(context))
        return payload(context, answered.view, key, answered.outcomes, field)

    return await at_the_desk(context, applied, lambda errors: Payload(user_errors=errors))


async def at_the_desk(context: Context, command: Callable[[], Awaitable[T]], refused: Callable[[list[UserError]], T]) -> T:
    """Runs a command of who may give one. Raises Forbidden, and what is neither the client's nor the cart's fault."""
    context.caller.require(Scope.CART_WRITE)
    try:
        return await command()
    except (NotFound, CartGone, WrongState, TooManyAttempts, ShortLines, InvalidInput) as error:
        return refused([error_of(error)])


def payload(context: Context, view: CartView, key: str, outcomes: Sequence[Outcome] = (), field: str = "") -> Payload:
    cart = show(context, view, key)
    return Payload(cart=cart, user_errors=errors_of(outcomes, field), warnings=warnings_of(view, cart.id, outcomes))


def errors_of(outcomes: Sequence[Outcome], field: str) -> list[UserError]:
    return [_of_refusal(refusal, field) for outcome in outcomes if isinstance(outcome, RefusedOperation) for refusal in outcome.refusals]


def warnings_of(view: CartView, cart: str, outcomes: Sequence[Outcome]) -> list[WarningShown]:
    """What is the matter with the cart, and which codes were not taken."""
    found = [warning_shown(warning, cart) for warning in view.warnings]
    refused = [refusal for outcome in outcomes if isinstance(outcome, Applied) for refusal in outcome.coupons]
    return [*found, *(warning for refusal in refused if (warning := coupon_warning(refusal, cart)) not in found)]


def error_of(error: SpoinaError) -> UserError:
    match error:
        case NotFound(kind="handoff code"):
            return UserError(CartErrorCode.HANDOFF_NOT_FOUND, str(error), ["code"])
        case NotFound():
            return UserError(CartErrorCode.CART_NOT_FOUND, "There is no such cart.", ["cartId"])
        case CartGone():
            return UserError(GONE[error.reason], str(error), ["cartId"])
        case TooManyAttempts():
            return UserError(CartErrorCode.TOO_MANY_ATTEMPTS, str(error))
        case ShortLines():
            return UserError(CartErrorCode.MERCHANDISE_NOT_ENOUGH_STOCK, str(error))
        case InvalidInput(field="customerAccessToken"):
            return UserError(CartErrorCode.INVALID_CUSTOMER_ACCESS_TOKEN, str(error), ["buyerIdentity", "customerAccessToken"])
        case InvalidInput():
            return UserError(CartErrorCode.INVALID, error.reason, path_of(error.field, ""))
        case WrongState():
            return UserError(_OF_STATES.get((error.what, error.state), CartErrorCode.INVALID), str(error))
    raise error


def path_of(field: str, under: str) -> list[str] | None:
    """lines[2].quantity is ["lines", "2", "quantity"]. An operation's own id is an argument, whatever else is under `under`."""
    if field == "id":
        return ["operationId"]
    first, *rest = PARTS.findall(field) or [""]
    way = _WAYS.get((under, first)) or tuple(filter(None, (under, SPOKEN.get(first, first))))
    path = [*way, *(SPOKEN.get(part, part) for part in rest)]
    if first == "addresses" and "address" in rest:
        path.insert(path.index("address") + 1, "deliveryAddress")
    return path or None


def _of_refusal(refusal: Refusal, field: str) -> UserError:
    """The field is told apart from the message, in the client's words."""
    return UserError(error_code(refusal), refusal.message.removeprefix(f"{refusal.field}: "), path_of(refusal.field, field))
