"""Carts as the edge uses them. What may be wrong with an operation is an outcome; what is raised is about the cart itself:

NotFound      no such cart, or the secret is not its own: nobody can tell which
CartGone      it expired, was merged into another (`successor`) or was ordered
"""

from collections.abc import Sequence

import msgspec

from spoina.cart.handoff import HandoffCode
from spoina.cart.merging import MergePolicy, MergeReport
from spoina.cart.operations import AnyOperation
from spoina.cart.types import Cart, CartAccess, Device, NewCart
from spoina.cart.views import Answered, CartChanges, CartView
from spoina.ids import CartId, Channel, CustomerId, LocationId


class Created(msgspec.Struct, frozen=True, kw_only=True):
    cart: NewCart
    answered: Answered


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """`report` None: there was nothing to merge, the cart itself is the customer's now."""

    view: CartView
    report: MergeReport | None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """`cart` has a secret of the claiming device's own; the others stay good."""

    cart: NewCart
    view: CartView


class Carts:
    """One per process."""

    async def create(self, device: Device, operations: Sequence[AnyOperation] = (), customer: CustomerId | None = None) -> Created:
        """An operation that is refused leaves a cart without it. A customer who has an active cart gets operations into that one."""
        raise NotImplementedError

    async def view(self, access: CartAccess, channel: Channel) -> CartView:
        """One statement, and it does not write."""
        raise NotImplementedError

    async def of_customer(self, customer: CustomerId, channel: Channel) -> CartView | None:
        """The active one of the channel's group. One statement."""
        raise NotImplementedError

    async def apply(self, access: CartAccess, operations: Sequence[AnyOperation], device: Device) -> Answered:
        """In their order, in one transaction; one that is refused does not stop the rest. At most MOST_OPERATIONS; raises LimitExceeded."""
        raise NotImplementedError

    async def changes(self, access: CartAccess, since: int, channel: Channel) -> CartChanges:
        """Two statements."""
        raise NotImplementedError

    async def sign_in(self, access: CartAccess, customer: CustomerId, device: Device, policy: MergePolicy | None = None) -> Merged:
        """A guest's cart becomes the customer's, or is merged into the one that the customer has. Repeated: the same report."""
        raise NotImplementedError

    async def merge(self, guest: CartAccess, target: CartAccess, device: Device, policy: MergePolicy | None = None) -> Merged:
        """Once; repeated: the same report."""
        raise NotImplementedError

    async def undo_merge(self, target: CartAccess, guest: CartId, device: Device) -> CartView:
        """Within 15 minutes both carts are again what they were. Raises WrongState: too late, or the cart was changed since."""
        raise NotImplementedError

    async def offer(self, access: CartAccess, device: Device) -> HandoffCode:
        """A code for another device, good once and for two minutes; an earlier one is void."""
        raise NotImplementedError

    async def claim(self, code: str, device: Device, client: str) -> Claimed:
        """`client`: whose wrong codes are counted, such as an address or a key. Raises NotFound, WrongState (expired, claimed),
        TooManyAttempts."""
        raise NotImplementedError

    async def parked(self, location: LocationId) -> list[Cart]:
        raise NotImplementedError

    async def resume(self, cart: CartId, device: Device) -> Claimed:
        """By a till at the location where it is parked. Raises NotFound."""
        raise NotImplementedError

    async def begin_checkout(self, access: CartAccess, device: Device) -> CartView:
        """Holds what is in it, where the channel's policy says so. Raises ShortLines."""
        raise NotImplementedError
