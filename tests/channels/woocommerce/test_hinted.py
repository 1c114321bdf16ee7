"""Hints: products read again one by one, whatever number was told, and quarantine for what cannot be taken in."""

import asyncio

import pytest

from channels.woocommerce.sync import open_sync
from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.clock import utc_now
from spoina.db import Pool, transaction
from spoina.errors import SourceUnavailable
from spoina.jobs import Job
from spoina.sync import hints
from spoina.sync.status import Retry, retry_quarantined
from tests.channels.woocommerce.syncing import Owner, imported, syncing
from tests.mirrored import mirror_differences
from tests.shop_server import ShopServer, served_shop


@pytest.fixture
async def server():
    async with served_shop(generated_catalogue(Scale(20, (3, 3)))) as running:
        yield running


def first(server: ShopServer, kind: str) -> int:
    return min(facts.id for facts in server.shop.products.all_facts() if facts.type == kind)


async def hint(pool: Pool, *numbers: int) -> None:
    async with transaction(pool) as db:
        await hints.add(db, numbers, "a test", utc_now())


async def read_hinted(server: ShopServer, pool: Pool, *numbers: int) -> int:
    await hint(pool, *numbers)
    async with syncing(server, pool) as sync:
        return await sync.read_hinted()


async def test_a_hinted_product_is_the_shops_again(server: ShopServer, pool: Pool):
    await imported(server, pool)
    simple = first(server, "simple")
    server.change_silently(simple, name="Po cichu", regular_price="1.00", sale_price="", price="1.00")
    assert await read_hinted(server, pool, simple) == 1
    assert (await mirror_differences(server.shop, pool), await pool.fetchval("select count(*) from product_hint")) == ([], 0)


async def test_hints_at_all_variations_of_a_product_cost_two_questions(server: ShopServer, pool: Pool):
    await imported(server, pool)
    variable = server.shop.products.get(first(server, "variable"))
    for number in variable["variations"]:
        server.change_silently(number, regular_price="7.00", price="7.00", sale_price="")
    await hint(pool, variable["id"], *variable["variations"])
    async with syncing(server, pool) as sync:
        server.asked.clear()
        assert await sync.read_hinted() == 4
    assert [path for path, _ in server.asked] == ["products", f"products/{variable['id']}/variations"]
    assert await pool.fetchval("select price_min from product where id = $1", variable["id"]) == 700


async def test_a_variations_number_alone_has_its_product_read_once(server: ShopServer, pool: Pool):
    await imported(server, pool)
    variable = server.shop.products.get(first(server, "variable"))
    server.change_silently(variable["variations"][0], regular_price="7.00", price="7.00", sale_price="")
    await hint(pool, *variable["variations"][:2])
    async with syncing(server, pool) as sync:
        server.asked.clear()
        await sync.read_hinted()
    assert [path for path, _ in server.asked].count(f"products/{variable['id']}/variations") == 1
    assert await pool.fetchval("select price_min from product where id = $1", variable["id"]) == 700


async def test_numbers_of_nothing_of_trash_and_of_a_page_do_no_harm(server: ShopServer, pool: Pool):
    await imported(server, pool)
    simple = first(server, "simple")
    await Owner(server).delete(f"products/{simple}")
    await Owner(server).delete(f"products/{simple + 1}", force=True)
    assert await read_hinted(server, pool, simple, simple + 1, 3, 999_999) == 4
    assert await mirror_differences(server.shop, pool) == []


async def test_hints_wait_when_the_shop_does_not_answer_and_a_job_is_left_for_them(server: ShopServer, pool: Pool):
    await imported(server, pool)
    await hint(pool, first(server, "simple"))
    async with open_sync(server.settings(), pool, utc_now) as sync:
        sync._mirror.client._connection._pace.attempts = 1
        server.misbehave(share_500=1)
        assert await sync.read_hinted() == 0
    assert await pool.fetchval("select failures from product_hint") == 1
    assert await pool.fetch("select entrypoint, execute_after > now() from pgqueuer") == [(Job.READ_HINTED_PRODUCTS, True)]


