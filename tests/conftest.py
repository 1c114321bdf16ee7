"""Real servers for every test: one PostgreSQL and one Valkey per test process, a fresh copy of the migrated database per test."""

import asyncio
import gc
import shutil
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
import uvloop
from hypothesis import HealthCheck
from hypothesis import settings as property_settings
from redis.asyncio import Redis

from api.embedded import Servers, embedded_servers
from spoina.db import Connection, Pool, connect, connect_pool
from spoina.migrate import apply_migrations

TEMPLATE = "spoina_template"
property_settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
property_settings.load_profile("any speed")

SHARED_MEMORY = Path("/dev/shm")
ROOM_IN_MEMORY = 2 * 1024**3


def pytest_configure() -> None:
    """The loop that the product runs on, which takes a sixth less time."""
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Millions of objects come and stay until the end: looking among them for garbage takes a sixth of all the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def database_url(servers: Servers, name: str) -> str:
    return urlsplit(servers.database_url)._replace(path=f"/{name}").geturl()


@pytest.fixture(scope="session", autouse=True)
def _roots_read_once() -> Iterator[None]:
    """Every HTTP client reads the 140 roots of trust anew, which takes as long as a test, and none of them speaks TLS here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx._transports.default, "create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with (
        tempfile.TemporaryDirectory(prefix="spoina-", dir=quick_place()) as folder,
        embedded_servers(Path(folder), durable=False) as started,
    ):
        yield started


def quick_place() -> Path | None:
    """Memory where there is enough of it: copying a database of 700 files costs a tenth of what it does on a disk."""
    roomy = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free >= ROOM_IN_MEMORY
    return SHARED_MEMORY if roomy else None


@pytest.fixture(scope="session")
async def administration(servers: Servers) -> AsyncIterator[Connection]:
    """A connection that makes and drops databases; it is in none of those the tests use."""
    connection = await connect(servers.database_url)
    yield connection
    await connection.close()


@pytest.fixture(scope="session")
async def template(servers: Servers, administration: Connection) -> str:
    """The name of a migrated, empty database to copy."""
    await administration.execute(f"create database {TEMPLATE}")
    await apply_migrations(database_url(servers, TEMPLATE))
    return TEMPLATE


@pytest.fixture
async def empty_database(servers: Servers, administration: Connection) -> AsyncIterator[str]:
    """The address of a database without a single table."""
    async with copied_database(servers, administration, "template0") as address:
        yield address


@pytest.fixture
async def database(servers: Servers, administration: Connection, template: str) -> AsyncIterator[str]:
    """The address of a migrated, empty database that only this test sees."""
    async with copied_database(servers, administration, template) as address:
        yield address


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    connections = await connect_pool(database)
    yield connections
    try:
        await asyncio.wait_for(connections.close(), 30)
    except TimeoutError:
        connections.terminate()
        pytest.fail("a connection was taken and not given back")


@pytest.fixture
async def redis_url(servers: Servers) -> str:
    """The address of an empty Valkey."""
    async with Redis.from_url(servers.redis_url) as client:
        await client.flushall()
    return servers.redis_url


@asynccontextmanager
async def copied_database(servers: Servers, administration: Connection, source: str) -> AsyncIterator[str]:
    """The address of a copy that lives as long as the block."""
    name = f"test_{uuid4().hex}"
    # file_copy: without fsync as fast to make as wal_log, in memory twice as fast, and twice as fast to drop.
    await administration.execute(f"create database {name} template {source} strategy file_copy")
    yield database_url(servers, name)
    await administration.execute(f"drop database {name} with (force)")
