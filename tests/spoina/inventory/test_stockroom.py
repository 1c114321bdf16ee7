"""What lies at our locations changes by commands that count once, each with its line in the ledger."""

import asyncio
from datetime import timedelta

import pytest

from spoina.db import Pool, transaction
from spoina.errors import Conflict, InvalidInput, LimitExceeded, NotFound, NotOurStock
from spoina.ids import LocationId, StockItemId
from spoina.inventory.exceptions import close_cured, list_exceptions, resolve_exception
from spoina.inventory.holds import Holds
from spoina.inventory.ledger import history
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.types import MoveReason
from tests.spoina.inventory.stocking import (
    NOON,
    POS,
    WOOCOMMERCE,
    allow_backorders,
    broken_invariants,
    command,
    count_at_woocommerce,
    moves,
    numbers,
    open_location,
    opened_exceptions,
    request,
)


@pytest.fixture
async def shop(pool: Pool) -> LocationId:
    return await open_location(pool, "krakow")


async def test_every_command_moves_what_it_says(pool: Pool, stockroom: Stockroom, shop: LocationId):
    await stockroom.receive(shop, moves((1, 10), (2, 4), (1, 5)), command("r", actor="Ola", note="invoice 7"))
    await stockroom.waste(shop, moves((1, 2)), command("w"))
    await stockroom.correct(shop, moves((1, -3), (2, 1)), command("c"))
    await stockroom.count(shop, moves((1, 9), (2, 5)), command("n", occurred_at=NOON - timedelta(hours=1)))
    await stockroom.record_return(shop, moves((2, 1)), command("b"))
    await stockroom.record_sale(shop, moves((2, 2)), command("s"), POS)
    assert [await numbers(pool, item, shop) for item in (1, 2)] == [(9, 0), (4, 0)]
    ledger = [(line.reason, line.delta) for line in reversed(await history(pool, StockItemId(1)))]
    assert ledger == [
        (MoveReason.RECEIPT, 10),
        (MoveReason.RECEIPT, 5),
        (MoveReason.WASTE, -2),
        (MoveReason.CORRECTION, -3),
        (MoveReason.COUNT, -1),
    ]
    counted = (await history(pool, StockItemId(2), shop))[2]
    assert (counted.delta, counted.occurred_at, counted.recorded_at) == (0, NOON - timedelta(hours=1), NOON)
    assert await broken_invariants(pool) == []


async def test_a_command_counts_once(pool: Pool, stockroom: Stockroom, shop: LocationId):
    async def receive() -> bool:
        return (await stockroom.receive(shop, moves((1, 3), (2, 1)), command("delivery 7"))).repeated

    assert sorted(await asyncio.gather(*(receive() for _ in range(4)))) == [False, True, True, True]
    first, again = [await stockroom.count(shop, moves((1, 5)), command("count")) for _ in range(2)]
    assert (again.moves, again.repeated) == (first.moves, True)
    assert await numbers(pool, 1, shop) == (5, 0)
    for other in (moves((1, 4), (2, 1)), moves((1, 3))):
        with pytest.raises(Conflict):
            await stockroom.receive(shop, other, command("delivery 7"))
    with pytest.raises(Conflict):
        await stockroom.waste(shop, moves((1, 3), (2, 1)), command("delivery 7"))
    assert [await numbers(pool, item, shop) for item in (1, 2)] == [(5, 0), (1, 0)]


async def test_woocommerces_numbers_are_changed_there(pool: Pool, stockroom: Stockroom):
    await count_at_woocommerce(pool, {1: 5})
    for change in (stockroom.receive, stockroom.waste, stockroom.correct, stockroom.count, stockroom.record_return):
        with pytest.raises(NotOurStock, match="woocommerce"):
            await change(WOOCOMMERCE, moves((1, 1)), command("x"))
    assert (await numbers(pool, 1), await pool.fetchval("select count(*) from stock_command")) == ((5, 0), 0)


async def test_a_sale_is_a_fact(pool: Pool, stockroom: Stockroom, holds: Holds, shop: LocationId):
    await stockroom.receive(shop, moves((1, 3)), command("r"))
    await holds.hold(request((1, 2, shop)))
    within = await stockroom.record_sale(shop, moves((1, 1)), command("s1"), POS)
    beyond = await stockroom.record_sale(shop, moves((1, 2), (2, 1)), command("s2"), POS)
    assert [len(posted.exceptions) for posted in (within, beyond)] == [0, 2]
    assert await numbers(pool, 1, shop) == (0, 2)
    assert await opened_exceptions(pool) == [("oversold", 1, shop, 2), ("oversold", 2, shop, 1)]
    assert (await stockroom.record_sale(shop, moves((1, 2), (2, 1)), command("s2"), POS)).exceptions == beyond.exceptions
    assert len(await list_exceptions(pool)) == 2


