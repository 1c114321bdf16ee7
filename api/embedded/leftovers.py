"""What a keeper that was killed may have left behind. Only called while no keeper runs for the folder."""

import shutil
import signal
import time
from contextlib import suppress

import psutil

from api.embedded.folder import DataFolder

SERVER_PROGRAMS = {"postgres", "valkey-server"}
SHUTDOWN_SECONDS = 10
PAUSE_SECONDS = 0.02


def remove_leftovers(folder: DataFolder) -> None:
    """Ends servers without a keeper, then removes the notes (pid files, sockets) that would stop new ones.

    A pid in such a note proves nothing, for it may be another program's by now; both servers work inside their own data
    folder, and that the kernel knows.
    """
    for server in filter(_heads_its_family, _servers_of(folder)):
        _signal(server, signal.SIGINT if server.info["name"] == "postgres" else signal.SIGTERM)
    for server in _still_running(folder):
        _signal(server, signal.SIGKILL)
    _still_running(folder)
    (folder.cluster / "postmaster.pid").unlink(missing_ok=True)
    shutil.rmtree(folder.sockets, ignore_errors=True)


def _servers_of(folder: DataFolder) -> list[psutil.Process]:
    places = {str(folder.cluster), str(folder.valkey)}
    processes = psutil.process_iter(["name", "cmdline"])
    return [process for process in processes if process.info["name"] in SERVER_PROGRAMS and _place(process) in places]


def _still_running(folder: DataFolder) -> list[psutil.Process]:
    """After a while. Looked up anew, not waited for: a dead process that init has yet to collect works nowhere."""
    deadline = time.monotonic() + SHUTDOWN_SECONDS
    while (servers := _servers_of(folder)) and time.monotonic() < deadline:
        time.sleep(PAUSE_SECONDS)
    return servers


def _heads_its_family(server: psutil.Process) -> bool:
    """PostgreSQL's children end with their parent, and a signal means something else to each of them."""
    return not any(word.startswith("postgres:") for word in server.info["cmdline"] or [])


def _place(process: psutil.Process) -> str | None:
    with suppress(psutil.Error):
        return process.cwd()
    return None


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
