"""The codes of user errors and warnings: the dialect's where it has one, ours where it has none. One row for each refusal of the domain."""

from enum import StrEnum

import msgspec
import strawberry

from spoina.cart.operations import Refusal, RefusalCode
from spoina.cart.views import CartWarning, WarningKind
from spoina.pricing.cart.types import CouponRefusal, CouponRefusalReason
from storefront.carts.naming import line_gid


@strawberry.enum(description="The dialect's codes, and those that it lacks.")
class CartErrorCode(StrEnum):
    CART_EXPIRED = "CART_EXPIRED"
    CART_MERGED = "CART_MERGED"
    CART_NOT_FOUND = "CART_NOT_FOUND"
    CART_ORDERED = "CART_ORDERED"
    CART_TOO_LARGE = "CART_TOO_LARGE"
    DISCOUNT_NOT_APPLICABLE = "DISCOUNT_NOT_APPLICABLE"
    HANDOFF_CLAIMED = "HANDOFF_CLAIMED"
    HANDOFF_EXPIRED = "HANDOFF_EXPIRED"
    HANDOFF_NOT_FOUND = "HANDOFF_NOT_FOUND"
    INVALID = "INVALID"
    INVALID_CUSTOMER_ACCESS_TOKEN = "INVALID_CUSTOMER_ACCESS_TOKEN"  # noqa: S105 - a code, not a token
    INVALID_DELIVERY_ADDRESS_ID = "INVALID_DELIVERY_ADDRESS_ID"
    INVALID_DELIVERY_GROUP = "INVALID_DELIVERY_GROUP"
    INVALID_DELIVERY_OPTION = "INVALID_DELIVERY_OPTION"
    INVALID_MERCHANDISE_LINE = "INVALID_MERCHANDISE_LINE"
    INVALID_OPTION = "INVALID_OPTION"
    LESS_THAN = "LESS_THAN"
    LINE_ID_TAKEN = "LINE_ID_TAKEN"
    LINE_REMOVED = "LINE_REMOVED"
    MAXIMUM_EXCEEDED = "MAXIMUM_EXCEEDED"
    MERCHANDISE_NOT_APPLICABLE = "MERCHANDISE_NOT_APPLICABLE"
    MERCHANDISE_NOT_ENOUGH_STOCK = "MERCHANDISE_NOT_ENOUGH_STOCK"
    MERCHANDISE_NOT_FOUND = "MERCHANDISE_NOT_FOUND"
    MERCHANDISE_OUT_OF_STOCK = "MERCHANDISE_OUT_OF_STOCK"
    MERGE_NOT_UNDOABLE = "MERGE_NOT_UNDOABLE"
    MINIMUM_NOT_MET = "MINIMUM_NOT_MET"
    MISSING_DISCOUNT_CODE = "MISSING_DISCOUNT_CODE"
    MISSING_OPTION = "MISSING_OPTION"
    NOTE_TOO_LONG = "NOTE_TOO_LONG"
    OPERATION_REUSED = "OPERATION_REUSED"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    TOO_MANY_DELIVERY_ADDRESSES = "TOO_MANY_DELIVERY_ADDRESSES"
    UNACKNOWLEDGED_CHANGES = "UNACKNOWLEDGED_CHANGES"


