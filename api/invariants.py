"""The stock's invariants, checked at most so often: each check reads every row and every move."""

import asyncio
from collections.abc import Callable, Sequence

from spoina.clock import Clock
from spoina.db import Pool
from spoina.inventory.invariants import Finding, check_invariants

GOOD_FOR_SECONDS = 30.0


class InvariantChecks:
    """One per process. `monotonic` gives seconds."""

    def __init__(self, pool: Pool, clock: Clock, monotonic: Callable[[], float]) -> None:
        self._pool, self._clock, self._monotonic = pool, clock, monotonic
        self._findings: Sequence[Finding] = ()
        self._until = float("-inf")
        self._turn = asyncio.Lock()

    async def findings(self) -> Sequence[Finding]:
        """Those of the last half minute; whoever comes first checks for all."""
        async with self._turn:
            if self._monotonic() >= self._until:
                self._findings = await check_invariants(self._pool, self._clock())
                self._until = self._monotonic() + GOOD_FOR_SECONDS
            return self._findings
