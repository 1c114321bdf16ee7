"""Answers given again, over PostgreSQL: no statement while nothing changes, and the change once it is announced."""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
import pytest

from spoina.catalog.reader import CatalogReader
from spoina.db import Pool, connect
from spoina.ids import Channel
from spoina.inventory.changes import ChangeFeed
from spoina.inventory.channel_stock import ChannelStock
from spoina.inventory.code_index import CodeIndex
from spoina.inventory.offers import OfferReader
from spoina.inventory.shelves import ShelfSnapshot
from spoina.notifications import Listener
from storefront.execution import Storefront
from storefront.ports import Ports
from tests.spoina.catalog.builders import insert_products, insert_shop, insert_stock, product
from tests.sql_statements import count_statements
from tests.storefront.catalogue import BY_NAME, NOW, SCHEMA, TRUSTED, shop_products
from tests.storefront.without_carts import WITHOUT_CARTS
from tests.storefront.without_feeds import WITHOUT_FEEDS
from tests.storefront.without_search import WITHOUT_SEARCH

ASKED = msgspec.json.encode({"documentId": BY_NAME["web/sitemap"].sha256, "variables": {"first": 5}})
COUNTED = msgspec.json.encode({"query": '{ product(handle: "misa") { totalInventory } }'})
SECONDS = 2.0


@pytest.fixture
async def served(pool: Pool, database: str) -> AsyncIterator[Storefront]:
    await insert_shop(pool)
    misa = next(each for each in shop_products() if each.handle == "misa")
    await insert_products(pool, [product(1, handle="kubek"), misa])
    await insert_stock(pool, {103: 6})
    listener = Listener(lambda: connect(database))
    reader, shelves = CatalogReader(pool, listener), ShelfSnapshot(pool, listener)
    await reader.start()
    await shelves.start()
    await listener.start()
    offers = OfferReader(pool, CodeIndex(pool, listener), shelves, lambda: NOW)
    ports = Ports(
        catalog=reader,
        stock=ChannelStock(offers, ChangeFeed(offers), Channel("web")),
        search=WITHOUT_SEARCH,
        carts=WITHOUT_CARTS,
        feeds=WITHOUT_FEEDS,
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
        assert await handles(served) == ["kubek", "misa"]
    async with count_statements(pool) as sent:
        assert await handles(served) == ["kubek", "misa"]
    assert len(sent) == 0
    await insert_products(pool, [product(200, handle="talerz")])
    began = time.monotonic()
    while await handles(served) != ["kubek", "misa", "talerz"]:
        assert time.monotonic() - began < SECONDS
        await asyncio.sleep(0.001)
    for _ in range(5):
        assert await handles(served) == ["kubek", "misa", "talerz"]


async def test_stock_is_seen_although_it_was_asked_for_between_the_announcement_and_its_reading(served, pool) -> None:
    async def counted() -> int:
        return msgspec.json.decode((await served.post(COUNTED)).body)["data"]["product"]["totalInventory"]

    for _ in range(4):
        assert await counted() == 6
    moved = asyncio.create_task(insert_stock(pool, {103: 5}))
    began = time.monotonic()
    while await counted() != 5:
        assert time.monotonic() - began < SECONDS
        await asyncio.sleep(0)
    await moved
