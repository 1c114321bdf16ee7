"""Two carts become one: by a named policy, told in a report, and undone on request."""

from datetime import datetime
from enum import StrEnum
from typing import assert_never

import msgspec
from msgspec.structs import replace

from spoina.cart.coupons import with_coupon
from spoina.cart.limits import MOST_ADDRESSES, MOST_ATTRIBUTES, MOST_LINES, MOST_PIECES, MOST_REMEMBERED_REMOVALS
from spoina.cart.lines import replaced
from spoina.cart.pricing import Totals, carried_on
from spoina.cart.types import Buyer, Cart, CartLine, CartState
from spoina.cart.world import World
from spoina.ids import CartId, CartLineId, VariantId
from spoina.pricing.cart.types import CouponCode, CouponRefusal


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


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the target."""

    state: CartState
    added: tuple[Added, ...]
    raised: tuple[Raised, ...]
    dropped: tuple[Dropped, ...]


def merge(guest: Cart, target: Cart, policy: MergePolicy, world: World, totals: Totals) -> Merge:
    """The target with what the guest had. Nothing is lost without a line in the report."""
    collected = _Collected(target.state)
    for line in guest.state.lines:
        collected.take(line, policy, world)
    state = _with_details(collected.state, guest.state)
    for code in guest.state.coupons:
        if code not in state.coupons:
            outcome = with_coupon(state, code, world)
            if isinstance(outcome, CouponRefusal):
                collected.dropped.append(Dropped(reason=DropReason.COUPON_REFUSED, coupon=code))
            else:
                state = outcome
    return Merge(
        state=carried_on(state, totals.price(state, world)),
        added=tuple(collected.added),
        raised=tuple(collected.raised),
        dropped=tuple(collected.dropped),
    )


class _Collected:
    def __init__(self, state: CartState) -> None:
        self.state = state
        self.added: list[Added] = []
        self.raised: list[Raised] = []
        self.dropped: list[Dropped] = []

    def take(self, line: CartLine, policy: MergePolicy, world: World) -> None:
        same = next((each for each in self.state.lines if each.merchandise == line.merchandise), None)
        if same is not None:
            self._unite(same, line, policy, world)
        elif len(self.state.lines) >= MOST_LINES:
            self._drop(DropReason.TOO_MANY_LINES, line, line.quantity)
        else:
            self.state = replace(self.state, lines=(*self.state.lines, line))
            self.added.append(Added(line=line.id, variant=line.variant, quantity=line.quantity))

    def _unite(self, same: CartLine, line: CartLine, policy: MergePolicy, world: World) -> None:
        found = world.merchandise.get(line.variant)
        limit = 1 if found is not None and found.product.sold_individually else MOST_PIECES
        wanted = _quantity(same.quantity, line.quantity, policy)
        now = min(wanted, limit)
        self._drop(DropReason.SOLD_INDIVIDUALLY if limit == 1 else DropReason.QUANTITY_LIMIT, line, wanted - now)
        self._drop(DropReason.POLICY, line, same.quantity + line.quantity - wanted)
        if now != same.quantity:
            self.raised.append(Raised(line=same.id, variant=line.variant, before=same.quantity, now=now))
        names = (*same.aliases, *(name for name in (line.id, *line.aliases) if name != same.id and name not in same.aliases))
        self.state = replaced(self.state, replace(same, quantity=now, aliases=names))

    def _drop(self, reason: DropReason, line: CartLine, pieces: int) -> None:
        if pieces > 0:
            self.dropped.append(Dropped(reason=reason, variant=line.variant, quantity=pieces))


def _quantity(customers: int, guests: int, policy: MergePolicy) -> int:
    match policy:
        case MergePolicy.ADD_UP:
            return customers + guests
        case MergePolicy.KEEP_LARGER:
            return max(customers, guests)
        case MergePolicy.GUEST_WINS:
            return guests
        case MergePolicy.CUSTOMER_WINS:
            return customers
        case _:
            assert_never(policy)


def _with_details(state: CartState, guest: CartState) -> CartState:
    """What the customer's cart says stays; what it does not say is the guest's."""
    keys = {attribute.key for attribute in state.attributes}
    names = {delivery.id for delivery in state.deliveries}
    selected = state.delivery is not None
    more = (replace(each, selected=each.selected and not selected) for each in guest.deliveries if each.id not in names)
    filled = {name: getattr(state.buyer, name) or getattr(guest.buyer, name) for name in state.buyer.__struct_fields__}
    return replace(
        state,
        removed=(*state.removed, *guest.removed)[-MOST_REMEMBERED_REMOVALS:],
        lost=(*state.lost, *(lost for lost in guest.lost if lost not in state.lost)),
        note=state.note or guest.note,
        attributes=(*state.attributes, *(each for each in guest.attributes if each.key not in keys))[:MOST_ATTRIBUTES],
        buyer=Buyer(**filled),
        billing=state.billing or guest.billing,
        deliveries=(*state.deliveries, *more)[:MOST_ADDRESSES],
    )
