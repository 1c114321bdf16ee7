"""What an order is, whoever it came from. Amounts are minor units (grosz) of the order's currency, net unless said otherwise."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from spoina.ids import Channel, CustomerId, HoldId, OrderId, OrderTaskId, ProductId, ReturnId, ShopCustomerId, StockItemId, VariantId

MOST_LINES = 500
MOST_MINOR = 100_000_000_000
MOST_UNITS = 100_000

Minor = Annotated[int, Meta(ge=-(2**62), le=2**62)]
Units = Annotated[int, Meta(ge=1, le=MOST_UNITS)]
Rate = int
"""Hundredths of a percent: 2300 is 23 %."""


class Origin(StrEnum):
    """Where an order was born."""

    WEB = "web"
    APP = "app"
    POS = "pos"
    MARKETPLACE = "marketplace"
    WOOCOMMERCE = "woocommerce"
    """In the shop's own checkout or admin."""


class OrderState(StrEnum):
    PENDING_PAYMENT = "pending_payment"
    ON_HOLD = "on_hold"
    """Ordered, the payment is awaited by other means (a bank transfer)."""
    PROCESSING = "processing"
    """To be packed and sent, or handed over."""
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    FAILED = "failed"
    OTHER = "other"
    """The shop has a status of its own for it, which its dictionary does not translate."""
    DELETED = "deleted"
    """In the shop's trash, or gone from it."""


class PaymentWay(StrEnum):
    ONLINE = "online"
    """By the shop's own payment page: the order waits for it."""
    TRANSFER = "transfer"
    ON_DELIVERY = "on_delivery"
    AT_PICKUP = "at_pickup"
    PAID = "paid"
    """The money is there: a till's sale, a marketplace's order."""


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`method` is the id of WooCommerce's payment method ("cod", "bacs", …); for PaymentWay.ONLINE the customer chooses it on the shop's
    page, so it may be empty. `transaction`: the payment's own number."""

    way: PaymentWay
    method: str = ""
    title: str = ""
    transaction: str = ""


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`country` is ISO 3166-1 alpha-2."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    postcode: str = ""
    state: str = ""
    country: str = ""
    email: str = ""
    phone: str = ""


class PickupPoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A parcel locker or shop the parcel goes to: provider "inpost", code "KRA96M"."""

    provider: str
    code: str
    name: str = ""
    address: str = ""


class Consent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the customer agreed to or not, in the words that were shown, and when. `version`: the shop's own name for these words."""

    key: str
    text: str
    given: bool
    required: bool = False
    version: str = ""
    language: str = ""
    at: datetime | None = None


class Attribute(msgspec.Struct, frozen=True):
    """A free fact about an order or a line: an engraving, a marketplace's own number."""

    key: str
    value: str


class Charge(msgspec.Struct, frozen=True):
    """One of several taxes on the same thing. `compound`: charged on the others, too, in their order."""

    rate: Rate
    compound: bool = False


class DraftLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Amounts are of the whole line: `subtotal` before discounts, `total` after. `rate`: of all taxes together; `charges`: each of them,
    where there are several. Without `variant_id` it is something outside the catalogue. `own_units` of the quantity left a location of
    ours, so that WooCommerce must not count them."""

    title: str
    quantity: int
    subtotal: Minor
    subtotal_tax: Minor
    total: Minor
    total_tax: Minor
    rate: Rate = 0
    charges: tuple[Charge, ...] = ()
    tax_class: str = ""
    variant_id: VariantId | None = None
    product_id: ProductId | None = None
    sku: str | None = None
    stock_item: StockItemId | None = None
    attributes: tuple[Attribute, ...] = ()
    own_units: int = 0
    external_id: int | None = None
    """WooCommerce's number of the line."""

    @property
    def gross(self) -> int:
        return self.total + self.total_tax


