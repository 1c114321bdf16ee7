"""What a read makes of the catalogue, whenever it arrives."""

from spoina.catalog.service import Applied
from spoina.catalog.types import Backorders, Kind
from spoina.db import Pool
from tests.spoina.catalog import stored
from tests.spoina.catalog.reads import at, service, simple, variable, variation
from tests.sql_statements import count_statements


async def test_a_new_product_is_created_and_seen_unchanged_when_read_again(pool: Pool):
    assert await service(pool).apply_products([simple(10, at(1), title="Kubek")], at(1)) == Applied(created=1)
    version = (await stored.row(pool, 10)).version
    assert await service(pool).apply_products([simple(10, at(2), title="Kubek")], at(2)) == Applied(unchanged=1)
    assert await stored.row(pool, 10) == ("Kubek", True, 1999, version, at(2), False)


async def test_a_newer_read_changes_a_product_and_its_version_grows(pool: Pool):
    await service(pool).apply_products([simple(10, at(1), title="Kubek")], at(1))
    version = (await stored.row(pool, 10)).version
    assert await service(pool).apply_products([simple(10, at(2), title="Garnek")], at(2)) == Applied(changed=1)
    changed = await stored.row(pool, 10)
    assert (changed.title, changed.version, (await stored.document(pool, 10)).title) == ("Garnek", version + 1, "Garnek")


async def test_an_older_read_changes_nothing(pool: Pool):
    await service(pool).apply_products([simple(10, at(2), title="Garnek", stock=5)], at(2))
    before = await stored.row(pool, 10)
    assert await service(pool).apply_products([simple(10, at(1), title="Kubek", stock=9)], at(1)) == Applied(stale=1)
    assert (await stored.row(pool, 10), await stored.stock(pool)) == (before, {10: 5})


async def test_a_read_older_than_the_last_that_brought_no_news_changes_nothing(pool: Pool):
    """Also when a variation has had the document prepared again in between."""
    await service(pool).apply_products([variable(10, at(1), (11,), title="Koc")], at(1))
    await service(pool).apply_variations([variation(11, 10, at(2))], at(2))
    await service(pool).apply_products([variable(10, at(5), (11,), title="Koc")], at(5))
    await service(pool).apply_variations([variation(11, 10, at(6), price=2500)], at(6))
    assert (await stored.row(pool, 10)).as_of == at(5)
    assert await service(pool).apply_products([variable(10, at(3), (11,), title="Namiot")], at(3)) == Applied(stale=1)
    assert (await stored.row(pool, 10)).title == "Koc"


async def test_a_product_told_twice_in_one_batch_is_stored_once(pool: Pool):
    twice = [simple(10, at(1), title="Kubek"), simple(10, at(1), title="Kubek")]
    assert await service(pool).apply_products(twice, at(1)) == Applied(created=1)
    again = [variation(21, 20, at(1)), variation(21, 20, at(1))]
    assert await service(pool).apply_variations(again, at(1)) == Applied(created=1)


async def test_forced_it_writes_what_seems_unchanged(pool: Pool):
    await service(pool).apply_products([simple(10, at(1), title="Kubek")], at(1))
    await pool.execute("update product set title = 'Tampered' where id = 10")
    assert await service(pool).apply_products([simple(10, at(2), title="Kubek")], at(2), force=True) == Applied(changed=1)
    assert (await stored.row(pool, 10)).title == "Kubek"


async def test_variations_read_before_their_product_are_in_its_first_document(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1)), variation(12, 10, at(1))], at(1))
    assert await service(pool).apply_products([variable(10, at(2), (11, 12))], at(2)) == Applied(created=1)
    assert await stored.variants_in_document(pool, 10) == [11, 12]


async def test_variations_read_after_their_product_complete_its_document(pool: Pool):
    assert await service(pool).apply_products([variable(10, at(1), (11, 12))], at(1)) == Applied(created=1, incomplete=(10,))
    version = (await stored.row(pool, 10)).version
    await service(pool).apply_variations([variation(11, 10, at(2)), variation(12, 10, at(2), price=1500)], at(2))
    row = await stored.row(pool, 10)
    assert (await stored.variants_in_document(pool, 10), row.price_min, row.version) == ([11, 12], 1500, version + 1)


