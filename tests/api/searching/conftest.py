from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from api.embedded import Servers
from simulators.meilisearch.app import create_app
from simulators.meilisearch.faults import Faults
from simulators.meilisearch.server import MASTER_KEY, Server
from spoina.db import Connection
from spoina.settings import MeilisearchSettings, Settings
from tests.api.searching.shop import Shop, tool_shop
from tests.conftest import copied_database
from tests.serving import serving


@pytest.fixture(scope="session")
async def tools(
    tmp_path_factory: pytest.TempPathFactory, servers: Servers, administration: Connection, template: str
) -> AsyncIterator[Shop]:
    """To ask, and not to change."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("tools"))
    async with _shop(settings, servers, administration, template) as shop:
        yield shop


@pytest.fixture(scope="session")
async def workshop(
    tmp_path_factory: pytest.TempPathFactory, servers: Servers, administration: Connection, template: str
) -> AsyncIterator[Shop]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("workshop"))
    async with _shop(settings, servers, administration, template) as shop:
        yield shop


@pytest.fixture
async def own(workshop: Shop) -> Shop:
    """To change: it is as new before each test, because opening one takes longer than all of a test."""
    await workshop.restore()
    return workshop


@pytest.fixture(scope="session")
def shared_server() -> Server:
    return Server()


@pytest.fixture
def server(shared_server: Server) -> Server:
    """The simulated Meilisearch behind `remote`."""
    shared_server.faults = Faults()
    return shared_server


@pytest.fixture(scope="session")
async def remote(
    tmp_path_factory: pytest.TempPathFactory, servers: Servers, administration: Connection, template: str, shared_server: Server
) -> AsyncIterator[Shop]:
    """With Meilisearch."""
    async with serving(create_app(shared_server), lifespan="on") as address:
        behind = MeilisearchSettings(url=address, key=MASTER_KEY)
        settings = Settings(data_dir=tmp_path_factory.mktemp("remote"), meilisearch=behind)
        async with _shop(settings, servers, administration, template) as shop:
            yield shop
        shared_server.faults = Faults()


@asynccontextmanager
async def _shop(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[Shop]:
    async with (
        copied_database(servers, administration, template) as database,
        tool_shop(settings, database, servers.redis_url) as shop,
    ):
        yield shop
