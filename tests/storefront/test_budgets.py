"""Trusted documents over the real reader and PostgreSQL: as many statements as their budget says when nothing is in memory, then none."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from spoina.catalog.reader import CatalogReader
from spoina.catalog.types import Product
from spoina.db import Pool, connect
from spoina.ids import Channel, ProductId
from spoina.inventory.changes import ChangeFeed
from spoina.inventory.channel_stock import ChannelStock
from spoina.inventory.code_index import CodeIndex
from spoina.inventory.offers import OfferReader
from spoina.inventory.shelves import ShelfSnapshot
from spoina.notifications import Listener
from storefront.execution import Storefront
from storefront.loading import ProductLoader
from storefront.ports import Ports
from tests.spoina.catalog.builders import insert_frame, insert_products, insert_shop, insert_stock, product
from tests.sql_statements import count_statements, within
from tests.storefront.catalogue import BY_NAME, NOW, SCHEMA, TRUSTED, shop_categories, shop_menus, shop_pages, shop_products, shop_stock
from tests.storefront.without_carts import WITHOUT_CARTS
from tests.storefront.without_feeds import WITHOUT_FEEDS
from tests.storefront.without_search import WITHOUT_SEARCH


@pytest.fixture
async def listener(database: str) -> AsyncIterator[Listener]:
    listening = Listener(lambda: connect(database))
    await listening.start()
    yield listening
    await listening.stop()


@pytest.fixture
async def served(pool: Pool, listener: Listener) -> AsyncIterator[Storefront]:
    """The priced products of the other tests and a hundred more, in PostgreSQL."""
    await insert_shop(pool)
    await insert_frame(pool, categories=shop_categories(), pages=shop_pages(), menus=list(shop_menus().values()))
    many = [product(number, title=f"Produkt {number}", categories=(12,)) for number in range(200, 300)]
    await insert_products(pool, [*(each for each in shop_products() if each.handle != "zestaw"), *many])
    await insert_stock(pool, shop_stock())
    reader, shelves = CatalogReader(pool, listener), ShelfSnapshot(pool, listener)
    await reader.start()
    await shelves.start()
    offers = OfferReader(pool, CodeIndex(pool, listener), shelves, lambda: NOW)
    stock = ChannelStock(offers, ChangeFeed(offers), Channel("web"))
    ports = Ports(
        catalog=reader,
        stock=stock,
        search=WITHOUT_SEARCH,
        carts=WITHOUT_CARTS,
        feeds=WITHOUT_FEEDS,
        announcements=listener,
        clock=lambda: NOW,
        new_reference=lambda: "REF1",
    )
    yield Storefront(SCHEMA, ports, trusted=TRUSTED, trusted_only=True)
    await shelves.stop()
    await reader.stop()


async def run(served: Storefront, name: str, **variables: object) -> dict:
    document = BY_NAME[name]
    body = {"documentId": document.sha256, "variables": {**document.budget.at, **variables}}
    response = await served.post(msgspec.json.encode(body))
    told = msgspec.json.decode(response.body)
    assert (response.status, told.get("errors")) == (200, None)
    return told["data"]


@pytest.mark.parametrize("name", sorted(name for name, document in BY_NAME.items() if document.operation(None).public))
async def test_a_document_sends_as_many_statements_as_its_budget_says_and_then_none(served, pool, name) -> None:
    async with count_statements(pool) as cold:
        first = await run(served, name)
    async with count_statements(pool) as warm:
        again = await run(served, name)
    budget = BY_NAME[name].budget.sql
    # The front page's two listings may come back together, and then share one batch of products.
    allowed = {budget - 1, budget} if name == "web/home" else {budget}
    within(allowed, name, cold)
    within({0}, f"{name}, asked again,", warm)
    assert first == again


async def test_products_that_are_loaded_one_by_one_are_found_out(served, pool, monkeypatch) -> None:
    async def one_by_one(self: ProductLoader, ids: list[ProductId]) -> list[Product | None]:
        return [self._meet((await self._catalog.products([each]))[0]) for each in ids]

    monkeypatch.setattr(ProductLoader, "_load", one_by_one)
    async with count_statements(pool) as sent:
        await run(served, "web/listing", first=12)
    told = "^web/listing sends 13 statements, its budget is 2: spoina.catalog.documents.BY_ID 12 times, with page as"
    with pytest.raises(AssertionError, match=told):
        within({BY_NAME["web/listing"].budget.sql}, "web/listing", sent)


@pytest.mark.parametrize(("name", "size"), [("web/listing", 24), ("web/collection", 24), ("app/listing", 100)])
async def test_the_size_of_a_listing_changes_nothing(served, pool, name, size) -> None:
    async with count_statements(pool) as cold:
        told = await run(served, name, first=size)
    connection = told["collection"]["products"] if "collection" in told else told["products"]
    assert (len(connection["nodes"]), len(cold)) == (size, 2)


async def test_the_real_catalogue_answers_as_the_one_in_memory(served) -> None:
    scanned = (await run(served, "pos/scan"))["products"]["nodes"]
    [blue] = [one for one in scanned[0]["variants"]["nodes"] if one["barcode"]]
    assert (scanned[0]["title"], blue["title"], blue["quantityAvailable"]) == ("Kubek ceramiczny", "niebieski / M", 3)
    changed = (await run(served, "pos/changes", query="updated_at:>'2026-03-01T12:00:00Z'"))["products"]["nodes"]
    assert [one["title"] for one in changed] == ["Misa"]
    layout = await run(served, "web/layout")
    assert ([item["title"] for item in layout["header"]["items"]], layout["footer"]["title"]) == (["Kuchnia", "Lampy"], "Stopka")


async def test_walking_the_pages_of_postgresql_meets_every_product_once(served) -> None:
    seen: list[str] = []
    after = None
    while True:
        page = (await run(served, "web/sitemap", first=17, after=after))["products"]
        seen += [node["handle"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert (len(seen), len(set(seen))) == (104, 104)
