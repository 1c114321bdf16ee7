import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from redis.asyncio import Redis

from api.embedded import Servers, embedded_servers
from api.embedded.account import Account, _make_readable, grant_access, server_account
from api.embedded.cluster import postgres_command
from api.embedded.folder import DataFolder
from spoina.db import connect
from spoina.errors import DependencyUnavailable

OWNER = """
import sys, time
from pathlib import Path
from api.embedded import embedded_servers
with embedded_servers(Path(sys.argv[1]), durable=False) as servers:
    print(servers.database_url, flush=True)
    time.sleep(60)
"""

Owner = "subprocess.Popen[str]"


@pytest.fixture(scope="module")
def started_before() -> Iterator[DataFolder]:
    with tempfile.TemporaryDirectory(prefix="spoina-") as place:
        root = Path(place).resolve() / "data"
        with embedded_servers(root, durable=False):
            pass
        yield DataFolder(root)


@pytest.fixture
def folder(started_before: DataFolder) -> Iterator[DataFolder]:
    """A data folder after its first start; the tests of this file use it one after another, whatever they did to it."""
    yield started_before
    assert await_end(started_before) == []


@pytest.fixture
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="spoina-") as place:
        yield Path(place).resolve()


@pytest.fixture
def copy(started_before: DataFolder, place: Path) -> DataFolder:
    """One to damage or to move."""
    subprocess.run(["cp", "-a", started_before.root, place / "data"], check=True)
    return DataFolder(place / "data")


@pytest.fixture
def own() -> Iterator[Callable[[Path], Owner]]:
    """Starts a process that uses the servers of a folder until it is ended."""
    owners: list[Owner] = []
    folders: set[Path] = set()

    def start(folder: Path) -> Owner:
        folders.add(folder.resolve())
        command = [sys.executable, "-c", OWNER, str(folder)]
        owners.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True))
        return owners[-1]

    yield start
    for owner in owners:
        owner.kill()
        owner.communicate()
    assert [await_end(DataFolder(folder)) for folder in folders] == [[]] * len(folders)


def ready(owner: Owner) -> str:
    """Its database's address, once the servers answer."""
    return owner.stdout.readline().strip()


def running(folder: DataFolder) -> list[str]:
    """The programs at work for a folder: both servers and their keeper."""
    names = []
    for process in psutil.process_iter(["name", "cmdline", "cwd"]):
        if process.info["cwd"] in {str(folder.cluster), str(folder.valkey)}:
            names.append(process.info["name"])
        elif is_keeper(process, folder):
            names.append("keeper")
    return sorted(set(names))


def await_end(folder: DataFolder) -> list[str]:
    deadline = time.monotonic() + 20
    while running(folder) and time.monotonic() < deadline:
        time.sleep(0.02)
    return running(folder)


def keeper(folder: DataFolder) -> psutil.Process:
    (found,) = [process for process in psutil.process_iter(["cmdline"]) if is_keeper(process, folder)]
    return found


def is_keeper(process: psutil.Process, folder: DataFolder) -> bool:
    return (process.info["cmdline"] or [])[-3:-1] == ["api.embedded", str(folder.root)]


async def value(address: str, query: str) -> object:
    connection = await connect(address)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def remember(address: str) -> None:
    connection = await connect(address)
    await connection.execute("drop table if exists memory; create table memory as select 42 as answer")
    await connection.close()


async def setting(servers: Servers, name: str) -> str:
    async with Redis.from_url(servers.redis_url, decode_responses=True) as client:
        return (await client.config_get(name))[name]


async def test_the_first_start_makes_a_utf8_database_in_utc_reachable_over_unix_sockets_only(place):
    with embedded_servers(place / "new" / "data", durable=False) as servers:
        assert await value(servers.database_url, "select current_database()") == "spoina"
        assert await value(servers.database_url, "select upper('żółw ') || current_setting('timezone')") == "ŻÓŁW UTC"
        assert await value(servers.database_url, "show listen_addresses") == ""
        assert [await setting(servers, name) for name in ("port", "save", "appendonly")] == ["0", "", "no"]
    assert await_end(DataFolder((place / "new" / "data").resolve())) == []


