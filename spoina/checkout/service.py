"""A cart becomes an order exactly once.

One transaction locks the cart, holds and sells its stock, and writes the order with the job that takes it to WooCommerce, the cart's last
version and what everybody is told. Whatever dies before its commit leaves nothing behind, whatever dies after it left everything: whoever
asks again with the same token is told which.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol
from uuid import UUID

import asyncpg
import msgspec
from msgspec.structs import replace

from spoina.cart import holding
from spoina.cart import sql as cart_sql
from spoina.cart.keys import check_access
from spoina.cart.operations import Applied
from spoina.cart.policies import CartPolicy
from spoina.cart.rules import codes_in, variants_in, view_of
from spoina.cart.service import Carts
from spoina.cart.sql import Logged, Stored
from spoina.cart.types import Cart, CartAccess, CartStatus, Device
from spoina.cart.views import CartView, unacknowledged
from spoina.cart.world import World
from spoina.cart.worlds import Worlds
from spoina.checkout.drafting import draft_of
from spoina.checkout.rules import check_submission, offered_methods, problems_of, short_line, way_of
from spoina.checkout.types import Outcome, Outdated, Placed, PlacedBefore, Problem, ProblemCode, Refused, Submission
from spoina.db import Connection, Pool, transaction
from spoina.errors import CartGone, DependencyUnavailable, HoldEnded, ShortLines
from spoina.ids import CartId, CustomerId, HoldId, OperationId, ShopCustomerId, StockItemId
from spoina.inventory import sql as stock
from spoina.inventory.hold_ids import hold_id
from spoina.inventory.types import HolderKind, HoldStatus, ShortLine
from spoina.orders import sql as orders_sql
from spoina.orders.customers import shop_number
from spoina.orders.service import Orders
from spoina.orders.types import Order, PaymentWay
from spoina.terms.types import PaymentMethod, Terms

ANSWER_SECONDS = 15.0
ATTEMPTS = 3
_LOST = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)
_AGAIN = (HoldEnded, asyncpg.DeadlockDetectedError)
"""The cart's hold ended just now, which the next attempt sees; or locks from outside our own order."""
_KNOWN_CUSTOMER = "select exists (select from shop_customer where id = $1 and deleted_at is null)"

_encode = msgspec.json.Encoder().encode


class TermsOfSale(Protocol):
    @property
    def terms(self) -> Terms: ...


class _Short(Exception):
    """Ends the transaction: the cart wants more than there is."""

    def __init__(self, view: CartView, lines: Sequence[ShortLine]) -> None:
        super().__init__()
        self.view, self.lines = view, lines


class Checkout:
    """One per process."""

    def __init__(
        self, *, pool: Pool, carts: Carts, worlds: Worlds, terms: TermsOfSale, policy: CartPolicy, new_id: Callable[[], UUID]
    ) -> None:
        self._pool, self._carts, self._worlds, self._terms = pool, carts, worlds, terms
        self._policy, self._new_id = policy, new_id

    async def submit(self, access: CartAccess, submission: Submission, device: Device) -> Outcome:
        """Raises NotFound and CartGone (it expired or was merged) of the cart, InvalidInput and LimitExceeded of the submission itself, and
        DependencyUnavailable: then nobody knows, and asking again with the same token tells."""
        check_submission(submission)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                outcome = await self._tried(access, submission, device)
        except _LOST as failure:
            reason = str(failure) or type(failure).__name__
            raise DependencyUnavailable("PostgreSQL", reason, "ask again with the same token: what was placed is recognised") from failure
        if isinstance(outcome, Problem):
            return Outdated(problem=outcome, changes=await self._carts.changes(access, submission.version or 0, device.channel))
        return outcome

    async def _tried(self, access: CartAccess, submission: Submission, device: Device) -> Outcome | Problem:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with transaction(self._pool) as db:
                    return await self._submitted(db, access, submission, device)
            except _Short as short:
                return Refused(cart=access.id, problems=_of_short(short), view=short.view)
            except _AGAIN:
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _submitted(self, db: Connection, access: CartAccess, submission: Submission, device: Device) -> Outcome | Problem:
        operation = OperationId(f"submit {submission.token}")
        stored = (await cart_sql.lock(db, [access.id], [operation])).get(access.id)
        digest = cart_sql.digest_of(_encode(submission))
        try:
            digests = () if stored is None else stored.digests
            cart = check_access(access, None if stored is None else stored.cart, digests, self._worlds.clock())
        except CartGone as gone:
            if gone.reason != CartStatus.ORDERED or stored is None:
                raise
            return await _told_again(db, stored, operation, digest)
        world = await self._world(cart, device)
        view = view_of(cart, world, self._worlds.totals)
        methods = self._terms.terms.payment_methods
        if (outdated := _outdated(view, submission)) is not None:
            return outdated
        if problems := problems_of(view, submission, methods, world.shop.base.country):
            return Refused(cart=cart.id, problems=problems, view=view)
        order = await self._placed(db, view, world, submission, device, _method(view, submission, methods))
        await self._ordered(db, cart, device, operation, digest)
        return Placed(order=order)

    async def _placed(
        self, db: Connection, view: CartView, world: World, submission: Submission, device: Device, method: PaymentMethod | None
    ) -> Order:
        units = holding.wanted(view.cart.state, world)
        hold = await self._held(db, view, world, units, device)
        draft = draft_of(
            view,
            world.shop,
            submission,
            units,
            method=method,
            channel=device.channel,
            hold=hold,
            customer_id=await _shop_customer(db, view.cart.customer),
            now=world.now,
        )
        return await Orders(db, self._worlds.clock, self._new_id).place(draft, order_key(view.cart.id))

    async def _held(self, db: Connection, view: CartView, world: World, units: Mapping[StockItemId, int], device: Device) -> HoldId | None:
        """The cart's own hold, if it still holds exactly this; or one that is taken now."""
        cart = view.cart
        if cart.state.hold is not None and cart.state.hold.expires_at > world.now:
            hold = await stock.hold(db, cart.state.hold.id)
            if hold is not None and hold.status is HoldStatus.ACTIVE and hold.expires_at > world.now:
                held: dict[StockItemId, int] = {}
                for line in hold.lines:
                    held[line.item] = held.get(line.item, 0) + line.units
                if held == units:
                    return hold.id
        request = None
        if units:
            number = hold_id(self._new_id(), world.now)
            request = holding.request_for(cart, dict(units), device.channel, number, self._policy.hold_for, HolderKind.CHECKOUT)
        try:
            taken = await holding.replace_hold(db, cart.state.hold, request, world.now)
        except ShortLines as short:
            raise _Short(view, short.lines) from short
        return None if taken is None else taken.id

    async def _ordered(self, db: Connection, cart: Cart, device: Device, operation: OperationId, digest: bytes) -> None:
        """The cart's last version: every device that follows it hears that it was ordered."""
        state = replace(cart.state, hold=None)
        ordered = replace(cart, version=cart.version + 1, status=CartStatus.ORDERED, location=None, state=state)
        outcome = Applied(operation=operation, version=ordered.version)
        log = Logged(cart=cart.id, operation=operation, kind="submit", device=device, digest=digest, body=b"{}", outcome=outcome)
        await cart_sql.write(db, [ordered], [log], self._worlds.clock())

    async def _world(self, cart: Cart, device: Device) -> World:
        knowledge = await self._worlds.know(variants_in(cart.state, ()), codes_in(cart.state, ()))
        return self._worlds.world(knowledge, device.channel)


