"""Carts as the edge uses them. What may be wrong with an operation is an outcome; what is raised is about the cart itself:

NotFound      no such cart, or the secret is not its own: nobody can tell which
CartGone      it expired, was merged into another (`successor`) or was ordered
"""

from collections.abc import Callable, Sequence

import asyncpg
import msgspec
from msgspec.structs import replace

from spoina.cart import holding, sql
from spoina.cart.handing import Handoffs
from spoina.cart.handoff import HandoffCode
from spoina.cart.keys import Randomness, check_access, new_secret
from spoina.cart.limits import MOST_OPERATIONS
from spoina.cart.merges import Merges
from spoina.cart.merging import MergePolicy, MergeReport
from spoina.cart.operations import AddLines, AnyOperation, RemoveLines, SetLines
from spoina.cart.policies import CartPolicy
from spoina.cart.recording import record
from spoina.cart.rules import GUEST_DAYS, codes_in, variants_in, view_of
from spoina.cart.types import Cart, CartAccess, CartHold, CartState, CartStatus, Device, NewCart
from spoina.cart.views import Answered, CartChanges, CartView, OperationSeen
from spoina.cart.world import World
from spoina.cart.worlds import Worlds
from spoina.cart.writing import CartWriter
from spoina.db import Pool, transaction
from spoina.errors import LimitExceeded
from spoina.ids import CartId, Channel, CustomerId, LocationId
from spoina.inventory.hold_ids import hold_id
from spoina.inventory.holds import Holds
from spoina.inventory.types import HolderKind

