"""`python -m api.demo.bound <module> [arguments]`: runs a module in a process that ends with its parent, on every system.

The parent holds the other end of our standard input. The kernel closes it when the parent is gone, `kill -9` included.
"""

import os
import runpy
import signal
import sys
import threading
import time
from contextlib import suppress

GRACE_SECONDS = 2.0


def end_with_parent() -> None:
    threading.Thread(target=_await_end_of_input, name="parent", daemon=True).start()


def _await_end_of_input() -> None:
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    end_with_parent()
    module = sys.argv[1]
    del sys.argv[0]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
