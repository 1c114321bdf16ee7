"""A coupon of the shop becomes CouponFacts."""

from typing import Final

import msgspec

from channels.woocommerce.mapping import amounts
from channels.woocommerce.mapping.texts import decoded
from channels.woocommerce.payloads import CouponPayload, Ids, Text, Unmappable, in_order, payload_of
from spoina.ids import CategoryId
from spoina.pricing.cart.types import Coupon, CouponId, DiscountType
from spoina.terms.types import CouponFacts, code_of

_TYPES: Final = {kind.value: kind for kind in DiscountType}
_PUBLISHED: Final = "publish"


def map_coupon(item: bytes | msgspec.Raw) -> CouponFacts:
    """Raises Unmappable; also for a type that a plugin has added, since nobody knows what it takes off."""
    payload = payload_of("coupon", CouponPayload, item)
    kind = _TYPES.get(str(payload.discount_type))
    if kind is None:
        raise Unmappable("coupon", payload.id, f"its type {payload.discount_type!r} comes from a plugin that is not supported")
    try:
        return CouponFacts(coupon=_coupon(payload, kind), published=payload.status == _PUBLISHED)
    except amounts.Unreadable as error:
        raise Unmappable("coupon", payload.id, str(error)) from None


def _coupon(payload: CouponPayload, kind: DiscountType) -> Coupon:
    return Coupon(
        id=CouponId(payload.id),
        code=code_of(decoded(payload.code)),
        type=kind,
        amount=amounts.decimal(payload.amount, "amount"),
        expires_at=amounts.moment(payload.date_expires_gmt, "last day"),
        usage_count=amounts.count(payload.usage_count),
        usage_limit=_limit(payload.usage_limit, "usage limit"),
        item_limit=_limit(payload.limit_usage_to_x_items, "limit of pieces"),
        individual_use=payload.individual_use,
        free_shipping=payload.free_shipping,
        exclude_sale_items=payload.exclude_sale_items,
        products=frozenset(in_order(payload.product_ids)),
        excluded_products=frozenset(in_order(payload.excluded_product_ids)),
        categories=_categories(payload.product_categories),
        excluded_categories=_categories(payload.excluded_product_categories),
        minimum=amounts.decimal(payload.minimum_amount, "minimum spend"),
        maximum=amounts.decimal(payload.maximum_amount, "maximum spend"),
        emails=tuple(email for each in in_order(payload.email_restrictions) if (email := decoded(each))),
    )


def _limit(value: Text, name: str) -> int:
    """None and 0 are no limit."""
    return max(0, amounts.pieces(value, name) or 0)


def _categories(numbers: Ids) -> frozenset[CategoryId]:
    return frozenset(map(CategoryId, in_order(numbers)))
