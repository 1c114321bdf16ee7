"""The whole application behind a real Uvicorn on a real socket, with a database of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from api.app import create_app
from api.embedded import Servers
from api.services import Services, open_services
from spoina.access.service import create_key
from spoina.access.types import KeyKind
from spoina.clock import utc_now
from spoina.db import Connection, Pool, connect
from spoina.settings import Settings
from tests.conftest import database_url
from tests.serving import serving


@asynccontextmanager
async def served(application) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(application) as address, httpx.AsyncClient(base_url=address, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("data"), cors_origins=("https://sklep.example",))


SHOP = """
insert into shop (only_one, name, url, description, currency, country, timezone, language, prices_include_tax, calc_taxes, price_decimals,
    weight_unit, dimension_unit, as_of)
values (true, 'Sklep', 'https://sklep.example', '', 'PLN', 'PL', 'Europe/Warsaw', 'pl', true, true, 2, 'kg', 'cm', now())
"""


TOUCHED = "truncate inbox, product_hint, coupon_hint, webhook_subscription, quarantine, sync_run, pgqueuer, api_key"


@asynccontextmanager
async def opened(settings: Settings, database: str, redis_url: str) -> AsyncIterator[Services]:
    """Of a shop that was read and has nothing to sell."""
    connection = await connect(database)
    await connection.execute(SHOP)
    await connection.close()
    async with open_services(settings, database, redis_url) as services:
        yield services


@pytest.fixture(scope="session")
async def shared(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[Services]:
    """Opening the services takes longer than a test, so that tests which harm nothing share them."""
    await administration.execute(f"create database shared template {template}")
    async with opened(settings, database_url(servers, "shared"), servers.redis_url) as services:
        yield services


@pytest.fixture(scope="session")
async def shared_client(settings: Settings, shared: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, shared)) as client:
        yield client


@pytest.fixture
async def services(shared: Services) -> Services:
    await shared.pool.execute(TOUCHED)
    return shared


@pytest.fixture
async def client(shared_client: httpx.AsyncClient, services: Services) -> httpx.AsyncClient:
    return shared_client


@pytest.fixture
async def fragile(settings: Settings, database: str, redis_url: str) -> AsyncIterator[Services]:
    """Services of the test's own, to break."""
    async with opened(settings, database, redis_url) as services:
        yield services


@pytest.fixture
async def fragile_client(settings: Settings, fragile: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, fragile)) as client:
        yield client


async def key_of(pool: Pool, kind: KeyKind) -> dict[str, str]:
    """The header that carries a new key."""
    return {"authorization": f"Bearer {(await create_key(pool, f'a {kind} key', kind, utc_now)).token}"}


@pytest.fixture
async def web(services: Services) -> dict[str, str]:
    return await key_of(services.pool, KeyKind.WEB)


@pytest.fixture
async def staff(services: Services) -> dict[str, str]:
    return await key_of(services.pool, KeyKind.STAFF)
