"""The cart. What the dialect lacks (version, changes, holds, warnings outside mutations, company and NIP) is said to be beyond it."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import ID

from spoina.orders.types import PaymentWay
from storefront.carts.codes import CartErrorCode, CartWarningCode
from storefront.codes import CountryCode
from storefront.resolvers import cart_addresses, cart_reads, checkouts, metafield_reads, order_reads, product_reads
from storefront.scalars import URL
from storefront.types.cart_delivery import CartDelivery, CartDeliveryGroup, MailingAddress
from storefront.types.cart_lines import Attribute, BaseCartLine, CartDiscountAllocation
from storefront.types.common import Connection, HasMetafields, Metafield, MoneyV2, Node
from storefront.types.reading import read

if TYPE_CHECKING:
    from storefront.types.order import Order

BEYOND = "Beyond the dialect: "

strawberry.enum(PaymentWay, name="OrderPaymentWay", description="How an order is paid for.")


@strawberry.type(description="A way to pay that the shop has switched on for this cart.")
class CartPaymentMethod:
    id: ID = strawberry.field(description="WooCommerce's own, as in cod and bacs.")
    title: str
    description: str
    way: PaymentWay


@strawberry.type(description="As the shop's own cart shows amounts. Estimated until an address is known.")
class CartCost:
    subtotal_amount: MoneyV2 = strawberry.field(description="All lines, before the cart's own discounts; with tax where the shop shows it.")
    subtotal_amount_estimated: bool = read(product_reads.is_never)
    total_amount: MoneyV2 = strawberry.field(description="To be paid: with delivery and tax. WooCommerce's own, to the grosz.")
    total_amount_estimated: bool = read(cart_reads.is_estimated)
    total_tax_amount: MoneyV2 | None
    total_tax_amount_estimated: bool = read(cart_reads.is_estimated)
    total_duty_amount: MoneyV2 | None = read(product_reads.nothing)
    total_duty_amount_estimated: bool = read(product_reads.is_never)
    checkout_charge_amount: MoneyV2 = read(cart_reads.charge, description="The subtotal: there are no deferred payments.")


@strawberry.type
class CartDiscountCode:
    code: str
    applicable: bool


@strawberry.type(description="So that documents run unmodified; gift cards are not among WooCommerce's own payments.")
class AppliedGiftCard:
    id: ID
    last_characters: str
    amount_used: MoneyV2


@strawberry.type(description="Whose cart or order it is: who signed in with a customer access token.")
class Customer:
    id: ID
    email: str | None
    phone: str | None
    display_name: str = read(cart_addresses.customer_name)
    first_name: str | None = read(product_reads.nothing)
    last_name: str | None = read(product_reads.nothing)
    orders: Connection[Annotated["Order", strawberry.lazy("storefront.types.order")]] = read(
        order_reads.orders, description="Oldest first; none for who was only handed the customer's cart."
    )


@strawberry.type
class CartBuyerIdentity:
    email: str | None
    phone: str | None
    country_code: CountryCode | None
    customer: Customer | None = read(cart_addresses.buyer_customer)
    delivery_address_preferences: list[MailingAddress] = read(
        cart_addresses.no_preferences, deprecation_reason="Use `cart.delivery` instead."
    )
    company: str | None = strawberry.field(description=f"{BEYOND}the company's name, for the invoice.")
    nip: str | None = strawberry.field(description=f"{BEYOND}the Polish tax number, ten digits.")


@strawberry.type(description="What is the matter with the cart right now.")
class CartWarning:
    code: CartWarningCode
    message: str
    target: ID = strawberry.field(description="The line's id, or the cart's.")


@strawberry.type
class CartUserError:
    code: CartErrorCode | None
    field: list[str] | None = strawberry.field(
        description="The way to what was wrong in the arguments; for an operation of a queue, inside that operation."
    )
    message: str


@strawberry.interface(description="What changed without the shopper's doing. It is told until `cartChangesAcknowledge` is given its key.")
class CartChange:
    key: ID


@strawberry.interface(description="A change of one line.")
class CartLineChange(CartChange):
    line_id: ID = read(cart_reads.change_line)
    merchandise_id: ID = read(cart_reads.change_merchandise)


@strawberry.type(description="Of one piece, as the shop enters prices.")
class CartPriceChange(CartLineChange):
    before: MoneyV2 = read(cart_reads.change_before)
    now: MoneyV2 = read(cart_reads.change_now)
    up: bool


@strawberry.type
class CartOutOfStockChange(CartLineChange):
    wanted: int


@strawberry.type
class CartLimitedQuantityChange(CartLineChange):
    wanted: int
    left: int


@strawberry.type(description="It is not sold any more; the line stays until it is removed, and costs nothing.")
class CartProductGoneChange(CartLineChange):
    pass


@strawberry.type(description="A code that fell out of the cart.")
class CartDiscountCodeGoneChange(CartChange):
    code: str
    reason: CartWarningCode = read(cart_reads.coupon_reason)


@strawberry.type(description="One change that a device made to the cart, and the lines that it touched.")
class CartOperation:
    operation_id: ID = read(cart_reads.operation_id)
    version: int = read(cart_reads.operation_version)
    kind: str = read(cart_reads.operation_kind)
    channel: str = read(cart_reads.operation_channel)
    device: str = read(cart_reads.operation_device)
    at: datetime = read(cart_reads.operation_at)
    added: list[ID] = read(cart_reads.operation_added, description="Lines.")
    changed: list[ID] = read(cart_reads.operation_changed, description="Lines.")
    removed: list[ID] = read(cart_reads.operation_removed, description="Lines.")


@strawberry.type
class CartChanges:
    version: int
    since: int
    complete: bool = strawberry.field(description="Whether history reaches back that far; it is kept for 30 days.")
    changes: list[CartChange] = strawberry.field(description="All that is not acknowledged yet, whenever it happened.")
    operations: list[CartOperation] = strawberry.field(description="After `since`, oldest first.")


@strawberry.type(description="One cart for all devices of its owner. Its id opens it: keep it like a password.")
class Cart(Node, HasMetafields):
    id: ID
    checkout_url: URL = read(
        cart_reads.checkout_url,
        description="WooCommerce's own checkout with the same products (10.0 and newer). It takes one code, the first.",
    )
    created_at: datetime = read(cart_reads.created_at)
    updated_at: datetime = read(cart_reads.updated_at)
    total_quantity: int = read(cart_reads.total_quantity)
    lines: Connection[BaseCartLine] = read(cart_reads.lines)
    cost: CartCost
    estimated_cost: CartCost = read(cart_reads.cost, deprecation_reason="Use `cost` instead.")
    note: str | None = read(cart_reads.note)
    attribute: Attribute | None = read(cart_reads.attribute)
    attributes: list[Attribute] = read(cart_reads.attributes)
    buyer_identity: CartBuyerIdentity = read(cart_addresses.buyer_identity)
    discount_codes: list[CartDiscountCode] = read(cart_reads.discount_codes)
    discount_allocations: list[CartDiscountAllocation] = strawberry.field(description="Fixed discounts of the whole cart.")
    applied_gift_cards: list[AppliedGiftCard] = read(cart_reads.no_gift_cards)
    delivery: CartDelivery = read(cart_addresses.delivery)
    delivery_groups: Connection[CartDeliveryGroup] = read(cart_addresses.delivery_groups)
    metafield: Metafield | None = read(metafield_reads.no_metafield)
    metafields: list[Metafield | None] = read(metafield_reads.no_metafields)
    version: int = read(
        cart_reads.version, description=f"{BEYOND}grows with every change; of two answers, the one with the higher version is newer."
    )
    changes: CartChanges = read(
        cart_reads.changes,
        description=f"{BEYOND}what happened after the version `since`, and what the shopper has yet to acknowledge.",
    )
    payment_methods: list[CartPaymentMethod] = read(checkouts.payment_methods, description=f"{BEYOND}in the shop's order.")
    warnings: list[CartWarning] = read(cart_reads.warnings, description=f"{BEYOND}as mutations tell them.")
    expires_at: datetime | None = read(
        cart_reads.expires_at, description=f"{BEYOND}30 days after the last change; a customer's cart stays."
    )
    hold_expires_at: datetime | None = read(
        cart_reads.hold_expires_at, description=f"{BEYOND}until when its stock is held for it; null: it is not."
    )
