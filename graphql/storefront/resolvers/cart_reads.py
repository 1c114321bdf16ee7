"""What is read of a cart. Amounts and lines are ready when a cart is shown (storefront/carts/shown.py)."""

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

import msgspec
from strawberry import Parent

from spoina.cart.types import AddressId, Attribute
from spoina.cart.views import CartChanges, CartView, CouponGone, LineConcerned, OperationSeen, PriceChanged, TermsChange
from spoina.catalog.types import SelectedOption
from spoina.errors import CartGone, NotFound
from spoina.ids import VariantId
from storefront.carts.codes import OF_REASONS, CartWarningCode, WarningShown, warning_shown
from storefront.carts.naming import cart_access, line_gid
from storefront.carts.shown import Basis, CartShown, Cost, LineShown, ShownAmount, shown
from storefront.connections import Connection, Window, slice_of, window
from storefront.context import Context
from storefront.ids import gid
from storefront.resolvers import Info
from storefront.resolvers.choosing import GlobalId

GROUP = gid("CartDeliveryGroup", 1)
"""WooCommerce sends a cart in one parcel; the group is the same in every cart."""
NOWHERE = AddressId("none")


class DiscountCode(msgspec.Struct, frozen=True):
    code: str
    applicable: bool


class ChangesShown(msgspec.Struct, frozen=True):
    version: int
    since: int
    complete: bool
    changes: tuple[TermsChange, ...]
    operations: tuple[OperationSeen, ...]


def basis_of(context: Context) -> Basis:
    shop = context.carts.terms.shop
    return Basis(context.shop.currency, shop.decimals, shop.cart_shows_tax)


def show(context: Context, view: CartView, key: str) -> CartShown:
    return shown(view, key, basis_of(context))


def page_of(context: Context, lines: Sequence[LineShown], asked: Window) -> Connection[LineShown]:
    """The products of these lines are at hand after this."""
    found = slice_of(lines, asked, lambda index, line: (index, line.id))
    for line in found.nodes:
        context.products.met[line.product.id] = line.product
    return found


async def cart(info: Info, global_id: GlobalId) -> CartShown | None:
    """Null, and nothing more, for what is not there, for a wrong key and for a cart that was ordered, merged or expired."""
    context = info.context
    try:
        access, key = cart_access(global_id, context.carts.customers)
        return show(context, await context.carts.service.view(access, context.carts.channel), key)
    except (NotFound, CartGone):
        return None


async def customer_cart(info: Info, customer_access_token: str) -> CartShown | None:
    context = info.context
    customer = context.carts.customers.verify(customer_access_token)
    view = await context.carts.service.of_customer(customer.id, context.carts.channel)
    return None if view is None else show(context, view, customer_access_token)


def version(cart: Parent[CartShown]) -> int:
    return cart.view.cart.version


def created_at(cart: Parent[CartShown]) -> datetime:
    return cart.view.cart.created_at


def updated_at(cart: Parent[CartShown]) -> datetime:
    return cart.view.cart.updated_at


def expires_at(cart: Parent[CartShown]) -> datetime | None:
    return cart.view.cart.expires_at


def hold_expires_at(cart: Parent[CartShown]) -> datetime | None:
    return cart.view.hold_expires_at


def total_quantity(cart: Parent[CartShown]) -> int:
    return cart.view.cart.quantity


def note(cart: Parent[CartShown]) -> str | None:
    return cart.view.cart.state.note or None


def attributes(cart: Parent[CartShown]) -> tuple[Attribute, ...]:
    return cart.view.cart.state.attributes


def attribute(cart: Parent[CartShown], key: str) -> Attribute | None:
    return _named(cart.view.cart.state.attributes, key)


def line_attribute(line: Parent[LineShown], key: str) -> Attribute | None:
    return _named(line.attributes, key)


def choices(line: Parent[LineShown]) -> list[SelectedOption]:
    return [SelectedOption(each.key, each.value) for each in line.choices]


