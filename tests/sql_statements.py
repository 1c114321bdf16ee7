"""Counts the statements that a pool sends to PostgreSQL, so that a test can hold an operation to its budget."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

import asyncpg

from spoina.db import Pool
from tests.serving import answering

OF_THE_DRIVER = ("UNLISTEN *", "set_config('jit'", "typeinfo_tree")
"""asyncpg cleans a connection on its return to the pool, and asks once per connection how array types are made."""

OURS = frozenset({"spoina", "search", "feeds", "channels", "storefront", "api"})


class Statements:
    """The SQL texts in the order in which they were sent, without those of the driver itself."""

    def __init__(self, counts: Callable[[], bool] = lambda: True) -> None:
        self.texts: list[str] = []
        self._counts = counts

    def __len__(self) -> int:
        return len(self.texts)

    def log(self, query: asyncpg.connection.LoggedQuery) -> None:
        if self._counts() and not any(mark in query.query for mark in OF_THE_DRIVER):
            self.texts.append(query.query)


def within(budget: Collection[int], operation: str, statements: Statements) -> None:
    """Fails where the operation sent another number of statements, and names those that it sent by where they are written."""
    sent = Counter(map(_written_at, statements.texts))
    told = ", ".join(f"{name} {times} times" if times > 1 else name for name, times in sent.most_common())
    assert len(statements) in budget, f"{operation} sends {len(statements)} statements, its budget is {max(budget)}: {told}"


def _written_at(text: str) -> str:
    """The constant that holds the statement; how it begins where none does."""
    ours = [(name, module) for name, module in list(sys.modules.items()) if name.partition(".")[0] in OURS]
    places = (f"{name}.{constant}" for name, module in ours for constant, value in vars(module).items() if value == text)
    return next(places, " ".join(text.split())[:60])


@asynccontextmanager
async def count_statements(pool: Pool, *, of_requests: bool = False) -> AsyncIterator[Statements]:
    """Logs every connection of the pool, those opened meanwhile too. `of_requests`: only what is sent for requests to an application that
    is served here; what its process does behind everybody's back, such as following a change, may fall into any of them.

    async with count_statements(pool) as statements:
        ...
    assert len(statements) == 2
    """
    statements = Statements(answering.get) if of_requests else Statements()
    logged: list[asyncpg.Connection] = []

    async def begin(connection: asyncpg.Connection) -> None:
        if connection not in logged:
            logged.append(connection)
            connection.add_query_logger(statements.log)

    setups = [(holder, holder._setup) for holder in pool._holders]
    for holder, setup in setups:
        holder._setup = _both(begin, setup)
    try:
        yield statements
        await asyncio.sleep(0)  # asyncpg calls loggers in the loop's next round
    finally:
        for holder, setup in setups:
            holder._setup = setup
        for connection in logged:
            connection.remove_query_logger(statements.log)


def _both(first, second):
    async def setup(proxy) -> None:
        await first(proxy._con)
        if second is not None:
            await second(proxy)

    return setup
