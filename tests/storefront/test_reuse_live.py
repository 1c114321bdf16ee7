"""Answers given again, over PostgreSQL: no statement while nothing changes, and the change once it is announced."""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
import pytest

from spoina.catalog.reader import CatalogReader
from spoina.db import Pool, connect
from spoina.notifications import Listener
from storefront.execution import Storefront
from storefront.ports import Ports
from tests.spoina.catalog.builders import insert_products, insert_shop, product
from tests.sql_statements import count_statements
from tests.storefront.catalogue import BY_NAME, NOW, SCHEMA, TRUSTED, Stock
from tests.storefront.without_carts import WITHOUT_CARTS
from tests.storefront.without_search import WITHOUT_SEARCH

ASKED = msgspec.json.encode({"documentId": BY_NAME["web/sitemap"].sha256, "variables": {"first": 5}})
SECONDS = 2.0


@pytest.fixture
async def served(pool: Pool, database: str) -> AsyncIterator[Storefront]:
    await insert_shop(pool)
    await insert_products(pool, [product(1, handle="kubek")])
    listener = Listener(lambda: connect(database))
    reader = CatalogReader(pool, listener)
    await reader.start()
    await listener.start()
    ports = Ports(
        catalog=reader,
        stock=Stock(),
        search=WITHOUT_SEARCH,
        carts=WITHOUT_CARTS,
        announcements=listener,
        clock=lambda: NOW,
        new_reference=lambda: "REF1",
    )
    yield Storefront(SCHEMA, ports, trusted=TRUSTED)
    await listener.stop()


async def handles(served: Storefront) -> list[str]:
    told = msgspec.json.decode((await served.post(ASKED)).body)
    return [node["handle"] for node in told["data"]["products"]["nodes"]]


async def test_a_commit_is_seen_as_soon_as_it_is_announced(served, pool) -> None:
    for _ in range(3):
        assert await handles(served) == ["kubek"]
    async with count_statements(pool) as sent:
        assert await handles(served) == ["kubek"]
    assert len(sent) == 0
    await insert_products(pool, [product(2, handle="talerz")])
    began = time.monotonic()
    while await handles(served) != ["kubek", "talerz"]:
        assert time.monotonic() - began < SECONDS
        await asyncio.sleep(0.001)
    for _ in range(5):
        assert await handles(served) == ["kubek", "talerz"]
