"""A checkout: what a shopper says when the cart is to become an order, and what comes of it."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from spoina.cart.views import CartChanges, CartView
from spoina.ids import CartId, CartLineId
from spoina.orders.types import Consent, Order, PaymentWay, PickupPoint

LONGEST_TOKEN = 200
MOST_CONSENTS = 50
LONGEST_CONSENT = 5000
LONGEST_FIELD = 200


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """`token`: of the client's choosing; sent again with the same content, it is the same order. `version`: the cart's that the shopper
    saw; `total`: what he was told to pay, in minor units. `method`: WooCommerce's id of the payment method; "" leaves it to the shop.
    What is None was not said, and is not checked."""

    token: str
    version: int | None = None
    total: int | None = None
    way: PaymentWay = PaymentWay.ONLINE
    method: str = ""
    pickup_point: PickupPoint | None = None
    consents: tuple[Consent, ...] = ()


class ProblemCode(StrEnum):
    """The Storefront API's own names where it has one."""

    ATTEMPT_TOKEN_REUSED = "ATTEMPT_TOKEN_REUSED"  # noqa: S105 - a code, not a token
    BUYER_IDENTITY_EMAIL_REQUIRED = "BUYER_IDENTITY_EMAIL_REQUIRED"
    CART_EMPTY = "CART_EMPTY"
    CART_VERSION_OUTDATED = "CART_VERSION_OUTDATED"
    CHANGES_NOT_ACKNOWLEDGED = "CHANGES_NOT_ACKNOWLEDGED"
    CONSENT_REQUIRED = "CONSENT_REQUIRED"
    DELIVERY_ADDRESS1_REQUIRED = "DELIVERY_ADDRESS1_REQUIRED"
    DELIVERY_ADDRESS_REQUIRED = "DELIVERY_ADDRESS_REQUIRED"
    DELIVERY_CITY_REQUIRED = "DELIVERY_CITY_REQUIRED"
    DELIVERY_INVALID_POSTAL_CODE_FOR_COUNTRY = "DELIVERY_INVALID_POSTAL_CODE_FOR_COUNTRY"
    DELIVERY_LAST_NAME_REQUIRED = "DELIVERY_LAST_NAME_REQUIRED"
    DELIVERY_NO_DELIVERY_AVAILABLE = "DELIVERY_NO_DELIVERY_AVAILABLE"
    DELIVERY_PHONE_NUMBER_REQUIRED = "DELIVERY_PHONE_NUMBER_REQUIRED"
    DELIVERY_POSTAL_CODE_REQUIRED = "DELIVERY_POSTAL_CODE_REQUIRED"
    INVALID = "INVALID"
    MERCHANDISE_NOT_ENOUGH_STOCK_AVAILABLE = "MERCHANDISE_NOT_ENOUGH_STOCK_AVAILABLE"
    MERCHANDISE_OUT_OF_STOCK = "MERCHANDISE_OUT_OF_STOCK"
    MERCHANDISE_PRODUCT_NOT_PUBLISHED = "MERCHANDISE_PRODUCT_NOT_PUBLISHED"
    NO_DELIVERY_GROUP_SELECTED = "NO_DELIVERY_GROUP_SELECTED"
    PAYMENTS_ADDRESS1_REQUIRED = "PAYMENTS_ADDRESS1_REQUIRED"
    PAYMENTS_CITY_REQUIRED = "PAYMENTS_CITY_REQUIRED"
    PAYMENTS_COMPANY_REQUIRED = "PAYMENTS_COMPANY_REQUIRED"
    PAYMENTS_METHOD_UNAVAILABLE = "PAYMENTS_METHOD_UNAVAILABLE"
    PAYMENTS_POSTAL_CODE_REQUIRED = "PAYMENTS_POSTAL_CODE_REQUIRED"
    PAYMENTS_UNACCEPTABLE_PAYMENT_AMOUNT = "PAYMENTS_UNACCEPTABLE_PAYMENT_AMOUNT"
    PICKUP_POINT_REQUIRED = "PICKUP_POINT_REQUIRED"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps the cart from becoming an order. `field`: where to mend it; `left`: how many there are of the `line`'s goods."""

    code: ProblemCode
    field: str
    message: str
    line: CartLineId | None = None
    left: int | None = None


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """`repeated`: the same token and content had placed it before."""

    order: Order
    repeated: bool = False


class PlacedBefore(msgspec.Struct, frozen=True, kw_only=True):
    """Another submission of this cart, of another device perhaps, made it an order."""

    order: Order


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """All that is wrong, at once; nothing was done. `view` None: the token itself is what is wrong."""

    cart: CartId
    problems: Sequence[Problem]
    view: CartView | None = None


class Outdated(msgspec.Struct, frozen=True, kw_only=True):
    """The shopper does not know the cart as it is: what changed. Nothing was done."""

    problem: Problem
    changes: CartChanges


Outcome = Placed | PlacedBefore | Refused | Outdated
