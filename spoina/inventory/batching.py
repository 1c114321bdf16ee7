"""Holds committed in groups: while one statement is in flight the next batch collects, without a timer. A single hold waits for one
statement; a thousand at once share a few commits, each as durable as any.

Nobody hears of a hold that is not durable. A request that is alone waits for its own commit. A larger batch is committed without waiting
for the disk, so that its rows are free for the next one at once, and answered after a second session has made it durable: the log is one
sequence, and whoever flushes its end has flushed all that was written before.

    the server crashes before the flush    Every session ends. The batch is decided again: what did not survive was told to nobody, and
                                           what did is recognised by its id. Other processes that heard of it read all stock anew.
    one of the two sessions is lost        Both are given up, and what is not flushed is decided again. A flush counts only for commits
                                           that came after its session was opened, or it might vouch for a server that forgot them.
    standbys that are waited for           The flush waits for them, and so for all that came before it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime

import asyncpg

from spoina.clock import Clock
from spoina.db import Connection
from spoina.errors import Conflict, DependencyUnavailable, HoldEnded, ShortLines, SpoinaError
from spoina.inventory import sql
from spoina.inventory.claiming import Asked, Claimed, claim, first_hold, flush, take_all, take_one
from spoina.inventory.requests import check_hold
from spoina.inventory.rules import grants
from spoina.inventory.types import Hold, HoldRequest, HoldStatus

MOST_LINES_AT_ONCE = 100
"""A hundred share the costs of a commit nearly as well as a thousand, and while they are decided the others can be read and told. Their
items must fit into one announcement (390), and so must those of the largest request."""
ATTEMPTS = 3
BATCHES_ONE_BY_ONE = 50
"""After a batch for which something was short: what is short stays so for a while, and trying for all first would be in vain."""
ANSWER_SECONDS = 10.0
"""A statement that takes longer is given up together with its connection, and sent once more."""

_SESSION = "set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set synchronous_commit = on"
"""Only rows whose keys are known are ever read here: one plan fits every batch, whatever the tables' statistics say."""

_LOST = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError)
_RETRIED = (*_LOST, asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError)
"""A unique violation: an id that was sent before. Deadlocks cannot come from the stock's own lock order, only from outside."""

_log = logging.getLogger(__name__)


class _Waiting(Asked):
    """One hold that is asked for. `others` sent the same while it was waiting."""

    __slots__ = ("answer", "others")

    def __init__(self, request: HoldRequest, answer: "asyncio.Future[Hold]") -> None:
        super().__init__(request)
        self.answer = answer
        self.others: list[asyncio.Future[Hold]] | None = None

    def join(self, other: "asyncio.Future[Hold]") -> None:
        if self.others is None:
            self.others = []
        self.others.append(other)

    def succeed(self, hold: Hold) -> None:
        if not self.answer.done():  # who asked may have gone
            self.answer.set_result(hold)
        for answer in self.others or ():
            if not answer.done():
                answer.set_result(hold)

    def fail(self, failure: Exception) -> None:
        for answer in (self.answer, *(self.others or ())):
            if not answer.done():
                answer.set_exception(failure)


class _Batch:
    """Requests that are decided together. `attempts`: how often they were sent."""

    __slots__ = ("attempts", "waiting")

    def __init__(self, waiting: Sequence[_Waiting]) -> None:
        self.waiting = waiting
        self.attempts = 0


class _Sessions:
    """Opened together and given up together. `unflushed`: what `deciding` committed and `flushing` has yet to make durable."""

    __slots__ = ("busy", "deciding", "flushing", "unflushed")

    def __init__(self, deciding: Connection, flushing: Connection) -> None:
        self.deciding, self.flushing = deciding, flushing
        self.unflushed: list[tuple[_Batch, Claimed]] = []
        self.busy = False

    @property
    def alive(self) -> bool:
        return not (self.deciding.is_closed() or self.flushing.is_closed())

    async def close(self) -> None:
        await self.deciding.close()
        await self.flushing.close()

    def terminate(self) -> None:
        for connection in (self.deciding, self.flushing):
            if not connection.is_closed():
                connection.terminate()


