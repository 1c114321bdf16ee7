from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from api.embedded import Servers
from spoina.db import Connection, Pool, connect
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.transfers import Transfers
from tests.conftest import database_url
from tests.spoina.inventory.stocking import MovableClock, broken_invariants

# Everything but what migrations put there.
EMPTIED = """
do $$
declare
    name text;
begin
    set local session_replication_role = replica;
    for name in
        select tablename from pg_tables
        where schemaname = 'public' and tablename not in ('schema_migrations', 'location', 'pos_vat_letter')
    loop
        execute format('delete from %I', name);
    end loop;
    delete from location where id <> 1;
    update location set ships_online = true, active = true where id = 1;
end $$
"""


@pytest.fixture(scope="package")
async def stock_database(servers: Servers, administration: Connection, template: str) -> AsyncIterator[str]:
    name = f"stock_{uuid4().hex}"
    await administration.execute(f"create database {name} template {template} strategy file_copy")
    yield database_url(servers, name)
    await administration.execute(f"drop database {name} with (force)")


@pytest.fixture
async def database(stock_database: str) -> str:
    """One database, emptied for each test: making a new one takes longer than most of these tests."""
    connection = await connect(stock_database)
    await connection.execute(EMPTIED)
    await connection.close()
    return stock_database


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def batcher(database: str, clock: MovableClock) -> AsyncIterator[HoldBatcher]:
    working = HoldBatcher(lambda: connect(database), clock)
    yield working
    await working.stop()


@pytest.fixture
async def holds(pool: Pool, batcher: HoldBatcher, clock: MovableClock) -> AsyncIterator[Holds]:
    """Whatever a test does with holds, stock's invariants hold at its end."""
    yield Holds(pool, batcher, clock)
    assert await broken_invariants(pool, clock.now) == []


@pytest.fixture
def stockroom(pool: Pool, clock: MovableClock) -> Stockroom:
    return Stockroom(pool, clock)


@pytest.fixture
def transfers(pool: Pool, clock: MovableClock) -> Transfers:
    return Transfers(pool, clock)
