"""Devices that follow a cart hear of every committed version, the newest once, also after the line was cut."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from spoina.cart.feed import CartFeed, CartFollower
from spoina.cart.service import Carts
from spoina.db import Pool, connect
from spoina.notifications import Listener
from tests.spoina.cart.shopping import LAPTOP, MUG, PHONE, access, add


@pytest.fixture
async def listener(database: str) -> AsyncIterator[Listener]:
    listening = Listener(lambda: connect(database))
    await listening.start()
    yield listening
    await listening.stop()


@pytest.fixture
async def feed(pool: Pool, listener: Listener) -> AsyncIterator[CartFeed]:
    following = CartFeed(pool, listener)
    await following.start()
    yield following
    await following.stop()


async def heard(follower: CartFollower) -> int | None:
    return await asyncio.wait_for(follower.news(), 10)


async def test_every_follower_hears_of_a_change_and_nobody_else_does(carts: Carts, feed: CartFeed):
    mine, other = await carts.create(LAPTOP), await carts.create(LAPTOP)
    followers = [feed.follow(mine.cart.id, 0) for _ in range(3)]
    stranger = feed.follow(other.cart.id, 0)
    await carts.apply(access(mine), [add(MUG)], PHONE)
    assert [await heard(follower) for follower in followers] == [1, 1, 1]
    assert await stranger.news(quiet=0.05) is None


async def test_a_slow_follower_hears_of_the_newest_once(carts: Carts, feed: CartFeed):
    made = await carts.create(LAPTOP)
    slow, quick = feed.follow(made.cart.id, 0), feed.follow(made.cart.id, 0)
    for _ in range(5):
        await carts.apply(access(made), [add(MUG)], PHONE)
    while await heard(quick) != 5:
        pass
    assert await heard(slow) == 5
    assert await slow.news(quiet=0.01) is None


async def test_what_a_device_knows_already_is_no_news(carts: Carts, feed: CartFeed):
    made = await carts.create(LAPTOP)
    author, other = feed.follow(made.cart.id, 1), feed.follow(made.cart.id, 0)
    await carts.apply(access(made), [add(MUG)], PHONE)
    assert await heard(other) == 1
    assert await author.news(quiet=0.01) is None


async def test_a_refused_operation_is_no_news(carts: Carts, feed: CartFeed):
    made = await carts.create(LAPTOP)
    follower = feed.follow(made.cart.id, 0)
    await carts.apply(access(made), [add(404)], PHONE)
    await carts.apply(access(made), [add(MUG)], PHONE)
    assert await heard(follower) == 1


async def test_what_was_missed_while_the_line_was_cut_is_heard_afterwards(carts: Carts, feed: CartFeed, pool: Pool, listener: Listener):
    made = await carts.create(LAPTOP)
    follower = feed.follow(made.cart.id, 0)
    feed.channels = ()
    await carts.apply(access(made), [add(MUG)], PHONE)
    assert await follower.news(quiet=0.05) is None
    feed.channels = CartFeed.channels
    listener.restart()
    assert await heard(follower) == 1


async def test_who_left_is_forgotten(carts: Carts, feed: CartFeed):
    made = await carts.create(LAPTOP)
    followers = [feed.follow(made.cart.id, 0) for _ in range(3)]
    assert len(feed) == 3
    for follower in (*followers, followers[0]):
        follower.leave()
    assert (len(feed), feed._followers) == (0, {})
