"""What the reader promises: few statements, nothing stale, and the right answer with or without its listener."""

import asyncio

import msgspec
import pytest

from spoina.catalog.labels import tag
from spoina.catalog.listing import Compares, HasLabel, ListingQuery, SortKey
from spoina.catalog.reader import CatalogReader
from spoina.catalog.types import Status
from spoina.db import Pool
from spoina.errors import NotFound
from tests.spoina.catalog.builders import category, insert_frame, insert_products, insert_shop, menu, page, product, renamed, variant
from tests.sql_statements import count_statements

ALL = ListingQuery(sort=SortKey.ID, limit=24)


async def titles(reader: CatalogReader, *ids: int) -> list[str | None]:
    return [found and found.title for found in await reader.products(ids)]


async def test_a_listing_costs_two_statements_cold_and_none_warm(pool: Pool, reader: CatalogReader):
    await reader.settled(await insert_products(pool, [product(number) for number in range(1, 31)]))
    async with count_statements(pool) as cold:
        first = await reader.products((await reader.listing(ALL)).ids)
    async with count_statements(pool) as warm:
        again = await reader.products((await reader.listing(ALL)).ids)
    assert (len(cold), len(warm)) == (2, 0)
    assert [found.id for found in first] == list(range(1, 25))
    assert all(one is other for one, other in zip(first, again, strict=True))


async def test_concurrent_misses_are_read_once(pool: Pool, reader: CatalogReader):
    await reader.settled(await insert_products(pool, [product(number) for number in range(1, 31)]))
    async with count_statements(pool) as statements:
        answers = await asyncio.gather(*(reader.products([1, 2, number]) for number in range(3, 30)))
        listings = await asyncio.gather(*(reader.listing(ALL) for _ in range(10)))
    assert [[found.id for found in answer] for answer in answers] == [[1, 2, number] for number in range(3, 30)]
    assert listings.count(listings[0]) == 10
    # The first call reads three products, each other one only its own.
    assert len([text for text in statements.texts if "product_document" in text]) == 27
    assert len([text for text in statements.texts if "product_document" not in text]) == 1


async def test_products_keep_the_order_asked_for_and_are_none_where_nothing_is_published(pool: Pool, reader: CatalogReader):
    hidden = [product(3, status=Status.DRAFT), product(4)]
    await insert_products(pool, [product(1), product(2), *hidden])
    await pool.execute("update product set deleted_at = now() where id = 4")
    assert await titles(reader, 2, 99, 1, 3, 4, 2, -1, 2**70) == ["Product 2", None, "Product 1", None, None, "Product 2", None, None]


async def test_a_product_is_found_by_its_handle(pool: Pool, reader: CatalogReader):
    await reader.settled(await insert_products(pool, [product(1, handle="kubek-żółty")]))
    async with count_statements(pool) as statements:
        found = [await reader.by_handle(handle) for handle in ("kubek-żółty", "kubek-żółty", "other", "nul\x00")]
    assert [each and each.id for each in found] == [1, 1, None, None]
    assert len(statements) == 2


async def test_variants_come_with_their_product(pool: Pool, reader: CatalogReader):
    await reader.settled(await insert_products(pool, [product(1, variants=(variant(11, 1), variant(12, 1))), product(2)]))
    async with count_statements(pool) as cold:
        found = await reader.variants([12, 2, 99, 11, 2**70])
    async with count_statements(pool) as warm:
        await reader.variants([12, 2, 11])
    assert [pair and (pair[0].id, pair[1].id) for pair in found] == [(1, 12), (2, 2), None, (1, 11), None]
    assert (len(cold), len(warm)) == (1, 0)


async def test_what_a_commit_changed_is_dropped_and_nothing_else(pool: Pool, reader: CatalogReader):
    await reader.settled(await insert_products(pool, [product(1), product(2)]))
    await titles(reader, 1, 2)
    await reader.settled(await insert_products(pool, [renamed(product(1), "New")]))
    async with count_statements(pool) as statements:
        assert await titles(reader, 1, 2) == ["New", "Product 2"]
    assert len(statements) == 1


async def test_a_deleted_product_is_gone_everywhere(pool: Pool, reader: CatalogReader):
    await reader.settled(await insert_products(pool, [product(1), product(2)]))
    assert (await reader.listing(ALL)).ids == (1, 2)
    await reader.by_handle("product-1")
    async with pool.acquire() as db, db.transaction():
        version = await db.fetchval("select nextval('catalog_version')")
        await db.execute("update product set deleted_at = now(), version = $1 where id = 1", version)
        await db.execute("select pg_notify('catalog_changed', $1)", str(version))
    await reader.settled(version)
    assert await titles(reader, 1) == [None]
    assert await reader.by_handle("product-1") is None
    assert await reader.variants([1]) == [None]
    assert (await reader.listing(ALL)).ids == (2,)


async def test_handles_follow_their_products(pool: Pool, reader: CatalogReader):
    await reader.settled(await insert_products(pool, [product(1, handle="mug"), product(2, handle="cup")]))
    await reader.products([1, 2])
    await reader.settled(await insert_products(pool, [product(1, handle="cup"), product(2, handle="mug")]))
    assert [(await reader.by_handle(handle)).id for handle in ("mug", "cup")] == [2, 1]


