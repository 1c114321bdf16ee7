from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from api.embedded import Servers
from spoina.cart.policies import CartPolicy
from spoina.cart.service import Carts
from spoina.db import Connection, Pool, connect
from tests.conftest import database_url
from tests.spoina.cart.shopping import Shelf, opened_carts


@pytest.fixture(scope="package")
async def cart_database(servers: Servers, administration: Connection, template: str) -> AsyncIterator[str]:
    name = f"cart_{uuid4().hex}"
    await administration.execute(f"create database {name} template {template} strategy file_copy")
    yield database_url(servers, name)
    await administration.execute(f"drop database {name} with (force)")


@pytest.fixture
async def database(cart_database: str) -> str:
    """One database, emptied for each test: making a new one takes longer than most of these tests."""
    connection = await connect(cart_database)
    await connection.execute("truncate cart, cart_op, cart_merge, cart_handoff, cart_handoff_miss, hold, stock, stock_move cascade")
    await connection.close()
    return cart_database


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def policy() -> CartPolicy:
    return CartPolicy()


@pytest.fixture
async def carts(pool: Pool, database: str, shelf: Shelf, policy: CartPolicy) -> AsyncIterator[Carts]:
    async with opened_carts(shelf, pool, database, policy) as opened:
        yield opened
