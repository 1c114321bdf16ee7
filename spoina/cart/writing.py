"""Changes of carts committed in groups: while one transaction is in flight the next batch collects, without a timer.

A batch is one transaction: a statement locks all its carts in the order of their ids and returns them, the rules are applied in memory, and
a statement writes carts, operations and the announcement. What is wrong with one command does not touch the others.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

import asyncpg
from msgspec.structs import replace

from spoina.cart import holding, sql
from spoina.cart.commands import Command, Open, Worked, opened, work_out
from spoina.cart.holding import NewHoldId
from spoina.cart.operations import AnyOperation, Outcome, Refusal, RefusalCode, Refused
from spoina.cart.policies import CartPolicy
from spoina.cart.rules import codes_in, variants_in, view_of
from spoina.cart.types import Cart, CartAccess, CartHold, CartState, Device
from spoina.cart.views import Answered
from spoina.cart.world import World
from spoina.cart.worlds import Worlds
from spoina.clock import Clock
from spoina.db import Connection
from spoina.errors import DependencyUnavailable, ShortLines, SpoinaError
from spoina.ids import CartId, Channel
from spoina.inventory.types import HolderKind

LANES = 2
"""While one waits for PostgreSQL the other works; a cart always takes the same."""
MOST_AT_ONCE = 50
ATTEMPTS = 3
ANSWER_SECONDS = 10.0
"""A batch that takes longer is given up together with its connection, and done once more."""
BREATH_SECONDS = 0.005
"""Large carts take long: others get their turn in between."""

_SESSION = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set synchronous_commit = on"
"""Only rows whose keys are known are read: one plan fits every batch."""
_LOST = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)
_RETRIED = (*_LOST, asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError)
"""A unique violation: another process applied the same operation while this one waited for the cart. Looked at again, it is known."""

_NOTHING = CartState()
_log = logging.getLogger(__name__)

Result = Worked | Exception


class CartWriter:
    """One per process, with connections of its own. `connect` opens one, and again when it was lost."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], worlds: Worlds, policy: CartPolicy, new_hold_id: NewHoldId) -> None:
        self._lanes = [_Lane(connect, worlds, policy, new_hold_id) for _ in range(LANES)]

    async def stop(self) -> None:
        """Answers what is waiting, then closes the connections."""
        for lane in self._lanes:
            await lane.stop()

    def submit(
        self, access: CartAccess, operations: Sequence[AnyOperation], device: Device, founding: Cart | None = None
    ) -> Awaitable[Answered]:
        """Waiting for it raises NotFound, CartGone, DependencyUnavailable: then nobody knows, and asking again is safe."""
        command = Command(access, operations, device, asyncio.get_running_loop().create_future(), founding)
        self._lanes[access.id.int % LANES].submit(command)
        return command.answer