class HoldBatcher:
    """One per process, with two connections of its own. `connect` opens them, and again when one was lost."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], clock: Clock) -> None:
        self._connect, self._clock = connect, clock
        self._sessions: _Sessions | None = None
        self._queue: list[_Waiting] = []
        self._again: list[_Batch] = []
        self._unanswered: dict[int, _Waiting] = {}  # by the id's number: a UUID takes a microsecond to hash
        self._one_by_one = 0
        self._busy = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Answers what is waiting, then closes the connections."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._sessions is not None:
            await self._sessions.close()
            self._sessions = None

    def claim(self, request: HoldRequest) -> Awaitable[Hold]:
        """Takes all lines or none. In one process, requests win in the order in which they were asked.

        Raises InvalidInput and Conflict (the id is that of another hold) at once. Waiting for it raises ShortLines with every line that was
        short, Conflict, HoldEnded (the id is that of a hold that expired or was released), DependencyUnavailable: then nobody knows, and
        asking again with the same id is safe.
        """
        check_hold(request)
        answer: asyncio.Future[Hold] = asyncio.get_running_loop().create_future()
        key = request.id.int
        waiting = self._unanswered.get(key)
        if waiting is None:
            waiting = self._unanswered[key] = _Waiting(request, answer)
            self._queue.append(waiting)
            if not self._busy:
                self._keep_working()
        elif waiting.request == request:
            waiting.join(answer)
        else:
            raise Conflict("id", "another hold has this id")
        return answer

    def _keep_working(self) -> None:
        if not self._busy:
            self._busy = True
            self._start(self._work())

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        while self._again or self._queue:
            batch = self._next_batch()
            try:
                await self._decide(batch)
            except Exception as failure:  # whatever it is: those who wait must hear of it
                _log.warning("a batch of holds failed: %s", failure)
                self._fail_all(batch, _unavailable(failure) if isinstance(failure, _LOST) else failure)
        self._busy = False  # in the same step in which the queue was seen empty, or a request that comes between would wait for ever

    def _next_batch(self) -> _Batch:
        if self._again:
            return self._again.pop(0)
        size = lines = 0
        for waiting in self._queue:
            lines += len(waiting.request.lines)
            if size and lines > MOST_LINES_AT_ONCE:
                break
            size += 1
        batch, self._queue = _Batch(self._queue[:size]), self._queue[size:]
        return batch

    def _answer_later(self, batch: _Batch, claimed: Claimed) -> None:
        """So that PostgreSQL works on the next batch while this one's callers are told."""
        asyncio.get_running_loop().call_soon(self._answer, batch.waiting, claimed)

    def _answer(self, batch: Sequence[_Waiting], claimed: Claimed) -> None:
        if claimed.held is None:
            for waiting in batch:
                self._succeed(waiting, first_hold(waiting.request, claimed.now))
            return
        for place, hold in claimed.held.items():
            self._succeed(batch[place], hold)
        for place, short in claimed.short.items():
            self._fail(batch[place], ShortLines(short))

    async def _decide(self, batch: _Batch) -> None:
        """Again after a failure: what was committed before it is recognised by its id."""
        while True:
            batch.attempts += 1
            try:
                return await self._decide_once(batch)
            except _RETRIED as failure:
                if isinstance(failure, _LOST):
                    self._lose(self._sessions, failure)
                if batch.attempts >= ATTEMPTS:
                    raise

    async def _decide_once(self, batch: _Batch) -> None:
        sessions = await self._connected()
        claimed = await self._claimed(sessions.deciding, batch.waiting, again=batch.attempts > 1)
        await self._answer_known(sessions.deciding, [batch.waiting[place] for place in claimed.known])
        if claimed.durable:
            self._answer_later(batch, claimed)
        else:
            self._flush_later(sessions, batch, claimed)

    async def _claimed(self, db: Connection, batch: Sequence[Asked], *, again: bool) -> Claimed:
        now = self._clock()
        if again or self._one_by_one > 0 or any(len(asked.request.lines) > 1 for asked in batch):
            self._one_by_one -= 1
            return await claim(db, now, batch, again=again, timeout=ANSWER_SECONDS)
        held = await self._take(db, now, batch)
        if held is None:
            return Claimed(now, None, {}, [], durable=len(batch) == 1)
        self._one_by_one = BATCHES_ONE_BY_ONE
        places = [place for place in range(len(batch)) if place not in held]
        rest = await claim(db, now, [batch[place] for place in places], again=False, timeout=ANSWER_SECONDS)
        durable = rest.durable and not held
        held.update((places[place], hold) for place, hold in (rest.held or {}).items())
        return Claimed(now, held, {places[place]: short for place, short in rest.short.items()}, [], durable)

    async def _take(self, db: Connection, now: datetime, batch: Sequence[Asked]) -> dict[int, Hold] | None:
        if len(batch) > 1:
            return await take_all(db, now, batch, timeout=ANSWER_SECONDS)
        return None if await take_one(db, now, batch[0], timeout=ANSWER_SECONDS) else {}

    def _flush_later(self, sessions: _Sessions, batch: _Batch, claimed: Claimed) -> None:
        sessions.unflushed.append((batch, claimed))
        if not sessions.busy:
            sessions.busy = True
            self._start(self._flush(sessions))

    async def _flush(self, sessions: _Sessions) -> None:
        while sessions.unflushed:
            committed, sessions.unflushed = sessions.unflushed, []
            try:
                await flush(sessions.flushing, timeout=ANSWER_SECONDS)
            except Exception as failure:  # whatever it is: nobody knows what is durable
                self._lose(sessions, failure)
                self._again += [batch for batch, _ in committed]
                self._keep_working()
            else:
                for batch, claimed in committed:
                    self._answer_later(batch, claimed)
        sessions.busy = False

    async def _answer_known(self, db: Connection, known: Sequence[_Waiting]) -> None:
        if not known:
            return
        stored = await sql.holds(db, [waiting.request.id for waiting in known])
        now = self._clock()
        for waiting in known:
            hold = stored[waiting.request.id]
            if not grants(hold, waiting.request):
                self._fail(waiting, Conflict("id", "another hold has this id"))
            elif hold.status in {HoldStatus.RELEASED, HoldStatus.EXPIRED}:
                self._fail(waiting, HoldEnded(str(hold.id), hold.status))
            elif hold.status is HoldStatus.ACTIVE and hold.expires_at <= now:
                self._fail(waiting, HoldEnded(str(hold.id), HoldStatus.EXPIRED))
            else:
                self._succeed(waiting, hold)

    def _succeed(self, waiting: _Waiting, hold: Hold) -> None:
        self._unanswered.pop(waiting.request.id.int, None)
        waiting.succeed(hold)

    def _fail(self, waiting: _Waiting, failure: Exception) -> None:
        self._unanswered.pop(waiting.request.id.int, None)
        waiting.fail(failure)

    def _fail_all(self, batch: _Batch, failure: Exception) -> None:
        for waiting in batch.waiting:
            self._fail(waiting, failure)

    async def _connected(self) -> _Sessions:
        if self._sessions is not None and not self._sessions.alive:
            self._sessions.terminate()
            self._sessions = None
        if self._sessions is None:
            deciding = await self._opened()
            try:
                self._sessions = _Sessions(deciding, await self._opened())
            except BaseException:
                deciding.terminate()
                raise
        return self._sessions

    async def _opened(self) -> Connection:
        connection = await self._connect()
        await connection.execute(_SESSION)
        return connection

    def _lose(self, sessions: _Sessions | None, failure: Exception) -> None:
        _log.warning("the connections for holds were lost: %s", failure or type(failure).__name__)
        if sessions is not None:
            sessions.terminate()


def _unavailable(failure: Exception) -> SpoinaError:
    reason = str(failure) or type(failure).__name__
    return DependencyUnavailable("PostgreSQL", reason, "ask again with the same id: what was held is recognised")
