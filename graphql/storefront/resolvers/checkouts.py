"""A cart becomes an order, and an order's goods come back."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import strawberry
from strawberry import Parent

from spoina.access.types import Scope
from spoina.cart.views import CartChanges, CartView
from spoina.checkout.rules import offered_methods, way_of
from spoina.checkout.types import Outcome, Outdated, Placed, PlacedBefore, Problem, Refused, Submission
from spoina.errors import CartGone, Conflict, DependencyUnavailable, InvalidInput, LimitExceeded, NotFound, ReturnedTooMuch, WrongState
from spoina.ids import ReturnId
from spoina.orders.customers import CustomersOrder
from spoina.orders.types import MOST_LINES, Consent, Order, PaymentWay, PickupPoint, ReturnRequest, WantedLine
from storefront.carts.codes import UserError
from storefront.carts.desk import device_of, error_of, path_of
from storefront.carts.naming import cart_access, line_gid
from storefront.carts.shown import CartShown
from storefront.context import Context
from storefront.orders.naming import line_place
from storefront.orders.shown import OrderShown, ReturnShown, shown_order
from storefront.resolvers import Info
from storefront.resolvers.cart_reads import ChangesShown, basis_of, checkout_link, show
from storefront.resolvers.order_reads import next_url_of, order_of
from storefront.types.checkout_inputs import CartSubmissionInput, CheckoutConsentInput, OrderReturnLineInput, PickupPointInput

ASK_AGAIN = timedelta(seconds=2)
LONGEST_REASON = 1000
_AMOUNT = re.compile(r"\d{1,12}(\.\d{1,4})?")


class PaymentMethodShown(msgspec.Struct, frozen=True):
    id: str
    title: str
    description: str
    way: PaymentWay


class ProblemShown(msgspec.Struct, frozen=True, kw_only=True):
    problem: Problem
    code: object
    message: str
    field: list[str]
    left: int | None


class Success(msgspec.Struct, frozen=True):
    attempt_id: str
    redirect_url: str
    order: OrderShown


class AlreadyAccepted(msgspec.Struct, frozen=True):
    attempt_id: str
    order: OrderShown


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    checkout_url: str | None
    errors: list[ProblemShown]
    changes: ChangesShown | None = None
    cart: CartShown | None = None


class Throttled(msgspec.Struct, frozen=True):
    poll_after: datetime


class SubmitPayload(msgspec.Struct, frozen=True, kw_only=True):
    result: Success | AlreadyAccepted | Failed | Throttled | None = None
    user_errors: Sequence[UserError] = ()


class OrderError(msgspec.Struct, frozen=True):
    code: str
    field: list[str] | None
    message: str


class ReturnPayload(msgspec.Struct, frozen=True, kw_only=True):
    order_return: ReturnShown | None = None
    user_errors: Sequence[OrderError] = ()


def payment_methods(cart: Parent[CartShown], info: Info) -> list[PaymentMethodShown]:
    found = offered_methods(cart.view, info.context.carts.terms.terms.payment_methods)
    return [PaymentMethodShown(each.id, each.title, each.description, way_of(each, cart.view)) for each in found]


def problem_line(shown: Parent[ProblemShown]) -> str | None:
    return None if shown.problem.line is None else line_gid(shown.problem.line)


async def submit(info: Info, cart_id: strawberry.ID, attempt_token: str, submission: CartSubmissionInput | None = None) -> SubmitPayload:
    """Raises Forbidden, InvalidInput."""
    context = info.context
    context.caller.require(Scope.CHECKOUT_WRITE)
    given = _submission(attempt_token, submission or CartSubmissionInput(), context.carts.terms.shop.decimals)
    try:
        access, key = cart_access(cart_id, context.carts.customers)
        outcome = await context.carts.orders.checkout.submit(access, given, device_of(context))
    except (NotFound, CartGone) as error:
        return SubmitPayload(user_errors=[error_of(error)])
    except DependencyUnavailable:
        return SubmitPayload(result=Throttled(context.now + ASK_AGAIN))
    return SubmitPayload(result=_result(context, outcome, attempt_token, key))


def _result(context: Context, outcome: Outcome, token: str, key: str) -> Success | AlreadyAccepted | Failed:
    match outcome:
        case Placed():
            order = _placed(context, outcome.order)
            return Success(token, next_url_of(order, context), order)
        case PlacedBefore():
            return AlreadyAccepted(token, _placed(context, outcome.order))
        case Outdated():
            return _failed(context, [outcome.problem], outcome.changes.view, key, outcome.changes)
        case Refused():
            return _failed(context, outcome.problems, outcome.view, key)


def _placed(context: Context, order: Order) -> OrderShown:
    seen = CustomersOrder(order=order, refunded=0, told=())
    return shown_order(seen, context.carts.orders.keys.key_of(order.id), basis_of(context))


def _failed(context: Context, problems: Sequence[Problem], view: CartView | None, key: str, changes: CartChanges | None = None) -> Failed:
    cart = None if view is None else show(context, view, key)
    return Failed(
        checkout_url=None if cart is None else checkout_link(cart, context),
        errors=[_problem(problem) for problem in problems],
        changes=None if changes is None else _changes(changes),
        cart=cart,
    )


def _changes(found: CartChanges) -> ChangesShown:
    return ChangesShown(found.view.cart.version, found.since, found.complete, found.changes, found.operations)


def _problem(problem: Problem) -> ProblemShown:
    path = path_of(problem.field, "") or []
    return ProblemShown(problem=problem, code=problem.code, message=problem.message, field=path, left=problem.left)


def _submission(token: str, given: CartSubmissionInput, digits: int) -> Submission:
    payment = given.payment
    return Submission(
        token=token,
        version=given.version,
        total=None if given.total_amount is None else _minor(given.total_amount, digits),
        way=PaymentWay.ONLINE if payment is None else payment.way,
        method="" if payment is None else payment.method_id or "",
        pickup_point=None if given.pickup_point is None else _point(given.pickup_point),
        consents=tuple(_consent(each) for each in given.consents or ()),
    )


def _minor(text: str, digits: int) -> int:
    if not _AMOUNT.fullmatch(text):
        raise InvalidInput("submission.totalAmount", f"{text!r} is no amount such as 129.99")
    try:
        minor = Decimal(text).scaleb(digits)
        return int(minor) if minor == int(minor) else -1
    except InvalidOperation:
        raise InvalidInput("submission.totalAmount", f"{text!r} is no amount such as 129.99") from None


def _point(given: PickupPointInput) -> PickupPoint:
    return PickupPoint(provider=given.provider.strip(), code=given.code.strip(), name=given.name or "", address=given.address or "")


def _consent(given: CheckoutConsentInput) -> Consent:
    return Consent(
        key=given.key,
        text=given.text,
        given=given.given,
        required=bool(given.required),
        version=given.version or "",
        language=given.language or "",
    )


async def request_return(
    info: Info,
    order_id: strawberry.ID,
    request_token: str,
    lines: list[OrderReturnLineInput],
    reason: str = "",
) -> ReturnPayload:
    """`request_token` sent again is the same return. Raises Forbidden."""
    context = info.context
    context.caller.require(Scope.CHECKOUT_WRITE)
    try:
        order = await order_of(context, order_id)
        wanted = _wanted(order, request_token, lines, reason)
        made = await context.carts.orders.returns.request(order.order.id, wanted, by="customer")
    except (NotFound, WrongState, ReturnedTooMuch, InvalidInput, Conflict) as error:
        return ReturnPayload(user_errors=[_order_error(error)])
    return ReturnPayload(order_return=ReturnShown(made, order.basis))


def _wanted(order: OrderShown, token: str, lines: Sequence[OrderReturnLineInput], reason: str) -> ReturnRequest:
    """The return's id follows from the order and the client's token, so that nobody can name another order's."""
    if not 0 < len(token) <= 200:
        raise LimitExceeded("requestToken", 200, "characters, and not empty")
    if len(reason) > LONGEST_REASON:
        raise LimitExceeded("reason", LONGEST_REASON, "characters")
    if len(lines) > MOST_LINES:
        raise LimitExceeded("lines", MOST_LINES, "lines")
    return ReturnRequest(
        id=ReturnId(uuid5(NAMESPACE_URL, f"{UUID(str(order.order.id))}/{token}")),
        lines=tuple(_wanted_line(order, place, each) for place, each in enumerate(lines)),
        reason=reason,
    )


def _wanted_line(order: OrderShown, place: int, given: OrderReturnLineInput) -> WantedLine:
    line = line_place(given.line_item_id)
    if line is None or str(order.order.id) not in given.line_item_id:
        raise InvalidInput(f"lines[{place}].lineItemId", "is no line of this order")
    if given.quantity < 1:
        raise InvalidInput(f"lines[{place}].quantity", "at least 1")
    return WantedLine(line=line, quantity=given.quantity)


def _order_error(error: Exception) -> OrderError:
    match error:
        case NotFound():
            return OrderError("ORDER_NOT_FOUND", ["orderId"], "There is no such order.")
        case WrongState():
            return OrderError("ORDER_NOT_RETURNABLE", ["orderId"], str(error))
        case ReturnedTooMuch():
            return OrderError("RETURNED_TOO_MUCH", ["lines"], str(error))
        case InvalidInput():
            return OrderError("INVALID", path_of(error.field, ""), str(error))
        case _:
            return OrderError("INVALID", None, str(error))
