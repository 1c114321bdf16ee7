"""The poll: what the shop says was modified, and what went to the trash, is in the mirror afterwards."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from simulators.woocommerce import trash
from simulators.woocommerce.generator import Scale, generated_catalogue
from spoina.clock import utc_now
from spoina.db import Pool, transaction
from spoina.sync import hints
from tests.channels.woocommerce.syncing import Owner, imported, syncing
from tests.mirrored import mirror_differences
from tests.shop_server import ShopServer, served_shop


@pytest.fixture
async def server():
    async with served_shop(generated_catalogue(Scale(60, (2, 3)))) as running:
        yield running


async def polled(server: ShopServer, pool: Pool):
    async with syncing(server, pool) as sync:
        return await sync.poll()


def first(server: ShopServer, kind: str) -> int:
    return min(facts.id for facts in server.shop.products.all_facts() if facts.type == kind)


async def change_products(owner: Owner, server: ShopServer) -> None:
    simple, variable = first(server, "simple"), first(server, "variable")
    await owner.put(f"products/{simple}", name="Nowa nazwa", regular_price="999.00", categories=[{"id": 20}], status="draft")
    await owner.put(f"products/{simple + 1}", manage_stock=True, stock_quantity=0)
    variation = server.shop.products.get(variable)["variations"][0]
    await owner.put(f"products/{variable}/variations/{variation}", regular_price="1234.50", manage_stock=True, stock_quantity=3)


async def trash_and_restore(owner: Owner, server: ShopServer) -> None:
    for number in (first(server, "simple"), first(server, "variable"), first(server, "simple") + 1):
        await owner.delete(f"products/{number}")
    trash.restore_product(server.shop, first(server, "simple") + 1)


async def create_and_drop_variations(owner: Owner, server: ShopServer) -> None:
    variable = first(server, "variable")
    await owner.post(f"products/{variable}/variations", regular_price="10.00", attributes=[{"id": 2, "option": "Czarny"}])
    await owner.delete(f"products/{variable}/variations/{server.shop.products.get(variable)['variations'][0]}", force=True)


async def create_products(owner: Owner, server: ShopServer) -> None:
    await owner.post("products", name="Nowy", regular_price="5.00")
    parent = await owner.post("products", name="Nowy z wariantami", type="variable", attributes=[{"id": 2, "variation": True}])
    await owner.post(f"products/{parent['id']}/variations", regular_price="7.00", attributes=[{"id": 2, "option": "Czarny"}])


async def change_kinds(owner: Owner, server: ShopServer) -> None:
    variable, simple = first(server, "variable"), first(server, "simple")
    for variation in server.shop.products.get(variable)["variations"]:
        await owner.delete(f"products/{variable}/variations/{variation}", force=True)
    await owner.put(f"products/{variable}", type="simple", regular_price="10.00")
    await owner.put(f"products/{simple}", type="variable", manage_stock=True, stock_quantity=4)
    await owner.post(f"products/{simple}/variations", regular_price="7.00", manage_stock=False)


@pytest.mark.parametrize("global_variations", [True, False])
@pytest.mark.parametrize("change", [change_products, trash_and_restore, create_and_drop_variations, create_products, change_kinds])
async def test_it_catches_what_moves_a_date(pool: Pool, change, global_variations: bool):
    async with served_shop(generated_catalogue(Scale(20, (2, 3))), global_variations=global_variations) as server:
        await imported(server, pool)
        await change(Owner(server), server)
        assert await mirror_differences(server.shop, pool) != []
        await polled(server, pool)
        assert await mirror_differences(server.shop, pool) == []


async def test_a_poll_without_news_writes_nothing(server: ShopServer, pool: Pool):
    await imported(server, pool)
    version = await pool.fetchval("select max(version) from product")
    counts = await polled(server, pool)
    assert (counts.created, counts.changed, counts.removed) == (0, 0, 0)
    assert await pool.fetchval("select max(version) from product") == version


async def test_more_products_than_a_page_changed_within_one_second(pool: Pool):
    async with served_shop(generated_catalogue(Scale(320, (1, 2)))) as server:
        await imported(server, pool)
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        for facts in list(server.shop.products.all_facts()):
            if facts.type == "simple":
                server.change_silently(facts.id, regular_price="777.00", sale_price="", price="777.00", date_modified_gmt=stamp)
        await polled(server, pool)
        assert await mirror_differences(server.shop, pool) == []


async def test_the_cursor_is_the_newest_modification_and_polls_begin_an_overlap_earlier(server: ShopServer, pool: Pool):
    await imported(server, pool)
    changed = await Owner(server).put(f"products/{first(server, 'simple')}", name="Nowa nazwa")
    await polled(server, pool)
    stamp = datetime.fromisoformat(changed["date_modified_gmt"]).replace(tzinfo=UTC)
    cursor = await pool.fetchval("select cursor from sync_cursor where name = 'woocommerce.poll.products'")
    assert datetime.fromisoformat(cursor) == max(stamp, datetime.fromisoformat(cursor))
    server.asked.clear()
    await polled(server, pool)
    asked = [query["modified_after"] for path, query in server.asked if path == "products" and query.get("status") == "any"]
    begin = datetime.fromisoformat(cursor).replace(tzinfo=None, microsecond=0) - timedelta(minutes=10)
    assert asked == [begin.isoformat(timespec="seconds")]


async def test_a_product_dated_ahead_does_not_hide_later_changes(server: ShopServer, pool: Pool):
    """A product planned for next month is born with that date."""
    await imported(server, pool)
    ahead = (datetime.now(UTC) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%S")
    await Owner(server).post("products", name="Za miesiąc", regular_price="5.00", date_created_gmt=ahead, status="future")
    await polled(server, pool)
    await Owner(server).put(f"products/{first(server, 'simple')}", name="Dzisiaj")
    await polled(server, pool)
    assert await mirror_differences(server.shop, pool) == []


@pytest.mark.parametrize(
    ("case", "garbage"),
    [
        ("no date", {"date_modified_gmt": "0000-00-00T00:00:00"}),
        ("a type that is none", {"type": None}),
        ("a status that is none", {"status": False}),
    ],
)
async def test_garbled_fields_of_one_product_stop_no_other(server: ShopServer, pool: Pool, case: str, garbage: dict):
    await imported(server, pool)
    simple = first(server, "simple")
    title = server.shop.products.get(simple)["name"]
    renamed = await Owner(server).put(f"products/{simple + 1}", name="Sąsiad")
    server.change_silently(simple, **{"date_modified_gmt": renamed["date_modified_gmt"], **garbage})
    await polled(server, pool)
    async with syncing(server, pool) as sync:
        async with transaction(pool) as db:
            await hints.add(db, [simple, simple + 1], "a test", utc_now())
        assert await sync.read_hinted() == 2
    titles = await pool.fetch("select title from product where id in ($1, $2) order by id", simple, simple + 1)
    assert [row[0] for row in titles] == [title, "Sąsiad"]


RENAMED = {"Wiertarki i wkrętarki": "Wkrętarki", "Tytan": "Tytan Plus", "Rozmiar": "Wielkość", "18 V Li-Ion": "18 V"}


def rename_in_documents(server: ShopServer) -> None:
    """As WooCommerce shows them at once, without a date that moves."""
    shop = server.shop
    for table in (shop.products, shop.variations):
        for facts in list(table.all_facts()):
            text = json.dumps(table.get(facts.id), ensure_ascii=False)
            for old, new in RENAMED.items():
                text = text.replace(f'"{old}"', f'"{new}"')
            server.change_silently(facts.id, **json.loads(text))


async def test_products_that_name_a_renamed_term_are_read_again(pool: Pool):
    async with served_shop() as server:
        await imported(server, pool)
        terms = server.shop.terms
        for route in ("categories", "brands", "attributes", "attributes/4/terms"):
            for term in terms[route]:
                term["name"] = RENAMED.get(term["name"], term["name"])
        rename_in_documents(server)
        wrong = await mirror_differences(server.shop, pool)
        async with syncing(server, pool) as sync:
            await sync.poll()
            await sync.read_hinted()
        assert (len(wrong) > 50, await mirror_differences(server.shop, pool)) == (True, [])
        held = [row[0] for row in await pool.fetch("select body from product_document")]
        assert [name for name in RENAMED if any(f'"{name}"'.encode() in body for body in held)] == []
