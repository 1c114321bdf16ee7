from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from api.services import Services
from spoina.access.types import KeyKind
from spoina.settings import Settings
from tests.api.carts.buying import EMPTIED, METHODS, Buyer, offer
from tests.api.carts.cart_shop import TABLES, Shopper, furnish, restock
from tests.api.conftest import key_of, opened, served
from tests.conftest import database_url


@pytest.fixture(scope="session")
async def cart_services(settings: Settings, servers, administration, template: str) -> AsyncIterator[Services]:
    await administration.execute(f"create database carts template {template}")
    async with opened(settings, database_url(servers, "carts"), servers.redis_url) as services:
        await furnish(services.pool)
        yield services


@pytest.fixture(scope="session")
async def cart_client(settings: Settings, cart_services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with served(create_app(settings, cart_services)) as client:
        yield client


@pytest.fixture
async def shop(cart_services: Services) -> Services:
    await cart_services.pool.execute(f"truncate {TABLES} cascade")
    await cart_services.pool.execute("update stock set held = 0")
    await restock(cart_services)
    return cart_services


@pytest.fixture
async def web(shop: Services, cart_client: httpx.AsyncClient) -> Shopper:
    return Shopper(cart_client, await key_of(shop.pool, KeyKind.WEB))


@pytest.fixture
async def app(shop: Services, cart_client: httpx.AsyncClient) -> Shopper:
    return Shopper(cart_client, await key_of(shop.pool, KeyKind.APP))


@pytest.fixture
async def checkout_shop(shop: Services) -> AsyncIterator[Services]:
    await shop.pool.execute(f"truncate {EMPTIED} cascade")
    await offer(shop, *METHODS)
    yield shop
    await shop.pool.execute(f"truncate {EMPTIED} cascade")
    await offer(shop)


@pytest.fixture
async def buyer(checkout_shop: Services, cart_client: httpx.AsyncClient) -> Buyer:
    return Buyer(cart_client, await key_of(checkout_shop.pool, KeyKind.WEB))


@pytest.fixture
async def phone(checkout_shop: Services, cart_client: httpx.AsyncClient) -> Buyer:
    return Buyer(cart_client, await key_of(checkout_shop.pool, KeyKind.APP))
