"""The keeper: `python -m api.embedded <data folder> durable|fast`, the parent of the servers of one data folder.

It says "ready", or why it failed, on standard output, then waits until nobody holds `users.lock`, ends the servers and
itself. A server that dies makes it end the other one too: the next process to join starts both afresh.
"""

import ctypes
import fcntl
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import BinaryIO

import msgspec

from api.embedded.account import Account, server_account
from api.embedded.answers import valkey_answers
from api.embedded.cluster import postgres_command
from api.embedded.folder import DataFolder
from api.embedded.locks import Hold, lock_within
from api.embedded.wheels import valkey_server

READY = "ready"
READY_SECONDS = 120
"""Long, because PostgreSQL may have to replay its log after a crash."""
LARGEST_LOG = 10_000_000
PR_SET_PDEATHSIG = 1


class _ServerFailedError(Exception):
    pass


class _InterruptedError(Exception):
    """A server died, or the keeper was told to end."""


class Server(msgspec.Struct, frozen=True):
    """`shutdown` are the signals to end it with, each with the seconds it is given before the next."""

    process: "subprocess.Popen[bytes]"
    log: Path
    is_ready: Callable[[], bool]
    shutdown: tuple[tuple[signal.Signals, float], ...]

    def await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise _ServerFailedError(f"{self.log.stem} did not start: {_tail(self.log)}")
            time.sleep(0.005)

    def stop(self) -> None:
        for number, seconds in (*self.shutdown, (signal.SIGKILL, 5.0)):
            self.process.send_signal(number)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
                return


def main() -> None:
    root, durability = sys.argv[1:]
    # The parent ends here and now, so that whoever called it has no child left to wait for.
    if os.fork():
        os._exit(0)
    os.chdir("/")
    keep(DataFolder(Path(root)), durable=durability == "durable")


def keep(folder: DataFolder, *, durable: bool) -> None:
    # Newcomers wait for `users` while the servers stop, and must then find `keeper_lock` free: so it is let go first.
    with folder.users_lock.open("ab") as users, lock_within(folder.keeper_lock, Hold.EXCLUSIVE, 5):
        servers: list[Server] = []
        failure = ""
        try:
            _start(folder, servers, durable=durable)
            _report(READY)
            _await_last_user(users, servers)
        except _ServerFailedError as error:
            failure = str(error)
        finally:
            _stop(folder, servers)
        if failure:
            _report(failure)


def _start(folder: DataFolder, servers: list[Server], *, durable: bool) -> None:
    account = server_account(folder)
    servers.append(_postgres(folder, account, durable=durable))
    servers.append(_valkey(folder, account))
    for server in servers:
        server.await_ready()


def _await_last_user(users: BinaryIO, servers: list[Server]) -> None:
    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise _InterruptedError

    with suppress(_InterruptedError):
        signal.signal(signal.SIGTERM, interrupt)
        signal.signal(signal.SIGCHLD, interrupt)
        if all(server.process.poll() is None for server in servers):
            fcntl.flock(users, fcntl.LOCK_EX)


def _stop(folder: DataFolder, servers: list[Server]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for server in servers:
        server.stop()
    if not folder.sockets.is_relative_to(folder.root):
        shutil.rmtree(folder.sockets, ignore_errors=True)


def _report(message: str) -> None:
    with suppress(BrokenPipeError):
        sys.stdout.write(message)
        sys.stdout.close()
    os.close(1)


def _postgres(folder: DataFolder, account: Account, *, durable: bool) -> Server:
    log = folder.logs / "postgres.log"
    process = _spawn(postgres_command(folder, durable=durable), folder.cluster, log, account, signal.SIGINT)
    return Server(
        process=process,
        log=log,
        is_ready=lambda: _postmaster_is_ready(folder.cluster / "postmaster.pid", process.pid),
        shutdown=((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0)),
    )


def _postmaster_is_ready(status_file: Path, pid: int) -> bool:
    try:
        lines = status_file.read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) == 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _valkey(folder: DataFolder, account: Account) -> Server:
    log = folder.logs / "valkey.log"
    command = [str(valkey_server()), "--port", "0", "--dir", str(folder.valkey)]
    command += ["--unixsocket", str(folder.valkey_socket), "--unixsocketperm", "700"]
    command += ["--save", "", "--appendonly", "no", "--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"]
    return Server(
        process=_spawn(command, folder.valkey, log, account, signal.SIGTERM),
        log=log,
        is_ready=lambda: valkey_answers(folder.valkey_socket),
        shutdown=((signal.SIGTERM, 5.0),),
    )


def _spawn(command: list[str], place: Path, log: Path, account: Account, farewell: signal.Signals) -> "subprocess.Popen[bytes]":
    """`farewell` is the signal the kernel sends should the keeper die without having stopped the server."""
    keeper = os.getpid()
    prctl = ctypes.CDLL(None).prctl if platform.system() == "Linux" else None

    def tie_to_keeper() -> None:
        if prctl is not None:
            prctl(PR_SET_PDEATHSIG, farewell)
        if os.getppid() != keeper:
            os._exit(1)

    user, group, groups = account.switch
    with _open_log(log) as output:
        return subprocess.Popen(  # noqa: S603
            command,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            group=group,
            extra_groups=groups,
            preexec_fn=tie_to_keeper,
        )


def _open_log(path: Path) -> BinaryIO:
    """Appends, and keeps one predecessor once the file is large."""
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def _tail(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return " ".join(line.strip() for line in lines[-4:])
