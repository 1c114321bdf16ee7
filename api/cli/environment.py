"""What most commands begin with: settings, servers to work on, and a pool of connections to them."""

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
import rich_click as click
import uvloop

from spoina.db import Pool, connect_pool
from spoina.errors import DependencyUnavailable
from spoina.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")
NOT_MIGRATED = ("UndefinedTableError", "UndefinedColumnError", "InvalidSchemaNameError")


def takes_settings(command: Callable[Concatenate[Settings, P], T]) -> Callable[..., T]:
    """Gives a command --data-dir and the settings, and sets up logging."""

    @click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where the program keeps its own database and files. [SPOINA_DATA_DIR, else .spoina]",
    )
    @wraps(command)
    def with_settings(*args: P.args, **kwargs: P.kwargs) -> T:
        from api.logs import configure_logs

        data_dir = kwargs.pop("data_dir")
        environment = dict(os.environ) | ({"SPOINA_DATA_DIR": str(data_dir)} if data_dir else {})
        settings = Settings.from_env(environment)
        configure_logs(development=settings.development)
        return command(settings, *args, **kwargs)

    return with_settings


@contextmanager
def servers(settings: Settings) -> Iterator[Settings]:
    """The settings with both addresses filled in: the given servers as they are, our own ones started and migrated."""
    if settings.database_url and settings.redis_url:
        yield settings
        return
    from api.embedded import embedded_servers

    with embedded_servers(settings.data_dir) as own:
        yield msgspec.structs.replace(
            settings, database_url=settings.database_url or _migrated(own.database_url), redis_url=settings.redis_url or own.redis_url
        )


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The address of the given database, or of our own one, started and migrated."""
    if settings.database_url:
        yield settings.database_url
        return
    with servers(settings) as ready:
        yield ready.database_url or ""


def check_database(settings: Settings) -> None:
    """Raises DependencyUnavailable unless the given database can be used as it is."""
    on_database(settings, _refuse_old)


async def _refuse_old(pool: Pool) -> None:
    from spoina.migrate import missing_migrations

    async with pool.acquire() as connection:
        if missing := await missing_migrations(connection):
            raise DependencyUnavailable("PostgreSQL", f"the database lacks {', '.join(missing)}", "run spoina migrate")


def _migrated(database_url: str) -> str:
    from spoina.migrate import migrate

    migrate(database_url)
    return database_url


def on_database(settings: Settings, use: Callable[[Pool], Awaitable[T]]) -> T:
    """Runs `use` with a pool. What the database says when it cannot be used becomes one clear error."""
    with database(settings) as database_url:
        return uvloop.run(_with_pool(database_url, use))


async def _with_pool(database_url: str, use: Callable[[Pool], Awaitable[T]]) -> T:
    pool = await _open_pool(database_url)
    try:
        return await use(pool)
    except Exception as error:
        if type(error).__name__ in NOT_MIGRATED:
            raise DependencyUnavailable("PostgreSQL", "the database is not up to date", "run spoina migrate") from error
        raise
    finally:
        await pool.close()


async def _open_pool(database_url: str) -> Pool:
    import asyncpg

    try:
        return await connect_pool(database_url)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DependencyUnavailable("PostgreSQL", str(error) or type(error).__name__, "check SPOINA_DATABASE_URL") from error
