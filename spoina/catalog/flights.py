"""Reads in flight: whoever asks for what is being read already waits for that read instead of making another."""

import asyncio
from collections.abc import Coroutine, Hashable, Iterable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Answer = TypeVar("Answer")


class Flights(Generic[Key, Answer]):
    """A read belongs to no caller: one that is cancelled leaves the others waiting for it."""

    def __init__(self) -> None:
        self._joinable: dict[Key, asyncio.Task[Answer]] = {}
        self._running: set[asyncio.Task[Answer]] = set()

    def __contains__(self, key: Key) -> bool:
        return key in self._joinable

    def launch(self, keys: Iterable[Key], read: Coroutine[Any, Any, Answer]) -> None:
        task = asyncio.create_task(read)
        carried = dict.fromkeys(keys, task)
        self._running.add(task)
        self._joinable.update(carried)
        task.add_done_callback(lambda _: self._land(carried, task))

    async def join(self, keys: Iterable[Key]) -> list[Answer]:
        """The answers of the reads that carry these keys, each once; raises what a read raised."""
        tasks = {self._joinable[key]: None for key in keys}
        return [await asyncio.shield(task) for task in tasks]

    def close(self) -> None:
        """Something changed: nobody may join the reads that began before. Those who wait for them still get their answer."""
        self._joinable.clear()

    def _land(self, keys: Iterable[Key], task: asyncio.Task[Answer]) -> None:
        self._running.discard(task)
        for key in keys:
            if self._joinable.get(key) is task:
                del self._joinable[key]
        if not task.cancelled():
            task.exception()  # whoever still waits raises it; if nobody does, it is nobody's concern
