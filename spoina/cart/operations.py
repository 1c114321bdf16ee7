"""What can be done to a cart, and what comes of it. Each operation has an id of the client's choosing."""

from enum import StrEnum

import msgspec

from spoina.cart.types import Address, AddressId, Attribute, ChangeKey
from spoina.ids import CartLineId, OperationId, VariantId
from spoina.pricing.cart.types import CouponRefusal, RateId


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """Applied whole or not at all."""

    id: OperationId


class NewLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id`: a name that a device gives its own new line. `choices`: values for the options that the variant leaves open."""

    variant: VariantId
    quantity: int = 1
    id: CartLineId | None = None
    choices: tuple[Attribute, ...] = ()
    attributes: tuple[Attribute, ...] = ()


class LineChange(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is None stays. A quantity of 0 removes the line."""

    id: CartLineId
    quantity: int | None = None
    variant: VariantId | None = None
    choices: tuple[Attribute, ...] | None = None
    attributes: tuple[Attribute, ...] | None = None


class AddLines(Operation, frozen=True, kw_only=True, tag="add_lines"):
    """Equal merchandise joins the line that is there."""

    lines: tuple[NewLine, ...]


class SetLines(Operation, frozen=True, kw_only=True, tag="set_lines"):
    lines: tuple[LineChange, ...]


class RemoveLines(Operation, frozen=True, kw_only=True, tag="remove_lines"):
    """For good: whatever comes for these lines later, they stay away. Adding the same merchandise again makes a new line."""

    lines: tuple[CartLineId, ...]


class SetNote(Operation, frozen=True, kw_only=True, tag="set_note"):
    note: str


class SetAttributes(Operation, frozen=True, kw_only=True, tag="set_attributes"):
    """All of the cart's."""

    attributes: tuple[Attribute, ...]


class SetBuyer(Operation, frozen=True, kw_only=True, tag="set_buyer"):
    """What is None stays, "" is taken away. `nip` may be written with spaces, dashes and PL."""

    email: str | None = None
    phone: str | None = None
    country: str | None = None
    company: str | None = None
    nip: str | None = None


class SetCoupons(Operation, frozen=True, kw_only=True, tag="set_coupons"):
    """The whole list, as in the dialect: those not in it go, new ones are entered in order. One that is refused is warned of; the others
    are taken."""

    codes: tuple[str, ...]


class EnterCoupon(Operation, frozen=True, kw_only=True, tag="enter_coupon"):
    code: str


class RemoveCoupon(Operation, frozen=True, kw_only=True, tag="remove_coupon"):
    code: str


class DeliveryInput(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`id` names it for later changes. `selected`: it becomes the cart's; None: the first one does, others leave that as it is."""

    id: AddressId
    address: Address
    selected: bool | None = None


class AddDeliveries(Operation, frozen=True, kw_only=True, tag="add_deliveries"):
    addresses: tuple[DeliveryInput, ...]


class SetDeliveries(Operation, frozen=True, kw_only=True, tag="set_deliveries"):
    """Each names one that is there."""

    addresses: tuple[DeliveryInput, ...]


class RemoveDeliveries(Operation, frozen=True, kw_only=True, tag="remove_deliveries"):
    addresses: tuple[AddressId, ...]


class ReplaceDeliveries(Operation, frozen=True, kw_only=True, tag="replace_deliveries"):
    """These, and no others."""

    addresses: tuple[DeliveryInput, ...]


class SetBilling(Operation, frozen=True, kw_only=True, tag="set_billing"):
    address: Address | None


class SelectRate(Operation, frozen=True, kw_only=True, tag="select_rate"):
    """One that the cart is offered."""

    rate: RateId


class Acknowledge(Operation, frozen=True, kw_only=True, tag="acknowledge"):
    """The shopper has seen these changes. A key that is none of the present ones does nothing."""

    changes: tuple[ChangeKey, ...]


class Park(Operation, frozen=True, kw_only=True, tag="park"):
    """Puts it aside at the till's location, where any till can resume it."""


class Resume(Operation, frozen=True, kw_only=True, tag="resume"):
    """By who has it; a till that has not: `Carts.resume`."""


LineOperation = AddLines | SetLines | RemoveLines
TextOperation = SetNote | SetAttributes | SetBuyer
CouponOperation = SetCoupons | EnterCoupon | RemoveCoupon
DeliveryOperation = AddDeliveries | SetDeliveries | RemoveDeliveries | ReplaceDeliveries | SetBilling | SelectRate
TillOperation = Park | Resume
AnyOperation = LineOperation | TextOperation | CouponOperation | DeliveryOperation | Acknowledge | TillOperation


class RefusalCode(StrEnum):
    UNKNOWN_VARIANT = "unknown_variant"
    NOT_PURCHASABLE = "not_purchasable"
    SOLD_OUT = "sold_out"
    NOT_ENOUGH_STOCK = "not_enough_stock"
    SOLD_INDIVIDUALLY = "sold_individually"
    INVALID_QUANTITY = "invalid_quantity"
    """0, less, or no whole number of pieces."""
    QUANTITY_TOO_LARGE = "quantity_too_large"
    TOO_MANY_LINES = "too_many_lines"
    MISSING_CHOICE = "missing_choice"
    INVALID_CHOICE = "invalid_choice"
    UNKNOWN_LINE = "unknown_line"
    LINE_REMOVED = "line_removed"
    LINE_ID_TAKEN = "line_id_taken"
    COUPON_REFUSED = "coupon_refused"
    UNKNOWN_COUPON = "unknown_coupon"
    """None of that code in the cart."""
    UNKNOWN_ADDRESS = "unknown_address"
    UNKNOWN_RATE = "unknown_rate"
    INVALID_EMAIL = "invalid_email"
    INVALID_NIP = "invalid_nip"
    INVALID_COUNTRY = "invalid_country"
    INVALID_TEXT = "invalid_text"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    OPERATION_REUSED = "operation_reused"
    """The id is that of another operation."""
    NOT_AT_A_TILL = "not_at_a_till"


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why an operation did nothing. `field` is the path in the operation, as in lines[2].quantity; `limit` what would be allowed, `left`
    what could still be added or set (None: that is not the question)."""

    code: RefusalCode
    field: str
    message: str
    limit: int | None = None
    left: int | None = None
    line: CartLineId | None = None
    variant: VariantId | None = None
    coupon: CouponRefusal | None = None


class Applied(msgspec.Struct, frozen=True, kw_only=True, tag="applied", omit_defaults=True):
    """`version`: the cart's after it. `lines`: those that an operation on lines put or left there, in its order. `coupons`: those of a list
    that were not taken. `repeated`: it had been applied before, and nothing was done now."""

    operation: OperationId
    version: int
    lines: tuple[CartLineId, ...] = ()
    coupons: tuple[CouponRefusal, ...] = ()
    repeated: bool = False


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    operation: OperationId
    refusals: tuple[Refusal, ...]


Outcome = Applied | Refused
