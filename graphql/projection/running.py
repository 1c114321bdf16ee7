"""One run of a variant: its functions, and then, level by level, what has to be waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from functools import partial
from itertools import chain
from types import CoroutineType
from typing import Any

import msgspec

from projection.arguments import Arguments, Bind, Values
from projection.performing import Performed
from projection.readings import Batch
from projection.refusals import Unusual

Fill = Callable[[msgspec.Struct, Any, "Run"], None]
"""Puts a value that was waited for in its place in an answer."""

Places = tuple[list[msgspec.Struct], list[Hashable]]
"""Answers, and the keys of what is missing in them."""


class Slot(msgspec.Struct, frozen=True):
    """A batch-loaded field of a selection set. `fill` puts values in their places in answers."""

    batch: Batch
    fill: Callable[[Sequence[msgspec.Struct], Iterator[object], "Run"], None]


class Run:
    """What the functions of one run share. Resolvers get it as `info` and read `context`."""

    __slots__ = ("arguments", "context", "places", "waiting")

    def __init__(self, context: object, arguments: list[Arguments], slots: Sequence[Slot]) -> None:
        self.context, self.arguments = context, arguments
        self.waiting: list[tuple[Awaitable[object], msgspec.Struct, Fill]] = []
        self.places: list[Places] = [([], []) for _ in slots]

    def close(self) -> None:
        """What nobody will wait for any more."""
        for awaitable, _, _ in self.waiting:
            if isinstance(awaitable, CoroutineType):
                awaitable.close()


class Variant(msgspec.Struct, frozen=True):
    """A document compiled for one combination of flags."""

    root: Callable[[object, Run], msgspec.Struct]
    binds: Sequence[Bind]
    slots: Sequence[Slot]

    async def run(self, values: Values, context: object, root: object) -> msgspec.Struct:
        """Raises whatever has to be answered by graphql-core."""
        run = Run(context, [bind(values) for bind in self.binds], self.slots)
        try:
            answer = self.root(root, run)
            if run.waiting or self.slots:
                await _completed(run, self.slots)
        finally:
            if run.waiting:
                run.close()
        return answer


class Step(msgspec.Struct, frozen=True):
    """One root field of a mutation. `start` performs it, `fill` makes an answer of what it came to."""

    key: str
    start: Callable[[Run], object]
    fill: Fill


class Serial(msgspec.Struct, frozen=True):
    """A mutation compiled for one combination of flags: its fields one after the other, each complete before the next begins."""

    answer: Callable[[], msgspec.Struct]
    steps: Sequence[Step]
    binds: Sequence[Bind]
    slots: Sequence[Slot]

    async def run(self, values: Values, context: object, root: object) -> msgspec.Struct:
        """`root` remembers what was performed. Raises whatever has to be answered by graphql-core."""
        if not isinstance(root, Performed):
            raise Unusual
        run = Run(context, [bind(values) for bind in self.binds], self.slots)
        answer = self.answer()
        try:
            for step in self.steps:
                step.fill(answer, await root.perform(step.key, partial(step.start, run)), run)
                await _completed(run, self.slots)
        finally:
            run.close()
        return answer


async def _completed(run: Run, slots: Sequence[Slot]) -> None:
    while run.waiting or (slots and any(keys for _, keys in run.places)):
        await _level(run, slots)


async def _level(run: Run, slots: Sequence[Slot]) -> None:
    asked: dict[Batch, list[tuple[Slot, Places]]] = {}
    for slot, places in zip(slots, run.places, strict=True):
        if places[1]:
            asked.setdefault(slot.batch, []).append((slot, places))
    waiting, run.waiting, run.places = run.waiting, [], [([], []) for _ in slots]
    values = await _all([*(each for each, _, _ in waiting), *(_load(batch, slots, run) for batch, slots in asked.items())])
    for (_, answer, fill), value in zip(waiting, values, strict=False):
        fill(answer, value, run)


async def _load(batch: Batch, slots: Sequence[tuple[Slot, Places]], run: Run) -> None:
    wanted = [keys for _, (_, keys) in slots]
    keys = wanted[0] if len(wanted) == 1 else [*chain.from_iterable(wanted)]
    once = keys if len(set(keys)) == len(keys) else [*dict.fromkeys(keys)]
    values = _found(keys, once, await batch.load(run.context, once))
    for slot, (answers, _) in slots:
        slot.fill(answers, values, run)


def _found(keys: Sequence[Hashable], once: Sequence[Hashable], loaded: Sequence[object]) -> Iterator[object]:
    """The value of every key; `loaded` are the values of each key once."""
    if len(loaded) != len(once):
        raise Unusual
    return iter(loaded) if once is keys else map(dict(zip(once, loaded, strict=True)).__getitem__, keys)


async def _all(awaitables: Sequence[Awaitable[object]]) -> Sequence[object]:
    """Raises the first error, but not before all of them have ended: nothing goes on behind the answer."""
    if len(awaitables) == 1:
        return [await awaitables[0]]
    values = await asyncio.gather(*awaitables, return_exceptions=True)
    for value in values:
        if isinstance(value, BaseException):
            raise value
    return values
