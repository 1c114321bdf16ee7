"""Who follows: however slow a reader is, it gets the newest state of each item once, and nothing grows meanwhile."""

import asyncio
from datetime import timedelta

import pytest

from spoina.catalog.types import Product
from spoina.clock import Clock, utc_now
from spoina.db import Pool
from spoina.errors import Busy
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory import changes
from spoina.inventory.changes import AT_A_TIME, MOST_PENDING, MOST_REMEMBERED, ChangeFeed, Follower, News, Pace
from spoina.inventory.code_index import CodeIndex
from spoina.inventory.known_codes import Code
from spoina.inventory.offers import Asked, OfferReader
from spoina.inventory.policies import set_shares
from spoina.inventory.shelves import ShelfSnapshot
from spoina.inventory.types import SharePolicy
from spoina.notifications import Listener
from tests.spoina.catalog.builders import NOON, insert_products, insert_shop, product

WEB = Asked(Channel("web"))
CODES = [Code("SKU-1"), Code("SKU-2")]


async def opened_feed(pool: Pool, listener: Listener, clock: Clock, pace: Pace) -> ChangeFeed:
    await insert_shop(pool)
    goods: list[Product] = [product(number, counted=True) for number in (1, 2, 3)]
    await insert_products(pool, goods, {1: 5, 2: 5, 3: 5})
    shelves, codes = ShelfSnapshot(pool, listener), CodeIndex(pool, listener)
    await shelves.start()
    await codes.start()
    return ChangeFeed(OfferReader(pool, codes, shelves, clock), pace)


@pytest.fixture
async def feed(pool: Pool, listener: Listener) -> ChangeFeed:
    return await opened_feed(pool, listener, lambda: NOON, Pace(together=0.01, quiet=0.05))


async def test_a_slow_reader_gets_each_item_once(feed: ChangeFeed):
    follower = feed.follow(WEB, CODES)
    assert (await follower.news()).items is None
    for _ in range(1000):
        for item in ({1}, {2}, {3}, {1, 2}):
            feed._moved(item)
    news = await follower.news()
    assert (news.items, news.number) == ({1, 2}, feed.number)
    assert await follower.news() is None


async def test_quiet_begins_anew_with_all_news_and_ends_with_the_reader(feed: ChangeFeed):
    loop, follower = asyncio.get_running_loop(), feed.follow(WEB, CODES)
    assert (await follower.news()).items is None
    for _ in range(2):
        loop.call_later(0.03, feed._moved, {1})
        assert (await follower.news()).items == {1}
        heard = loop.time()
        assert await follower.news() is None
        assert loop.time() - heard > 0.045
    waiting = asyncio.create_task(follower.news())
    await asyncio.sleep(0)
    alarm = follower._alarm
    assert alarm is not None
    feed.leave(follower)
    waiting.cancel()
    assert alarm.cancelled()


async def test_a_reader_of_a_location_that_falls_far_behind_starts_over(feed: ChangeFeed):
    follower = feed.follow(Asked(Channel("web"), LocationId(1)), [])
    await follower.news()
    for item in range(MOST_PENDING + 1):
        follower.moved(item)
    assert ((await follower.news()).items, len(follower._pending)) == (None, 0)


async def test_numbers_rise_even_where_the_clock_stands_still(feed: ChangeFeed):
    seen = []
    for _ in range(3):
        feed._moved({1})
        seen.append(feed.number)
    assert seen == sorted(set(seen))


async def test_what_is_remembered_is_bounded(feed: ChangeFeed):
    feed._moved(range(MOST_REMEMBERED + 100))
    assert len(feed._numbers) == MOST_REMEMBERED
    assert feed._missed(feed.number) is None


async def test_changes_wait_for_a_moment_and_are_then_told_together(feed: ChangeFeed):
    feed.pace = Pace(together=0.2)
    follower = feed.follow(WEB, CODES)
    await follower.news()
    waiting = asyncio.create_task(follower.news())
    await asyncio.sleep(0.01)
    feed._moved({1})
    await asyncio.sleep(0.01)
    feed._moved({2})
    assert not waiting.done()
    assert (await waiting).items == {1, 2}


async def waiting_for_news(follower: Follower) -> "asyncio.Task[News | None]":
    """A reader that has heard everything, and waits."""
    await follower.news()
    task = asyncio.create_task(follower.news())
    await asyncio.sleep(0)
    return task


