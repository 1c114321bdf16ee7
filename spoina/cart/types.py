"""What a cart is: what its owner put into it, never what it costs. Prices and totals are worked out whenever it is looked at.

A `CartState` is one document, encoded as JSON into `cart.body`.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

from spoina.ids import CartId, CartLineId, Channel, CustomerId, HoldId, LocationId, OperationId, VariantId
from spoina.pricing.cart.types import CouponCode, CouponRefusalReason, RateId

AddressId = NewType("AddressId", str)
"""The client's name for one of a cart's delivery addresses."""
CartGroup = NewType("CartGroup", str)
"""A customer has one active cart in each: web, app and tills share "main"."""
ChangeKey = NewType("ChangeKey", str)
"""What is acknowledged: a change with the numbers that were shown. If they move on, it is another change."""

MAIN = CartGroup("main")


class CartStatus(StrEnum):
    ACTIVE = "active"
    MERGED = "merged"
    """Its lines are in another cart."""
    ORDERED = "ordered"


class Attribute(msgspec.Struct, frozen=True):
    """A fact that the shop's own storefront puts on a line or a cart; the shopper's choice of an "any" option is one of a line's too."""

    key: str
    value: str


class Seen(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the shopper was shown of a line last. `price`: one piece, as the shop enters prices; None: it had none. `left`: less than the
    line's quantity, as acknowledged; None: there was enough. `gone`: that it is not sold any more."""

    price: str | None = None
    left: int | None = None
    gone: bool = False


class CartLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`choices`: the values of options that the variant leaves open. `aliases`: names of lines that were added and joined this one."""

    id: CartLineId
    variant: VariantId
    quantity: int
    choices: tuple[Attribute, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    aliases: tuple[CartLineId, ...] = ()
    seen: Seen = Seen()

    @property
    def merchandise(self) -> tuple[object, ...]:
        """Two lines with the same are one."""
        return self.variant, self.choices, self.attributes


class Address(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`country` is ISO 3166; `state` WooCommerce's own code."""

    first_name: str = ""
    last_name: str = ""
    company: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


class DeliveryAddress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: AddressId
    address: Address
    selected: bool = False


class Buyer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`nip`: ten digits, checked; `country` where no address says more."""

    email: str = ""
    phone: str = ""
    country: str = ""
    company: str = ""
    nip: str = ""


class LostCoupon(msgspec.Struct, frozen=True, omit_defaults=True):
    """A coupon that fell out and of which the shopper has not said that he knows."""

    code: CouponCode
    reason: CouponRefusalReason
    limit: str | None = None
    other: CouponCode | None = None


class CartHold(msgspec.Struct, frozen=True):
    """`at_checkout`: from the start of a checkout, and not since lines were added."""

    id: HoldId
    expires_at: datetime
    at_checkout: bool = False


class CartState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What operations change. `removed`: names of lines that are gone for good. `chosen_rate` and `offered` are what the last answer said
    (paragraph 17 of the arithmetic); `settled`: the next answer would say the same of them."""

    lines: tuple[CartLine, ...] = ()
    removed: tuple[CartLineId, ...] = ()
    coupons: tuple[CouponCode, ...] = ()
    lost: tuple[LostCoupon, ...] = ()
    note: str = ""
    attributes: tuple[Attribute, ...] = ()
    buyer: Buyer = Buyer()
    billing: Address | None = None
    deliveries: tuple[DeliveryAddress, ...] = ()
    chosen_rate: RateId | None = None
    offered: tuple[RateId, ...] | None = None
    settled: bool = True
    hold: CartHold | None = None

    @property
    def delivery(self) -> Address | None:
        """Where it is to go: the selected address."""
        return next((each.address for each in self.deliveries if each.selected), None)


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """`version` counts committed operations. `expires_at`: None for a customer's, which stays. `location`: the till's where it is
    parked, to be resumed by another till; whoever has it may go on changing it. `successor`: the cart it was merged into."""

    id: CartId
    version: int
    status: CartStatus
    group: CartGroup
    channel: Channel
    """Where it was made."""
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    state: CartState
    customer: CustomerId | None = None
    location: LocationId | None = None
    successor: CartId | None = None

    @property
    def quantity(self) -> int:
        return sum(line.quantity for line in self.state.lines)


class CartAccess(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants it: the bearer of its secret, or the customer whose it is. One of both is enough."""

    id: CartId
    secret: str = ""
    customer: CustomerId | None = None

    def __repr__(self) -> str:
        return f"CartAccess(id={self.id!r}, customer={self.customer!r})"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes it, as its history says. `name`: the client's own, such as that of a till."""

    channel: Channel
    name: str = ""
    location: LocationId | None = None


class NewCart(msgspec.Struct, frozen=True, kw_only=True):
    """The one time that the secret is seen."""

    id: CartId
    secret: str

    def __repr__(self) -> str:
        return f"NewCart(id={self.id!r})"


class HistoryEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One committed operation."""

    version: int
    operation: OperationId
    kind: str
    channel: Channel
    device: str
    at: datetime
