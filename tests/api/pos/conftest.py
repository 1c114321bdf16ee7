"""A shop with two places of its own and a till at each, behind a real server."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from api.services import Services
from spoina.access.types import KeyKind
from spoina.settings import Settings
from tests.api.conftest import key_of, opened, served
from tests.api.pos.till import TABLES, Counter, stock_up
from tests.conftest import database_url
from tests.spoina.catalog.builders import insert_products, product


@pytest.fixture(scope="session")
async def till_database(servers, administration, template: str) -> str:
    await administration.execute(f"create database tills template {template}")
    return database_url(servers, "tills")


@pytest.fixture(scope="session")
async def till_services(settings: Settings, servers, till_database: str) -> AsyncIterator[Services]:
    async with opened(settings, till_database, servers.redis_url) as services:
        await services.pool.execute(
            "insert into location (id, code, name, owner, pickup_enabled) overriding system value"
            " values (10, 'krakow', 'Kraków', 'spoina', true), (11, 'gdansk', 'Gdańsk', 'spoina', false)"
        )
        await insert_products(services.pool, [product(number, price=1000 * number, counted=True) for number in (1, 2, 3)])
        yield services


@pytest.fixture(scope="session")
async def till_client(settings: Settings, till_services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, till_services)) as client:
        yield client


@pytest.fixture
async def counter(till_services: Services, till_client: httpx.AsyncClient) -> Counter:
    """The till at Kraków, of a shop in which nothing was sold; ten of each product lie there."""
    await till_services.pool.execute(f"truncate {', '.join(TABLES)} cascade")
    await till_services.pool.execute("update pos_register set highest = 0, missing = '{}', shifts_closed = 0")
    await stock_up(till_services.pool, {1: 10, 2: 10, 3: 10}, 10)
    staff = await key_of(till_services.pool, KeyKind.STAFF)
    return await Counter.registered(till_client, till_services.pool, staff, "KASA-1", 10)


@pytest.fixture
async def elsewhere(counter: Counter) -> Counter:
    """The till at Gdańsk."""
    return await Counter.registered(counter.client, counter.pool, counter.staff, "KASA-2", 11)
