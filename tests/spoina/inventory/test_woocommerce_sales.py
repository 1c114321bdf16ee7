"""A sale from WooCommerce's stock is counted once, whenever WooCommerce's own count that contains it is read: before, during or after."""

from datetime import timedelta

import pytest

from spoina.db import Pool
from spoina.errors import HoldEnded
from spoina.ids import LocationId
from spoina.inventory.holds import Holds
from spoina.inventory.keeping import settle_availability
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.types import Hold, HoldStatus
from tests.spoina.catalog.builders import insert_products, insert_shop, product
from tests.spoina.inventory.stocking import (
    NOON,
    POS,
    WOOCOMMERCE,
    MovableClock,
    command,
    count_at_woocommerce,
    moves,
    numbers,
    open_location,
    opened_exceptions,
    request,
)

ITEM = 1


@pytest.fixture
async def sold(pool: Pool, holds: Holds) -> Hold:
    """Two of ten, sold at noon."""
    await count_at_woocommerce(pool, {ITEM: 10})
    hold = await holds.hold(request((ITEM, 2)))
    return await holds.commit(hold.id)


async def left(pool: Pool) -> int:
    on_hand, held = await numbers(pool, ITEM)
    return on_hand - held


async def test_a_sale_stays_held(pool: Pool, holds: Holds, sold: Hold, clock: MovableClock):
    clock.pass_(days=3)
    assert sold.status is HoldStatus.SOLD_PENDING
    assert await holds.commit(sold.id) == sold
    assert await numbers(pool, ITEM) == (10, 2)


async def test_counted_after_the_confirmation(pool: Pool, holds: Holds, sold: Hold, clock: MovableClock):
    confirmed_at = clock.pass_(seconds=5)
    assert (await holds.confirm_sold(sold.id)).status is HoldStatus.COMMITTED
    assert await left(pool) == 8
    await count_at_woocommerce(pool, {ITEM: 8}, confirmed_at)
    assert await numbers(pool, ITEM) == (8, 0)
    await count_at_woocommerce(pool, {ITEM: 8}, confirmed_at + timedelta(seconds=1))
    assert await numbers(pool, ITEM) == (8, 0)


async def test_a_count_read_before_woocommerce_took_the_order(pool: Pool, holds: Holds, sold: Hold, clock: MovableClock):
    """Its reading began early and it arrives late: it does not contain the sale, so nothing may be given back."""
    confirmed_at = clock.pass_(seconds=5)
    await holds.confirm_sold(sold.id)
    await count_at_woocommerce(pool, {ITEM: 10}, confirmed_at - timedelta(microseconds=1))
    assert await left(pool) == 8
    await count_at_woocommerce(pool, {ITEM: 8}, confirmed_at)
    assert await numbers(pool, ITEM) == (8, 0)


async def test_a_lower_count_before_the_confirmation(pool: Pool, holds: Holds, sold: Hold, clock: MovableClock):
    """Too little is shown until it is sure; never too much."""
    await count_at_woocommerce(pool, {ITEM: 8}, clock.pass_(seconds=3))
    assert await left(pool) == 6
    confirmed_at = clock.pass_(seconds=2)
    await holds.confirm_sold(sold.id)
    assert await left(pool) == 6
    await count_at_woocommerce(pool, {ITEM: 8}, confirmed_at)
    assert await left(pool) == 8


async def test_a_confirmation_of_what_was_counted_already(pool: Pool, holds: Holds, sold: Hold, clock: MovableClock):
    """WooCommerce says when it took the order, and a later count is here: given back at once."""
    taken_at = clock.pass_(seconds=1)
    await count_at_woocommerce(pool, {ITEM: 8}, clock.pass_(seconds=1))
    clock.pass_(seconds=3)
    for _ in range(2):
        await holds.confirm_sold(sold.id, confirmed_at=taken_at)
    assert await numbers(pool, ITEM) == (8, 0)


async def test_an_older_count_gives_nothing_back(pool: Pool, holds: Holds, sold: Hold, clock: MovableClock):
    await count_at_woocommerce(pool, {ITEM: 9}, clock.pass_(seconds=9))
    await holds.confirm_sold(sold.id, confirmed_at=clock.pass_(seconds=1))
    await count_at_woocommerce(pool, {ITEM: 7}, clock.now - timedelta(seconds=5))
    assert await numbers(pool, ITEM) == (9, 2)


