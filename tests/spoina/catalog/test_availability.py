"""`product.available` follows the stock, without the document being written again."""

from spoina.catalog.service import Applied
from spoina.catalog.writing import CatalogWriter
from spoina.db import Pool, connect
from tests.spoina.catalog import stored
from tests.spoina.catalog.reads import at, service, simple, variable, variation


async def available(pool: Pool, number: int = 10) -> bool:
    return (await stored.row(pool, number)).available


async def document_version(pool: Pool) -> int:
    return await pool.fetchval("select version from product_document where product_id = 10")


async def test_it_follows_a_count_without_another_document(pool: Pool):
    await service(pool).apply_products([simple(10, at(1), stock=1)], at(1))
    written = await document_version(pool)
    turns = []
    for minute, count in enumerate([0, 0, -2, 3], start=2):
        version = (await stored.row(pool, 10)).version
        assert await service(pool).apply_products([simple(10, at(minute), stock=count)], at(minute)) == Applied(unchanged=1)
        turns.append((await available(pool), (await stored.row(pool, 10)).version > version))
    assert turns == [(False, True), (False, False), (False, False), (True, True)]
    assert await document_version(pool) == written


async def test_it_follows_a_variation(pool: Pool):
    await service(pool).apply_products([variable(10, at(1), (11, 12))], at(1))
    await service(pool).apply_variations([variation(11, 10, at(1), stock=1), variation(12, 10, at(1), stock=0)], at(1))
    assert await available(pool)
    await service(pool).apply_variations([variation(11, 10, at(2), stock=0)], at(2))
    assert not await available(pool)
    await service(pool).apply_variations([variation(12, 10, at(3), stock=2)], at(3))
    assert await available(pool)


async def test_it_follows_the_stock_that_variations_share(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1), shared=True), variation(12, 10, at(1), shared=True)], at(1))
    await service(pool).apply_products([variable(10, at(1), (11, 12), stock=5)], at(1))
    assert await available(pool)
    await service(pool).apply_products([variable(10, at(2), (11, 12), stock=0)], at(2))
    assert (await available(pool), await stored.stock(pool)) == (False, {10: 0})


async def test_while_documents_are_written_stock_can_be_held(pool: Pool, monkeypatch):
    """Its last pieces, too: the count that comes after the documents puts right what they were written with."""
    await service(pool).apply_products([simple(10, at(1), stock=2)], at(1))
    writes = CatalogWriter.write_products
    held: list[int] = []

    async def writes_while_somebody_holds(writer: CatalogWriter, *arguments) -> None:
        await writes(writer, *arguments)
        held.append(await pool.fetchval("update stock set held = 3 where item_id = 10 returning held", timeout=20))

    monkeypatch.setattr(CatalogWriter, "write_products", writes_while_somebody_holds)
    await service(pool).apply_products([simple(10, at(2), stock=3, title="Garnek")], at(2))
    assert (held, await available(pool), await stored.stock(pool)) == ([3], False, {10: 3})


async def test_while_variations_are_written_stock_can_be_held(pool: Pool, monkeypatch):
    await service(pool).apply_products([variable(10, at(1), (11,))], at(1))
    await service(pool).apply_variations([variation(11, 10, at(1), stock=2)], at(1))
    prepares = CatalogWriter.prepare_again

    async def prepares_while_somebody_holds(writer: CatalogWriter, *arguments) -> None:
        await prepares(writer, *arguments)
        await pool.execute("update stock set held = 2 where item_id = 11", timeout=20)

    monkeypatch.setattr(CatalogWriter, "prepare_again", prepares_while_somebody_holds)
    await service(pool).apply_variations([variation(11, 10, at(2), stock=1, purchasable=True, title="Duży")], at(2))
    assert (await available(pool), await stored.stock(pool)) == (False, {11: 1})


async def test_a_variation_that_cannot_be_bought_makes_nothing_available(pool: Pool):
    await service(pool).apply_products([variable(10, at(1), (11,))], at(1))
    await service(pool).apply_variations([variation(11, 10, at(1), stock=0, purchasable=False)], at(1))
    await service(pool).apply_variations([variation(11, 10, at(2), stock=9, purchasable=False)], at(2))
    assert not await available(pool)


async def test_pieces_of_every_location_count(pool: Pool):
    await service(pool).apply_products([simple(10, at(1), stock=0)], at(1))
    shop = await pool.fetchval(
        "insert into location (code, name, owner, ships_online) values ('krakow', 'Kraków', 'spoina', true) returning id"
    )
    await pool.execute("insert into stock (item_id, location_id, on_hand, as_of) values (10, $1, 3, $2)", shop, at(1))
    await service(pool).apply_products([simple(10, at(2), stock=0, title="Garnek")], at(2))
    assert await available(pool)


async def test_what_is_no_longer_counted_has_no_count(pool: Pool):
    await service(pool).apply_products([simple(10, at(1), stock=0), variable(20, at(1), (21,))], at(1))
    await service(pool).apply_variations([variation(21, 20, at(1), stock=4)], at(1))
    await service(pool).apply_products([simple(10, at(2))], at(2))
    await service(pool).apply_variations([variation(21, 20, at(2))], at(2))
    assert (await stored.stock(pool), await available(pool)) == ({}, True)


async def test_an_older_count_changes_nothing(pool: Pool):
    await service(pool).apply_products([variable(10, at(1), (11,))], at(1))
    await service(pool).apply_variations([variation(11, 10, at(3), stock=0)], at(3))
    await service(pool).apply_variations([variation(11, 10, at(2), stock=8)], at(2))
    assert (await stored.stock(pool), await available(pool)) == ({11: 0}, False)


async def test_listeners_hear_of_versions_and_of_counts_once_committed(pool: Pool, database: str):
    heard = []
    listening = await connect(database)
    for channel in ("catalog_changed", "stock_changed"):
        await listening.add_listener(channel, lambda _, __, name, payload: heard.append((name, payload)))
    await service(pool).apply_products([simple(10, at(1), stock=1)], at(1))
    first = (await stored.row(pool, 10)).version
    await service(pool).apply_products([simple(10, at(2), stock=1)], at(2))
    await service(pool).apply_products([simple(10, at(3), stock=2)], at(3))
    await service(pool).remove_products([10], at(4))
    await listening.execute("select 1")
    await listening.close()
    counted = ("stock_changed", "10")
    versions = [("catalog_changed", str(first + step)) for step in range(3)]
    assert heard == [versions[0], counted, versions[1], counted, versions[2], counted]
