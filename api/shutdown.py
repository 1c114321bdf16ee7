"""Server processes that end when the process that started them does, `kill -9` included."""

import multiprocessing
import os
import signal
import threading
from multiprocessing.connection import wait


def end_with_parent_process() -> None:
    """For the worker processes of `spoina serve --workers`; does nothing in a process that has no such parent."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_await_end, args=(parent.sentinel,), name="parent", daemon=True).start()


def _await_end(sentinel: int) -> None:
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
