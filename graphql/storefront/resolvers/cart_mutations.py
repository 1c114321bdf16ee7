"""Changing carts. Each mutation is one transaction, and idempotent by its `operationId`."""

from collections.abc import Sequence

import msgspec
import strawberry

from spoina.cart.merging import MergePolicy
from spoina.cart.operations import AnyOperation, Applied, Outcome, Refused, SelectRate, SetBilling, SetCoupons, SetNote
from spoina.cart.types import Address, AddressId
from spoina.cart.views import CartView
from spoina.errors import InvalidInput
from spoina.pricing.cart.types import RateId
from storefront.carts import operations as asked
from storefront.carts.codes import CartErrorCode, UserError, WarningShown
from storefront.carts.desk import Payload, apply, at_the_desk, device_of, error_of, errors_of, operation_name, payload, warnings_of
from storefront.carts.naming import cart_access, cart_number, line_gid
from storefront.carts.shown import CartShown
from storefront.context import Context
from storefront.resolvers import Info
from storefront.resolvers.cart_addresses import GROUP
from storefront.resolvers.cart_reads import show
from storefront.types.cart_inputs import (
    AttributeInput,
    CartBuyerIdentityInput,
    CartInput,
    CartLineInput,
    CartLineUpdateInput,
    CartOperationInput,
    CartSelectableAddressInput,
    CartSelectableAddressUpdateInput,
    CartSelectedDeliveryOptionInput,
    MailingAddressInput,
)

strawberry.enum(MergePolicy, name="CartMergePolicy", description="What becomes of a line that both carts have.")


class OperationResult(msgspec.Struct, frozen=True):
    """What came of one operation of a queue."""

    operation_id: str
    applied: bool
    repeated: bool
    version: int | None
    lines: list[str]
    user_errors: list[UserError]
    warnings: list[WarningShown]


class QueuePayload(msgspec.Struct, frozen=True, kw_only=True):
    cart: CartShown | None = None
    results: Sequence[OperationResult] = ()
    user_errors: Sequence[UserError] = ()
    warnings: Sequence[WarningShown] = ()


async def create(info: Info, input: CartInput | None = None) -> Payload:  # noqa: A002 - the dialect's own name
    context = info.context
    given = input or CartInput()

    async def created() -> Payload:
        token = given.buyer_identity.customer_access_token if given.buyer_identity else None
        customer = None if token is None else context.carts.customers.verify(token).id
        first = asked.of_new_cart(given, context.carts.new_id(), context.in_context.country)
        made = await context.carts.service.create(device_of(context), first, customer)
        return payload(context, made.answered.view, made.cart.secret or token or "", made.answered.outcomes, "input")

    return await at_the_desk(context, created, _nothing)


async def lines_add(info: Info, cart_id: strawberry.ID, lines: list[CartLineInput], operation_id: strawberry.ID | None = None) -> Payload:
    return await apply(info.context, cart_id, [asked.add_lines(operation_name(info.context, operation_id), lines)], "")


async def lines_update(
    info: Info, cart_id: strawberry.ID, lines: list[CartLineUpdateInput], operation_id: strawberry.ID | None = None
) -> Payload:
    return await apply(info.context, cart_id, [asked.set_lines(operation_name(info.context, operation_id), lines)], "")


async def lines_remove(
    info: Info, cart_id: strawberry.ID, line_ids: list[strawberry.ID], operation_id: strawberry.ID | None = None
) -> Payload:
    return await apply(info.context, cart_id, [asked.remove_lines(operation_name(info.context, operation_id), line_ids)], "lineIds")


async def note_update(info: Info, cart_id: strawberry.ID, note: str = "", operation_id: strawberry.ID | None = None) -> Payload:
    return await apply(info.context, cart_id, [SetNote(id=operation_name(info.context, operation_id), note=note)], "")


async def attributes_update(
    info: Info, cart_id: strawberry.ID, attributes: list[AttributeInput], operation_id: strawberry.ID | None = None
) -> Payload:
    return await apply(info.context, cart_id, [asked.set_attributes(operation_name(info.context, operation_id), attributes)], "")