class CouponLine(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    discount: Minor
    discount_tax: Minor


class ShippingLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`method` and `instance` as in WooCommerce's shipping zones ("flat_rate", 3). `pickup_location`: the name of the one that was chosen
    in the block checkout."""

    method: str
    title: str
    total: Minor
    tax: Minor
    rate: Rate = 0
    charges: tuple[Charge, ...] = ()
    instance: int | None = None
    pickup_location: str = ""


class FeeLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    title: str
    total: Minor
    tax: Minor
    rate: Rate = 0
    tax_class: str = ""


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    """One tax rate of the order; `shipping` is its part on shipping, not in `amount`."""

    name: str
    rate: Rate
    amount: Minor
    shipping: Minor


class OrderDraft(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order's content: what is placed, and what is kept. `total` is what the customer pays, with tax. `hold`: what was held for it; the
    sale commits it. Without one the sale is a fact (a marketplace's): its stock is taken however little there is. `reference` is the
    origin's own number (a till's receipt, a marketplace's order). `placed_at` None: now."""

    origin: Origin
    channel: Channel
    currency: str
    lines: tuple[DraftLine, ...]
    total: Minor
    payment: Payment
    coupons: tuple[CouponLine, ...] = ()
    shipping: tuple[ShippingLine, ...] = ()
    fees: tuple[FeeLine, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    billing: Address = Address()
    delivery: Address = Address()
    nip: str | None = None
    pickup_point: PickupPoint | None = None
    consents: tuple[Consent, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    note: str = ""
    customer_id: ShopCustomerId | None = None
    customer: CustomerId | None = None
    """Whose cart it was, as the token says."""
    hold: HoldId | None = None
    reference: str = ""
    placed_at: datetime | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`external_id` None: WooCommerce does not have it yet. `payment_url`: where the customer pays, once WooCommerce has the order.
    `changed_at` moves with everything that is told of it."""

    id: OrderId
    number: int
    state: OrderState
    shop_status: str | None
    external_id: int | None
    external_number: str | None
    payment_url: str | None
    placed_at: datetime
    changed_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None
    stock_settled: bool
    content: OrderDraft

    @property
    def needs_payment(self) -> bool:
        return self.state is OrderState.PENDING_PAYMENT


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed what. `actor` is a person's name, "customer", "shop" or "spoina"."""

    at: datetime
    actor: str
    event: str
    from_state: OrderState | None
    to_state: OrderState | None
    note: str


class OrderNote(msgspec.Struct, frozen=True, kw_only=True):
    """A note on the order in WooCommerce; `for_customer`: it was told to the customer."""

    external_id: int
    at: datetime
    author: str
    text: str
    for_customer: bool


class ReturnState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    """Decided; WooCommerce does not have the refund yet."""
    REFUSED = "refused"
    REFUNDED = "refunded"
    DELETED = "deleted"
    """The shop had it and has it no more."""


class ReturnLine(msgspec.Struct, frozen=True, kw_only=True):
    """`line` of the order, counted from 0. `quantity` 0: money only."""

    line: int
    quantity: int
    total: Minor
    total_tax: Minor

    @property
    def gross(self) -> int:
        return self.total + self.total_tax


class OrderReturn(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` is what the customer gets back, with tax; without lines it is money only (a compensation). `by_gateway`: by the shop's
    payment plugin; else the shop's staff give it back."""

    id: ReturnId
    order_id: OrderId
    state: ReturnState
    external_id: int | None
    amount: int
    reason: str
    restock: bool
    lines: tuple[ReturnLine, ...]
    requested_by: str
    requested_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    decision_note: str = ""
    refunded_at: datetime | None = None
    by_gateway: bool = False


class WantedLine(msgspec.Struct, frozen=True, kw_only=True):
    """`quantity` of the order's line come back."""

    line: Annotated[int, Meta(ge=0)]
    quantity: Units


class ReturnRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is of the caller's choosing: sent again, it is the same return. Without lines, `amount` alone is given back."""

    id: ReturnId
    lines: tuple[WantedLine, ...] = ()
    amount: Annotated[int, Meta(ge=1)] | None = None
    reason: Annotated[str, Meta(max_length=1000)] = ""


class TaskKind(StrEnum):
    CREATE = "create"
    STATUS = "status"
    REFUND = "refund"
    NOTE = "note"
    READ = "read"
    CUSTOMER = "customer"
    """To be read, like an order."""


class OrderTask(msgspec.Struct, frozen=True, kw_only=True):
    """Something still to be done between an order and WooCommerce. `started_at`: when it was first sent, so that its outcome is unknown;
    None: it surely was not. `body`: a status' or note's text."""

    id: OrderTaskId
    kind: TaskKind
    order_id: OrderId | None
    external_id: int | None
    subject: ReturnId | None
    body: str
    times: int
    attempts: int
    created_at: datetime
    started_at: datetime | None
    due_at: datetime
    dead_at: datetime | None
    reason: str


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person has to look at."""

    order_id: OrderId
    kind: "AlertKind"
    note: str
    raised_at: datetime
    resolved_at: datetime | None


class AlertKind(StrEnum):
    TOTALS = "totals"
    """WooCommerce comes to other amounts than the customer was shown."""
    LINES = "lines"
    """WooCommerce does not know a product that was sold."""
    TWICE = "twice"
    """The shop has a second order with this order's reference."""
    PAID_AFTER_CANCEL = "paid_after_cancel"
    UNKNOWN_STATUS = "unknown_status"
    COUPON = "coupon"
    """WooCommerce refused a coupon that the customer was promised; the discount was kept."""
    REFUND = "refund"
    """The shop's payment plugin did not give the money back; the return waits for a decision again."""
    PICKUP = "pickup"
    """The customer collects it, and nobody knows where; or a till has cancelled that."""
