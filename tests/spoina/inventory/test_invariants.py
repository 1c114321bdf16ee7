"""Each invariant finds what breaks it, and nothing else does."""

from datetime import timedelta

import pytest

from spoina.db import Pool
from spoina.inventory.holds import Holds
from spoina.inventory.invariants import Invariant, Violation, check_invariants
from spoina.inventory.stockroom import Stockroom
from tests.spoina.inventory.stocking import (
    NOON,
    POS,
    WOOCOMMERCE,
    MovableClock,
    allow_backorders,
    command,
    count_at_woocommerce,
    moves,
    open_location,
    request,
)


@pytest.mark.parametrize(
    ("breaking", "invariant", "expected", "found"),
    [
        ("update stock set held = held + 1", Invariant.HELD_IS_WHAT_HOLDS_SAY, 2, 3),
        ("update hold set status = 'released'", Invariant.HELD_IS_WHAT_HOLDS_SAY, 0, 2),
        ("delete from stock", Invariant.HELD_IS_WHAT_HOLDS_SAY, 2, 0),
        ("update stock set on_hand = 1", Invariant.HELD_IS_THERE, 1, 2),
        ("update stock set on_hand = -1", Invariant.HELD_IS_THERE, 0, 2),
        ("update stock set on_hand = 9", Invariant.LEDGER_IS_STOCK, 5, 9),
        ("delete from stock_move", Invariant.LEDGER_IS_STOCK, 0, 5),
        ("update hold set expires_at = created_at - interval '61 seconds'", Invariant.NO_EXPIRED_HOLD_COUNTS, 0, 2),
    ],
)
async def test_what_breaks_it_is_found(pool: Pool, batcher, breaking, invariant, expected, found):
    await count_at_woocommerce(pool, {1: 5})
    await batcher.claim(request((1, 2)))
    assert [finding.violations for finding in await check_invariants(pool, NOON)] == [0, 0, 0, 0]
    await pool.execute(breaking)
    (broken,) = [finding for finding in await check_invariants(pool, NOON) if finding.invariant is invariant]
    assert broken.violations == 1
    assert broken.examples == (Violation(invariant=invariant, item=1, location=WOOCOMMERCE, expected=expected, found=found),)


async def test_the_number_counts_all_and_the_examples_are_few(pool: Pool):
    await pool.execute("insert into stock select n, 1, n, 0, 0, $1 from generate_series(1, 50) n", NOON)
    (broken,) = [finding for finding in await check_invariants(pool, NOON) if finding.violations]
    assert (broken.invariant, broken.violations, [each.item for each in broken.examples]) == (
        Invariant.LEDGER_IS_STOCK,
        50,
        list(range(1, 21)),
    )


async def test_what_is_allowed_breaks_nothing(pool: Pool, holds: Holds, stockroom: Stockroom, clock: MovableClock):
    """The fixture checks the invariants: backorders, sales that are not confirmed or counted yet, open exceptions, a hold not swept yet."""
    await count_at_woocommerce(pool, {1: 1, 2: 5, 3: -4})
    await allow_backorders(pool, 1)
    await holds.hold(request((1, 3)))
    sales = [await holds.commit((await holds.hold(request((2, 1)))).id) for _ in range(2)]
    clock.pass_(seconds=1)
    await holds.confirm_sold(sales[0].id)
    shop = await open_location(pool, "shop", {1: 1})
    await holds.hold(request((1, 1, shop)))
    await stockroom.record_sale(shop, moves((1, 3)), command("s"), POS)
    await holds.hold(request((2, 1), minutes=1))
    clock.pass_(minutes=2)
    assert await pool.fetchval("select sum(held) from stock") == 7
    assert clock.now - NOON > timedelta(minutes=2)