async def test_memory_is_bounded(pool: Pool, listener):
    await insert_shop(pool)
    reader = CatalogReader(pool, listener, memory_limit_bytes=20_000)
    await reader.start()
    await reader.settled(await insert_products(pool, [product(number) for number in range(1, 201)]))
    for number in range(1, 201):
        await reader.products([1, number])
    assert reader._documents.size <= 20_000
    assert 5 < len(reader._documents) < 50
    assert len(reader._documents._by_handle) == len(reader._documents._by_variant) == len(reader._documents)
    async with count_statements(pool) as statements:
        await reader.products([1, 200])
        await reader.products([2])
    assert len(statements) == 1
    await reader.stop()


async def test_a_change_of_language_drops_every_document(pool: Pool, reader: CatalogReader):
    await insert_products(pool, [product(1)])
    await reader.settled(await insert_products(pool, [product(2)], language="en"))
    assert await titles(reader, 1, 2) == ["Product 1", None]
    await reader.settled(await insert_shop(pool, language="en"))
    assert await titles(reader, 1, 2) == [None, "Product 2"]


async def test_the_shop_and_what_surrounds_products_is_in_memory(pool: Pool, reader: CatalogReader):
    pages = [page(7, title="B"), page(8, title="a")]
    frame = {"categories": [category(1), category(2, 1)], "pages": pages, "menus": [menu("main-menu")]}
    await reader.settled(await insert_frame(pool, **frame))
    async with count_statements(pool) as statements:
        assert reader.shop.name == "Sklep"
        assert [each.id for each in reader.categories.children(1)] == [2]
        assert [each.id for each in reader.pages] == [8, 7]
        assert reader.menus["main-menu"] == menu("main-menu")
    assert len(statements) == 0


async def test_before_the_first_synchronisation_there_is_no_shop(pool: Pool, listener):
    reader = CatalogReader(pool, listener)
    await reader.start()
    with pytest.raises(NotFound, match="there is no shop before the first synchronisation"):
        _ = reader.shop
    assert await reader.products([1]) == [None]
    assert (await reader.listing(ALL)).ids == ()
    await reader.stop()


async def test_listings_by_stock_are_read_anew(pool: Pool, reader: CatalogReader):
    counted = ListingQuery(condition=Compares("inventory", ">", 3), limit=10)
    await reader.settled(await insert_products(pool, [product(1, counted=True), product(2, counted=True)], {1: 4, 2: 1}))
    assert (await reader.listing(counted)).ids == (1,)
    await pool.execute("update stock set held = 2")
    assert (await reader.listing(counted)).ids == ()
    assert await reader.count(Compares("inventory", "<", 3)) == 2


async def test_counts_end_at_their_ceiling(pool: Pool, reader: CatalogReader):
    await reader.settled(await insert_products(pool, [product(number, tags=("odd",) if number % 2 else ()) for number in range(1, 10)]))
    async with count_statements(pool) as statements:
        assert [await reader.count(HasLabel((tag("ODD"),)), ceiling=ceiling) for ceiling in (100, 5, 4, 4)] == [5, 5, 4, 4]
    assert len(statements) == 3


async def test_names_are_those_of_listed_products_as_the_shop_writes_them(pool: Pool, reader: CatalogReader):
    await insert_frame(pool, tags=["Żółty", "Nowość", "Unused"])
    facts = {"vendor": "Łódź", "product_type": "Kubki"}
    shown = [product(1, tags=("Żółty", "rare"), **facts), product(2, tags=("Nowość",), product_type="Ławki"), product(4, vendor="Zet")]
    await reader.settled(await insert_products(pool, [*shown, product(3, tags=("Unused",), vendor="Hidden", status=Status.DRAFT)]))
    assert await reader.tags() == ("Nowość", "rare", "Żółty")
    assert await reader.product_types() == ("Kubki", "Ławki")
    assert await reader.vendors() == ("Łódź", "Zet")
    async with count_statements(pool) as warm:
        await reader.tags()
    assert len(warm) == 0


async def test_recommendations_share_a_category_and_most_labels(pool: Pool, reader: CatalogReader):
    mine = product(1, categories=[5], tags=("red", "round"))
    others = [
        product(2, categories=[5], tags=("red",)),
        product(3, categories=[5], tags=("red", "round")),
        product(4, categories=[6], tags=("red", "round")),
        product(5, categories=[5], total_sales=10),
        product(6, categories=[5], total_sales=20),
        product(7, categories=[5], status=Status.DRAFT, tags=("red", "round")),
    ]
    await reader.settled(await insert_products(pool, [mine, *others]))
    assert await reader.recommendations(mine, 10) == (3, 2, 6, 5)
    assert await reader.recommendations(mine, 2) == (3, 2)
    assert await reader.recommendations(msgspec.structs.replace(mine, category_ids=()), 3) == (3, 4, 2)
