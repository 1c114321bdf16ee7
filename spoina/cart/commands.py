"""One command: operations on one cart, from being asked for until they are answered."""

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from spoina.cart import sql
from spoina.cart.keys import check_access, secret_digest
from spoina.cart.limits import MOST_BYTES
from spoina.cart.operations import AnyOperation, Applied, Outcome, Refusal, RefusalCode, Refused
from spoina.cart.pricing import Priced, Totals
from spoina.cart.rules import apply
from spoina.cart.types import Cart, CartAccess, Device
from spoina.cart.views import Answered
from spoina.cart.world import World
from spoina.ids import OperationId

GROWS_BY = 4096
"""Bytes: what an operation may add beside what it says, such as the offers of delivery."""


class Command:
    """`founding`: the cart to be made first, if there is none under that id yet; `access` bears its secret."""

    __slots__ = ("access", "answer", "bodies", "device", "founding", "operations")

    def __init__(
        self,
        access: CartAccess,
        operations: Sequence[AnyOperation],
        device: Device,
        answer: "asyncio.Future[Answered]",
        founding: Cart | None = None,
    ) -> None:
        self.access, self.operations, self.device = access, operations, device
        self.answer, self.founding = answer, founding
        self.bodies = [sql.encode_operation(operation) for operation in operations]

    def succeed(self, answered: Answered) -> None:
        if not self.answer.done():  # who asked may have gone
            self.answer.set_result(answered)

    def fail(self, failure: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(failure)


class Open(msgspec.Struct):
    """A locked cart while commands are worked out on it. `size`: bytes that it has at most; `written`: something is to be stored;
    `founded`: digest of a new cart's secret."""

    cart: Cart
    digests: Sequence[bytes]
    known: dict[OperationId, tuple[bytes, Applied]]
    size: int
    written: bool = False
    founded: bytes | None = None


class Worked(msgspec.Struct):
    """What came of a command. `priced`: the answer to the cart as it is after it, if there is one."""

    cart: Cart
    outcomes: tuple[Outcome, ...]
    log: list[sql.Logged]
    priced: Priced | None


def opened(stored: sql.Stored | None, command: Command) -> Open | None:
    if stored is not None:
        return Open(stored.cart, stored.digests, dict(stored.known), len(stored.body))
    if command.founding is None:
        return None
    digest = secret_digest(command.access.secret)
    return Open(command.founding, [digest], {}, 0, written=True, founded=digest)


def work_out(command: Command, found: Open | None, world: World, totals: Totals) -> Worked:
    """Raises what check_access raises. Changes `found` as the database will be changed."""
    cart = check_access(command.access, None if found is None else found.cart, () if found is None else found.digests, world.now)
    assert found is not None  # noqa: S101 - or access would have been refused
    priced: Priced | None = None
    outcomes: list[Outcome] = []
    log: list[sql.Logged] = []
    for operation, body in zip(command.operations, command.bodies, strict=True):
        digest = sql.digest_of(body)
        if (before := found.known.get(operation.id)) is not None:
            outcomes.append(_repeated(operation.id, before, digest))
            continue
        done = apply(cart, operation, world, command.device, totals)
        outcome = _too_large(operation.id) if _grows_too_large(found, done.cart, body) else done.outcome
        outcomes.append(outcome)
        if isinstance(outcome, Applied):
            cart, priced = done.cart, done.priced
            found.known[operation.id] = digest, outcome
            log.append(sql.logged(cart.id, operation, command.device, outcome, body, digest))
    found.cart = cart
    found.written |= bool(log)
    return Worked(cart, tuple(outcomes), log, priced)


def _grows_too_large(found: Open, cart: Cart, body: bytes) -> bool:
    """A cart grows by little more than the operation itself: only a large one has to be looked at."""
    found.size += 2 * len(body) + GROWS_BY
    if found.size > MOST_BYTES:
        found.size = len(sql.encode_state(cart.state))
    return found.size > MOST_BYTES


def _too_large(operation: OperationId) -> Refused:
    message = f"cart: at most {MOST_BYTES} bytes"
    return Refused(operation=operation, refusals=(Refusal(code=RefusalCode.TOO_LONG, field="cart", message=message, limit=MOST_BYTES),))


def _repeated(operation: OperationId, before: tuple[bytes, Applied], digest: bytes) -> Outcome:
    known, outcome = before
    if known == digest:
        return replace(outcome, repeated=True)
    message = "id: another operation on this cart had this id"
    return Refused(operation=operation, refusals=(Refusal(code=RefusalCode.OPERATION_REUSED, field="id", message=message),))