OF_REFUSALS: dict[RefusalCode, CartErrorCode] = {
    RefusalCode.UNKNOWN_VARIANT: CartErrorCode.MERCHANDISE_NOT_FOUND,
    RefusalCode.NOT_PURCHASABLE: CartErrorCode.MERCHANDISE_NOT_APPLICABLE,
    RefusalCode.SOLD_OUT: CartErrorCode.MERCHANDISE_OUT_OF_STOCK,
    RefusalCode.NOT_ENOUGH_STOCK: CartErrorCode.MERCHANDISE_NOT_ENOUGH_STOCK,
    RefusalCode.SOLD_INDIVIDUALLY: CartErrorCode.MAXIMUM_EXCEEDED,
    RefusalCode.INVALID_QUANTITY: CartErrorCode.MINIMUM_NOT_MET,
    RefusalCode.QUANTITY_TOO_LARGE: CartErrorCode.MAXIMUM_EXCEEDED,
    RefusalCode.TOO_MANY_LINES: CartErrorCode.CART_TOO_LARGE,
    RefusalCode.MISSING_CHOICE: CartErrorCode.MISSING_OPTION,
    RefusalCode.INVALID_CHOICE: CartErrorCode.INVALID_OPTION,
    RefusalCode.UNKNOWN_LINE: CartErrorCode.INVALID_MERCHANDISE_LINE,
    RefusalCode.LINE_REMOVED: CartErrorCode.LINE_REMOVED,
    RefusalCode.LINE_ID_TAKEN: CartErrorCode.LINE_ID_TAKEN,
    RefusalCode.COUPON_REFUSED: CartErrorCode.DISCOUNT_NOT_APPLICABLE,
    RefusalCode.UNKNOWN_COUPON: CartErrorCode.MISSING_DISCOUNT_CODE,
    RefusalCode.UNKNOWN_ADDRESS: CartErrorCode.INVALID_DELIVERY_ADDRESS_ID,
    RefusalCode.UNKNOWN_RATE: CartErrorCode.INVALID_DELIVERY_OPTION,
    RefusalCode.INVALID_EMAIL: CartErrorCode.INVALID,
    RefusalCode.INVALID_NIP: CartErrorCode.INVALID,
    RefusalCode.INVALID_COUNTRY: CartErrorCode.INVALID,
    RefusalCode.INVALID_TEXT: CartErrorCode.INVALID,
    RefusalCode.TOO_LONG: CartErrorCode.LESS_THAN,
    RefusalCode.TOO_MANY: CartErrorCode.LESS_THAN,
    RefusalCode.OPERATION_REUSED: CartErrorCode.OPERATION_REUSED,
    RefusalCode.NOT_AT_A_TILL: CartErrorCode.INVALID,
}

_OF_FIELDS: dict[tuple[RefusalCode, str], CartErrorCode] = {
    (RefusalCode.TOO_LONG, "note"): CartErrorCode.NOTE_TOO_LONG,
    (RefusalCode.TOO_MANY, "addresses"): CartErrorCode.TOO_MANY_DELIVERY_ADDRESSES,
}
"""Where the dialect is more exact than the refusal."""


def error_code(refusal: Refusal) -> CartErrorCode:
    return _OF_FIELDS.get((refusal.code, refusal.field), OF_REFUSALS[refusal.code])


@strawberry.enum(description="The dialect's codes, and those that it lacks.")
class CartWarningCode(StrEnum):
    DISCOUNT_CODE_NOT_HONOURED = "DISCOUNT_CODE_NOT_HONOURED"
    DISCOUNT_CURRENTLY_INACTIVE = "DISCOUNT_CURRENTLY_INACTIVE"
    DISCOUNT_CUSTOMER_NOT_ELIGIBLE = "DISCOUNT_CUSTOMER_NOT_ELIGIBLE"
    DISCOUNT_NOT_FOUND = "DISCOUNT_NOT_FOUND"
    DISCOUNT_NO_ENTITLED_LINE_ITEMS = "DISCOUNT_NO_ENTITLED_LINE_ITEMS"
    DISCOUNT_PURCHASE_NOT_IN_RANGE = "DISCOUNT_PURCHASE_NOT_IN_RANGE"
    DISCOUNT_USAGE_LIMIT_REACHED = "DISCOUNT_USAGE_LIMIT_REACHED"
    MERCHANDISE_GONE = "MERCHANDISE_GONE"
    MERCHANDISE_NOT_ENOUGH_STOCK = "MERCHANDISE_NOT_ENOUGH_STOCK"
    MERCHANDISE_OUT_OF_STOCK = "MERCHANDISE_OUT_OF_STOCK"


