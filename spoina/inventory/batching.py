"""Holds committed in groups: while one statement is in flight the next batch collects, without a timer. A single hold waits for one
statement; a thousand at once share a few commits, each as durable as any."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import asyncpg

from spoina.clock import Clock
from spoina.db import Connection
from spoina.errors import Conflict, DependencyUnavailable, HoldEnded, ShortLines, SpoinaError
from spoina.ids import HoldId, LocationId
from spoina.inventory import sql
from spoina.inventory.requests import check_hold, digest_of
from spoina.inventory.types import Hold, HoldRequest, HoldStatus, ShortLine, TakenLine

MOST_LINES_AT_ONCE = 512
ANSWER_SECONDS = 10.0
"""A statement that takes longer is given up together with its connection, and sent once more."""

_SESSION = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set synchronous_commit = on"
"""Only rows whose keys are known are ever read here: one plan fits every batch, whatever the tables' statistics say."""

_LOST = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)
_RETRIED = (*_LOST, asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError)
"""A unique violation: an id that was sent before. Deadlocks cannot come from the stock's own lock order, only from outside."""

_log = logging.getLogger(__name__)


class _Waiting:
    __slots__ = ("answer", "digest", "request")

    def __init__(self, request: HoldRequest, digest: bytes, answer: "asyncio.Future[Hold]") -> None:
        self.request, self.digest, self.answer = request, digest, answer


class HoldBatcher:
    """One per process, with a connection of its own. `connect` opens it, and again when it was lost."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], clock: Clock) -> None:
        self._connect, self._clock = connect, clock
        self._connection: Connection | None = None
        self._queue: list[_Waiting] = []
        self._unanswered: dict[HoldId, _Waiting] = {}
        self._busy = False
        self._task: asyncio.Task[None] | None = None

    async def stop(self) -> None:
        """Answers what is waiting, then closes the connection."""
        if self._task is not None:
            await asyncio.wait((self._task,))
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def claim(self, request: HoldRequest) -> Hold:
        """Takes all lines or none. In one process, requests win in the order in which they were asked.

        Raises ShortLines with every line that was short, InvalidInput, Conflict (the id is that of another hold), HoldEnded (the id is that
        of a hold that expired or was released), DependencyUnavailable: then nobody knows, and asking again with the same id is safe.
        """
        check_hold(request)
        digest = digest_of(request.holder, request.channel, request.lines)
        waiting = self._unanswered.get(request.id)
        if waiting is None:
            waiting = _Waiting(request, digest, asyncio.get_running_loop().create_future())
            self._unanswered[request.id] = waiting
            self._queue.append(waiting)
            self._wake()
        elif waiting.digest != digest:
            raise Conflict("id", "another hold has this id")
        return await asyncio.shield(waiting.answer)

    def _wake(self) -> None:
        if not self._busy:
            self._busy = True
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self._queue:
            batch = self._next_batch()
            try:
                await self._answer(batch)
            except Exception as failure:  # whatever it is: those who wait must hear of it
                _log.warning("a batch of holds failed: %s", failure)
                for waiting in batch:
                    self._fail(waiting, _unavailable(failure))
        self._busy = False  # in the same step in which the queue was seen empty, or a request that comes between would wait for ever

    def _next_batch(self) -> list[_Waiting]:
        size = lines = 0
        for waiting in self._queue:
            lines += len(waiting.request.lines)
            if size and lines > MOST_LINES_AT_ONCE:
                break
            size += 1
        batch, self._queue = self._queue[:size], self._queue[size:]
        return batch

    async def _answer(self, batch: Sequence[_Waiting]) -> None:
        now = self._clock()
        claim = sql.Claim(now, [(waiting.request, waiting.digest) for waiting in batch])
        rows = await self._send(claim)
        taken: dict[int, list[TakenLine]] = {}
        short: dict[int, list[ShortLine]] = {}
        known: list[_Waiting] = []
        for place, line, location, units, backordered, left in rows:
            if line is None:
                known.append(batch[place - 1])
            elif location is None:
                short.setdefault(place, []).append(claim.short_line(place, line, left))
            else:
                taken.setdefault(place, []).append(TakenLine(claim.item(line), LocationId(location), units, backordered))
        for place, waiting in enumerate(batch, start=1):
            if place in taken:
                self._succeed(waiting, claim.hold(place, taken[place]))
            elif place in short:
                self._fail(waiting, ShortLines(short[place]))
        if known:
            await self._answer_known(known)

    async def _send(self, claim: sql.Claim) -> list[asyncpg.Record]:
        """Once more after a failure: what was committed before it is recognised by its id."""
        try:
            return await claim.send(await self._connected(), again=False, timeout=ANSWER_SECONDS)
        except _RETRIED as failure:
            if isinstance(failure, _LOST):
                self._drop_connection(failure)
        try:
            return await claim.send(await self._connected(), again=True, timeout=ANSWER_SECONDS)
        except _LOST as failure:
            self._drop_connection(failure)
            raise

    async def _answer_known(self, known: Sequence[_Waiting]) -> None:
        stored = await sql.holds(await self._connected(), [waiting.request.id for waiting in known])
        now = self._clock()
        for waiting in known:
            hold, digest = stored[waiting.request.id]
            if digest != waiting.digest:
                self._fail(waiting, Conflict("id", "another hold has this id"))
            elif hold.status in {HoldStatus.RELEASED, HoldStatus.EXPIRED}:
                self._fail(waiting, HoldEnded(str(hold.id), hold.status))
            elif hold.status is HoldStatus.ACTIVE and hold.expires_at <= now:
                self._fail(waiting, HoldEnded(str(hold.id), HoldStatus.EXPIRED))
            else:
                self._succeed(waiting, hold)

    def _succeed(self, waiting: _Waiting, hold: Hold) -> None:
        self._unanswered.pop(waiting.request.id, None)
        if not waiting.answer.done():
            waiting.answer.set_result(hold)

    def _fail(self, waiting: _Waiting, failure: SpoinaError) -> None:
        self._unanswered.pop(waiting.request.id, None)
        if not waiting.answer.done():
            waiting.answer.set_exception(failure)
            waiting.answer.exception()  # seen, even where the one who asked has gone

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.is_closed():
            connection = await self._connect()
            await connection.execute(_SESSION)
            self._connection = connection
        return self._connection

    def _drop_connection(self, failure: Exception) -> None:
        _log.warning("the connection for holds was lost: %s", failure or type(failure).__name__)
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            connection.terminate()


def _unavailable(failure: Exception) -> SpoinaError:
    reason = str(failure) or type(failure).__name__
    return DependencyUnavailable("PostgreSQL", reason, "ask again with the same id: what was held is recognised")
