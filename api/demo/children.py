"""The processes the demo starts. They note who they are, so that a start after a kill can end what the kill left behind."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec
import psutil

from spoina.errors import DependencyUnavailable

STOP_SECONDS = 2.0
START_SECONDS = 60.0
PAUSE = 0.02


class Identity(msgspec.Struct, frozen=True):
    """Process numbers are used again; together with the time of birth they are not."""

    pid: int
    born: float

    @classmethod
    def of(cls, process: psutil.Process) -> "Identity":
        return cls(process.pid, process.create_time())

    def living(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            return process if abs(process.create_time() - self.born) < 1 else None
        except psutil.NoSuchProcess:
            return None


class Child(msgspec.Struct, frozen=True):
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def died(self) -> bool:
        return self.process.poll() is not None

    def await_ready(self, ready: Callable[[], bool]) -> None:
        """Raises DependencyUnavailable with the end of its log when the process dies or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self.died() or time.monotonic() > deadline:
                raise self.failure("did not start")
            time.sleep(PAUSE)

    def failure(self, what: str) -> DependencyUnavailable:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return DependencyUnavailable(self.name, f"{what}: {lines[-1] if lines else 'it said nothing'}", f"{self.log} says more")


class Children:
    """Started one by one, ended all at once. `notes` is the file in which they are written down."""

    def __init__(self, notes: Path, logs: Path) -> None:
        self._notes, self._logs = notes, logs
        self._children: list[Child] = []

    def start(self, name: str, module: str, arguments: Sequence[str], env: Mapping[str, str]) -> Child:
        """In a session of its own: a Ctrl-C at the terminal reaches only us, and we end them in our order."""
        log = self._logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "api.demo.bound", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **env},
                start_new_session=True,
            )
        child = Child(name, process, log)
        self._children.append(child)
        self._note()
        return child

    def dead(self) -> Child | None:
        return next((child for child in self._children if child.died()), None)

    def stop(self) -> None:
        end([psutil.Process(child.process.pid) for child in self._children if not child.died()])
        for child in self._children:
            child.process.wait()
            if child.process.stdin:
                child.process.stdin.close()
        self._notes.unlink(missing_ok=True)

    def end_leftovers(self) -> None:
        """Of a demo in this folder that could not end them itself. A note that cannot be read is of no use to anybody."""
        try:
            noted = msgspec.json.decode(self._notes.read_bytes(), type=list[Identity])
        except (FileNotFoundError, msgspec.DecodeError):
            return
        end([process for identity in noted if (process := identity.living())])
        self._notes.unlink(missing_ok=True)

    def _note(self) -> None:
        living = [Identity.of(psutil.Process(child.process.pid)) for child in self._children if not child.died()]
        self._notes.write_bytes(msgspec.json.encode(living))


def end(processes: Sequence[psutil.Process]) -> None:
    """Asked first, made to after STOP_SECONDS."""
    for process in processes:
        _signal(process.terminate)
    _, stubborn = psutil.wait_procs(processes, timeout=STOP_SECONDS)
    for process in stubborn:
        _signal(process.kill)
    psutil.wait_procs(stubborn, timeout=STOP_SECONDS)


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return
