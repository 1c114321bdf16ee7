"""A place and a port for a demo."""

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest


@pytest.fixture
def port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return bound.getsockname()[1]


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="spoina-", ignore_cleanup_errors=True) as place:
        yield Path(place) / "demo"
        for process in psutil.process_iter(["cmdline"]):
            if place in " ".join(process.info["cmdline"] or []):
                process.kill()
