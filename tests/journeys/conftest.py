"""A place and a port for demos."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from api.listening import free_port


@pytest.fixture(scope="session")
def port() -> int:
    return free_port("127.0.0.1")


@pytest.fixture(scope="session")
def shared_folder() -> Iterator[Path]:
    """For one demo after another: the first start in a folder takes twice as long as those that find it furnished."""
    with tempfile.TemporaryDirectory(prefix="spoina-", ignore_cleanup_errors=True) as place:
        yield Path(place) / "demo"


@pytest.fixture
def folder(shared_folder: Path) -> Iterator[Path]:
    yield shared_folder
    for process in psutil.process_iter(["cmdline"]):
        if str(shared_folder) in " ".join(process.info["cmdline"] or []):
            process.kill()
