"""Joining and leaving the servers of a data folder; the locks are described in the package's docstring."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import api
from api.embedded.account import Account, grant_access, server_account
from api.embedded.answers import postgres_answers, valkey_answers
from api.embedded.cluster import ensure_cluster
from api.embedded.folder import DataFolder, Servers
from api.embedded.keeper import READY
from api.embedded.leftovers import remove_leftovers
from api.embedded.locks import PAUSE, Hold, is_held, lock_within
from spoina.errors import DependencyUnavailable

PATIENCE_SECONDS = 150
"""Longer than a keeper may take to start or to stop its servers."""
REMEDY = "choose a folder that can be written with --data-dir or SPOINA_DATA_DIR"


@contextmanager
def embedded_servers(data_dir: Path, *, durable: bool = True) -> Iterator[Servers]:
    """PostgreSQL and Valkey with their data in `data_dir`, started unless another process has; blocks until they answer.

    `durable=False` is for tests: a crash of the machine, not of a process, may then lose data; it counts for the process
    that starts the servers. Raises DependencyUnavailable.
    """
    folder = _open_folder(data_dir)
    membership = _join(folder, durable=durable)
    try:
        yield folder.servers
    finally:
        _leave(folder, membership)


def _open_folder(data_dir: Path) -> DataFolder:
    with _clear_errors(data_dir):
        # Started by root the servers run as another user, who has to pass through.
        data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        folder = DataFolder(data_dir.resolve(strict=True))
        folder.logs.mkdir(exist_ok=True)
    return folder


def _join(folder: DataFolder, *, durable: bool) -> BinaryIO:
    with _clear_errors(folder.root), lock_within(folder.start_lock, Hold.EXCLUSIVE, PATIENCE_SECONDS):
        membership = lock_within(folder.users_lock, Hold.SHARED, PATIENCE_SECONDS)
        try:
            _ensure_running(folder, durable=durable)
        except BaseException:
            membership.close()
            _await_end(folder)
            raise
    return membership


def _leave(folder: DataFolder, membership: BinaryIO) -> None:
    """Cannot fail: the keeper does what is to be done, here it is only waited for; the folder may even be gone."""
    membership.close()
    with suppress(OSError), lock_within(folder.start_lock, Hold.EXCLUSIVE, PATIENCE_SECONDS):
        _await_end(folder)


def _ensure_running(folder: DataFolder, *, durable: bool) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_held(folder.keeper_lock, Hold.EXCLUSIVE):
        if _answer(folder):
            return
        if time.monotonic() > deadline:
            raise TimeoutError(f"the servers in {folder.root} do not answer")
        time.sleep(PAUSE)
    _start_keeper(folder, durable=durable)


def _start_keeper(folder: DataFolder, *, durable: bool) -> None:
    remove_leftovers(folder)
    account = server_account(folder)
    grant_access(folder, account)
    ensure_cluster(folder, account, durable=durable)
    _make_folders(folder, account)
    answer = _run_keeper(folder, durable=durable)
    if answer != READY:
        raise DependencyUnavailable("embedded servers", answer or "their keeper died", f"{folder.logs} says more")


def _make_folders(folder: DataFolder, account: Account) -> None:
    folder.valkey.mkdir(mode=0o700, exist_ok=True)
    folder.sockets.mkdir(mode=0o700)  # must be new: in /tmp somebody else could have put one there
    for path in (folder.valkey, folder.sockets):
        account.take(path)


def _run_keeper(folder: DataFolder, *, durable: bool) -> str:
    """Its answer: READY, or what went wrong. In a session of its own, where no Ctrl-C of ours reaches it."""
    arguments = ["-m", "api.embedded", str(folder.root), "durable" if durable else "fast"]
    with (folder.logs / "keeper.log").open("ab") as log:
        done = subprocess.run(  # noqa: S603
            [sys.executable, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=Path(api.__file__).parents[1],  # `-m` looks there first: the same code as ours, installed or not
            start_new_session=True,
            check=False,
        )
    return done.stdout.decode(errors="replace")


def _await_end(folder: DataFolder) -> None:
    """Returns at once where others still use the servers, else when they have stopped; `start_lock` keeps newcomers out."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while is_held(folder.keeper_lock, Hold.EXCLUSIVE) and time.monotonic() < deadline:
        unused = not is_held(folder.users_lock, Hold.EXCLUSIVE)
        if not unused and not is_held(folder.users_lock, Hold.SHARED):
            return  # held, but not by a keeper that is stopping the servers
        time.sleep(PAUSE)


def _answer(folder: DataFolder) -> bool:
    """The keeper comes last: it may have died a moment ago, with servers that have yet to notice."""
    servers = postgres_answers(folder.postgres_socket) and valkey_answers(folder.valkey_socket)
    return servers and is_held(folder.keeper_lock, Hold.EXCLUSIVE)


@contextmanager
def _clear_errors(data_dir: Path) -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise DependencyUnavailable("embedded servers", str(error), "end the process that holds it") from error
    except OSError as error:
        place = error.filename or data_dir
        raise DependencyUnavailable("data folder", f"{place}: {error.strerror}", REMEDY) from error