async def test_a_product_stays_incomplete_until_its_variations_are_here(pool: Pool):
    """A worker may have been killed between the two."""
    await service(pool).apply_products([variable(10, at(1), (11,))], at(1))
    assert await service(pool).apply_products([variable(10, at(2), (11,))], at(2)) == Applied(unchanged=1, incomplete=(10,))
    await service(pool).apply_variations([variation(11, 10, at(3))], at(3))
    assert await service(pool).apply_products([variable(10, at(4), (11,))], at(4)) == Applied(unchanged=1)


async def test_a_variation_that_the_product_no_longer_names_is_removed(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1), stock=1), variation(12, 10, at(1), stock=2)], at(1))
    await service(pool).apply_products([variable(10, at(1), (11, 12))], at(1))
    await service(pool).apply_products([variable(10, at(2), (12,))], at(2))
    assert (await stored.variant_ids(pool), await stored.variants_in_document(pool, 10), await stored.stock(pool)) == ([12], [12], {12: 2})


async def test_a_variation_gone_before_its_product_was_first_read_is_removed(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1)), variation(12, 10, at(1))], at(1))
    await service(pool).apply_products([variable(10, at(2), (12,))], at(2))
    assert (await stored.variant_ids(pool), await stored.variants_in_document(pool, 10)) == ([12], [12])


async def test_an_older_read_does_not_bring_a_removed_variation_back(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1)), variation(12, 10, at(1))], at(1))
    await service(pool).apply_products([variable(10, at(3), (12,))], at(3))
    late = [variation(11, 10, at(2)), variation(12, 10, at(2), price=2500)]
    assert await service(pool).apply_variations(late, at(2)) == Applied(changed=1, stale=1)
    assert (await stored.variant_ids(pool), await stored.variants_in_document(pool, 10)) == ([12], [12])


async def test_an_older_read_of_the_product_does_not_remove_a_newer_variation(pool: Pool):
    await service(pool).apply_products([variable(10, at(1), ())], at(1))
    await service(pool).apply_variations([variation(11, 10, at(3))], at(3))
    await service(pool).apply_products([variable(10, at(2), (), title="Koc")], at(2))
    assert await stored.variants_in_document(pool, 10) == [11]


async def test_a_variation_that_should_not_be_there_is_removed_though_the_product_says_the_same(pool: Pool):
    await service(pool).apply_products([variable(10, at(1), ())], at(1))
    await service(pool).apply_variations([variation(11, 10, at(2))], at(2))
    assert await service(pool).apply_products([variable(10, at(3), ())], at(3)) == Applied(changed=1)
    assert (await stored.variant_ids(pool), await stored.variants_in_document(pool, 10)) == ([], [])


async def test_a_variable_product_becomes_a_simple_one(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1), stock=3)], at(1))
    await service(pool).apply_products([variable(10, at(1), (11,))], at(1))
    await service(pool).apply_products([simple(10, at(2), stock=7)], at(2))
    found = await stored.document(pool, 10)
    assert (found.kind, [variant.id for variant in found.variants]) == (Kind.SIMPLE, [10])
    assert (await stored.variant_ids(pool), await stored.stock(pool)) == ([10], {10: 7})


async def test_a_simple_product_becomes_a_variable_one_that_shares_its_stock(pool: Pool):
    await service(pool).apply_products([simple(10, at(1), stock=7)], at(1))
    await service(pool).apply_products([variable(10, at(2), (11,), stock=7)], at(2))
    await service(pool).apply_variations([variation(11, 10, at(2), shared=True)], at(2))
    assert (await stored.variant_ids(pool), await stored.stock(pool)) == ([11], {10: 7})
    assert (await stored.row(pool, 10)).available


async def test_what_cannot_be_bought_is_left_out_of_the_document(pool: Pool):
    offered = [variation(11, 10, at(1)), variation(12, 10, at(1), price=None), variation(13, 10, at(1), purchasable=False)]
    await service(pool).apply_variations(offered, at(1))
    await service(pool).apply_products([variable(10, at(1), (11, 12, 13))], at(1))
    assert (await stored.variants_in_document(pool, 10), await stored.variant_ids(pool)) == ([11], [11, 12, 13])


async def test_a_removed_product_leaves_a_trace_and_nothing_else(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1), stock=3)], at(1))
    await service(pool).apply_products([variable(10, at(1), (11,), stock=2), simple(20, at(1))], at(1))
    version = (await stored.row(pool, 10)).version
    assert await service(pool).remove_products([10, 99], at(2)) == [10]
    row = await stored.row(pool, 10)
    assert (row.deleted, row.available, row.version, row.as_of) == (True, False, version + 1, at(2))
    assert (await stored.document(pool, 10), await stored.variant_ids(pool), await stored.stock(pool)) == (None, [20], {})