async def codes_update(
    info: Info, cart_id: strawberry.ID, discount_codes: list[str] | None = None, operation_id: strawberry.ID | None = None
) -> Payload:
    named = SetCoupons(id=operation_name(info.context, operation_id), codes=tuple(discount_codes or ()))
    return await apply(info.context, cart_id, [named], "")


async def options_update(
    info: Info,
    cart_id: strawberry.ID,
    selected_delivery_options: list[CartSelectedDeliveryOptionInput],
    operation_id: strawberry.ID | None = None,
) -> Payload:
    if [each.delivery_group_id.partition("?")[0] for each in selected_delivery_options] != [GROUP]:
        return _nothing([UserError(CartErrorCode.INVALID_DELIVERY_GROUP, "A cart has one delivery group.", ["selectedDeliveryOptions"])])
    handle = RateId(selected_delivery_options[0].delivery_option_handle)
    named = SelectRate(id=operation_name(info.context, operation_id), rate=handle)
    return await apply(info.context, cart_id, [named], "selectedDeliveryOptions")


async def addresses_add(
    info: Info, cart_id: strawberry.ID, addresses: list[CartSelectableAddressInput], operation_id: strawberry.ID | None = None
) -> Payload:
    return await apply(info.context, cart_id, [asked.add_deliveries(operation_name(info.context, operation_id), addresses)], "")


async def addresses_update(
    info: Info, cart_id: strawberry.ID, addresses: list[CartSelectableAddressUpdateInput], operation_id: strawberry.ID | None = None
) -> Payload:
    """What is said of an address replaces it; where only `selected` is said, the address stays."""
    context = info.context

    async def updated() -> Payload:
        known = await _known(context, cart_id) if asked.needs_addresses(addresses) else {}
        return await apply(context, cart_id, [asked.set_deliveries(operation_name(context, operation_id), addresses, known)], "")

    return await at_the_desk(context, updated, _nothing)


async def addresses_remove(
    info: Info, cart_id: strawberry.ID, address_ids: list[strawberry.ID], operation_id: strawberry.ID | None = None
) -> Payload:
    named = asked.remove_deliveries(operation_name(info.context, operation_id), address_ids)
    return await apply(info.context, cart_id, [named], "addressIds")


async def addresses_replace(
    info: Info, cart_id: strawberry.ID, addresses: list[CartSelectableAddressInput], operation_id: strawberry.ID | None = None
) -> Payload:
    return await apply(info.context, cart_id, [asked.replace_deliveries(operation_name(info.context, operation_id), addresses)], "")


async def billing_update(
    info: Info,
    cart_id: strawberry.ID,
    billing_address: MailingAddressInput | None = None,
    operation_id: strawberry.ID | None = None,
) -> Payload:
    address = None if billing_address is None else asked.mailing_address(billing_address)
    return await apply(
        info.context, cart_id, [SetBilling(id=operation_name(info.context, operation_id), address=address)], "billingAddress"
    )


async def buyer_update(
    info: Info, cart_id: strawberry.ID, buyer_identity: CartBuyerIdentityInput, operation_id: strawberry.ID | None = None
) -> Payload:
    """With a customer's token the cart becomes his first, or is merged into the one he has."""
    context = info.context
    named = asked.set_buyer(operation_name(context, operation_id), buyer_identity)
    token = buyer_identity.customer_access_token
    if token is None:
        return await apply(context, cart_id, [named] if named else [], "buyerIdentity")
    signed = await at_the_desk(context, lambda: _signed_in(context, cart_id, token), _nothing)
    if named is None or signed.cart is None:
        return signed
    told = await apply(context, signed.cart.id, [named], "buyerIdentity")
    return msgspec.structs.replace(told, merge=signed.merge)


async def changes_acknowledge(
    info: Info, cart_id: strawberry.ID, keys: list[strawberry.ID], operation_id: strawberry.ID | None = None
) -> Payload:
    return await apply(info.context, cart_id, [asked.acknowledge(operation_name(info.context, operation_id), keys)], "")


