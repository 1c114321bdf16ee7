"""One run of a variant: its functions, and then, level by level, what has to be waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from types import CoroutineType
from typing import Any

import msgspec

from projection.arguments import Arguments, Bind, Values
from projection.readings import Batch
from projection.refusals import Unusual

Complete = Callable[[Any, "Run"], object]


class Later(msgspec.Struct, frozen=True, gc=False):
    """The place in an answer that a value is waited for: `name` of `target`, once `complete` has made an answer of it."""

    target: msgspec.Struct
    name: str
    complete: Complete

    def fill(self, value: object, run: "Run") -> None:
        setattr(self.target, self.name, self.complete(value, run))


class Run:
    """What the functions of one run share. Resolvers get it as `info` and read `context`."""

    __slots__ = ("arguments", "context", "keys", "waiting")

    def __init__(self, context: object, arguments: list[Arguments], batches: int) -> None:
        self.context, self.arguments = context, arguments
        self.waiting: list[tuple[Later, Awaitable[object]]] = []
        self.keys: list[list[tuple[Later, Any]]] = [[] for _ in range(batches)]

    def close(self) -> None:
        """What nobody will wait for any more."""
        for _, awaitable in self.waiting:
            if isinstance(awaitable, CoroutineType):
                awaitable.close()


class Variant(msgspec.Struct, frozen=True):
    """A document compiled for one combination of flags."""

    root: Callable[[None, Run], msgspec.Struct]
    binds: Sequence[Bind]
    batches: Sequence[Batch]

    async def run(self, values: Values, context: object) -> msgspec.Struct:
        """Raises whatever has to be answered by graphql-core."""
        run = Run(context, [bind(values) for bind in self.binds], len(self.batches))
        try:
            answer = self.root(None, run)
            while run.waiting or any(run.keys):
                await self._level(run)
        finally:
            run.close()
        return answer

    async def _level(self, run: Run) -> None:
        asked, run.keys = run.keys, [[] for _ in self.batches]
        waiting, run.waiting = run.waiting, []
        loads: list[Awaitable[object]] = [
            self._load(batch, places, run) for batch, places in zip(self.batches, asked, strict=True) if places
        ]
        values = await _all([awaitable for _, awaitable in waiting] + loads)
        for (later, _), value in zip(waiting, values, strict=False):
            later.fill(value, run)

    async def _load(self, batch: Batch, places: list[tuple[Later, Any]], run: Run) -> None:
        keys = list(dict.fromkeys(key for _, key in places))
        values = await batch.load(run.context, keys)
        if len(values) != len(keys):
            raise Unusual
        found = dict(zip(keys, values, strict=True))
        for later, key in places:
            later.fill(found[key], run)


async def _all(awaitables: Sequence[Awaitable[object]]) -> Sequence[object]:
    """Raises the first error, but not before all of them have ended: nothing goes on behind the answer."""
    if len(awaitables) == 1:
        return [await awaitables[0]]
    values = await asyncio.gather(*awaitables, return_exceptions=True)
    for value in values:
        if isinstance(value, BaseException):
            raise value
    return values
