"""When to ask again: one pace for all requests of a client, so that a shop which asks for quiet gets it from all of them."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
LONGEST_RETRY_AFTER: Final = 120.0
"""Seconds. A shop that wants more is asked again after this, so that a wrong header cannot stop the mirror for a day."""


class Pace:
    """Back-off for one client. `attempts` counts the first try."""

    def __init__(
        self,
        attempts: int = 6,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.attempts = attempts
        self._sleep, self._monotonic, self._chance = sleep, monotonic, chance
        self._quiet_until = 0.0

    async def turn(self) -> None:
        """Returns when the shop may be asked; whoever waits looks again afterwards, as the quiet time may have grown."""
        while (left := self._quiet_until - self._monotonic()) > 0:
            await self._sleep(left)

    def quiet(self, attempt: int, retry_after: float | None) -> None:
        """The shop is overloaded: nobody asks for a while."""
        self._quiet_until = max(self._quiet_until, self._monotonic() + self._wait(attempt, retry_after))

    async def back_off(self, attempt: int) -> None:
        """One request failed for a reason of its own: only it waits."""
        await self._sleep(self._wait(attempt, None))

    def _wait(self, attempt: int, retry_after: float | None) -> float:
        """Doubles with each attempt (1 is the first); half of it is by chance, so that waiting clients do not come back together."""
        if retry_after is not None:
            return min(retry_after, LONGEST_RETRY_AFTER)
        longest = min(FIRST_WAIT * 2.0 ** (attempt - 1), LONGEST_WAIT)
        return longest / 2 + longest / 2 * self._chance()


def seconds_asked_for(retry_after: str | None, now: datetime) -> float | None:
    """A Retry-After header: seconds or an HTTP date; None where there is none that can be read."""
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (ValueError, TypeError):
        return None
