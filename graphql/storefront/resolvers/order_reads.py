"""Orders, as their customers read them."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from strawberry import Parent

from spoina.catalog.types import Variant
from spoina.errors import InvalidInput
from spoina.inventory.types import Location
from spoina.orders.customers import OrderPickup, Told, belongs_to
from spoina.orders.types import Attribute, Consent, OrderState, PaymentWay, PickupPoint, ReturnState
from storefront.carts.shown import ShownAmount
from storefront.connections import Connection, slice_of, window
from storefront.context import Context
from storefront.ids import gid
from storefront.orders.naming import customer_in, line_gid, order_access, unknown_order
from storefront.orders.shown import (
    DiscountShown,
    OrderLineShown,
    OrderShown,
    ReturnShown,
    financial_status,
    fulfillment_status,
    shown_address,
    shown_line,
    shown_order,
)
from storefront.resolvers import Info
from storefront.resolvers.cart_addresses import Buyer, MailingShown
from storefront.resolvers.cart_reads import basis_of
from storefront.resolvers.choosing import GlobalId

_OVER = frozenset({OrderState.CANCELLED, OrderState.FAILED})


async def order_of(context: Context, global_id: str) -> OrderShown:
    """Raises NotFound, in the same words for an order that is not there, a wrong key and another customer's."""
    number, key = order_access(global_id)
    customer = customer_in(key, context.carts.customers)
    if customer is None and not context.carts.orders.keys.opens(key, number):
        raise unknown_order()
    seen = await context.carts.orders.book.find(number)
    if seen is None or (customer is not None and not belongs_to(seen.order, customer)):
        raise unknown_order()
    return shown_order(seen, key, basis_of(context))


async def order(info: Info, global_id: GlobalId) -> OrderShown:
    return await order_of(info.context, global_id)


async def order_changed(info: Info, global_id: GlobalId) -> AsyncIterator[OrderShown]:
    """Raises NotFound, Busy."""
    context = info.context
    follower = context.carts.orders.feed.follow(order_access(global_id)[0])
    try:
        first = await order_of(context, global_id)
    except BaseException:
        follower.leave()
        raise

    async def changes() -> AsyncIterator[OrderShown]:
        told = first
        try:
            yield told
            while True:
                await follower.news()
                seen = await order_of(context, global_id)
                if seen != told:
                    told = seen
                    yield told
        finally:
            follower.leave()

    return changes()


async def customer(info: Info, customer_access_token: str) -> Buyer:
    """Raises InvalidInput for a token that is not valid."""
    signed_in = info.context.carts.customers.verify(customer_access_token)
    return Buyer(None, None, None, None, None, gid("Customer", signed_in.id), customer_access_token)


