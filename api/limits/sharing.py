"""What clients took at all processes together, kept in Redis.

No request waits for it: a few times a second each process adds what its clients took to what Redis knows, and reads what all have taken.
Between two exchanges a process knows only of its own share, and what comes back within a second is not worth telling. So a client that asks
all processes at once may spend its minute's worth at each: what it took too much is owed, and over time it gets no more than its rate.
Without Redis every process goes on by itself.

For each client Redis holds one number, the microsecond at which everything it took will have come back, and forgets it then. An exchange
that ended without an answer is made again: what it told is counted twice at most.
"""

import asyncio
import logging
from collections.abc import Sequence
from itertools import islice

from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.limits.budgets import Budget, Ledger

EVERY_SECONDS = 0.25
WITHOUT_REDIS_SECONDS = 1.0
PATIENCE_SECONDS = 1.0
FORGET_EVERY_SECONDS = 10.0
MOST_AT_ONCE = 500
"""Clients in one call of the script, which takes Redis a millisecond then."""
PREFIX = "spoina:limit:"
MICROSECONDS = 1_000_000
SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local owed = {}
for i, key in ipairs(KEYS) do
  local until_then = math.max(tonumber(redis.call('GET', key) or 0), now) + tonumber(ARGV[i])
  owed[i] = until_then - now
  redis.call('SET', key, string.format('%.0f', until_then), 'PX', math.ceil(owed[i] / 1000))
end
return owed
"""
_log = logging.getLogger(__name__)


class Sharing:
    """One per process. `shared`: whether the last exchange was answered."""

    def __init__(self, redis: Redis, ledger: Ledger) -> None:
        self._script, self._ledger = redis.register_script(SCRIPT), ledger
        self.shared = True
        self._exchanging: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._exchanging = asyncio.create_task(self._exchange_forever())

    async def stop(self) -> None:
        if self._exchanging is not None:
            self._exchanging.cancel()
            await asyncio.wait((self._exchanging,))

    async def exchange(self) -> None:
        """Never raises: what could not be told is told later, as far as it has not come back by then."""
        told = [(budget, points) for budget in self._ledger.drain() if (points := budget.tell())]
        remaining = iter(told)
        while (some := list(islice(remaining, MOST_AT_ONCE))) or not self.shared:
            if not await self._told(some):
                for budget, points in (*some, *remaining):
                    budget.not_told(points)
                return

    async def _told(self, some: Sequence[tuple[Budget, float]]) -> bool:
        """Nothing is told to hear whether Redis is back."""
        microseconds = [round(points * MICROSECONDS / budget.allowance.per_second) for budget, points in some]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                owed = await self._script([PREFIX + budget.name for budget, _ in some], microseconds)
        except (RedisError, OSError) as failure:
            self._note(failure)
            return False
        for (budget, _), until in zip(some, owed, strict=True):
            budget.learn(until * budget.allowance.per_second / MICROSECONDS)
        self._note(None)
        return True

    def _note(self, failure: Exception | None) -> None:
        if self.shared and failure is not None:
            _log.warning("limits hold for each process by itself: Redis does not answer (%s)", type(failure).__name__)
        elif not self.shared and failure is None:
            _log.info("limits are shared again")
        self.shared = failure is None

    async def _exchange_forever(self) -> None:
        forget_at = self._ledger.now() + FORGET_EVERY_SECONDS
        while True:
            await asyncio.sleep(EVERY_SECONDS if self.shared else WITHOUT_REDIS_SECONDS)
            await self.exchange()
            if self._ledger.now() >= forget_at:
                self._ledger.forget()
                forget_at = self._ledger.now() + FORGET_EVERY_SECONDS
