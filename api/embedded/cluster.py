"""The PostgreSQL cluster: made once, whole or not at all, and the settings it runs with."""

import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

from api.embedded.account import Account
from api.embedded.folder import DATABASE, DataFolder
from api.embedded.wheels import POSTGRES_MAJOR, postgres_programs
from spoina.errors import DependencyUnavailable

UNFINISHED = "unfinished-"
MEGABYTE = 1024 * 1024


def ensure_cluster(folder: DataFolder, account: Account, *, durable: bool) -> None:
    """Raises DependencyUnavailable where the data is another version's, or cannot be made."""
    version_file = folder.cluster / "PG_VERSION"
    if not folder.cluster.exists():
        _make_cluster(folder, account, durable=durable)
    elif not version_file.is_file():
        raise _unusable(folder, "holds files but no database")
    elif (version := version_file.read_text(errors="replace").strip()) != str(POSTGRES_MAJOR):
        raise _unusable(folder, f"is data of PostgreSQL {version[:20]!r}, and this is PostgreSQL {POSTGRES_MAJOR}")


def postgres_command(folder: DataFolder, *, durable: bool) -> list[str]:
    settings = {
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": str(folder.sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{_shared_buffers() // MEGABYTE}MB",
        "max_wal_size": "2GB",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
        **({} if durable else {"fsync": "off", "full_page_writes": "off"}),
    }
    command = [str(postgres_programs() / "postgres"), "-D", str(folder.cluster)]
    return command + [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _shared_buffers() -> int:
    """256 MB, less on a machine where that would be more than an eighth of the memory."""
    return max(16 * MEGABYTE, min(256 * MEGABYTE, psutil.virtual_memory().total // 8))


def _make_cluster(folder: DataFolder, account: Account, *, durable: bool) -> None:
    """Made beside its place and moved there when complete: a start that is killed leaves no half of a database."""
    for leftover in folder.root.glob(f"{UNFINISHED}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.root))
    try:
        account.take(unfinished)
        for command, script in _recipe(unfinished / "cluster", durable=durable):
            _run(command, script, account)
        (unfinished / "cluster").rename(folder.cluster)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _recipe(place: Path, *, durable: bool) -> Iterator[tuple[list[str], str]]:
    initdb = [str(postgres_programs() / "initdb"), "-D", str(place), "-U", "postgres", "--encoding=UTF8", "--locale=C"]
    initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
    if not durable:
        initdb.append("--no-sync")
    elif platform.system() == "Linux":
        initdb.append("--sync-method=syncfs")  # one call instead of a thousand
    yield initdb, ""
    yield [str(postgres_programs() / "postgres"), "--single", "-D", str(place), "postgres"], f"CREATE DATABASE {DATABASE};\n"


def _run(command: list[str], script: str, account: Account) -> None:
    user, group, groups = account.switch
    done = subprocess.run(  # noqa: S603
        command,
        input=script,
        capture_output=True,
        text=True,
        errors="replace",
        cwd="/",
        user=user,
        group=group,
        extra_groups=groups,
        start_new_session=True,
        check=False,
    )
    # A single-user server that refuses a statement says so and still exits with 0.
    if done.returncode or "ERROR:" in done.stderr:
        raise DependencyUnavailable("embedded PostgreSQL", f"no database could be made: {done.stderr.strip()}", "mend that and start again")


def _unusable(folder: DataFolder, reason: str) -> DependencyUnavailable:
    return DependencyUnavailable("data folder", f"{folder.cluster} {reason}", "choose another data folder, or move that one away")
