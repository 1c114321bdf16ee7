"""Orders of customers. What the dialect lacks (payment page, pickup point, NIP, consents, returns) is said to be beyond it."""

from datetime import datetime
from enum import StrEnum

import strawberry
from strawberry import ID

from spoina.orders.types import OrderState, PaymentWay, ReturnState
from spoina.pos.pickups import PickupStatus
from storefront.codes import CurrencyCode
from storefront.resolvers import order_reads
from storefront.scalars import URL
from storefront.types.cart import BEYOND
from storefront.types.cart_delivery import MailingAddress
from storefront.types.cart_lines import Attribute
from storefront.types.common import Connection, MoneyV2, Node
from storefront.types.reading import read
from storefront.types.store import Location
from storefront.types.variant import ProductVariant

strawberry.enum(OrderState, name="OrderState", description="Where an order stands.")
strawberry.enum(ReturnState, name="OrderReturnStatus")
strawberry.enum(PickupStatus, name="OrderPickupStatus")


@strawberry.enum
class OrderFinancialStatus(StrEnum):
    AUTHORIZED = "AUTHORIZED"
    PAID = "PAID"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    PENDING = "PENDING"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"


@strawberry.enum
class OrderFulfillmentStatus(StrEnum):
    FULFILLED = "FULFILLED"
    IN_PROGRESS = "IN_PROGRESS"
    ON_HOLD = "ON_HOLD"
    OPEN = "OPEN"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    PENDING_FULFILLMENT = "PENDING_FULFILLMENT"
    RESTOCKED = "RESTOCKED"
    SCHEDULED = "SCHEDULED"
    UNFULFILLED = "UNFULFILLED"


@strawberry.type
class OrderLineItem:
    id: ID = strawberry.field(description=f"{BEYOND}names the line for a return.")
    title: str
    quantity: int
    current_quantity: int = read(order_reads.line_quantity)
    original_total_price: MoneyV2 = strawberry.field(description="Before discounts; with tax where the shop shows it.")
    discounted_total_price: MoneyV2
    custom_attributes: list[Attribute] = read(order_reads.line_attributes)
    variant: ProductVariant | None = read(order_reads.line_variant, description="Null: it is not sold any more.")


@strawberry.type(description="A parcel locker or a shop where the parcel waits.")
class OrderPickupPoint:
    provider: str
    code: str
    name: str
    address: str


@strawberry.type(description="Where the customer collects an order, and how far that is.")
class OrderPickup:
    status: PickupStatus
    location: Location | None = read(order_reads.pickup_location)
    promised_at: datetime
    ready_at: datetime | None
    code: str | None = strawberry.field(description="To be said at the counter, while it is ready.")


@strawberry.type(description="What was agreed to or not, in the words that were shown, and when.")
class OrderConsent:
    key: str
    text: str
    version: str
    language: str
    given: bool
    at: datetime | None


@strawberry.type(description="A note to the customer: a parcel's number, what the shop has to say.")
class OrderNote:
    at: datetime
    text: str


@strawberry.type(description="With tax where the shop shows it.")
class OrderDiscount:
    code: str
    amount: MoneyV2


@strawberry.type(description="Goods or money going back: asked for, decided by the shop, refunded.")
class OrderReturn:
    id: ID = read(order_reads.return_id)
    status: ReturnState = read(order_reads.return_status)
    amount: MoneyV2 = read(order_reads.return_amount)
    reason: str = read(order_reads.return_reason)
    requested_at: datetime = read(order_reads.return_requested_at)
    decided_at: datetime | None = read(order_reads.return_decided_at)
    decision_note: str | None = read(order_reads.return_note)
    line_item_ids: list[ID] = read(order_reads.return_lines)


@strawberry.type(description="Its id opens it: keep it like a password.")
class Order(Node):
    id: ID
    name: str = read(order_reads.name, description="WooCommerce's number; ours until WooCommerce has the order.")
    order_number: int = read(order_reads.number)
    processed_at: datetime = read(order_reads.processed_at)
    canceled_at: datetime | None = read(order_reads.canceled_at)
    currency_code: CurrencyCode = read(order_reads.currency)
    email: str | None = read(order_reads.email)
    phone: str | None = read(order_reads.phone)
    financial_status: OrderFinancialStatus | None = read(order_reads.financial)
    fulfillment_status: OrderFulfillmentStatus = read(order_reads.fulfillment)
    status_url: URL = read(order_reads.status_url, description="Its page for the customer's browser: where it stands and how to pay.")
    subtotal_price: MoneyV2 | None = read(order_reads.subtotal, description="All lines after discounts; with tax where the shop shows it.")
    total_price: MoneyV2 = read(order_reads.total)
    total_tax: MoneyV2 | None = read(order_reads.total_tax)
    total_shipping_price: MoneyV2 = read(order_reads.total_shipping)
    total_refunded: MoneyV2 = read(order_reads.total_refunded)
    shipping_address: MailingAddress | None = read(order_reads.shipping_address)
    billing_address: MailingAddress | None = read(order_reads.billing_address)
    custom_attributes: list[Attribute] = read(order_reads.attributes)
    line_items: Connection[OrderLineItem] = read(order_reads.line_items)
    state: OrderState = read(order_reads.status, description=f"{BEYOND}where it stands.")
    updated_at: datetime = read(order_reads.updated_at, description=f"{BEYOND}when it changed last.")
    payment_url: URL | None = read(
        order_reads.payment_url,
        description=f"{BEYOND}where it is paid for, while it waits for that. Null for the moment until WooCommerce has the order: follow "
        "`orderChanged`, or ask again.",
    )
    payment_way: PaymentWay = read(order_reads.payment_way, description=f"{BEYOND}how it is paid for.")
    payment_title: str | None = read(order_reads.payment_title, description=f"{BEYOND}as the shop calls it.")
    expires_at: datetime | None = read(order_reads.expires_at, description=f"{BEYOND}unless it is paid by then, its goods are free again.")
    shipping_title: str | None = read(order_reads.shipping_title, description=f"{BEYOND}the way of delivery.")
    pickup_point: OrderPickupPoint | None = read(order_reads.pickup_point, description=f"{BEYOND}where the parcel waits.")
    pickup: OrderPickup | None = read(
        order_reads.pickup, description=f"{BEYOND}where it is collected. Null where it is sent, and until that is certain."
    )
    nip: str | None = read(order_reads.nip, description=f"{BEYOND}the Polish tax number on the invoice.")
    note: str | None = read(order_reads.note, description=f"{BEYOND}what the customer wrote.")
    notes: list[OrderNote] = read(order_reads.notes, description=f"{BEYOND}what the shop told the customer, oldest first.")
    consents: list[OrderConsent] = read(order_reads.consents, description=f"{BEYOND}given, or not, when it was placed.")
    discounts: list[OrderDiscount] = read(order_reads.discounts, description=f"{BEYOND}what was taken off the lines, by code.")
    returns: list[OrderReturn] = read(order_reads.returns, description=f"{BEYOND}oldest first.")
