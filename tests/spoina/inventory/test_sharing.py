"""What is kept from a channel: buffers, and shares of what is scarce."""

import asyncio
from datetime import timedelta

import pytest

from spoina.db import Pool
from spoina.errors import InvalidInput, LimitExceeded, NotFound, ShortLines
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory.holds import Holds
from spoina.inventory.policies import drop_channel_buffer, set_channel_buffer, set_shares
from spoina.inventory.shelves import read_shelves
from spoina.inventory.stock_rules import load_rules
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.types import ChannelBuffer, SharePolicy
from tests.spoina.inventory.stocking import (
    ALLEGRO,
    APP,
    POS,
    WEB,
    WOOCOMMERCE,
    MovableClock,
    command,
    count_at_woocommerce,
    moves,
    numbers,
    open_location,
    request,
)

FAIR = SharePolicy(scarce_at=10, open_after=timedelta(hours=24), weights={WEB: 4, APP: 3, POS: 2, ALLEGRO: 1})


async def most(holds: Holds, item: int, channel: Channel) -> int:
    """Takes one after the other until none is given."""
    taken = 0
    try:
        while True:
            await holds.hold(request((item, 1), channel=channel))
            taken += 1
    except ShortLines:
        return taken


async def test_ten_units_and_four_channels(pool: Pool, holds: Holds, clock: MovableClock):
    """Each gets its part however eager the others are; what nobody came for is everybody's after a day: no unit is stranded."""
    await count_at_woocommerce(pool, {1: 10})
    await set_shares(pool, FAIR)
    assert [await most(holds, 1, channel) for channel in (WEB, APP, ALLEGRO, Channel("kiosk"))] == [4, 3, 1, 0]
    clock.pass_(hours=23)
    await pool.execute("update hold set expires_at = $1", clock.now + timedelta(days=5))
    assert await most(holds, 1, WEB) == 0
    clock.pass_(hours=1)
    assert [await most(holds, 1, channel) for channel in (WEB, APP)] == [2, 0]
    assert await numbers(pool, 1) == (10, 10)


async def test_above_the_threshold_all_but_the_shares_is_everybodys(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 15})
    await set_shares(pool, FAIR)
    with pytest.raises(ShortLines) as refusal:
        await holds.hold(request((1, 10), channel=WEB))
    assert refusal.value.lines[0].left == 9
    await holds.hold(request((1, 5), channel=WEB))
    assert await most(holds, 1, WEB) == 4
    assert [await most(holds, 1, channel) for channel in (APP, POS, ALLEGRO)] == [3, 2, 1]


async def test_a_channels_share_comes_back_with_its_hold(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {1: 10})
    await set_shares(pool, FAIR)
    first, second = [await holds.hold(request((1, 2), channel=WEB, minutes=minutes)) for minutes in (5, 60)]
    assert await most(holds, 1, WEB) == 0
    clock.pass_(minutes=5)
    assert await most(holds, 1, WEB) == 2
    await holds.release(second.id)
    assert [await most(holds, 1, channel) for channel in (WEB, APP, POS, ALLEGRO)] == [2, 3, 2, 1]
    assert first.lines[0].units == 2


async def test_a_refused_basket_takes_no_share(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 10, 2: 0})
    await set_shares(pool, FAIR)
    with pytest.raises(ShortLines):
        await holds.hold(request((1, 3), (2, 1), channel=WEB))
    assert await most(holds, 1, WEB) == 4


async def test_a_batch_respects_shares_in_its_order(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 10})
    await set_shares(pool, FAIR)
    asked = [request((1, 1), channel=channel) for channel in [WEB] * 6 + [APP] * 4 + [WEB]]
    outcomes = await asyncio.gather(*map(holds.hold, asked), return_exceptions=True)
    assert [isinstance(outcome, ShortLines) for outcome in outcomes] == [False] * 4 + [True] * 2 + [False] * 3 + [True] * 2


async def test_plenty_ends_the_sharing(pool: Pool, holds: Holds, stockroom: Stockroom):
    shop = await open_location(pool, "shop", {1: 5})
    await set_shares(pool, FAIR)
    await holds.hold(request((1, 2, shop), channel=WEB))
    assert await pool.fetch("select channel, units from share_taken") == [("web", 2)]
    await stockroom.receive(shop, moves((1, 20)), command("more"))
    assert await pool.fetchval("select count(*) from share_taken") == 0
    assert await pool.fetchval("select count(*) from stock where scarce_since is not null and location_id = $1", shop) == 0


