"""Baskets of several lines, from several processes at once: no deadlock, no unit sold twice, nobody refused who could have been served."""

import asyncio
import random
from collections import Counter

import pytest

from spoina.clock import utc_now
from spoina.db import Pool, connect
from spoina.errors import ShortLines
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.inventory.keeping import sweep_expired
from tests.spoina.inventory.stocking import broken_invariants, count_at_woocommerce, open_location, request

ITEMS = range(1, 9)
STOCK = 40


def basket(chance: random.Random) -> list[tuple[int, int]]:
    return [(item, chance.randint(1, 3)) for item in chance.sample(ITEMS, chance.randint(1, 4))]


@pytest.mark.parametrize("seed", [1, 2])
async def test_baskets_from_four_processes(pool: Pool, database: str, seed: int):
    await count_at_woocommerce(pool, dict.fromkeys(ITEMS, STOCK))
    await open_location(pool, "warehouse", dict.fromkeys(ITEMS, 5), ships_online=True)
    chance = random.Random(seed)
    baskets = [basket(chance) for _ in range(300)]
    batchers = [HoldBatcher(lambda: connect(database), utc_now) for _ in range(4)]
    asked = [request(*lines) for lines in baskets]
    outcomes = await asyncio.gather(*(batchers[number % 4].claim(each) for number, each in enumerate(asked)), return_exceptions=True)
    for batcher in batchers:
        await batcher.stop()
    assert {type(outcome).__name__ for outcome in outcomes} == {"Hold", "ShortLines"}
    sold = Counter()
    for lines, outcome in zip(baskets, outcomes, strict=True):
        if not isinstance(outcome, ShortLines):
            sold.update(dict(lines))
    left = {item: STOCK + 5 - sold[item] for item in ITEMS}
    assert {row[0]: row[1] for row in await pool.fetch("select item_id, left_over from online_stock")} == left
    for lines, outcome in zip(baskets, outcomes, strict=True):
        if isinstance(outcome, ShortLines):
            assert any(units > left[item] for item, units in lines)
    assert await broken_invariants(pool, utc_now()) == []


async def test_everything_at_once(pool: Pool, database: str):
    """Holds, releases, sales, sweeps, and WooCommerce's counts of the same items, all at the same time."""
    await count_at_woocommerce(pool, dict.fromkeys(ITEMS, 500), utc_now())
    batchers = [HoldBatcher(lambda: connect(database), utc_now) for _ in range(3)]
    services = [Holds(pool, batcher, utc_now) for batcher in batchers]
    chance = random.Random(7)

    async def shopper(number: int) -> None:
        holds, ending = services[number % 3], chance.choice(["release", "commit", "confirm_sold", "leave"])
        hold = await holds.hold(request(*basket(chance), minutes=1 / 60 if ending == "leave" else 5))
        if ending == "confirm_sold":
            await holds.commit(hold.id)
        if ending != "leave":
            await getattr(holds, ending)(hold.id)

    async def keeper() -> None:
        for _ in range(10):
            await sweep_expired(pool, utc_now())
            await count_at_woocommerce(pool, dict.fromkeys(chance.sample(ITEMS, 5), 500), utc_now())

    await asyncio.gather(*(shopper(number) for number in range(150)), keeper(), keeper())
    for batcher in batchers:
        await batcher.stop()
    assert await broken_invariants(pool, utc_now()) == []
