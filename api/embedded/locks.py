"""Kernel file locks: given back when the file is closed or the process ends, however it ends."""

import fcntl
import time
from enum import IntEnum
from pathlib import Path
from typing import BinaryIO

PAUSE = 0.01


class Hold(IntEnum):
    SHARED = fcntl.LOCK_SH
    EXCLUSIVE = fcntl.LOCK_EX


def lock_now(path: Path, hold: Hold) -> BinaryIO | None:
    """The lock, kept for as long as the file stays open, or None where another holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, hold | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    except BaseException:
        file.close()
        raise
    return file


def lock_within(path: Path, hold: Hold, seconds: float) -> BinaryIO:
    """Raises TimeoutError when others keep the lock for longer than that."""
    deadline = time.monotonic() + seconds
    while (file := lock_now(path, hold)) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} is held by another process")
        time.sleep(PAUSE)
    return file


def is_held(path: Path, against: Hold) -> bool:
    """Whether somebody's lock stands in the way of that hold at this moment."""
    file = lock_now(path, against)
    if file is None:
        return True
    file.close()
    return False