def lines(
    cart: Parent[CartShown],
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> Connection[LineShown]:
    return page_of(info.context, cart.lines, window(first, last, after, before, reverse=reverse))


def discount_codes(cart: Parent[CartShown]) -> list[DiscountCode]:
    state, refused = cart.view.cart.state, {refusal.code for refusal in cart.view.answer.dropped}
    held = [DiscountCode(code, code not in refused) for code in state.coupons]
    return [*held, *(DiscountCode(lost.code, False) for lost in state.lost if lost.code not in state.coupons)]


def warnings(cart: Parent[CartShown]) -> list[WarningShown]:
    return [warning_shown(warning, cart.id) for warning in cart.view.warnings]


def checkout_url(cart: Parent[CartShown], info: Info) -> str:
    return checkout_link(cart, info.context)


def checkout_link(cart: CartShown, context: Context) -> str:
    """WooCommerce's shareable checkout link (10.0 and newer): /checkout-link/?products=ID:QUANTITY,…&coupon=CODE.

    It puts these products into the visitor's own cart, which it empties first, and leads to the checkout page. It keys products by their
    number, so that lines of one variant are summed up; it takes one coupon, the first; and it knows nothing of values chosen for "any"
    options, of notes and of addresses, which the shopper gives at the checkout. An empty cart has the shop's own cart page.
    """
    pieces: dict[VariantId, int] = {}
    for line in cart.view.lines:
        if line.merchandise is not None:
            pieces[line.line.variant] = pieces.get(line.line.variant, 0) + line.line.quantity
    home = context.shop.url.rstrip("/")
    if not pieces:
        return context.carts.terms.terms.cart_url or home
    parameters = {"products": ",".join(f"{variant}:{quantity}" for variant, quantity in pieces.items())}
    if cart.view.cart.state.coupons:
        parameters["coupon"] = cart.view.cart.state.coupons[0]
    return f"{home}/checkout-link/?{urlencode(parameters, safe=':,', quote_via=quote)}"


def cost(cart: Parent[CartShown]) -> Cost:
    return cart.cost


def no_gift_cards(_cart: Parent[CartShown]) -> list[object]:
    return []


def line_instructions(line: Parent[LineShown]) -> LineShown:
    return line


def can_remove(_line: Parent[LineShown]) -> bool:
    return True


def can_update(line: Parent[LineShown]) -> bool:
    return not line.gone


def is_estimated(cost: Parent[Cost]) -> bool:
    return cost.estimated


def charge(cost: Parent[Cost]) -> ShownAmount:
    """There are no deferred payments, so it is the subtotal (as the dialect says)."""
    return cost.subtotal_amount


async def changes(cart: Parent[CartShown], info: Info, since: int | None = None) -> ChangesShown:
    view = cart.view
    if since is None:
        return ChangesShown(view.cart.version, view.cart.version, True, view.changes, ())
    context = info.context
    access, _ = cart_access(cart.id, context.carts.customers)
    found: CartChanges = await context.carts.service.changes(access, since, context.carts.channel)
    return ChangesShown(found.view.cart.version, found.since, found.complete, found.changes, found.operations)


def change_line(change: Parent[LineConcerned]) -> str:
    return line_gid(change.line)


def change_merchandise(change: Parent[LineConcerned]) -> str:
    return gid("ProductVariant", change.variant)


def change_before(change: Parent[PriceChanged], info: Info) -> ShownAmount:
    return basis_of(info.context).amount(change.before)


def change_now(change: Parent[PriceChanged], info: Info) -> ShownAmount:
    return basis_of(info.context).amount(change.now)


def coupon_reason(change: Parent[CouponGone]) -> CartWarningCode:
    return OF_REASONS[change.reason]


def operation_id(seen: Parent[OperationSeen]) -> str:
    return seen.entry.operation


def operation_version(seen: Parent[OperationSeen]) -> int:
    return seen.entry.version


def operation_kind(seen: Parent[OperationSeen]) -> str:
    return seen.entry.kind


def operation_channel(seen: Parent[OperationSeen]) -> str:
    return seen.entry.channel


def operation_device(seen: Parent[OperationSeen]) -> str:
    return seen.entry.device


def operation_at(seen: Parent[OperationSeen]) -> datetime:
    return seen.entry.at


def operation_added(seen: Parent[OperationSeen]) -> list[str]:
    return [line_gid(line) for line in seen.added]


def operation_changed(seen: Parent[OperationSeen]) -> list[str]:
    return [line_gid(line) for line in seen.changed]


def operation_removed(seen: Parent[OperationSeen]) -> list[str]:
    return [line_gid(line) for line in seen.removed]


def _named(attributes: Sequence[Attribute], key: str) -> Attribute | None:
    return next((each for each in attributes if each.key == key), None)
