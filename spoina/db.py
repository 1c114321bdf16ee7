"""PostgreSQL through asyncpg: how pools are made and how a command gets its one transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool

SERVER_SETTINGS = {"jit": "off", "timezone": "UTC", "application_name": "spoina"}
"""jit=off: compiling a plan costs more than any of our short statements."""


async def connect_pool(database_url: str, *, size: int = 8) -> Pool:
    return await asyncpg.create_pool(database_url, min_size=1, max_size=size, server_settings=SERVER_SETTINGS, reset=_leave_as_it_is)


async def _leave_as_it_is(connection: Connection) -> None:
    """Nothing of ours leaves a session changed (locks are a transaction's or are given back), so a round trip to reset it would be
    wasted."""


async def connect(database_url: str) -> Connection:
    return await asyncpg.connect(database_url, server_settings=SERVER_SETTINGS)


@asynccontextmanager
async def transaction(pool: "Pool | Connection") -> AsyncIterator[Connection]:
    """One command, one transaction: committed at the end of the block, rolled back by any exception. Given a connection that is in one
    already, the command is a part of that."""
    if not isinstance(pool, asyncpg.Pool):
        yield pool
        return
    async with pool.acquire() as connection, connection.transaction():
        yield connection
