"""Being told to end, at any moment, exactly once."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
T = TypeVar("T")


class Interrupts:
    """Inside this block the first signal ends the block's work in order; later ones change nothing about that."""

    def __init__(self) -> None:
        self._cancel: Callable[[], object] | None = None

    def __enter__(self) -> Self:
        for number in SIGNALS:
            signal.signal(number, self._interrupt)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> bool:
        return kind is KeyboardInterrupt

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """asyncio.run that a signal cancels. An exception out of a signal handler would not do: it appears in whatever callback
        happens to run, and some library may catch it there."""

        async def cancellable() -> T:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            self._cancel = lambda: task and loop.call_soon_threadsafe(task.cancel)
            try:
                return await work
            finally:
                self._cancel = None

        try:
            return asyncio.run(cancellable())
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None

    def _interrupt(self, _: int, __: FrameType | None) -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        sys.stderr.write("\nending …\n")
        if self._cancel:
            self._cancel()
        else:
            raise KeyboardInterrupt
