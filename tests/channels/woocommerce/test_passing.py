"""The full pass against a real server: the mirror is the shop, whatever happened while it was read."""

import asyncio

import pytest

from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.db import Pool
from tests.channels.woocommerce.syncing import imported, syncing
from tests.mirrored import mirror_differences
from tests.shop_server import ShopServer, served_shop


@pytest.fixture
async def server():
    async with served_shop() as running:
        yield running


async def state(pool: Pool) -> list[tuple]:
    """Everything that a read without news must leave alone."""
    return [
        *await pool.fetch("select id, version, hash, deleted_at from product order by id"),
        *await pool.fetch("select product_id, version, body from product_document order by product_id"),
        *await pool.fetch("select id, hash, body from variant order by id"),
        *await pool.fetch("select * from price_change order by variant_id, valid_from"),
    ]


@pytest.mark.parametrize("global_variations", [True, False])
async def test_the_whole_shop_comes_over_and_a_second_pass_writes_nothing(pool: Pool, global_variations: bool):
    async with served_shop(global_variations=global_variations) as server:
        counts = await imported(server, pool)
        assert await mirror_differences(server.shop, pool) == []
        assert (counts.read, counts.created, counts.changed, counts.removed, counts.quarantined) == (296, 296, 0, 0, 0)
        assert await pool.fetchval("select count(*) from quarantine") == 0
        variants, changes = await pool.fetchval("select count(*) from variant"), await pool.fetchval("select count(*) from price_change")
        assert (variants, changes) == (791, 791)
        before = await state(pool)
        again = await imported(server, pool)
        assert (again.read, again.created, again.changed, again.removed) == (296, 0, 0, 0)
        assert await state(pool) == before


async def test_only_a_sweep_finds_what_changed_silently_and_what_is_gone(server: ShopServer, pool: Pool):
    """A plugin that writes SQL, trash that was emptied, a sale of a variation: nobody is told and no date moves."""
    await imported(server, pool)
    shop = server.shop
    parent = shop.products.get(245)
    server.change_silently(10, regular_price="600.00", price="437.59")
    server.change_silently(12, stock_quantity=77, manage_stock=True, stock_status="instock")
    server.change_silently(parent["variations"][0], regular_price="555.00", price="555.00")
    shop.delete_silently(11)
    shop.delete_silently(246)
    server.change_silently(245, variations=parent["variations"][1:])
    shop.delete_silently(parent["variations"][0])
    async with syncing(server, pool) as sync:
        await sync.poll()
        assert len(await mirror_differences(shop, pool)) > 4
        swept = await sync.full_pass(lambda _: None)
    assert await mirror_differences(shop, pool) == []
    assert swept.removed == 2


@pytest.mark.parametrize("global_variations", [True, False])
async def test_a_sweep_sees_a_variation_that_changed_silently(pool: Pool, global_variations: bool):
    async with served_shop(generated_catalogue(Scale(20, (2, 3))), global_variations=global_variations) as server:
        await imported(server, pool)
        number = min(facts.id for facts in server.shop.variations.all_facts())
        server.change_silently(number, regular_price="999.00", price="999.00")
        await imported(server, pool)
        assert await mirror_differences(server.shop, pool) == []


def deleting_before_page(server: ShopServer, page: int, numbers: list[int]):
    def before(path: str, asked: int) -> None:
        if (path, asked) == ("products", page):
            server.before = None
            for number in numbers:
                server.shop.delete_silently(number)

    return before


async def missing(server: ShopServer, pool: Pool) -> list[str]:
    return [line for line in await mirror_differences(server.shop, pool) if "missing" in line]


def product_ids(server: ShopServer) -> list[int]:
    return sorted(facts.id for facts in server.shop.products.all_facts())


@pytest.mark.parametrize(("case", "deleted"), [("a few", slice(3)), ("more than a page", slice(130))])
async def test_products_deleted_while_the_list_is_read_hide_no_other(server: ShopServer, pool: Pool, case: str, deleted: slice):
    """Pages have been read when products on them go: as many later ones slip onto those pages."""
    server.before = deleting_before_page(server, 3, product_ids(server)[deleted])
    await imported(server, pool, concurrency=1)
    assert await missing(server, pool) == []


async def test_a_list_that_loses_its_last_page_hides_no_product(pool: Pool):
    async with served_shop(generated_catalogue(Scale(201, (1, 2)))) as server:
        server.before = deleting_before_page(server, 3, product_ids(server)[:1])
        await imported(server, pool, concurrency=1)
        assert await missing(server, pool) == []


async def test_a_stopped_pass_goes_on_where_it_was_and_reads_what_slipped_while_it_stood_still(pool: Pool):
    async with served_shop(generated_catalogue(Scale(1200, (1, 2)))) as server:
        reached = asyncio.Event()
        server.before = lambda path, page: reached.set() if (path, page) == ("products", 12) else None
        async with syncing(server, pool) as sync:
            running = asyncio.create_task(sync.full_pass(lambda _: None))
            await reached.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        server.before = None
        server.shop.delete_silently(product_ids(server)[0])
        server.asked.clear()
        await imported(server, pool)
        assert sorted(server.pages("products")) == [5, *range(6, 13)]
        assert server.pages("variations") == []
        assert await missing(server, pool) == []


async def test_what_was_in_quarantine_and_is_deleted_leaves_it(pool: Pool):
    async with served_shop(generated_catalogue(Scale(20, (3, 3)))) as server:
        await imported(server, pool)
        simple, parent = (
            min(facts.id for facts in server.shop.products.all_facts() if facts.type == kind) for kind in ("simple", "variable")
        )
        variation, *others = server.shop.products.get(parent)["variations"]
        for number in (simple, variation):
            server.change_silently(number, tax_class="unknown")
        await imported(server, pool)
        assert [row[0] for row in await pool.fetch("select external_id from quarantine order by 1")] == [simple, variation]
        server.shop.delete_silently(simple)
        server.shop.delete_silently(variation)
        server.change_silently(parent, variations=others)
        await imported(server, pool)
        assert await pool.fetchval("select count(*) from quarantine") == 0
        assert await mirror_differences(server.shop, pool) == []