async def test_a_product_hinted_at_while_it_is_read_is_read_again(server: ShopServer, pool: Pool):
    await imported(server, pool)
    simple = first(server, "simple")
    changed = asyncio.Event()

    def before(path: str, _: int) -> None:
        if path == "products" and not changed.is_set():
            changed.set()
            server.told = asyncio.get_running_loop().create_task(hint(pool, simple))

    await hint(pool, simple)
    async with syncing(server, pool) as sync:
        server.before, server.shop.dice.faults = before, server.shop.dice.faults
        server.misbehave(latency_ms=150)
        server.asked.clear()
        await sync.read_hinted()
    await server.told
    assert [path for path, _ in server.asked] == ["products", "products"]
    assert await pool.fetchval("select count(*) from product_hint") == 0


BAD = [
    ("a plugin's type", {"type": "bundle"}, "its type 'bundle' comes from a plugin that is not supported"),
    ("a garbage price", {"regular_price": "tanio", "sale_price": ""}, "the regular price is not a number: 'tanio'"),
    ("an unknown tax class", {"tax_class": "luxury"}, "the tax class 'luxury' is not one of the shop's"),
    ("fields of a wrong form", {"categories": {"id": 3}}, None),
]


@pytest.mark.parametrize(("case", "damage", "reason"), BAD)
async def test_a_bad_product_keeps_its_last_good_mirror_and_leaves_quarantine_when_mended(
    server: ShopServer, pool: Pool, case: str, damage: dict, reason: str | None
):
    await imported(server, pool)
    simple = first(server, "simple")
    good = server.shop.products.get(simple)
    server.change_silently(simple, **damage)
    server.change_silently(simple + 1, name="Sąsiad")
    counts = await imported(server, pool)
    ((kind, number, told),) = await pool.fetch("select kind, external_id, reason from quarantine")
    assert (kind, number, counts.quarantined, counts.removed) == ("product", simple, 1, 0)
    assert reason is None or told == reason
    titles = await pool.fetch("select title from product where deleted_at is null and id in ($1, $2) order by id", simple, simple + 1)
    assert [row[0] for row in titles] == [good["name"], "Sąsiad"]
    server.change_silently(simple, **good)
    await imported(server, pool)
    assert (await pool.fetchval("select count(*) from quarantine"), await mirror_differences(server.shop, pool)) == (0, [])


async def test_a_bad_variation_is_set_aside_alone_and_read_again_on_demand(server: ShopServer, pool: Pool):
    await imported(server, pool)
    number = server.shop.products.get(first(server, "variable"))["variations"][0]
    good = server.shop.variations.get(number)
    server.change_silently(number, tax_class="luxury", regular_price="3.00", price="3.00")
    await imported(server, pool)
    assert [tuple(row) for row in await pool.fetch("select kind, external_id from quarantine")] == [("variation", number)]
    server.change_silently(number, **{**good, "regular_price": "4.00", "price": "4.00", "sale_price": ""})
    async with transaction(pool) as db:
        assert (await retry_quarantined(db, Retry((number,)), utc_now())).queued == 1
    async with syncing(server, pool) as sync:
        await sync.read_hinted()
    assert (await pool.fetchval("select count(*) from quarantine"), await mirror_differences(server.shop, pool)) == (0, [])


async def test_a_term_that_cannot_be_read_stops_nothing(server: ShopServer, pool: Pool):
    broken = server.shop.terms["categories"][3]
    server.shop.terms["categories"][3] = {**broken, "slug": ["a", "list"]}
    await imported(server, pool)
    assert [tuple(row) for row in await pool.fetch("select kind, external_id from quarantine")] == [("category", broken["id"])]
    assert await mirror_differences(server.shop, pool) == []
    server.shop.terms["categories"][3] = broken
    async with syncing(server, pool) as sync:
        await sync.poll()
    assert await pool.fetchval("select count(*) from quarantine") == 0
    assert await pool.fetchval("select count(*) from term where taxonomy = 'category' and id = $1", broken["id"]) == 1


async def test_an_error_of_the_shop_is_in_the_runs_row(server: ShopServer, pool: Pool):
    async with open_sync(server.settings(), pool, utc_now) as sync:
        sync._mirror.client._connection._pace.attempts = 1
        server.misbehave(share_503=1)
        with pytest.raises(SourceUnavailable):
            await sync.full_pass(lambda _: None)
    assert "the shop answered 503" in await pool.fetchval("select error from sync_run where kind = 'woocommerce.full'")
