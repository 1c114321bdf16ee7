"""A full pass by the companion plugin's export: the mirror is the shop, wherever a stream was cut; without the export, lists do."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.db import Pool
from tests.channels.woocommerce.syncing import imported, syncing
from tests.mirrored import mirror_differences
from tests.shop_server import ShopServer, served_shop

EXPORT = "/wp-json/wc-spoina/v1/export"


@pytest.fixture
async def server() -> AsyncIterator[ShopServer]:
    async with served_shop(generated_catalogue(Scale(420, (1, 2))), companion=True) as running:
        yield running


def starts(server: ShopServer, kind: str) -> list[int]:
    """From which numbers on streams were asked for."""
    return [int(query["after"]) for path, query in server.asked if path == EXPORT and query["kind"] == kind]


def listed(server: ShopServer, path: str) -> int:
    """Whole pages of a list that were asked for."""
    return len([query for asked, query in server.asked if asked == path and query.get("per_page") == "100"])


@pytest.mark.parametrize("global_variations", [True, False])
async def test_the_whole_shop_comes_over_as_by_its_lists(pool: Pool, global_variations: bool):
    async with served_shop(companion=True, global_variations=global_variations) as server:
        counts = await imported(server, pool)
        assert await mirror_differences(server.shop, pool) == []
        assert (counts.read, counts.created, counts.changed, counts.removed, counts.quarantined) == (296, 296, 0, 0, 0)
        assert (listed(server, "products"), listed(server, "variations")) == (0, 0)
        again = await imported(server, pool)
        assert (again.read, again.created, again.changed, again.removed) == (296, 0, 0, 0)


async def test_lanes_are_read_at_the_same_time_and_share_the_shop(server: ShopServer, pool: Pool):
    counts = await imported(server, pool, concurrency=3)
    assert (counts.read, await mirror_differences(server.shop, pool)) == (420, [])
    begun = sorted(set(starts(server, "products")))[:3]
    numbers = sorted(facts.id for facts in server.shop.products.all_facts())
    assert begun == [0, numbers[420 // 3 - 1], numbers[420 * 2 // 3 - 1]]


async def test_a_stream_that_is_cut_goes_on_behind_the_last_whole_line(server: ShopServer, pool: Pool):
    cuts = iter([True, True, False, True])

    class Cutting(type(server.shop.dice)):
        def drops(self) -> bool:
            return server.last_path == EXPORT and next(cuts, False)

    def note(path: str, _: int) -> None:
        server.last_path = path

    server.shop.dice.__class__, server.before = Cutting, note
    counts = await imported(server, pool, concurrency=1)
    assert await mirror_differences(server.shop, pool) == []
    assert (counts.read, counts.created, listed(server, "products"), listed(server, "variations")) == (420, 420, 0, 0)
    assert len([after for after in starts(server, "variations") if after]) >= 2


async def test_what_is_deleted_meanwhile_hides_no_other(server: ShopServer, pool: Pool):
    numbers = sorted(facts.id for facts in server.shop.products.all_facts())

    def delete(path: str, _: int) -> None:
        if path == EXPORT and starts(server, "products"):
            server.before = None
            for number in numbers[:110]:
                server.shop.delete_silently(number)

    server.before = delete
    await imported(server, pool, concurrency=2)
    assert [line for line in await mirror_differences(server.shop, pool) if "missing" in line] == []


async def test_a_stopped_pass_goes_on_where_its_lanes_were(pool: Pool):
    async with served_shop(generated_catalogue(Scale(1150, (1, 2))), companion=True) as server:
        reached = asyncio.Event()

        def watch(path: str, _: int) -> None:
            if max(starts(server, "products"), default=0):
                reached.set()

        server.before = watch
        async with syncing(server, pool, concurrency=1) as sync:
            running = asyncio.create_task(sync.full_pass(lambda _: None))
            await reached.wait()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        server.before = None
        server.asked.clear()
        await imported(server, pool, concurrency=1)
        assert starts(server, "variations") == []
        assert min(starts(server, "products")) > 0
        assert await mirror_differences(server.shop, pool) == []


async def test_a_shop_whose_export_fails_is_read_by_its_lists(server: ShopServer, pool: Pool, caplog: pytest.LogCaptureFixture):
    def fail(path: str, _: int) -> None:
        if path == EXPORT:
            raise RuntimeError("the plugin's table is broken")

    server.before = fail
    counts = await imported(server, pool)
    assert (counts.created, await mirror_differences(server.shop, pool)) == (420, [])
    assert listed(server, "products") == 5
    assert "the companion plugin's export of products failed" in caplog.text