async def test_what_is_on_backorder_is_not_missing(pool: Pool, stockroom: Stockroom, holds: Holds):
    warehouse = await open_location(pool, "warehouse", {1: 2}, ships_online=True)
    await allow_backorders(pool, 1)
    await holds.hold(request((1, 5, warehouse)))
    await stockroom.receive(warehouse, moves((1, 1)), command("r"))
    assert (await stockroom.waste(warehouse, moves((1, 1)), command("w"))).exceptions == ()
    assert [each.units for each in (await stockroom.waste(warehouse, moves((1, 2)), command("w2"))).exceptions] == [2]


async def test_an_exception_is_resolved_by_a_person_once(pool: Pool, stockroom: Stockroom, shop: LocationId):
    (opened,) = (await stockroom.record_sale(shop, moves((1, 1)), command("s"), POS)).exceptions
    resolved = await resolve_exception(pool, opened.id, "Ewa", "came with the next delivery", lambda: NOON)
    assert (resolved.resolved_at, resolved.resolved_by, resolved.note) == (NOON, "Ewa", "came with the next delivery")
    assert await resolve_exception(pool, opened.id, "Jan", "me, too", lambda: NOON + timedelta(1)) == resolved
    assert (await list_exceptions(pool), await list_exceptions(pool, resolved=True)) == ([], [resolved])
    for by, error in (("", InvalidInput), ("Ewa", NotFound)):
        with pytest.raises(error):
            await resolve_exception(pool, 999, by, "", lambda: NOON)


async def test_a_count_that_covers_again_resolves_itself(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 1, 2: 1})
    for item in (1, 2):
        await holds.hold(request((item, 1)))
    await count_at_woocommerce(pool, {1: 0, 2: 0}, NOON + timedelta(1))
    await count_at_woocommerce(pool, {1: 1, 2: 0}, NOON + timedelta(2))
    await close_cured(pool, NOON + timedelta(2))
    assert await opened_exceptions(pool) == [("overtaken", 2, WOOCOMMERCE, 1)]


async def test_part_of_another_transaction(pool: Pool, clock, shop: LocationId):
    async def sell_and_fail() -> None:
        async with transaction(pool) as db:
            await Stockroom(db, clock).record_sale(shop, moves((1, 1)), command("s"), POS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await sell_and_fail()
    assert (await numbers(pool, 1, shop), await opened_exceptions(pool)) == ((0, 0), [])


@pytest.mark.parametrize(
    ("case", "lines", "field"),
    [
        ("nothing", moves(), "lines"),
        ("none", moves((1, 0)), "lines[0].units"),
        ("less than none", moves((1, 1), (2, -4)), "lines[1].units"),
        ("absurd", moves((1, 10**7)), "lines[0].units"),
    ],
)
async def test_what_cannot_be_received(pool: Pool, stockroom: Stockroom, shop: LocationId, case, lines, field):
    with pytest.raises(InvalidInput) as refusal:
        await stockroom.receive(shop, lines, command("r"))
    assert (refusal.value.field, await pool.fetchval("select count(*) from stock_command")) == (field, 0), case


async def test_more_than_a_location_can_have(pool: Pool, stockroom: Stockroom, shop: LocationId):
    await stockroom.receive(shop, moves((1, 7)), command("r"))
    await pool.execute("update stock set on_hand = 2147483647 where location_id = $1", shop)
    with pytest.raises(LimitExceeded) as refusal:
        await stockroom.receive(shop, moves((1, 1)), command("r2"))
    assert (refusal.value.field, refusal.value.limit) == ("lines", 2147483647)
    assert await pool.fetchval("select count(*) from stock_command") == 1


async def test_other_refusals(stockroom: Stockroom, shop: LocationId):
    with pytest.raises(InvalidInput, match="each item once"):
        await stockroom.count(shop, moves((1, 1), (1, 2)), command("n"))
    with pytest.raises(InvalidInput, match="reference"):
        await stockroom.receive(shop, moves((1, 1)), command(""))
    with pytest.raises(InvalidInput, match="cannot be printed"):
        await stockroom.receive(shop, moves((1, 1)), command("a\nb"))
    with pytest.raises(NotFound):
        await stockroom.receive(LocationId(999), moves((1, 1)), command("r"))


async def test_a_buffer_keeps_units_from_everybody(pool: Pool, stockroom: Stockroom, holds: Holds):
    await count_at_woocommerce(pool, {1: 3})
    await stockroom.set_buffer(StockItemId(1), WOOCOMMERCE, 2)
    await holds.hold(request((1, 1)))
    assert await pool.fetchval("select left_over from online_stock where item_id = 1") == 0
    await stockroom.set_buffer(StockItemId(1), WOOCOMMERCE, 0)
    await holds.hold(request((1, 2)))
