"""What is published is what the shop sells, however it came about, and stays whole whatever happens to a build."""

import asyncio
import re
from datetime import timedelta

import pytest

from feeds import records
from feeds.building import Built
from feeds.inspecting import explain_item
from feeds.reading import DOCUMENTS_AT_ONCE
from spoina.catalog.types import Backorders, Kind, Status, StockPolicy, Visibility
from spoina.db import connect
from spoina.errors import Busy, NotFound, WrongState
from spoina.ids import StockItemId
from spoina.inventory import policies
from spoina.inventory.types import ChannelBuffer
from spoina.pricing.types import PriceSchedule
from tests.feeds.shop import NOW, SetClock, builder, content, definition, good, good_variant, open_shop, packed, put_in
from tests.spoina.catalog.builders import insert_shop, insert_stock

MANY = range(1, 61)


def ids(feed: str) -> list[str]:
    return re.findall(r"<g:id>(.*?)</g:id>", feed)


def availability(feed: str) -> dict[str, str]:
    return dict(re.findall(r"<g:id>(.*?)</g:id>.*?<g:availability>(.*?)</g:availability>", feed, re.DOTALL))


async def both_ways(pool, tmp_path, text="", clock=None) -> tuple[Built, bytes]:
    """Builds incrementally, then whole in another folder of another feed name, and expects the same bytes."""
    built = await builder(pool, tmp_path, clock).build(definition(text))
    await builder(pool, tmp_path, clock).build(definition(text, name="reference"), by_hand=True, whole=True)
    file = await packed(pool, tmp_path)
    assert file == await packed(pool, tmp_path, "reference")
    return built, file


