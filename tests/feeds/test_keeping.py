"""Feeds follow the shop: whole ones by their schedules, update feeds when something changes."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from feeds import observing, records
from feeds.keeping import FeedKeeper, Pace
from spoina.db import connect
from spoina.errors import InvalidInput
from spoina.notifications import Listener
from tests.feeds.shop import SetClock, builder, content, definition, good, open_shop
from tests.spoina.catalog.builders import insert_stock

QUICK = Pace(together=timedelta(milliseconds=10), apart=timedelta(milliseconds=10), look=timedelta(milliseconds=200))


def meta(text: str = "update = true\n"):
    return definition(text, name="meta-pl", channel="meta", form="meta-csv")


@pytest.fixture
async def listener(database):
    opened = Listener(partial(connect, database))
    await opened.start()
    yield opened
    await opened.stop()


async def until(condition, *, seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_a_change_of_stock_reaches_the_update_feed(pool, tmp_path, listener):
    await open_shop(pool, [good(number) for number in range(1, 21)])
    stop = asyncio.Event()
    keeper = FeedKeeper(pool, builder(pool, tmp_path), lambda: [meta()], SetClock(), QUICK)
    keeping = asyncio.create_task(keeper.keep(listener, stop))

    async def built() -> bool:
        return {each.name for each in await records.feed_states(pool) if each.build is not None} == {"meta-pl", "meta-pl-update"}

    async def sold_out() -> bool:
        return "out of stock" in await content(pool, tmp_path, "meta-pl-update")

    await until(built)
    assert not await sold_out()
    await insert_stock(pool, {7: 0})
    await until(sold_out)
    assert "out of stock" not in await content(pool, tmp_path, "meta-pl")

    async def noted() -> bool:
        return any(sum(each.buckets.values()) for each in await observing.freshness(pool) if each.feed == "meta-pl-update")

    await until(noted)
    stop.set()
    await keeping


async def test_a_whole_feed_is_built_when_it_is_due(pool, tmp_path):
    await open_shop(pool, [good(number) for number in range(1, 21)])
    clock = SetClock()
    keeper = FeedKeeper(pool, builder(pool, tmp_path, clock), lambda: [meta('schedule = "0 * * * *"\n')], clock, QUICK)
    sold = []
    for minutes, left in ((0, 5), (30, 0), (60, 0)):
        clock.now = clock.now.replace(hour=12, minute=0) + timedelta(minutes=minutes)
        await insert_stock(pool, {7: left})
        await keeper.build_scheduled()
        sold.append("out of stock" in await content(pool, tmp_path, "meta-pl"))
    assert sold == [False, False, True]


async def test_a_definition_that_became_wrong_leaves_all_as_it_was(pool, tmp_path, caplog):
    await open_shop(pool, [good(1)])
    found: list = [meta()]

    def load():
        if not found:
            raise InvalidInput("meta-pl.toml: channel", "is wrong")
        return found

    keeper = FeedKeeper(pool, builder(pool, tmp_path), load, SetClock(), QUICK)
    await keeper.build_scheduled()
    found.clear()
    await keeper.build_scheduled()
    await keeper.build_scheduled()
    await keeper.build_updates()
    assert (await records.published(pool, "meta-pl-update")).build is not None
    assert [each.message for each in caplog.records if "stay as they were" in each.message] == [
        "feeds stay as they were defined: meta-pl.toml: channel: is wrong"
    ]


async def test_the_owner_is_told_of_a_feed_that_is_held_back(pool, tmp_path, caplog):
    await open_shop(pool, [good(number, images=()) for number in range(1, 11)])
    keeper = FeedKeeper(pool, builder(pool, tmp_path), lambda: [meta("")], SetClock(), QUICK)
    await keeper.build_scheduled()
    assert any("feed meta-pl is held back, what was published stays: no item is left" in each.message for each in caplog.records)
    (state,) = await records.feed_states(pool)
    assert state.status == "held_back"


async def test_that_a_feed_is_pinned_is_told_once(pool, tmp_path, caplog):
    await open_shop(pool, [good(1)])
    clock = SetClock()
    first = await builder(pool, tmp_path, clock).build(meta(""))
    await records.roll_back(pool, "meta-pl", first.number, clock())
    keeper = FeedKeeper(pool, builder(pool, tmp_path, clock), lambda: [meta("")], clock, QUICK)
    clock.now += timedelta(days=2)
    with caplog.at_level("INFO"):
        for _ in range(3):
            await keeper.build_scheduled()
        assert [each.message for each in caplog.records if "is left" in each.message] == [
            "feed meta-pl is left: feed meta-pl is pinned to an older build: only a build by hand replaces it"
        ]