MOST_PARKED = 100
MOST_RECALLED = 500
"""Operations that are told to a device that was away; if there were more, it looks at the cart."""


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """The secret is "" where it is the cart that the customer had already."""

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
    """One per process. `new_id` gives ids that nobody has."""

    def __init__(
        self,
        *,
        pool: Pool,
        writer: CartWriter,
        worlds: Worlds,
        holds: Holds,
        policy: CartPolicy,
        new_id: Callable[[], CartId],
        randomness: Randomness,
    ) -> None:
        self._pool, self._writer, self._worlds, self._holds = pool, writer, worlds, holds
        self._policy, self._new_id, self._randomness = policy, new_id, randomness
        self._merges = Merges(pool, worlds, policy)
        self._handoffs = Handoffs(pool, worlds.clock, randomness)

    async def create(self, device: Device, operations: Sequence[AnyOperation] = (), customer: CustomerId | None = None) -> Created:
        """An operation that is refused leaves a cart without it. A customer who has an active cart gets operations into that one."""
        _check_number(operations)
        if customer is not None and (created := await self._into_customers(customer, operations, device)) is not None:
            return created
        new = NewCart(id=self._new_id(), secret=new_secret(self._randomness))
        access = CartAccess(id=new.id, secret=new.secret)
        try:
            answered = await self._writer.submit(access, operations, device, self._founding(new.id, device, customer))
        except asyncpg.UniqueViolationError:  # another device of the customer was faster
            if customer is None or (created := await self._into_customers(customer, operations, device)) is None:
                raise
            return created
        return Created(cart=new, answered=answered)

    async def view(self, access: CartAccess, channel: Channel) -> CartView:
        """One statement, and it does not write."""
        return await self._seen(await self._found(access), channel)

    async def of_customer(self, customer: CustomerId, channel: Channel) -> CartView | None:
        """The active one of the channel's group. One statement."""
        stored = await sql.find_of_customer(self._pool, customer, self._policy.group(channel))
        return None if stored is None else await self._seen(stored.cart, channel)

    async def apply(self, access: CartAccess, operations: Sequence[AnyOperation], device: Device) -> Answered:
        """In their order, in one transaction; one that is refused does not stop the rest. At most MOST_OPERATIONS: raises LimitExceeded."""
        _check_number(operations)
        return await self._writer.submit(access, operations, device)

    async def changes(self, access: CartAccess, since: int, channel: Channel) -> CartChanges:
        """Two statements."""
        cart = await self._found(access)
        entries = await sql.history(self._pool, cart.id, since, MOST_RECALLED)
        view = await self._seen(cart, channel)
        seen = tuple(_seen_of(entry) for entry in entries if entry.entry.version <= cart.version)
        return CartChanges(since=since, view=view, operations=seen, complete=len(seen) == max(cart.version - since, 0))

    async def sign_in(self, access: CartAccess, customer: CustomerId, device: Device, policy: MergePolicy | None = None) -> Merged:
        """A guest's cart becomes the customer's, or is merged into the one that the customer has. Repeated: the same report. Of another
        customer's cart, NotFound is raised, too."""
        done = await self._merges.sign_in(access, customer, device, policy)
        return Merged(view=await self._seen(done.cart, device.channel), report=done.report)

    async def merge(self, guest: CartAccess, target: CartAccess, device: Device, policy: MergePolicy | None = None) -> Merged:
        """Once; repeated: the same report."""
        done = await self._merges.merge(guest, target, device, policy)
        return Merged(view=await self._seen(done.cart, device.channel), report=done.report)

    async def undo_merge(self, target: CartAccess, guest: CartId, device: Device) -> CartView:
        """Within 15 minutes both carts are again what they were. Raises WrongState: too late, or the cart was changed since."""
        return await self._seen(await self._merges.undo(target, guest, device), device.channel)

    async def offer(self, access: CartAccess, device: Device) -> HandoffCode:
        """A code for another device, good once and for two minutes; an earlier one is void."""
        return await self._handoffs.offer(await self._found(access), device)

    async def claim(self, code: str, device: Device, client: str) -> Claimed:
        """`client`: whose attempts are counted, such as an address or a key. Raises NotFound, WrongState (expired, claimed),
        TooManyAttempts."""
        given = await self._handoffs.claim(code, device, client)
        return Claimed(cart=given.new, view=await self._seen(given.cart, device.channel))

    async def parked(self, location: LocationId) -> list[Cart]:
        """The latest first, at most a hundred."""
        return [stored.cart for stored in await sql.find_parked(self._pool, location, MOST_PARKED)]

    async def resume(self, cart: CartId, device: Device) -> Claimed:
        """By a till at the location where it is parked. Raises NotFound."""
        given = await self._handoffs.resume(cart, device)
        return Claimed(cart=given.new, view=await self._seen(given.cart, device.channel))

    async def begin_checkout(self, access: CartAccess, device: Device) -> CartView:
        """Holds what is in it from now on, for as long as the policy says. What is held already is held longer. Raises ShortLines."""
        cart = await self._found(access)
        now = self._worlds.clock()
        until = now + self._policy.hold_for
        held = cart.state.hold
        if held is not None and held.expires_at > now:
            await self._holds.extend(held.id, self._policy.hold_for)
            return await self._holding(access, CartHold(held.id, until, at_checkout=True), device)
        units = holding.wanted(cart.state, await self._world(cart, device.channel))
        if not units:
            return await self._seen(cart, device.channel)
        hold = hold_id(self._new_id(), now)
        await self._holds.hold(holding.request_for(cart, units, device.channel, hold, self._policy.hold_for, HolderKind.CHECKOUT))
        return await self._holding(access, CartHold(hold, until, at_checkout=True), device)

    async def _holding(self, access: CartAccess, hold: CartHold, device: Device) -> CartView:
        now = self._worlds.clock()
        async with transaction(self._pool) as db:
            stored = (await sql.lock(db, [access.id])).get(access.id)
            cart = check_access(access, None if stored is None else stored.cart, () if stored is None else stored.digests, now)
            cart = replace(cart, version=cart.version + 1, state=replace(cart.state, hold=hold))
            await sql.write(db, [cart], [record(cart, "begin_checkout", device)], now)
        return await self._seen(cart, device.channel)

    async def _found(self, access: CartAccess) -> Cart:
        stored = await sql.find(self._pool, access.id)
        digests = () if stored is None else stored.digests
        return check_access(access, None if stored is None else stored.cart, digests, self._worlds.clock())

    async def _seen(self, cart: Cart, channel: Channel) -> CartView:
        return view_of(cart, await self._world(cart, channel), self._worlds.totals)

    async def _world(self, cart: Cart, channel: Channel) -> World:
        knowledge = await self._worlds.know(variants_in(cart.state, ()), codes_in(cart.state, ()))
        return self._worlds.world(knowledge, channel)

    async def _into_customers(self, customer: CustomerId, operations: Sequence[AnyOperation], device: Device) -> Created | None:
        stored = await sql.find_of_customer(self._pool, customer, self._policy.group(device.channel))
        if stored is None:
            return None
        access = CartAccess(id=stored.cart.id, customer=customer)
        return Created(cart=NewCart(id=stored.cart.id, secret=""), answered=await self._writer.submit(access, operations, device))

    def _founding(self, cart: CartId, device: Device, customer: CustomerId | None) -> Cart:
        now = self._worlds.clock()
        return Cart(
            id=cart,
            version=0,
            status=CartStatus.ACTIVE,
            group=self._policy.group(device.channel),
            channel=device.channel,
            created_at=now,
            updated_at=now,
            expires_at=None if customer is not None else now + GUEST_DAYS,
            state=CartState(),
            customer=customer,
        )


def _check_number(operations: Sequence[AnyOperation]) -> None:
    if len(operations) > MOST_OPERATIONS:
        raise LimitExceeded("operations", MOST_OPERATIONS, "operations at once")


def _seen_of(recalled: sql.Recalled) -> OperationSeen:
    entry, operation, lines = recalled.entry, recalled.operation, recalled.outcome.lines
    match operation:
        case AddLines():
            return OperationSeen(entry=entry, added=lines)
        case RemoveLines():
            return OperationSeen(entry=entry, removed=lines)
        case SetLines():
            gone = {change.id for change in operation.lines if change.quantity == 0}
            return OperationSeen(
                entry=entry,
                changed=tuple(line for line in lines if line not in gone),
                removed=tuple(line for line in lines if line in gone),
            )
        case _:
            return OperationSeen(entry=entry)