class _Lane:
    def __init__(self, connect: Callable[[], Awaitable[Connection]], worlds: Worlds, policy: CartPolicy, new_hold_id: NewHoldId) -> None:
        self._connect, self._worlds, self._policy, self._new_hold_id = connect, worlds, policy, new_hold_id
        self._connection: Connection | None = None
        self._queue: list[Command] = []
        self._busy = False
        self._task: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        if self._task is not None:
            await asyncio.wait((self._task,))
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    def submit(self, command: Command) -> None:
        self._queue.append(command)
        if not self._busy:
            self._busy = True
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self._queue:
            batch, self._queue = self._queue[:MOST_AT_ONCE], self._queue[MOST_AT_ONCE:]
            alone = [command for command in batch if self._policy.holds_when_added(command.device.channel)]
            together = [command for command in batch if command not in alone]
            for command in (*alone, *(await self._done(together) if together else ())):
                await self._done([command], holding=True)
        self._busy = False  # in the same step in which the queue was seen empty, or a command that comes between would wait for ever

    async def _done(self, batch: Sequence[Command], *, holding: bool = False) -> list[Command]:
        """Returns those that have to be done alone, because their carts hold stock."""
        try:
            return await self._attempt(batch, holding=holding)
        except Exception as failure:  # whatever it is: those who wait must hear of it
            if len(batch) > 1 and not isinstance(failure, _LOST):
                return [left for command in batch for left in await self._done([command])]
            _log.warning("a batch of changes of carts failed: %s", failure)
            for command in batch:
                command.fail(_unavailable(failure) if isinstance(failure, _LOST) else failure)
            return []

    async def _attempt(self, batch: Sequence[Command], *, holding: bool) -> list[Command]:
        """Again after a failure: what was committed before it is recognised by its operations' ids."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._decide(batch, holding=holding)
            except _RETRIED as failure:
                if isinstance(failure, _LOST):
                    self._lose_connection(failure)
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    async def _decide(self, batch: Sequence[Command], *, holding: bool) -> list[Command]:
        db = await self._connected()
        async with db.transaction():
            stored = await sql.lock(
                db,
                {command.access.id for command in batch},
                {operation.id for command in batch for operation in command.operations},
            )
            deferred = [] if holding else [command for command in batch if _holds(stored.get(command.access.id))]
            batch = [command for command in batch if command not in deferred]
            carts = _opened(batch, stored)
            worlds = await self._worlds_of(batch, carts)
            results = [await self._worked(db, command, carts, worlds, holding=holding) for command in batch]
            await _write(db, carts, results, self._worlds.clock)
        # Later, so that PostgreSQL works on the next batch while this one's callers are told.
        asyncio.get_running_loop().call_soon(self._answer, batch, results, worlds)
        return deferred

    async def _worlds_of(self, batch: Sequence[Command], carts: Mapping[CartId, Open]) -> dict[Channel, World]:
        operations = [operation for command in batch for operation in command.operations]
        variants = {variant for found in carts.values() for variant in variants_in(found.cart.state, ())}
        codes = {code for found in carts.values() for code in codes_in(found.cart.state, operations)}
        for operation in operations:
            variants |= variants_in(_NOTHING, (operation,))
        knowledge = await self._worlds.know(variants, codes)
        return {channel: self._worlds.world(knowledge, channel) for channel in {command.device.channel for command in batch}}

    async def _worked(
        self, db: Connection, command: Command, carts: Mapping[CartId, Open], worlds: Mapping[Channel, World], *, holding: bool
    ) -> Result:
        found, world = carts.get(command.access.id), worlds[command.device.channel]
        begun = asyncio.get_running_loop().time()
        try:
            before = None if found is None else found.cart
            worked = work_out(command, found, world, self._worlds.totals)
            if holding and worked.log and before is not None and found is not None:
                worked = await self._held(db, command, found, before, worked, world)
        except SpoinaError as failure:
            return failure
        if asyncio.get_running_loop().time() - begun > BREATH_SECONDS:
            await asyncio.sleep(0)
        return worked

    async def _held(self, db: Connection, command: Command, found: Open, before: Cart, worked: Worked, world: World) -> Worked:
        """The cart with a hold on all that is in it now; or as it was, if there is not enough."""
        old = before.state.hold
        stays = old is not None and old.at_checkout and old.expires_at <= world.now
        if stays or (old is None and not self._policy.holds_when_added(command.device.channel)):
            hold = None
        else:
            units = holding.wanted(worked.cart.state, world)
            kind = HolderKind.CHECKOUT if old is not None and old.at_checkout else HolderKind.CART
            ids = worked.cart, units, command.device.channel, self._new_hold_id(), self._policy.hold_for, kind
            try:
                async with db.transaction():
                    hold = await holding.replace_hold(db, old, holding.request_for(*ids) if units else None, world.now)
            except ShortLines as short:
                return _short(found, before, worked, short)
            if hold is not None and old is not None and old.at_checkout:
                hold = replace(hold, at_checkout=True)
        return _with_hold(found, worked, hold)

    def _answer(self, batch: Sequence[Command], results: Sequence[Result], worlds: Mapping[Channel, World]) -> None:
        for command, result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                command.fail(result)
            elif not command.answer.done():
                try:
                    view = view_of(result.cart, worlds[command.device.channel], self._worlds.totals, result.priced)
                    command.succeed(Answered(view=view, outcomes=result.outcomes))
                except Exception as failure:  # whatever it is: who waits must hear of it
                    command.fail(failure)

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            connection = await self._connect()
            await connection.execute(_SESSION)
            self._connection = connection
        return self._connection

    def _lose_connection(self, failure: Exception) -> None:
        _log.warning("the connection for carts was lost: %s", failure or type(failure).__name__)
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()


def _opened(batch: Sequence[Command], stored: Mapping[CartId, sql.Stored]) -> dict[CartId, Open]:
    carts: dict[CartId, Open] = {}
    for command in batch:
        cart = command.access.id
        if cart not in carts and (found := opened(stored.get(cart), command)) is not None:
            carts[cart] = found
    return carts


async def _write(db: Connection, carts: Mapping[CartId, Open], results: Sequence[Result], clock: Clock) -> None:
    written = {cart: found for cart, found in carts.items() if found.written}
    if not written:
        return
    log = [entry for result in results if isinstance(result, Worked) for entry in result.log]
    founded = {cart: found.founded for cart, found in written.items() if found.founded is not None}
    await sql.write(db, [found.cart for found in written.values()], log, clock(), founded)


def _holds(stored: sql.Stored | None) -> bool:
    return stored is not None and stored.cart.state.hold is not None


def _with_hold(found: Open, worked: Worked, hold: CartHold | None) -> Worked:
    found.cart = worked.cart = replace(worked.cart, state=replace(worked.cart.state, hold=hold))
    return worked


def _short(found: Open, before: Cart, worked: Worked, short: ShortLines) -> Worked:
    """None of the command's operations is applied: together they want more than there is."""
    for entry in worked.log:
        del found.known[entry.operation]
    found.cart, found.written = before, found.founded is not None
    applied = {entry.operation for entry in worked.log}
    message = "lines: there is not enough left to hold"
    refusal = Refusal(
        code=RefusalCode.NOT_ENOUGH_STOCK, field="lines", message=message, left=min((line.left for line in short.lines), default=0)
    )
    outcomes: tuple[Outcome, ...] = tuple(
        Refused(operation=outcome.operation, refusals=(refusal,)) if outcome.operation in applied else outcome
        for outcome in worked.outcomes
    )
    return Worked(before, outcomes, [], None)


def _unavailable(failure: Exception) -> SpoinaError:
    reason = str(failure) or type(failure).__name__
    return DependencyUnavailable("PostgreSQL", reason, "ask again with the same operation ids: what was applied is recognised")
