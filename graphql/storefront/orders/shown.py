"""An order as the dialect shows it to its customer."""

import msgspec

from spoina.orders.customers import CustomersOrder, OrderPickup, Told
from spoina.orders.types import Address, DraftLine, Order, OrderReturn, OrderState
from storefront.carts.shown import Basis, ShownAmount
from storefront.ids import gid
from storefront.orders.naming import line_gid, order_gid
from storefront.resolvers.cart_addresses import MailingShown

_VOID = frozenset({OrderState.CANCELLED, OrderState.FAILED, OrderState.DELETED})


class OrderLineShown(msgspec.Struct, frozen=True, kw_only=True):
    """Prices with or without tax, as the shop shows them."""

    id: str
    line: DraftLine
    title: str
    quantity: int
    original_total_price: ShownAmount
    discounted_total_price: ShownAmount


class OrderShown(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    order: Order
    refunded: int
    told: tuple[Told, ...]
    basis: Basis
    pickup: OrderPickup | None


class DiscountShown(msgspec.Struct, frozen=True):
    """With or without tax, as the shop shows its prices."""

    code: str
    amount: ShownAmount


class ReturnShown(msgspec.Struct, frozen=True):
    back: OrderReturn
    basis: Basis


def shown_order(seen: CustomersOrder, key: str, basis: Basis) -> OrderShown:
    own = Basis(seen.order.content.currency, basis.digits, basis.with_tax)
    number = order_gid(seen.order.id, key)
    return OrderShown(id=number, order=seen.order, refunded=seen.refunded, told=seen.told, basis=own, pickup=seen.pickup)


def shown_line(order: OrderShown, place: int) -> OrderLineShown:
    line, basis = order.order.content.lines[place], order.basis
    return OrderLineShown(
        id=line_gid(order.order.id, place),
        line=line,
        title=line.title,
        quantity=line.quantity,
        original_total_price=basis.amount(basis.of(line.subtotal, line.subtotal_tax)),
        discounted_total_price=basis.amount(basis.of(line.total, line.total_tax)),
    )


def financial_status(order: OrderShown) -> str:
    """In the dialect's words. Money on delivery is awaited until the shop says that it came."""
    state = order.order.state
    if state is OrderState.REFUNDED or (order.refunded and order.refunded >= order.order.content.total):
        return "REFUNDED"
    if state in _VOID:
        return "VOIDED"
    if order.refunded:
        return "PARTIALLY_REFUNDED"
    return "PAID" if order.order.paid_at is not None else "PENDING"


def fulfillment_status(order: OrderShown) -> str:
    match order.order.state:
        case OrderState.COMPLETED | OrderState.REFUNDED:
            return "FULFILLED"
        case OrderState.PENDING_PAYMENT | OrderState.ON_HOLD:
            return "ON_HOLD"
        case OrderState.OTHER:
            return "IN_PROGRESS"
        case _:
            return "UNFULFILLED"


def shown_address(address: Address, order: OrderShown, kind: str) -> MailingShown | None:
    if address == Address() or not any((address.line1, address.city, address.last_name, address.company)):
        return None
    return MailingShown(
        id=gid("MailingAddress", f"{order.order.id}-{kind}"),
        first_name=address.first_name or None,
        last_name=address.last_name or None,
        name=" ".join(filter(None, (address.first_name, address.last_name))) or None,
        company=address.company or None,
        address1=address.line1 or None,
        address2=address.line2 or None,
        zip=address.postcode or None,
        city=address.city or None,
        province_code=address.state or None,
        country_code=address.country or None,
        phone=address.phone or None,
        formatted_area=", ".join(filter(None, (address.city, address.state, address.country))) or None,
    )
