"""Holds take all lines or none, and give back once."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from spoina.db import Pool
from spoina.errors import Conflict, HoldEnded, InvalidInput, LimitExceeded, NotFound, ShortLines
from spoina.ids import HoldId, LocationId, StockItemId
from spoina.inventory.holds import Holds
from spoina.inventory.ledger import history
from spoina.inventory.types import HoldStatus, MoveReason, ShortLine, TakenLine
from tests.spoina.inventory.stocking import (
    NOON,
    WOOCOMMERCE,
    MovableClock,
    allow_backorders,
    count_at_woocommerce,
    numbers,
    open_location,
    request,
)


async def test_what_is_held_is_named(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 5, 2: 5})
    hold = await holds.hold(asked := request((1, 2), (2, 5)))
    assert hold.lines == (TakenLine(1, WOOCOMMERCE, 2, 0), TakenLine(2, WOOCOMMERCE, 5, 0))
    assert (hold.id, hold.status, hold.created_at, hold.expires_at) == (asked.id, HoldStatus.ACTIVE, NOON, NOON + timedelta(minutes=15))
    assert await holds.find(hold.id) == hold
    assert [await numbers(pool, item) for item in (1, 2)] == [(5, 2), (5, 5)]


async def test_one_short_line_refuses_all_and_each_is_named(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 5, 2: 5, 3: 0})
    with pytest.raises(ShortLines) as refusal:
        await holds.hold(request((1, 2), (3, 1), (2, 6), (4, 1)))
    assert refusal.value.lines == (
        ShortLine(line=1, item=StockItemId(3), location=None, wanted=1, left=0),
        ShortLine(line=2, item=StockItemId(2), location=None, wanted=6, left=5),
        ShortLine(line=3, item=StockItemId(4), location=None, wanted=1, left=0),
    )
    assert [await numbers(pool, item) for item in (1, 2, 3, 4)] == [(5, 0), (5, 0), (0, 0), (0, 0)]
    assert await pool.fetchval("select count(*) from hold") == 0


async def test_lines_of_one_item_share_its_stock(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 3})
    with pytest.raises(ShortLines) as refusal:
        await holds.hold(request((1, 2), (1, 2)))
    assert [(short.line, short.left) for short in refusal.value.lines] == [(1, 1)]
    assert (await holds.hold(request((1, 2), (1, 1)))).lines == (TakenLine(1, WOOCOMMERCE, 2, 0), TakenLine(1, WOOCOMMERCE, 1, 0))


@pytest.mark.parametrize("others", [0, 3])
async def test_the_last_unit_is_sold_once(pool: Pool, holds: Holds, others: int):
    """`others`: requests for something else in the same batch."""
    await count_at_woocommerce(pool, {1: 2, 2: 100})
    asked = [request((1, 1)) for _ in range(4)] + [request((2, 1)) for _ in range(others)]
    outcomes = await asyncio.gather(*map(holds.hold, asked), return_exceptions=True)
    assert [isinstance(outcome, ShortLines) for outcome in outcomes] == [False, False, True, True] + [False] * others
    assert (await numbers(pool, 1), await numbers(pool, 2)) == ((2, 2), (100, others))


async def test_who_wants_too_much_leaves_it_to_the_next(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 3})
    outcomes = await asyncio.gather(*(holds.hold(request((1, units))) for units in (2, 5, 1, 1)), return_exceptions=True)
    assert [getattr(outcome, "status", None) for outcome in outcomes] == [HoldStatus.ACTIVE, None, HoldStatus.ACTIVE, None]
    assert [outcome.lines[0].left for outcome in outcomes if isinstance(outcome, ShortLines)] == [1, 0]


async def test_the_same_request_is_the_same_hold(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 5})
    asked = request((1, 2))
    at_once = await asyncio.gather(holds.hold(asked), holds.hold(asked))
    assert at_once == [await holds.hold(asked)] * 2
    assert await numbers(pool, 1) == (5, 2)
    with pytest.raises(Conflict, match="another hold"):
        await holds.hold(request((1, 3), hold_id=asked.id))
    await holds.release(asked.id)
    with pytest.raises(HoldEnded, match="released"):
        await holds.hold(asked)
    assert await numbers(pool, 1) == (5, 0)


async def test_an_id_that_was_used_spoils_no_batch(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 5})
    known = await holds.hold(request((1, 1)))
    again = request((1, 1), hold_id=known.id)
    outcomes = await asyncio.gather(holds.hold(request((1, 1))), holds.hold(again), holds.hold(request((1, 1), (1, 1))))
    assert outcomes[1] == known
    assert await numbers(pool, 1) == (5, 4)


async def test_an_expired_hold_counts_in_no_decision(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {1: 2, 2: 2})
    expired = await holds.hold(request((1, 2), (2, 2), minutes=10))
    clock.pass_(minutes=10)
    await holds.hold(request((1, 2)))
    assert (await holds.find(expired.id)).status is HoldStatus.EXPIRED
    assert [await numbers(pool, item) for item in (1, 2)] == [(2, 2), (2, 0)]


async def test_an_extended_hold_stands_longer(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {1: 1})
    hold = await holds.hold(request((1, 1), minutes=10))
    clock.pass_(minutes=9)
    assert (await holds.extend(hold.id, timedelta(minutes=5))).expires_at == NOON + timedelta(minutes=14)
    clock.pass_(minutes=4)
    with pytest.raises(ShortLines):
        await holds.hold(request((1, 1)))
    clock.pass_(minutes=1)
    with pytest.raises(HoldEnded, match="expired"):
        await holds.extend(hold.id, timedelta(minutes=5))


async def test_released_once(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 5})
    kept, hold = await holds.hold(request((1, 1))), await holds.hold(request((1, 2)))
    assert [(await holds.release(hold.id)).status for _ in range(2)] == [HoldStatus.RELEASED] * 2
    assert await numbers(pool, 1) == (5, 1)
    with pytest.raises(HoldEnded, match="released"):
        await holds.commit(hold.id)
    await holds.commit(kept.id)
    with pytest.raises(HoldEnded, match="sold_pending"):
        await holds.release(kept.id)


async def test_a_sale_from_our_own_location_leaves_it(pool: Pool, holds: Holds):
    shop = await open_location(pool, "krakow", {1: 5})
    hold = await holds.hold(request((1, 2, shop)))
    sold = [await holds.commit(hold.id, actor="Ewa") for _ in range(2)]
    assert [each.status for each in sold] == [HoldStatus.COMMITTED] * 2
    assert await numbers(pool, 1, shop) == (3, 0)
    (sale, _) = await history(pool, StockItemId(1))
    assert (sale.delta, sale.reason, sale.reference, sale.actor) == (-2, MoveReason.SALE, str(hold.id), "Ewa")


async def test_an_expired_hold_cannot_be_sold(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {1: 1})
    hold = await holds.hold(request((1, 1), minutes=1))
    clock.pass_(minutes=1)
    with pytest.raises(HoldEnded, match="expired"):
        await holds.commit(hold.id)
    await holds.hold(request((1, 1)))


@pytest.mark.parametrize(
    ("case", "at_woocommerce", "here", "there", "wanted", "expected"),
    [
        ("WooCommerce first", 5, 9, 9, 5, [(0, 5)]),
        ("whole from where most is left", 4, 6, 9, 5, [(2, 5)]),
        ("whole from the one that has it", 4, 9, 3, 5, [(1, 5)]),
        ("split: WooCommerce first, then the fullest", 2, 1, 3, 6, [(0, 2), (2, 3), (1, 1)]),
        ("split, WooCommerce has none", 0, 1, 3, 4, [(2, 3), (1, 1)]),
        ("WooCommerce oversold: it takes from no other", -2, 1, 3, 4, [(2, 3), (1, 1)]),
        ("all together too few", 2, 1, 3, 7, 6),
    ],
)
async def test_a_line_without_location(pool: Pool, holds: Holds, case, at_woocommerce, here, there, wanted, expected):
    await count_at_woocommerce(pool, {1: at_woocommerce})
    places = [WOOCOMMERCE, await open_location(pool, "a", {1: here}, ships_online=True)]
    places.append(await open_location(pool, "b", {1: there}, ships_online=True))
    await open_location(pool, "shop", {1: 50})
    await open_location(pool, "closed", {1: 50}, ships_online=True, active=False)
    try:
        outcome = [(line.location, line.units) for line in (await holds.hold(request((1, wanted)))).lines]
        expected = [(places[place], units) for place, units in expected]
    except ShortLines as refusal:
        outcome = refusal.lines[0].left
    assert outcome == expected, case


async def test_a_named_location_gives_what_it_has_and_nothing_else(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 50})
    shop = await open_location(pool, "shop", {1: 2})
    closed = await open_location(pool, "closed", {1: 2}, active=False)
    assert (await holds.hold(request((1, 2, shop)))).lines == (TakenLine(1, shop, 2, 0),)
    for location in (shop, closed, 999):
        with pytest.raises(ShortLines) as refusal:
            await holds.hold(request((1, 1, location)))
        assert (refusal.value.lines[0].location, refusal.value.lines[0].left) == (location, 0)


async def test_backorders_go_beyond_what_is_there(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 3, 2: 3})
    warehouse = await open_location(pool, "warehouse", {1: 1}, ships_online=True)
    await allow_backorders(pool, 1)
    assert (await holds.hold(request((1, 6)))).lines == (TakenLine(1, WOOCOMMERCE, 5, 2), TakenLine(1, warehouse, 1, 0))
    assert (await holds.hold(request((1, 2)))).lines == (TakenLine(1, WOOCOMMERCE, 2, 2),)
    assert await numbers(pool, 1) == (3, 7)
    with pytest.raises(ShortLines):
        await holds.hold(request((2, 4)))


async def test_a_shop_shelf_takes_no_backorders(pool: Pool, holds: Holds):
    shop = await open_location(pool, "shop", {1: 1})
    await allow_backorders(pool, 1)
    with pytest.raises(ShortLines):
        await holds.hold(request((1, 2, shop)))


async def test_what_crosses_zero_is_due_for_the_listings(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 2, 2: 2})
    hold = await holds.hold(request((1, 1), (2, 1)))
    assert await pool.fetchval("select count(*) from availability_due") == 0
    await holds.hold(request((1, 1)))
    assert await pool.fetch("select item_id from availability_due") == [(1,)]
    await holds.release(hold.id)
    assert await pool.fetch("select item_id from availability_due") == [(1,), (1,)]


@pytest.mark.parametrize(
    ("case", "asked", "error", "field"),
    [
        ("no line", request(), InvalidInput, "lines"),
        ("too many lines", request(*[(1, 1)] * 201), LimitExceeded, "lines"),
        ("nothing", request((1, 0)), InvalidInput, "lines[0].units"),
        ("less than nothing", request((1, 1), (2, -1)), InvalidInput, "lines[1].units"),
        ("absurd", request((1, 1_000_001)), InvalidInput, "lines[0].units"),
        ("no id", request((0, 1)), InvalidInput, "lines[0].item"),
        ("no location", request((1, 1, 0)), InvalidInput, "lines[0].location"),
        ("over at once", request((1, 1), minutes=0), InvalidInput, "ttl"),
        ("for ever", request((1, 1), minutes=60 * 24 * 31), InvalidInput, "ttl"),
        ("no channel", request((1, 1), channel="Web,pos"), InvalidInput, "channel"),
    ],
)
async def test_what_cannot_be_asked(pool: Pool, holds: Holds, case, asked, error, field):
    with pytest.raises(error) as refusal:
        await holds.hold(asked)
    assert (refusal.value.field, await pool.fetchval("select count(*) from hold")) == (field, 0), case


async def test_an_unknown_hold(holds: Holds):
    for command in (holds.find, holds.release, holds.commit, holds.confirm_sold, holds.withdraw_sale):
        with pytest.raises(NotFound):
            await command(HoldId(uuid4()))
    with pytest.raises(NotFound):
        await holds.extend(HoldId(uuid4()), timedelta(minutes=1))


async def test_a_location_that_ships_no_more_keeps_its_holds(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 1})
    hold = await holds.hold(request((1, 1)))
    await pool.execute("update location set ships_online = false where id = 1")
    with pytest.raises(ShortLines):
        await holds.hold(request((1, 1)))
    assert (await holds.commit(hold.id)).status is HoldStatus.SOLD_PENDING
    assert hold.lines[0].location == LocationId(1)