async def test_who_waits_can_be_told_at_once_without_being_woken(feed: ChangeFeed):
    feed.pace = Pace(together=0)
    follower, told = feed.follow(WEB, CODES), []
    follower.at_once = lambda _, items: told.append(items) or True
    waiting = await waiting_for_news(follower)
    for items in ({1}, {2, 1}):
        feed._moved(items)
        await asyncio.sleep(0)
    assert told == [{1}, {1, 2}]
    feed.pace = Pace(together=0.05)
    feed._moved({2})
    assert ((await waiting).items, told[2:]) == ({2}, [])


async def test_a_telling_that_could_only_begin_wakes_the_reader(feed: ChangeFeed):
    feed.pace = Pace(together=0)
    follower = feed.follow(WEB, CODES)
    follower.at_once = lambda *_: False
    waiting = await waiting_for_news(follower)
    feed._moved({1})
    assert await waiting is None
    feed._moved({2})
    assert (await follower.news()).items == {2}


async def test_a_telling_that_fails_is_that_readers_alone(feed: ChangeFeed):
    feed.pace = Pace(together=0)
    followers = [feed.follow(WEB, CODES) for _ in range(3)]
    followers[1].at_once = lambda *_: 1 // 0
    waiting = [await waiting_for_news(follower) for follower in followers]
    feed._moved({1})
    first, failed, last = await asyncio.gather(*waiting, return_exceptions=True)
    assert (first.items, type(failed), last.items) == ({1}, ZeroDivisionError, {1})


async def test_many_readers_are_told_in_turns(feed: ChangeFeed):
    feed.pace = Pace(together=0, quiet=30)
    told: list[int] = []
    tasks = []
    for number in range(3 * AT_A_TIME):
        follower = feed.follow(WEB, CODES)
        follower.at_once = lambda *_, number=number: told.append(number) or True
        tasks.append(await waiting_for_news(follower))
    feed._moved({1})
    counts = [len(told)]
    while len(told) < 3 * AT_A_TIME:
        await asyncio.sleep(0)
        counts.append(len(told))
    assert counts == [0, AT_A_TIME, 2 * AT_A_TIME, 3 * AT_A_TIME]
    assert sorted(told) == [*range(3 * AT_A_TIME)]
    for task in tasks:
        task.cancel()


async def test_there_is_a_limit_to_readers(feed: ChangeFeed, monkeypatch):
    monkeypatch.setattr(changes, "MOST_FOLLOWERS", 1)
    first = feed.follow(WEB, CODES)
    with pytest.raises(Busy):
        feed.follow(WEB, CODES)
    feed.leave(first)
    feed.leave(first)
    assert (len(feed), feed._of_items) == (0, {})
    feed.follow(WEB, CODES)


@pytest.mark.parametrize("began", ["before it was scarce", "while it was scarce"])
async def test_a_share_that_opens_is_told_though_nobody_writes_anything(pool: Pool, listener: Listener, began: str):
    """The web has half of the five until they have been scarce for some time."""
    await set_shares(pool, SharePolicy(scarce_at=5, open_after=timedelta(hours=1), weights={WEB.channel: 1, Channel("pos"): 1}))
    feed = await opened_feed(pool, listener, utc_now, Pace(together=0))
    await scarce_since(pool, 2, timedelta(hours=1) - timedelta(seconds=1))
    if began == "while it was scarce":
        feed = ChangeFeed(OfferReader(pool, feed._offers.codes, feed._offers.shelves, utc_now), Pace(together=0))
    follower = feed.follow(WEB, CODES)
    await follower.news()
    async with asyncio.timeout(30):
        while left(feed, 2) == 2:  # until it is told, however late the clock says so
            assert (await follower.news()).items == {2}
    assert (left(feed, 1), left(feed, 2)) == (2, 5)


async def test_a_share_that_was_to_open_and_is_not_scarce_any_more(pool: Pool, listener: Listener):
    await set_shares(pool, SharePolicy(scarce_at=5, open_after=timedelta(hours=1), weights={WEB.channel: 1, Channel("pos"): 1}))
    feed = await opened_feed(pool, listener, utc_now, Pace(together=0))
    await scarce_since(pool, 2, timedelta(hours=1) - timedelta(seconds=0.3))
    await set_shares(pool, None)
    await feed._offers.shelves.settled()
    follower = feed.follow(WEB, CODES, since=feed.number)
    feed.pace = Pace(quiet=0.6)
    while (news := await follower.news()) is not None:
        assert news.items != {2}


async def scarce_since(pool: Pool, item: int, age: timedelta) -> None:
    async with pool.acquire() as db, db.transaction():
        await db.execute("update stock set scarce_since = clock_timestamp() - $2::interval where item_id = $1", item, age)
        await db.execute("select announce_stock($1)", [item])


def left(feed: ChangeFeed, item: int) -> int | None:
    return feed._offers.left(StockItemId(item), WEB.channel)