async def test_what_was_committed_is_flushed_to_disk_unless_told_otherwise(folder):
    with embedded_servers(folder.root) as servers:
        durability = "select array[current_setting('fsync'), current_setting('synchronous_commit')]"
        assert await value(servers.database_url, durability) == ["on", "on"]


async def test_the_second_start_finds_the_same_cluster_and_its_rows(folder):
    with embedded_servers(folder.root, durable=False) as servers:
        await remember(servers.database_url)
        identity = await value(servers.database_url, "select system_identifier from pg_control_system()")
    with embedded_servers(folder.root, durable=False) as servers:
        assert await value(servers.database_url, "select answer from memory") == 42
        assert await value(servers.database_url, "select system_identifier from pg_control_system()") == identity


async def test_processes_share_the_servers_and_the_last_one_to_leave_ends_them(folder, own):
    first = own(folder.root)
    address = ready(first)
    began = await value(address, "select pg_postmaster_start_time()")
    with embedded_servers(folder.root, durable=False) as servers:
        first.send_signal(signal.SIGINT)
        first.wait()
        assert await value(servers.database_url, "select pg_postmaster_start_time()") == began
        assert running(folder) == ["keeper", "postgres", "valkey-server"]
    assert await_end(folder) == []


async def test_processes_that_start_at_the_same_time_after_one_that_was_killed_make_one_whole_cluster(place, own):
    half = place / "data" / "unfinished-abc" / "cluster"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    owners = [own(place / "data") for _ in range(3)]
    addresses = [ready(owner) for owner in owners]
    assert (len(set(addresses)), await value(addresses[0], "select 1")) == (1, 1)
    assert list((place / "data").glob("unfinished-*")) == []


async def test_two_folders_have_servers_of_their_own(folder, copy):
    with (
        embedded_servers(folder.root, durable=False) as servers,
        embedded_servers(copy.root, durable=False) as others,
    ):
        places = [await value(address, "show data_directory") for address in (servers.database_url, others.database_url)]
        assert places == [str(folder.cluster), str(copy.cluster)]
        assert [await setting(each, "dir") for each in (servers, others)] == [str(folder.valkey), str(copy.valkey)]


@pytest.mark.parametrize(("case", "number"), [("ctrl-c", signal.SIGINT), ("closed", signal.SIGHUP), ("ended", signal.SIGTERM)])
def test_a_signal_to_the_owner_and_its_group_ends_everything(case, number, folder, own):
    owner = own(folder.root)
    ready(owner)
    os.killpg(owner.pid, number)
    owner.wait()
    assert await_end(folder) == []


async def test_after_kill_9_of_the_owner_everything_ends_and_the_next_start_has_the_rows(folder, own):
    owner = own(folder.root)
    await remember(ready(owner))
    owner.kill()
    owner.wait()
    with embedded_servers(folder.root, durable=False) as servers:
        assert await value(servers.database_url, "select answer from memory") == 42
    assert await_end(folder) == []


async def test_after_kill_9_of_owner_and_keeper_the_next_start_has_the_rows(folder, own):
    owner = own(folder.root)
    await remember(ready(owner))
    keeper(folder).kill()
    owner.kill()
    with embedded_servers(folder.root, durable=False) as servers:
        assert await value(servers.database_url, "select answer from memory") == 42
    assert await_end(folder) == []


@pytest.mark.parametrize("victim", ["postgres", "valkey-server"])
async def test_after_a_server_died_the_next_process_to_join_starts_both_again(victim, folder, own):
    address = ready(own(folder.root))
    await remember(address)
    (server,) = [process for process in keeper(folder).children() if process.name() == victim]
    server.kill()
    server.wait()
    with embedded_servers(folder.root, durable=False) as servers:
        assert await value(servers.database_url, "select answer from memory") == 42
        assert await setting(servers, "port") == "0"


@pytest.fixture
def orphan(folder: DataFolder) -> Owner:
    """A PostgreSQL at work in the folder that no keeper knows."""
    account = server_account(folder)
    grant_access(folder, account)
    process = start_as(account, postgres_command(folder, durable=False), folder.cluster)
    while process.poll() is None and not folder.postgres_socket.exists():
        time.sleep(0.01)
    return process


def start_as(account: Account, command: list[str], place: Path) -> Owner:
    user, group, groups = account.switch
    return subprocess.Popen(command, cwd=place, stderr=subprocess.DEVNULL, user=user, group=group, extra_groups=groups)


