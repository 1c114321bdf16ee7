"""WooCommerce's own stock changed by a difference: once, with the companion plugin and without, whatever became of the answer."""

import asyncio
import os
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from api.cli import main
from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.pacing import Pace
from channels.woocommerce.stock_changes import change_shop_stock
from simulators.woocommerce.shop import DEMO_KEY
from spoina.db import Pool
from spoina.errors import InvalidInput, NotFound
from spoina.ids import StockItemId
from tests.api.test_cli import _logging_as_it_was  # noqa: F401 - a fixture
from tests.channels.woocommerce.orders.shopping import stock, stocked
from tests.channels.woocommerce.syncing import syncing
from tests.shop_server import ShopServer, served_shop

BOOK, JACKET = StockItemId(216), StockItemId(331)
"""A simple product and a variation, both counted."""


async def nothing(_: float) -> None:
    pass


def left(server: ShopServer, item: int) -> int:
    return (server.shop.products if item in server.shop.products else server.shop.variations).peek(item)["stock_quantity"]


@pytest.fixture(params=[True, False], ids=["with the plugin", "without"])
async def shop(request):
    async with served_shop(companion=request.param) as server, WooCommerceClient(server.settings(), pace=Pace(sleep=nothing)) as client:
        await client.probe()
        yield server, client


async def test_a_change_counts_once_for_each_key(shop):
    server, client = shop
    for item in (BOOK, JACKET):
        before = left(server, item)
        assert [await change_shop_stock(client, item, -2, f"broken {item}") for _ in range(2)] == [before - 2] * 2
        assert await change_shop_stock(client, item, 5, f"found {item}") == left(server, item) == before + 3


@pytest.mark.parametrize("fault", ["share_lost_after", "share_500_after", "share_dropped", "share_503"])
async def test_a_change_whose_answer_was_lost_is_not_made_twice(shop, fault: str):
    server, client = shop
    before = left(server, BOOK)
    server.misbehave(**{fault: 1, **({"retry_after_seconds": 0} if fault == "share_503" else {})})
    changing = asyncio.create_task(change_shop_stock(client, BOOK, -3, "broken once"))
    await asyncio.wait([changing], timeout=0.3)
    server.misbehave()
    await asyncio.gather(changing, return_exceptions=True)
    assert await change_shop_stock(client, BOOK, -3, "broken once") == left(server, BOOK) == before - 3


async def test_the_mirror_follows_at_once_and_the_command_tells_it(database: str, pool: Pool):
    async with served_shop(companion=True) as server:
        await stocked(server, pool)
        before = left(server, BOOK)
        async with syncing(server, pool) as sync:
            assert await sync.change_stock(BOOK, -2, "spoina stock 1") == before - 2
        assert await stock(pool) == (before - 2, 0)
        shop = {"URL": server.shop.settings.home, "KEY": DEMO_KEY.key, "SECRET": DEMO_KEY.secret}
        env = {f"SPOINA_WOOCOMMERCE_{name}": value for name, value in shop.items()} | {"SPOINA_DATABASE_URL": database}
        sku = server.shop.product(BOOK)["sku"]
        with patch.dict(os.environ, env):
            done = await asyncio.to_thread(CliRunner().invoke, main, ["stock", "change", sku, "-1", "--key", "broken today"])
        assert (done.exit_code, done.stdout) == (0, f"-1: WooCommerce has {before - 3} now\n")
        assert (left(server, BOOK), await stock(pool)) == (before - 3, (before - 3, 0))


@pytest.mark.parametrize(
    ("delta", "key", "field"),
    [
        (0, "nothing", "units"),
        (10**14, "everything", "units"),
        (-1_000_001, "everything", "units"),
        (1, "k1", "key"),
        (1, "k" * 192, "key"),
    ],
)
async def test_what_no_change_can_be_never_reaches_the_shop(shop, delta, key, field):
    server, client = shop
    before = left(server, BOOK)
    with pytest.raises(InvalidInput) as refused:
        await change_shop_stock(client, BOOK, delta, key)
    assert (refused.value.field, left(server, BOOK)) == (field, before)


async def test_what_the_shop_does_not_have_or_does_not_count_is_refused(shop):
    server, client = shop
    with pytest.raises(NotFound):
        await change_shop_stock(client, StockItemId(999_999), -1, "no such thing")
    server.change_silently(BOOK, manage_stock=False, stock_quantity=None)
    with pytest.raises(InvalidInput, match="nobody counts"):
        await change_shop_stock(client, BOOK, -1, "not counted")