async def merge(info: Info, cart_id: strawberry.ID, guest_cart_id: strawberry.ID, policy: MergePolicy | None = None) -> Payload:
    context = info.context

    async def merged() -> Payload:
        target, key = cart_access(cart_id, context.carts.customers)
        guest, _ = cart_access(guest_cart_id, context.carts.customers)
        done = await context.carts.service.merge(guest, target, device_of(context), policy)
        return msgspec.structs.replace(payload(context, done.view, key), merge=done.report)

    return await at_the_desk(context, merged, _nothing)


async def merge_undo(info: Info, cart_id: strawberry.ID, guest_cart_id: strawberry.ID) -> Payload:
    context = info.context

    async def undone() -> Payload:
        target, key = cart_access(cart_id, context.carts.customers)
        view = await context.carts.service.undo_merge(target, cart_number(guest_cart_id), device_of(context))
        return payload(context, view, key)

    return await at_the_desk(context, undone, _nothing)


async def checkout_start(info: Info, cart_id: strawberry.ID) -> Payload:
    context = info.context

    async def started() -> Payload:
        access, key = cart_access(cart_id, context.carts.customers)
        return payload(context, await context.carts.service.begin_checkout(access, device_of(context)), key)

    return await at_the_desk(context, started, _nothing)


async def operations_apply(info: Info, cart_id: strawberry.ID, operations: list[CartOperationInput]) -> QueuePayload:
    context = info.context

    async def applied() -> QueuePayload:
        access, key = cart_access(cart_id, context.carts.customers)
        queue = await _queue(context, cart_id, operations)
        sensible = [each for each in queue if not isinstance(each, InvalidInput)]
        answered = await context.carts.service.apply(access, sensible, device_of(context))
        cart, outcomes = show(context, answered.view, key), iter(answered.outcomes)
        results = [
            _senseless(given, each)
            if isinstance(each, InvalidInput)
            else _result(next(outcomes), answered.view, cart.id, asked.said_in(given))
            for given, each in zip(operations, queue, strict=True)
        ]
        return QueuePayload(
            cart=cart,
            results=results,
            user_errors=[error for result in results for error in result.user_errors],
            warnings=warnings_of(answered.view, cart.id, answered.outcomes),
        )

    return await at_the_desk(context, applied, lambda errors: QueuePayload(user_errors=errors))


async def _queue(context: Context, cart: str, given: Sequence[CartOperationInput]) -> list[AnyOperation | InvalidInput]:
    """One that makes no sense must not keep the others waiting for ever."""
    known: dict[AddressId, Address] = {}
    if any(asked.needs_addresses(each.delivery_addresses_update) for each in given):
        known = await _known(context, cart)
    return [_asked(each, known) for each in given]


def _asked(given: CartOperationInput, known: dict[AddressId, Address]) -> AnyOperation | InvalidInput:
    try:
        return asked.of_queue(given, known)
    except InvalidInput as senseless:
        return senseless


async def _signed_in(context: Context, cart: str, token: str) -> Payload:
    """A cart that was merged has another id from here on, opened by the customer's token."""
    customer = context.carts.customers.verify(token)
    access, key = cart_access(cart, context.carts.customers)
    done = await context.carts.service.sign_in(access, customer.id, device_of(context))
    told = payload(context, done.view, key if done.view.cart.id == access.id else token)
    return msgspec.structs.replace(told, merge=done.report)


async def _known(context: Context, cart: str) -> dict[AddressId, Address]:
    access, _ = cart_access(cart, context.carts.customers)
    view: CartView = await context.carts.service.view(access, context.carts.channel)
    return {each.id: each.address for each in view.cart.state.deliveries}


def _senseless(given: CartOperationInput, why: InvalidInput) -> OperationResult:
    return OperationResult(given.operation_id, False, False, None, [], [error_of(why)], [])


def _result(outcome: Outcome, view: CartView, cart: str, said: str) -> OperationResult:
    match outcome:
        case Applied():
            warnings = [warning for warning in warnings_of(view, cart, [outcome]) if warning.target == cart]
            lines = [line_gid(line) for line in outcome.lines]
            return OperationResult(outcome.operation, True, outcome.repeated, outcome.version, lines, [], warnings)
        case Refused():
            return OperationResult(outcome.operation, False, False, None, [], errors_of([outcome], said), [])


def _nothing(errors: Sequence[UserError]) -> Payload:
    return Payload(user_errors=errors)