async def orders(
    buyer: Parent[Buyer],
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> Connection[OrderShown]:
    """None where nobody proved to be the customer: who was handed a cart sees no orders of its owner."""
    context, asked = info.context, window(first, last, after, before, reverse=reverse)
    if buyer.token is None:
        return slice_of([], asked, lambda index, _: (index,))
    signed_in = context.carts.customers.verify(buyer.token)
    rising = asked.reverse == asked.backward
    bounds = (_number(asked.after, "after"), _number(asked.before, "before"))
    low, high = (bounds[1], bounds[0]) if asked.reverse else bounds
    found = await context.carts.orders.book.of_customer(signed_in.id, asked.size + 1, after=low, before=high, rising=rising)
    more, found = len(found) > asked.size, found[: asked.size]
    if asked.backward:
        found.reverse()
    shown = [shown_order(each, buyer.token, basis_of(context)) for each in found]
    beyond = bool(asked.before), bool(asked.after)
    return Connection(
        shown,
        lambda index: str(shown[index].order.number),
        more if not asked.backward else beyond[0],
        more if asked.backward else beyond[1],
    )


def _number(cursor: str | None, field: str) -> int | None:
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise InvalidInput(field, "is no cursor of this connection")
    return int(cursor)


def name(shown: Parent[OrderShown]) -> str:
    """WooCommerce's number, as it is printed everywhere; ours until WooCommerce has the order."""
    return f"#{shown.order.external_number or shown.order.number}"


def number(shown: Parent[OrderShown]) -> int:
    return shown.order.number


def processed_at(shown: Parent[OrderShown]) -> datetime:
    return shown.order.placed_at


def updated_at(shown: Parent[OrderShown]) -> datetime:
    return shown.order.changed_at


def canceled_at(shown: Parent[OrderShown]) -> datetime | None:
    return shown.order.changed_at if shown.order.state in _OVER else None


def expires_at(shown: Parent[OrderShown]) -> datetime | None:
    return shown.order.expires_at


def email(shown: Parent[OrderShown]) -> str | None:
    return shown.order.content.billing.email or None


def phone(shown: Parent[OrderShown]) -> str | None:
    return shown.order.content.billing.phone or None


def currency(shown: Parent[OrderShown]) -> str:
    return shown.order.content.currency


def status(shown: Parent[OrderShown]) -> OrderState:
    return shown.order.state


def financial(shown: Parent[OrderShown]) -> str:
    return financial_status(shown)


def fulfillment(shown: Parent[OrderShown]) -> str:
    return fulfillment_status(shown)


def payment_url(shown: Parent[OrderShown]) -> str | None:
    return shown.order.payment_url if shown.order.needs_payment else None


def payment_way(shown: Parent[OrderShown]) -> PaymentWay:
    return shown.order.content.payment.way


def payment_title(shown: Parent[OrderShown]) -> str | None:
    return shown.order.content.payment.title or None


def status_url(shown: Parent[OrderShown], info: Info) -> str:
    return _own_page(shown, info.context) or payment_url(shown) or info.context.shop.url


def next_url_of(shown: OrderShown, context: Context) -> str:
    """Where its customer goes now."""
    own = _own_page(shown, context, "/pay" if shown.order.needs_payment else "")
    return payment_url(shown) or own or context.shop.url


def _own_page(shown: OrderShown, context: Context, further: str = "") -> str | None:
    """Never with a customer's token in it, whatever opened the order."""
    orders, number = context.carts.orders, shown.order.id
    return None if orders.public_url is None else f"{orders.public_url}/orders/{number}{further}?key={orders.keys.key_of(number)}"


def total(shown: Parent[OrderShown]) -> ShownAmount:
    return shown.basis.amount(shown.order.content.total)


def subtotal(shown: Parent[OrderShown]) -> ShownAmount:
    lines = shown.order.content.lines
    return shown.basis.amount(sum(shown.basis.of(line.total, line.total_tax) for line in lines))


def total_tax(shown: Parent[OrderShown]) -> ShownAmount:
    content = shown.order.content
    taxed = sum(line.total_tax for line in content.lines)
    return shown.basis.amount(taxed + sum(each.tax for each in content.shipping) + sum(fee.tax for fee in content.fees))


def total_shipping(shown: Parent[OrderShown]) -> ShownAmount:
    return shown.basis.amount(sum(shown.basis.of(each.total, each.tax) for each in shown.order.content.shipping))


def total_refunded(shown: Parent[OrderShown]) -> ShownAmount:
    return shown.basis.amount(shown.refunded)


def shipping_address(shown: Parent[OrderShown]) -> MailingShown | None:
    return shown_address(shown.order.content.delivery, shown, "shipping")


def billing_address(shown: Parent[OrderShown]) -> MailingShown | None:
    return shown_address(shown.order.content.billing, shown, "billing")


def shipping_title(shown: Parent[OrderShown]) -> str | None:
    return next((each.title for each in shown.order.content.shipping), None)


def attributes(shown: Parent[OrderShown]) -> tuple[Attribute, ...]:
    return shown.order.content.attributes


def note(shown: Parent[OrderShown]) -> str | None:
    return shown.order.content.note or None


def notes(shown: Parent[OrderShown]) -> tuple[Told, ...]:
    return shown.told


def discounts(shown: Parent[OrderShown]) -> list[DiscountShown]:
    basis = shown.basis
    return [DiscountShown(each.code, basis.amount(basis.of(each.discount, each.discount_tax))) for each in shown.order.content.coupons]


def nip(shown: Parent[OrderShown]) -> str | None:
    return shown.order.content.nip


def pickup_point(shown: Parent[OrderShown]) -> PickupPoint | None:
    return shown.order.content.pickup_point


def pickup(shown: Parent[OrderShown]) -> OrderPickup | None:
    return shown.pickup


def pickup_location(pickup: Parent[OrderPickup], info: Info) -> Location | None:
    return next((each for each in info.context.stock.locations if each.id == pickup.location), None)


def consents(shown: Parent[OrderShown]) -> tuple[Consent, ...]:
    return shown.order.content.consents


def line_items(
    shown: Parent[OrderShown],
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> Connection[OrderLineShown]:
    items = [shown_line(shown, place) for place in range(len(shown.order.content.lines))]
    return slice_of(items, window(first, last, after, before, reverse=reverse), lambda index, _: (index,))


def line_attributes(item: Parent[OrderLineShown]) -> tuple[Attribute, ...]:
    return item.line.attributes


def line_quantity(item: Parent[OrderLineShown]) -> int:
    return item.quantity


async def line_variant(item: Parent[OrderLineShown], info: Info) -> Variant | None:
    """Null: it is not sold any more."""
    variant = item.line.variant_id
    return None if variant is None else await info.context.products.variant(variant)


async def returns(shown: Parent[OrderShown], info: Info) -> Sequence[ReturnShown]:
    found = await info.context.carts.orders.returns.of_order(shown.order.id)
    return [ReturnShown(each, shown.basis) for each in found]


def return_id(shown: Parent[ReturnShown]) -> str:
    return gid("OrderReturn", str(shown.back.id))


def return_status(shown: Parent[ReturnShown]) -> ReturnState:
    return shown.back.state


def return_amount(shown: Parent[ReturnShown]) -> ShownAmount:
    return shown.basis.amount(shown.back.amount)


def return_reason(shown: Parent[ReturnShown]) -> str:
    return shown.back.reason


def return_requested_at(shown: Parent[ReturnShown]) -> datetime:
    return shown.back.requested_at


def return_decided_at(shown: Parent[ReturnShown]) -> datetime | None:
    return shown.back.decided_at


def return_note(shown: Parent[ReturnShown]) -> str | None:
    return shown.back.decision_note or None


def return_lines(shown: Parent[ReturnShown]) -> list[str]:
    return [line_gid(shown.back.order_id, line.line) for line in shown.back.lines]