async def test_a_product_removed_twice_is_told_of_once(pool: Pool):
    await service(pool).apply_products([simple(10, at(1))], at(1))
    assert [await service(pool).remove_products([10], at(2)), await service(pool).remove_products([10], at(3))] == [[10], []]


async def test_a_product_read_after_it_was_missed_stays(pool: Pool):
    await service(pool).apply_products([simple(10, at(3), stock=4)], at(3))
    assert await service(pool).remove_products([10], at(2)) == []
    assert (await stored.variants_in_document(pool, 10), await stored.stock(pool)) == ([10], {10: 4})


async def test_a_removed_product_returns_with_a_newer_read_only(pool: Pool):
    await service(pool).apply_products([simple(10, at(1), stock=4)], at(1))
    await service(pool).remove_products([10], at(3))
    assert await service(pool).apply_products([simple(10, at(2), stock=4)], at(2)) == Applied(stale=1)
    assert await service(pool).apply_products([simple(10, at(4), stock=4)], at(4)) == Applied(changed=1)
    row = await stored.row(pool, 10)
    assert (row.deleted, row.available, await stored.stock(pool)) == (False, True, {10: 4})


async def test_a_product_missed_again_is_gone_since_then(pool: Pool):
    await service(pool).apply_products([simple(10, at(1))], at(1))
    await service(pool).remove_products([10], at(2))
    await service(pool).remove_products([10], at(4))
    assert await service(pool).apply_products([simple(10, at(3))], at(3)) == Applied(stale=1)


async def test_an_older_read_does_not_bring_back_the_variations_of_a_removed_product(pool: Pool):
    await service(pool).apply_variations([variation(11, 10, at(1))], at(1))
    await service(pool).apply_products([variable(10, at(1), (11,))], at(1))
    await service(pool).remove_products([10], at(3))
    assert await service(pool).apply_variations([variation(11, 10, at(2))], at(2)) == Applied(stale=1)
    assert await stored.variant_ids(pool) == []


async def test_stock_that_is_held_survives_the_removal(pool: Pool):
    await service(pool).apply_products([simple(10, at(1), stock=4)], at(1))
    await pool.execute("update stock set held = 1 where item_id = 10")
    await service(pool).remove_products([10], at(2))
    assert await stored.stock(pool) == {10: 4}


async def test_variations_without_a_product_are_removed_when_they_were_not_read_again(pool: Pool):
    await service(pool).apply_products([variable(20, at(1), (21,))], at(1))
    await service(pool).apply_variations([variation(11, 10, at(2), stock=1), variation(21, 20, at(2)), variation(31, 30, at(4))], at(4))
    await pool.execute("update variant set as_of = $1 where id in (11, 21)", at(2))
    await service(pool).remove_unowned_variants(at(3))
    assert (await stored.variant_ids(pool), await stored.stock(pool)) == ([21, 31], {})


async def test_a_batch_of_new_products_costs_ten_statements_beside_the_copies_and_an_unchanged_one_seven(pool: Pool):
    def batch(read):
        return [simple(number, read, stock=number) for number in range(10, 20)]

    async with count_statements(pool) as statements:
        await service(pool).apply_products(batch(at(1)), at(1))
    assert len(statements) == 10, statements.texts
    async with count_statements(pool) as statements:
        await service(pool).apply_products(batch(at(2)), at(2))
    assert len(statements) == 7, statements.texts


async def test_a_batch_of_variations_costs_sixteen_statements_beside_the_copies(pool: Pool):
    await service(pool).apply_products([variable(10, at(1), tuple(range(11, 31)))], at(1))
    async with count_statements(pool) as statements:
        await service(pool).apply_variations([variation(number, 10, at(2), stock=1) for number in range(11, 31)], at(2))
    assert len(statements) == 16, statements.texts


async def test_backorders_and_uncounted_stock_are_always_available(pool: Pool):
    products = [simple(10, at(1), stock=0, backorders=Backorders.YES), simple(20, at(1)), simple(30, at(1), stock=0)]
    await service(pool).apply_products(products, at(1))
    assert [(await stored.row(pool, number)).available for number in (10, 20, 30)] == [True, True, False]
