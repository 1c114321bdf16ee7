"""What is done by itself: any process may do it, several may at once."""

import asyncio
from datetime import datetime, timedelta

from spoina.clock import utc_now
from spoina.db import Pool, connect
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.inventory.keeping import HOLDS_ARE_KEPT, HOLDS_AT_ONCE, forget_old_holds, keep_stock, sweep_expired
from tests.spoina.inventory.stocking import NOON, MovableClock, count_at_woocommerce, numbers, request


async def test_expired_holds_are_swept_once_by_whoever_comes(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {1: 1000, 2: 1000})
    lasting = await holds.hold(request((1, 1), minutes=30))
    await asyncio.gather(*(holds.hold(request((1 + n % 2, 1), (2, 1), minutes=5)) for n in range(HOLDS_AT_ONCE + 50)))
    assert await sweep_expired(pool, clock.now) == 0
    clock.pass_(minutes=5)
    swept = await asyncio.gather(*(sweep_expired(pool, clock.now) for _ in range(3)))
    assert sum(swept) == HOLDS_AT_ONCE + 50
    assert [await numbers(pool, item) for item in (1, 2)] == [(1000, 1), (1000, 0)]
    assert await holds.find(lasting.id) == lasting


async def test_a_hold_that_was_extended_or_sold_is_not_swept(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {1: 5})
    extended, sold = [await holds.hold(request((1, 1), minutes=5)) for _ in range(2)]
    await holds.extend(extended.id, timedelta(minutes=9))
    await holds.commit(sold.id)
    clock.pass_(minutes=6)
    assert (await sweep_expired(pool, clock.now), await numbers(pool, 1)) == (0, (5, 2))


async def test_old_holds_are_forgotten_when_nothing_is_owed_for_them(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {1: 9})
    standing, released, sold, confirmed = [await holds.hold(request((1, 1), minutes=60 * 24 * 30)) for _ in range(4)]
    clock.pass_(seconds=1)
    await holds.release(released.id)
    for each in (sold, confirmed):
        await holds.commit(each.id)
    await holds.confirm_sold(confirmed.id)
    await forget_old_holds(pool, clock.now + HOLDS_ARE_KEPT + timedelta(seconds=1))
    left = {row[0] for row in await pool.fetch("select id from hold")}
    assert left == {standing.id, sold.id, confirmed.id}


async def test_what_expired_is_told_within_a_second(pool: Pool, holds: Holds, clock: MovableClock, database: str):
    """Also what is taken, or shortened, at any moment while it sleeps. Each hold has an item of its own."""
    seconds = {1: 0.3, 2: 1.0, 3: 1.7, 4: 2.05}
    await count_at_woocommerce(pool, dict.fromkeys((*seconds, 5), 9))
    last_told: dict[str, datetime] = {}
    listening = await connect(database)
    await listening.add_listener("stock_changed", lambda *call: last_told.update(dict.fromkeys(call[-1].split(","), clock.now)))
    shortened = await holds.hold(request((5, 1), minutes=30))
    expiry = {5: shortened.expires_at}

    async def passing(pause: timedelta, stop: asyncio.Event) -> None:
        await listening.execute("select 1")  # whatever was announced has been heard
        end = clock.now + pause
        for item, second in seconds.items():
            if clock.now <= NOON + timedelta(seconds=second) < end:
                clock.now = NOON + timedelta(seconds=second)
                expiry[item] = (await holds.hold(request((item, 1), minutes=1 / 60))).expires_at
        if clock.now <= NOON + timedelta(seconds=2.5) < end:
            clock.now = NOON + timedelta(seconds=2.5)
            expiry[5] = (await holds.extend(shortened.id, timedelta(seconds=1))).expires_at
        clock.now = end
        if end > NOON + timedelta(seconds=6):
            stop.set()

    await keep_stock(pool, clock, asyncio.Event(), passing)
    await listening.close()
    late = {item: last_told[str(item)] - moment for item, moment in expiry.items()}
    assert [item for item, each in late.items() if not timedelta(0) <= each <= timedelta(seconds=1)] == []
    assert expiry[5] == NOON + timedelta(seconds=3.5)
    assert [await numbers(pool, item) for item in expiry] == [(9, 0)] * 5


async def test_it_goes_on_until_it_is_stopped(pool: Pool, database: str):
    await count_at_woocommerce(pool, {1: 1})
    batcher, stop = HoldBatcher(lambda: connect(database), utc_now), asyncio.Event()
    await batcher.claim(request((1, 1), minutes=1 / 60))
    keeping = asyncio.create_task(keep_stock(pool, utc_now, stop))
    async with asyncio.timeout(10):
        while await numbers(pool, 1) != (1, 0) or await pool.fetchval("select count(*) from availability_due"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    stop.set()
    await keeping
    await batcher.stop()