def order_key(cart: CartId) -> str:
    """A cart is one order, whatever dies: the database keeps these unique."""
    return f"cart:{cart}"


async def _told_again(db: Connection, stored: Stored, operation: OperationId, digest: bytes) -> Outcome:
    """What became of it when it was submitted before. A till sells a cart without making it an order itself."""
    placed = await orders_sql.by_key(db, order_key(stored.cart.id))
    if placed is None:
        raise CartGone(str(stored.cart.id), CartStatus.ORDERED.value)
    _, order = placed
    known = stored.known.get(operation)
    if known is None:
        return PlacedBefore(order=order)
    if known[0] == digest:
        return Placed(order=order, repeated=True)
    message = f"attemptToken: it placed order {order.id} before, with another content"
    return Refused(cart=stored.cart.id, problems=[Problem(code=ProblemCode.ATTEMPT_TOKEN_REUSED, field="attemptToken", message=message)])


def _outdated(view: CartView, submission: Submission) -> Problem | None:
    version = view.cart.version
    if submission.version is not None and submission.version != version:
        message = f"version: the cart is at {version}, the shopper saw {submission.version}"
        return Problem(code=ProblemCode.CART_VERSION_OUTDATED, field="version", message=message)
    if unacknowledged(view):
        message = "cart: prices, stock or codes changed, and the shopper has yet to acknowledge it"
        return Problem(code=ProblemCode.CHANGES_NOT_ACKNOWLEDGED, field="cart", message=message)
    return None


def _method(view: CartView, submission: Submission, methods: tuple[PaymentMethod, ...]) -> PaymentMethod | None:
    """What was asked for by its id; else the shop's first that is paid this way, except on its payment page, where the customer chooses."""
    offered = offered_methods(view, methods)
    if submission.method:
        return next((method for method in offered if method.id == submission.method), None)
    if submission.way is PaymentWay.ONLINE:
        return None
    return next((method for method in offered if way_of(method, view) is submission.way), None)


def _of_short(short: _Short) -> list[Problem]:
    """One for each of the cart's lines of these goods."""
    left = {each.item: each.left for each in short.lines}
    return [
        short_line(line, left[item])
        for line in short.view.lines
        if line.merchandise is not None and (item := line.merchandise.variant.stock.item) is not None and item in left
    ]


async def _shop_customer(db: Connection, customer: CustomerId | None) -> ShopCustomerId | None:
    """None unless the shop has him: it would refuse an order for a customer whom it does not know."""
    number = None if customer is None else shop_number(customer)
    return ShopCustomerId(number) if number is not None and await db.fetchval(_KNOWN_CUSTOMER, number) else None
