"""What a keeper that was killed may have left behind. Only called while no keeper runs for the folder."""

import shutil
import signal
from contextlib import suppress

import psutil

from api.embedded.folder import DataFolder

SERVER_PROGRAMS = {"postgres", "valkey-server"}
FAST_SHUTDOWN_SECONDS = 10


def remove_leftovers(folder: DataFolder) -> None:
    """Ends servers without a keeper, then removes the notes (pid files, sockets) that would stop new ones.

    A pid in such a note proves nothing, for it may be another program's by now; both servers work inside their own data
    folder, and that the kernel knows.
    """
    servers = _servers_of(folder)
    for server in servers:
        _signal(server, signal.SIGINT if server.info["name"] == "postgres" else signal.SIGTERM)
    _, stubborn = psutil.wait_procs(servers, timeout=FAST_SHUTDOWN_SECONDS)
    for server in stubborn:
        _signal(server, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=FAST_SHUTDOWN_SECONDS)
    (folder.cluster / "postmaster.pid").unlink(missing_ok=True)
    shutil.rmtree(folder.sockets, ignore_errors=True)


def _servers_of(folder: DataFolder) -> list[psutil.Process]:
    places = {str(folder.cluster), str(folder.valkey)}
    processes = psutil.process_iter(["name"])
    return [process for process in processes if process.info["name"] in SERVER_PROGRAMS and _place(process) in places]


def _place(process: psutil.Process) -> str | None:
    with suppress(psutil.Error):
        return process.cwd()
    return None


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)
