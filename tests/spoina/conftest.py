from collections.abc import AsyncIterator

import pytest

from spoina.catalog.reader import CatalogReader
from spoina.db import Pool, connect
from spoina.notifications import Listener
from tests.spoina.catalog.builders import insert_shop


@pytest.fixture
async def listener(database: str) -> AsyncIterator[Listener]:
    listening = Listener(lambda: connect(database))
    await listening.start()
    yield listening
    await listening.stop()


@pytest.fixture
async def reader(pool: Pool, listener: Listener) -> AsyncIterator[CatalogReader]:
    """A started reader of a shop without products."""
    await insert_shop(pool)
    reading = CatalogReader(pool, listener)
    await reading.start()
    yield reading
    await reading.stop()