OF_REASONS: dict[CouponRefusalReason, CartWarningCode] = {
    CouponRefusalReason.NOT_FOR_THIS_EMAIL: CartWarningCode.DISCOUNT_CUSTOMER_NOT_ELIGIBLE,
    CouponRefusalReason.ALREADY_APPLIED: CartWarningCode.DISCOUNT_CODE_NOT_HONOURED,
    CouponRefusalReason.INDIVIDUAL_USE_ONLY: CartWarningCode.DISCOUNT_CODE_NOT_HONOURED,
    CouponRefusalReason.UNKNOWN: CartWarningCode.DISCOUNT_NOT_FOUND,
    CouponRefusalReason.USED_UP: CartWarningCode.DISCOUNT_USAGE_LIMIT_REACHED,
    CouponRefusalReason.EXPIRED: CartWarningCode.DISCOUNT_CURRENTLY_INACTIVE,
    CouponRefusalReason.BELOW_MINIMUM: CartWarningCode.DISCOUNT_PURCHASE_NOT_IN_RANGE,
    CouponRefusalReason.NOT_APPLICABLE: CartWarningCode.DISCOUNT_NO_ENTITLED_LINE_ITEMS,
    CouponRefusalReason.NOT_FOR_SALE_ITEMS: CartWarningCode.DISCOUNT_NO_ENTITLED_LINE_ITEMS,
    CouponRefusalReason.ABOVE_MAXIMUM: CartWarningCode.DISCOUNT_PURCHASE_NOT_IN_RANGE,
    CouponRefusalReason.PRODUCTS_EXCLUDED: CartWarningCode.DISCOUNT_NO_ENTITLED_LINE_ITEMS,
    CouponRefusalReason.CATEGORIES_EXCLUDED: CartWarningCode.DISCOUNT_NO_ENTITLED_LINE_ITEMS,
}

_TEXTS: dict[CartWarningCode, str] = {
    CartWarningCode.DISCOUNT_CODE_NOT_HONOURED: "The code cannot be used with what is in the cart.",
    CartWarningCode.DISCOUNT_CURRENTLY_INACTIVE: "The code is not valid any more.",
    CartWarningCode.DISCOUNT_CUSTOMER_NOT_ELIGIBLE: "The code is not for this customer.",
    CartWarningCode.DISCOUNT_NOT_FOUND: "There is no such code.",
    CartWarningCode.DISCOUNT_NO_ENTITLED_LINE_ITEMS: "The code is not for anything in the cart.",
    CartWarningCode.DISCOUNT_PURCHASE_NOT_IN_RANGE: "The code is not for a purchase of this amount.",
    CartWarningCode.DISCOUNT_USAGE_LIMIT_REACHED: "The code was used as often as it may be.",
    CartWarningCode.MERCHANDISE_GONE: "This is not sold any more.",
    CartWarningCode.MERCHANDISE_NOT_ENOUGH_STOCK: "There is not enough of it.",
    CartWarningCode.MERCHANDISE_OUT_OF_STOCK: "It is sold out.",
}

_OF_KINDS: dict[WarningKind, CartWarningCode] = {
    WarningKind.PRODUCT_GONE: CartWarningCode.MERCHANDISE_GONE,
    WarningKind.OUT_OF_STOCK: CartWarningCode.MERCHANDISE_OUT_OF_STOCK,
    WarningKind.NOT_ENOUGH_STOCK: CartWarningCode.MERCHANDISE_NOT_ENOUGH_STOCK,
}


class WarningShown(msgspec.Struct, frozen=True):
    code: CartWarningCode
    message: str
    target: str


class UserError(msgspec.Struct, frozen=True):
    code: CartErrorCode
    message: str
    field: list[str] | None = None


def warning_shown(warning: CartWarning, cart: str) -> WarningShown:
    """`cart`: its id, the target of what is said of a code."""
    if warning.coupon is not None:
        return coupon_warning(warning.coupon, cart)
    code = _OF_KINDS[warning.kind]
    left = f" {warning.left} left." if warning.left else ""
    return WarningShown(code, _TEXTS[code] + left, cart if warning.line is None else line_gid(warning.line))


def coupon_warning(refusal: CouponRefusal, cart: str) -> WarningShown:
    code = OF_REASONS[refusal.reason]
    return WarningShown(code, f"{refusal.code}: {_TEXTS[code]}", cart)