async def test_a_first_build_has_all_that_is_sold(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    built = await builder(pool, tmp_path).build(definition())
    assert ids(await content(pool, tmp_path)) == [f"SKU-{number}" for number in MANY]
    assert (built.changed, built.held_back, built.made.totals.items, built.made.incremental) == (True, None, 60, False)


async def test_building_again_changes_nothing(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    first = await builder(pool, tmp_path).build(definition())
    again = await builder(pool, tmp_path).build(definition())
    whole = await builder(pool, tmp_path).build(definition(), whole=True)
    assert [(each.number, each.changed, each.made.rendered) for each in (again, whole)] == [
        (first.number, False, 0),
        (first.number, False, 60),
    ]
    assert len(list(tmp_path.glob("google-pl/*"))) == 2


async def test_only_what_changed_is_rendered_again(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    await builder(pool, tmp_path).build(definition())
    await put_in(pool, [good(7, title="Inny kubek"), good(99)])
    await insert_stock(pool, {20: 0})
    built, _ = await both_ways(pool, tmp_path)
    assert (built.made.incremental, built.made.rendered, built.made.totals.items) == (True, 3, 61)
    feed = await content(pool, tmp_path)
    assert "Inny kubek" in feed
    assert [sku for sku, state in availability(feed).items() if state != "in_stock"] == ["SKU-20"]


async def test_what_is_gone_or_withdrawn_leaves_the_feed(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    await builder(pool, tmp_path).build(definition())
    await put_in(pool, [good(3, status=Status.DRAFT), good(4, visibility=Visibility.HIDDEN)])
    await pool.execute("update product set deleted_at = now(), version = nextval('catalog_version') where id = 5")
    built, _ = await both_ways(pool, tmp_path)
    assert built.made.incremental
    assert ids(await content(pool, tmp_path)) == [f"SKU-{number}" for number in MANY if number not in {3, 4, 5}]
    assert built.made.totals.rules == {"hidden": 1}


async def test_a_sale_that_begins_by_date_is_in_the_next_build(pool, tmp_path):
    clock = SetClock()
    sale = PriceSchedule(regular=2000, sale=1500, sale_from=NOW + timedelta(hours=1), sale_to=NOW + timedelta(hours=3))
    reduced = [good(number, variants=(good_variant(number, prices=sale),)) for number in (1, 2)]
    await open_shop(pool, [*reduced, *(good(number) for number in range(3, 20))])
    text = '[[fields]]\nname = "label"\nfield = "product_type"\ntemplate = "{on_sale}"\n'
    await builder(pool, tmp_path, clock).build(definition(text))
    seen = [(await content(pool, tmp_path)).count("<g:product_type>yes")]
    for hours in (2, 4):
        clock.now = NOW + timedelta(hours=hours)
        built, _ = await both_ways(pool, tmp_path, text, clock)
        assert (built.made.incremental, built.made.rendered) == (True, 2)
        seen.append((await content(pool, tmp_path)).count("<g:product_type>yes"))
    assert seen == [0, 2, 0]


async def test_a_product_passes_an_age_by_itself(pool, tmp_path):
    clock = SetClock()
    await open_shop(pool, [*(good(number) for number in MANY), good(100, created_at=NOW - timedelta(days=29))])
    text = '[[filters]]\nname = "old"\nolder_than_days = 30\n'
    await builder(pool, tmp_path, clock).build(definition(text))
    clock.now = NOW + timedelta(days=2)
    built, _ = await both_ways(pool, tmp_path, text, clock)
    assert (built.made.rendered, built.made.totals.rules) == (1, {"old": 1})


async def test_another_definition_builds_everything_anew(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    await builder(pool, tmp_path).build(definition())
    built, _ = await both_ways(pool, tmp_path, '[utm]\nsource = "google"\n')
    assert (built.made.incremental, built.made.rendered) == (False, 60)
    assert "kubek-7/?utm_source=google<" in await content(pool, tmp_path)


async def test_the_channels_buffer_is_kept_back(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    await insert_stock(pool, {9: 2})
    await policies.set_channel_buffer(pool, ChannelBuffer(channel="web", units=2))
    await builder(pool, tmp_path).build(definition())
    assert [sku for sku, state in availability(await content(pool, tmp_path)).items() if state != "in_stock"] == ["SKU-9"]
    await insert_stock(pool, {9: 3})
    await both_ways(pool, tmp_path)
    assert set(availability(await content(pool, tmp_path)).values()) == {"in_stock"}


async def test_stock_policies_in_the_channels_words(pool, tmp_path):
    policy = StockPolicy(item=StockItemId(1), backorders=Backorders.YES)
    taken = [good(1, variants=(good_variant(1, stock=policy),)), good(2, variants=(good_variant(2),)), good(3, kind=Kind.GROUPED)]
    await open_shop(pool, [*taken, good(4)])
    await insert_stock(pool, {1: 0, 2: -3})
    date = '[[fields]]\nname = "date"\nfield = "availability_date"\ntemplate = "2026-05-01"\n'
    built = await builder(pool, tmp_path).build(definition(date))
    assert availability(await content(pool, tmp_path)) == {"SKU-1": "backorder", "SKU-2": "out_of_stock", "SKU-4": "in_stock"}
    assert built.made.totals.rules == {"not-sold-here": 1}


def ordered_only(number: int):
    policy = StockPolicy(item=StockItemId(number), backorders=Backorders.YES)
    return good(number, variants=(good_variant(number, stock=policy),))


async def test_a_back_order_without_a_date_is_a_finding(pool, tmp_path):
    """Google takes none."""
    await open_shop(pool, [ordered_only(1), *(good(number) for number in range(2, 31))])
    await insert_stock(pool, {1: 0})
    built = await builder(pool, tmp_path).build(definition())
    told = await explain_item(pool, definition(), "SKU-1", NOW)
    assert (built.made.totals.failing, built.made.totals.rules) == (1, {"GOOGLE-AVAILABILITY-DATE": 1})
    assert (told.included, told.decided_by) == (False, "GOOGLE-AVAILABILITY-DATE")


async def test_a_lead_time_for_back_orders(pool, tmp_path):
    clock, text = SetClock(), "backorder_days = 14\n"
    dated = '[[fields]]\nname = "promised"\nfield = "availability_date"\ntemplate = "{meta.promised}"\n'
    await open_shop(pool, [ordered_only(1), *(good(number) for number in range(2, 31))])
    await insert_stock(pool, {1: 0})
    dates = []
    for hours in (0, 2, 24):
        clock.now = NOW + timedelta(hours=hours)
        built, _ = await both_ways(pool, tmp_path, text + dated, clock)
        dates += [*re.findall("<g:availability_date>(.*?)<", await content(pool, tmp_path)), built.changed]
    assert dates == ["2026-03-16T00:00+0000", True, "2026-03-16T00:00+0000", False, "2026-03-17T00:00+0000", True]
    told = await explain_item(pool, definition(text), "SKU-1", NOW)
    assert [(each.rule, each.after) for each in told.changes] == [("backorder_days", "2026-03-16 00:00:00+00:00")]


async def test_a_feed_that_shrinks_is_held_back(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    first = await builder(pool, tmp_path).build(definition())
    await put_in(pool, [good(number, status=Status.DRAFT) for number in range(1, 14)])
    built = await builder(pool, tmp_path).build(definition())
    assert built.held_back == "47 items instead of 60 is 22 % fewer; the limit is 20 % (47 products)"
    (state,) = await records.feed_states(pool, "google-pl")
    assert (state.status, state.reason, state.build.id) == ("held_back", built.held_back, first.number)
    assert len(ids(await content(pool, tmp_path))) == 60
    forced = await builder(pool, tmp_path).build(definition(), by_hand=True, force=True)
    assert (forced.held_back, len(ids(await content(pool, tmp_path)))) == (None, 47)


async def test_an_empty_feed_is_never_published(pool, tmp_path):
    await open_shop(pool, [good(1, visibility=Visibility.HIDDEN)])
    built = await builder(pool, tmp_path).build(definition("[guards]\nlargest_shrink = 100\n"))
    assert built.held_back == "no item is left (hidden: 1)"
    assert (await records.published(pool, "google-pl")).build is None


async def test_rolling_back_pins_the_older_build(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    first = await builder(pool, tmp_path).build(definition())
    before = await packed(pool, tmp_path)
    await put_in(pool, [good(7, title="Zły tytuł")])
    await builder(pool, tmp_path).build(definition())
    assert await records.roll_back(pool, "google-pl", None, NOW) == first.number
    assert await packed(pool, tmp_path) == before
    with pytest.raises(WrongState, match="only a build by hand replaces it"):
        await builder(pool, tmp_path).build(definition())
    assert await packed(pool, tmp_path) == before
    await builder(pool, tmp_path).build(definition(), by_hand=True)
    assert "Zły tytuł" in await content(pool, tmp_path)


NOTHING = '[[filters]]\nname = "nothing costs so much"\nprice_below = "9999"\n'


async def test_another_format_is_served_once_it_is_published(pool, tmp_path):
    """Until then, and after a rollback, the file stands at its own address, as what it is."""
    await open_shop(pool, [good(number) for number in MANY])
    await builder(pool, tmp_path).build(definition())
    held = await builder(pool, tmp_path).build(definition(NOTHING, form="google-tsv"))
    (state,) = await records.feed_states(pool)
    assert (held.held_back is None, state.address, state.format) == (False, "/feeds/geheim/google-pl.xml", "google-tsv")
    assert await served(pool) == ("xml", "application/xml; charset=utf-8")
    await builder(pool, tmp_path).build(definition(form="google-tsv"))
    assert await served(pool) == ("tsv", "text/tab-separated-values; charset=utf-8")
    await records.roll_back(pool, "google-pl", None, NOW)
    assert await served(pool) == ("xml", "application/xml; charset=utf-8")
    assert (await content(pool, tmp_path)).startswith("<?xml")


async def served(pool) -> tuple[str, str]:
    feed = await records.published(pool, "google-pl")
    return feed.extension, feed.media_type


async def test_rolling_back_settles_what_was_held_back(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    first = await builder(pool, tmp_path).build(definition())
    await builder(pool, tmp_path).build(definition(NOTHING))
    assert (await records.feed_states(pool))[0].status == "held_back"
    assert await records.roll_back(pool, "google-pl", first.number, NOW) == first.number
    (state,) = await records.feed_states(pool)
    assert (state.status, state.reason, state.pinned) == ("published", "", True)


async def test_rolling_back_to_what_is_not_there(pool, tmp_path):
    await open_shop(pool, [good(1)])
    await builder(pool, tmp_path).build(definition())
    for name, number in (("google-pl", None), ("google-pl", 4711), ("none", None)):
        with pytest.raises(NotFound):
            await records.roll_back(pool, name, number, NOW)


async def test_only_so_many_builds_are_kept(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    for turn in range(records.BUILDS_KEPT + 3):
        await put_in(pool, [good(7, title=f"Kubek w wersji {turn}")])
        await builder(pool, tmp_path).build(definition())
    assert len(list(tmp_path.glob("google-pl/*.gz"))) == records.BUILDS_KEPT + 1
    states = [each.state for each in await records.builds_of(pool, "google-pl")]
    assert (states.count("published"), states.count("forgotten")) == (records.BUILDS_KEPT + 1, 2)


async def test_one_feed_is_built_by_one_at_a_time(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    outcomes = await asyncio.gather(*(builder(pool, tmp_path).build(definition()) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in outcomes) == ["Built", "Busy"]
    assert isinstance(next(each for each in outcomes if not isinstance(each, Built)), Busy)


async def test_a_build_before_the_first_synchronisation_fails_and_says_so(pool, tmp_path):
    with pytest.raises(NotFound):
        await builder(pool, tmp_path).build(definition())
    (state,) = await records.feed_states(pool, "google-pl")
    assert (state.status, state.reason) == ("failed", "there is no shop before the first synchronisation")


async def test_a_large_change_is_built_whole(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    await builder(pool, tmp_path).build(definition())
    await put_in(pool, [good(number, title="Nowy") for number in range(1, 31)])
    built, _ = await both_ways(pool, tmp_path)
    assert (built.made.incremental, built.made.rendered) == (False, 60)


async def test_a_lost_index_is_no_loss(pool, tmp_path):
    await open_shop(pool, [good(number) for number in MANY])
    built = await builder(pool, tmp_path).build(definition())
    (tmp_path / records.index_of("google-pl", built.number)).unlink()
    await put_in(pool, [good(7, title="Nowy")])
    again, _ = await both_ways(pool, tmp_path)
    assert (again.made.incremental, "Nowy" in await content(pool, tmp_path)) == (False, True)


async def test_the_shop_renamed_is_in_the_header(pool, tmp_path):
    await open_shop(pool, [good(1)])
    await builder(pool, tmp_path).build(definition())
    await insert_shop(pool, name="Sklep Nowy")
    await both_ways(pool, tmp_path)
    assert "Sklep Nowy" in await content(pool, tmp_path)


async def test_more_products_than_are_read_at_once(pool, tmp_path):
    many = range(1, 3 * DOCUMENTS_AT_ONCE)
    await open_shop(pool, [good(number) for number in many])
    built = await builder(pool, tmp_path).build(definition())
    assert built.made.totals.items == len(many)
    assert ids(await content(pool, tmp_path)) == [f"SKU-{number}" for number in many]


async def test_who_listens_hears_of_what_is_published(pool, tmp_path, database):
    await open_shop(pool, [good(number) for number in MANY])
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = await connect(database)
    await listening.add_listener(records.FEED_PUBLISHED, lambda *told: heard.put_nowait(told[-1]))
    await builder(pool, tmp_path).build(definition())
    assert await asyncio.wait_for(heard.get(), 10) == "google-pl"
    await listening.close()
