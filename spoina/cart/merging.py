"""Two carts become one: by a named policy, told in a report, and undone on request."""

from datetime import datetime
from enum import StrEnum

import msgspec

from spoina.ids import CartId, CartLineId, VariantId
from spoina.pricing.cart.types import CouponCode


class MergePolicy(StrEnum):
    """What becomes of a line that both carts have; lines that only one has are always kept."""

    ADD_UP = "add_up"
    """Both quantities together: the cart is what it would be if the customer had been signed in all along. The default."""
    KEEP_LARGER = "keep_larger"
    GUEST_WINS = "guest_wins"
    CUSTOMER_WINS = "customer_wins"


class Added(msgspec.Struct, frozen=True, kw_only=True):
    line: CartLineId
    variant: VariantId
    quantity: int


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """Or lowered, where the policy says so."""

    line: CartLineId
    variant: VariantId
    before: int
    now: int


class DropReason(StrEnum):
    TOO_MANY_LINES = "too_many_lines"
    QUANTITY_LIMIT = "quantity_limit"
    SOLD_INDIVIDUALLY = "sold_individually"
    POLICY = "policy"
    """The policy took the other cart's quantity."""
    COUPON_REFUSED = "coupon_refused"


class Dropped(msgspec.Struct, frozen=True, kw_only=True):
    """So many pieces of a variant, or a coupon, that are not in the cart now."""

    reason: DropReason
    variant: VariantId | None = None
    quantity: int = 0
    coupon: CouponCode | None = None


class MergeReport(msgspec.Struct, frozen=True, kw_only=True):
    """`guest` was merged into `target`, whose version is `version` since; `undo_until`."""

    guest: CartId
    target: CartId
    policy: MergePolicy
    version: int
    merged_at: datetime
    undo_until: datetime
    added: tuple[Added, ...] = ()
    raised: tuple[Raised, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    undone: bool = False
