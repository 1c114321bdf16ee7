"""A pool whose answers can be held back, to bring about the order of events that a race needs."""

import asyncio

from spoina.db import Pool


class Hold:
    """The first statement that contains `mark` is answered by PostgreSQL at once, and handed over only after `release`."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self.reached = asyncio.Event()
        self._released = asyncio.Event()
        self.failure: Exception | None = None

    def release(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self._released.set()

    async def wait(self) -> None:
        self.reached.set()
        await self._released.wait()
        if self.failure is not None:
            raise self.failure


class DelayedPool:
    """Stands for the pool; `hold` applies to the next statement with that mark only."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._holds: list[Hold] = []

    def __getattr__(self, name: str):
        return getattr(self._pool, name)

    def hold(self, mark: str) -> Hold:
        self._holds.append(Hold(mark))
        return self._holds[-1]

    async def fetch(self, query: str, *args):
        held = next((each for each in self._holds if each.mark in query), None)
        if held is not None:
            self._holds.remove(held)
        rows = await self._pool.fetch(query, *args)
        if held is not None:
            await held.wait()
        return rows