async def test_servers_left_without_a_keeper_are_replaced(folder, orphan):
    assert orphan.poll() is None
    with embedded_servers(folder.root, durable=False) as servers:
        orphan.wait(10)
        assert await value(servers.database_url, "select 1") == 1


async def test_a_stale_pid_file_that_names_another_program_stops_nothing_and_harms_nobody(folder):
    stranger = start_as(server_account(folder), ["sleep", "60"], Path("/"))
    note = f"{stranger.pid}\n{folder.cluster}\n1700000000\n5432\n{folder.sockets}\n\n  1  1\nready   \n"
    (folder.cluster / "postmaster.pid").write_text(note)
    folder.sockets.mkdir(exist_ok=True)
    (folder.sockets / ".s.PGSQL.5432.lock").write_text(note)
    folder.valkey_socket.touch()
    with embedded_servers(folder.root, durable=False) as servers:
        assert await value(servers.database_url, "select 1") == 1
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize(("case", "name"), [("too long for a socket", "x" * 120), ("a list to clients", "a, b"), ("not ascii", "żółw")])
async def test_a_path_that_no_socket_can_have_gets_a_short_folder_for_as_long_as_the_servers_run(case, name, copy, place):
    root = copy.root.rename(place / name)
    with embedded_servers(root, durable=False) as servers:
        sockets = DataFolder(root).sockets
        assert (sockets.parent, stat.S_IMODE(sockets.stat().st_mode)) == (Path("/tmp"), 0o700)
        assert await value(servers.database_url, "select 1") == 1
        assert await setting(servers, "port") == "0"
    assert not sockets.exists()


def test_a_folder_deleted_while_in_use_leaves_no_server_behind(copy):
    with embedded_servers(copy.root, durable=False):
        family = [keeper(copy), *keeper(copy).children()]
        shutil.rmtree(copy.root)
    assert psutil.wait_procs(family, timeout=20)[1] == []


async def test_a_private_folder_on_the_way_is_opened_no_further_than_the_servers_need(copy, place):
    place.chmod(0o700)
    with embedded_servers(copy.root, durable=False) as servers:
        assert await value(servers.database_url, "select 1") == 1
        assert stat.S_IMODE(place.stat().st_mode) == (0o701 if os.geteuid() == 0 else 0o700)
        assert stat.S_IMODE(copy.sockets.stat().st_mode) == 0o700


def test_wheels_installed_with_a_strict_umask_become_readable(tmp_path):
    program, catalogue = tmp_path / "bin" / "postgres", tmp_path / "bin" / "postgres.bki"
    program.parent.mkdir(mode=0o700)
    program.touch(0o700)
    catalogue.touch(0o600)
    _make_readable(program.parent)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (program.parent, program, catalogue)] == [0o705, 0o705, 0o604]


def test_a_folder_that_cannot_be_made_is_a_clear_error(place):
    (place / "file").touch()
    with pytest.raises(DependencyUnavailable, match=r"data folder: .*/file/data: Not a directory.*SPOINA_DATA_DIR"):  # noqa: SIM117
        with embedded_servers(place / "file" / "data"):
            pytest.fail("it started")


@pytest.mark.parametrize(
    ("case", "damage", "complaint"),
    [
        ("another version's data", lambda cluster: (cluster / "PG_VERSION").write_text("16\n"), "data of PostgreSQL '16'"),
        ("not a database", lambda cluster: (cluster / "PG_VERSION").unlink(), "holds files but no database"),
        ("no control file", lambda cluster: (cluster / "global/pg_control").unlink(), "did not start: .*pg_control"),
    ],
)
def test_damaged_data_is_a_clear_error_and_nothing_keeps_running(case, damage, complaint, copy):
    damage(copy.cluster)
    with pytest.raises(DependencyUnavailable, match=complaint):  # noqa: SIM117
        with embedded_servers(copy.root, durable=False):
            pytest.fail("it started")
    assert await_end(copy) == []


def test_data_of_another_user_is_a_clear_error(folder, monkeypatch):
    owner = folder.cluster.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(DependencyUnavailable, match=f"belongs to user number {owner}"):
        server_account(folder)
