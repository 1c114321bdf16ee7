"""Remembers that the server does not answer, so that not every shopper waits until that is certain.

After one timeout all searches are told at once that search is away, and one question at a time, for which nobody waits, finds out when it
is back. Nothing is queued meanwhile, so the return lets no flood loose. What fails at once (a refused connection, an error) costs nobody
time and is not remembered.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import httpx

Ask = Callable[[], Awaitable[object]]


class Circuit:
    """Of one server, in one process. `ask` raises httpx.TimeoutException while the server does not answer in time."""

    def __init__(self, ask: Ask, rest_seconds: float) -> None:
        self._ask, self._rest_seconds = ask, rest_seconds
        self._watch: asyncio.Task[None] | None = None
        self._returns = 0

    @property
    def is_open(self) -> bool:
        return self._watch is not None

    @property
    def returns(self) -> int:
        """How often the server came back. Taken before a request, it tells `timed_out` which absence that was."""
        return self._returns

    def timed_out(self, returns: int) -> None:
        """A request that was on its way before the server came back says nothing about now."""
        if self._watch is None and returns == self._returns:
            self._watch = asyncio.create_task(self._until_it_answers())

    async def close(self) -> None:
        if (watch := self._watch) is not None:
            watch.cancel()
            await asyncio.wait((watch,))

    async def _until_it_answers(self) -> None:
        try:
            while not await self._answers():
                pass
        finally:
            # Whatever has ended it: the next search finds out by itself.
            self._returns += 1
            self._watch = None

    async def _answers(self) -> bool:
        await asyncio.sleep(self._rest_seconds)
        with contextlib.suppress(httpx.HTTPError):
            try:
                await self._ask()
            except httpx.TimeoutException:
                return False
        return True