async def test_a_sale_over_the_counter_takes_from_its_channels_share(pool: Pool, holds: Holds, stockroom: Stockroom):
    shop = await open_location(pool, "shop", {1: 10})
    await set_shares(pool, FAIR)
    await holds.hold(request((1, 1, shop), channel=ALLEGRO))
    await stockroom.record_sale(shop, moves((1, 2)), command("receipt"), POS)
    with pytest.raises(ShortLines):
        await holds.hold(request((1, 1, shop), channel=POS))
    await holds.hold(request((1, 4, shop), channel=WEB))


async def test_nothing_is_shared_any_more(pool: Pool, holds: Holds):
    await count_at_woocommerce(pool, {1: 10})
    await set_shares(pool, FAIR)
    await most(holds, 1, WEB)
    await set_shares(pool, None)
    assert await most(holds, 1, WEB) == 6


@pytest.mark.parametrize(
    ("case", "rules", "left"),
    [
        ("none", [], 10),
        ("everywhere", [(WEB, None, None, 3)], 7),
        ("another channel", [(APP, None, None, 3)], 10),
        ("the item's before the location's", [(WEB, None, 1, 3), (WEB, 1, None, 4)], 6),
        ("the location's before everywhere", [(WEB, None, None, 3), (WEB, None, 1, 2)], 8),
        ("item and location before all", [(WEB, 1, None, 3), (WEB, None, 1, 4), (WEB, 1, 1, 0)], 10),
        ("more than there is", [(WEB, None, None, 30)], 0),
        ("of another item", [(WEB, 2, None, 3)], 10),
    ],
)
async def test_buffers_of_channels(pool: Pool, holds: Holds, case, rules, left):
    await count_at_woocommerce(pool, {1: 10})
    for channel, item, location, units in rules:
        await set_channel_buffer(pool, ChannelBuffer(channel=channel, units=units, item=item, location=location))
    with pytest.raises(ShortLines) as refusal:
        await holds.hold(request((1, 11), channel=WEB))
    assert refusal.value.lines[0].left == left, case


async def test_rules_are_read_as_they_were_set(pool: Pool):
    await set_shares(pool, FAIR)
    await set_shares(pool, SharePolicy(scarce_at=4, open_after=timedelta(0), weights={WEB: 1}))
    buffer = ChannelBuffer(channel=WEB, units=2, item=StockItemId(1), location=WOOCOMMERCE)
    for units in (5, 2):
        await set_channel_buffer(pool, ChannelBuffer(channel=WEB, units=units, item=StockItemId(1), location=WOOCOMMERCE))
    await set_channel_buffer(pool, ChannelBuffer(channel=WEB, units=9))
    await drop_channel_buffer(pool, WEB)
    rules = await load_rules(pool)
    assert (rules.buffers, rules.shares) == ((buffer,), SharePolicy(scarce_at=4, open_after=timedelta(0), weights={WEB: 1}))


async def test_shelves_say_what_was_taken(pool: Pool, holds: Holds, clock: MovableClock):
    await count_at_woocommerce(pool, {1: 10})
    await set_shares(pool, FAIR)
    await holds.hold(request((1, 2), channel=WEB))
    ((shelf,),) = (await read_shelves(pool, [1])).values()
    assert (shelf.scarce_since, shelf.taken, shelf.left) == (clock.now, ((WEB, 2),), 8)


async def test_what_cannot_be_a_rule(pool: Pool):
    day = timedelta(days=1)
    for policy, field in (
        (SharePolicy(scarce_at=0, open_after=day, weights={WEB: 1}), "scarce_at"),
        (SharePolicy(scarce_at=1, open_after=-day, weights={WEB: 1}), "open_after"),
        (SharePolicy(scarce_at=1, open_after=day, weights={}), "weights"),
        (SharePolicy(scarce_at=1, open_after=day, weights={WEB: 0}), "weights.web"),
        (SharePolicy(scarce_at=1, open_after=day, weights={Channel("Web"): 1}), "channel"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            await set_shares(pool, policy)
        assert refusal.value.field == field
    with pytest.raises(LimitExceeded):
        await set_shares(pool, SharePolicy(scarce_at=1, open_after=day, weights={Channel(f"c{n}"): 1 for n in range(51)}))
    with pytest.raises(InvalidInput, match="units"):
        await set_channel_buffer(pool, ChannelBuffer(channel=WEB, units=-1))
    with pytest.raises(NotFound):
        await set_channel_buffer(pool, ChannelBuffer(channel=WEB, units=1, location=LocationId(99)))
    assert await load_rules(pool) == await load_rules(pool)