async def test_a_confirmation_asks_for_a_count(pool: Pool, holds: Holds, sold: Hold):
    await insert_shop(pool)
    await insert_products(pool, [product(ITEM, counted=True)])
    await holds.confirm_sold(sold.id)
    assert await pool.fetch("select product_id, reason from product_hint") == [(ITEM, "sold elsewhere")]
    assert await pool.fetchval("select count(*) from pgqueuer where entrypoint = 'woocommerce.read_hinted_products'") == 1


async def test_an_order_that_never_came_is_withdrawn(pool: Pool, holds: Holds, sold: Hold):
    assert [(await holds.withdraw_sale(sold.id)).status for _ in range(2)] == [HoldStatus.RELEASED] * 2
    assert await numbers(pool, ITEM) == (10, 0)
    with pytest.raises(HoldEnded):
        await holds.confirm_sold(sold.id)


async def test_a_confirmed_sale_is_not_withdrawn(pool: Pool, holds: Holds, sold: Hold, clock: MovableClock):
    clock.pass_(seconds=1)
    await holds.confirm_sold(sold.id)
    with pytest.raises(HoldEnded, match="committed"):
        await holds.withdraw_sale(sold.id)
    assert await left(pool) == 8


async def test_a_sale_from_two_owners(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {ITEM: 1})
    warehouse = await open_location(pool, "warehouse", {ITEM: 1}, ships_online=True)
    hold = await holds.hold(request((ITEM, 2)))
    assert (await holds.commit(hold.id)).status is HoldStatus.SOLD_PENDING
    assert (await numbers(pool, ITEM), await numbers(pool, ITEM, warehouse)) == ((1, 1), (0, 0))
    await holds.confirm_sold(hold.id)
    await count_at_woocommerce(pool, {ITEM: 0}, clock.now)
    assert await numbers(pool, ITEM) == (0, 0)


async def test_a_till_that_sells_from_woocommerces_stock(pool: Pool, holds: Holds, stockroom: Stockroom, clock: MovableClock):
    await count_at_woocommerce(pool, {ITEM: 1})
    posted = [await stockroom.record_sale(WOOCOMMERCE, moves((ITEM, 3)), command("receipt 1"), POS) for _ in range(2)]
    assert [(each.moves, each.repeated) for each in posted] == [((), False), ((), True)]
    assert posted[0].pending == posted[1].pending
    assert await numbers(pool, ITEM) == (1, 3)
    assert await opened_exceptions(pool) == [("oversold", ITEM, WOOCOMMERCE, 2)]
    await holds.confirm_sold(posted[0].pending)
    await count_at_woocommerce(pool, {ITEM: -2}, clock.now)
    assert await numbers(pool, ITEM) == (-2, 0)


async def test_a_count_below_what_is_held_is_shown_to_a_person(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {ITEM: 3})
    hold = await holds.hold(request((ITEM, 3)))
    for on_hand in (1, 0):
        await count_at_woocommerce(pool, {ITEM: on_hand}, clock.pass_(seconds=1))
    assert await opened_exceptions(pool) == [("overtaken", ITEM, WOOCOMMERCE, 2)]
    await holds.release(hold.id)


async def test_counts_are_lines_of_the_ledger(pool: Pool):
    for minute, on_hand in enumerate((5, 5, 3, 0)):
        await count_at_woocommerce(pool, {ITEM: on_hand}, NOON + timedelta(minutes=minute))
    await count_at_woocommerce(pool, {ITEM: 99}, NOON)
    rows = await pool.fetch("select delta, reason, occurred_at from stock_move order by id")
    at = [NOON + timedelta(minutes=minute) for minute in (0, 2, 3)]
    assert [tuple(row) for row in rows] == [(5, "channel_sync", at[0]), (-2, "channel_sync", at[1]), (-3, "channel_sync", at[2])]


async def test_listings_follow_what_is_held(pool: Pool, holds: Holds):
    await insert_shop(pool)
    await insert_products(pool, [product(ITEM, counted=True)])
    await count_at_woocommerce(pool, {ITEM: 1})
    await pool.execute("update product set available = true")
    hold = await holds.hold(request((ITEM, 1)))
    assert [await settle_availability(pool), await pool.fetchval("select available from product")] == [1, False]
    await holds.release(hold.id)
    assert [await settle_availability(pool), await pool.fetchval("select available from product")] == [1, True]
    assert await settle_availability(pool) == 0
    assert hold.lines[0].location == LocationId(1)
