"""What is shown is what is granted: the rules as Python explains them and as PostgreSQL applies them are one, and the parts add up."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spoina.db import connect, connect_pool
from spoina.errors import ShortLines
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.policies import set_channel_buffer, set_shares
from spoina.inventory.rules import availability, quota
from spoina.inventory.shelves import read_shelves
from spoina.inventory.stock_rules import load_rules
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.types import ChannelBuffer, HoldStatus, SharePolicy
from tests.spoina.inventory.stocking import (
    ALLEGRO,
    APP,
    NOON,
    POS,
    WEB,
    WOOCOMMERCE,
    MovableClock,
    broken_invariants,
    count_at_woocommerce,
    open_location,
    request,
)

CHANNELS = (WEB, APP, POS, ALLEGRO)
EMPTIED = ("hold", "stock", "stock_move", "stock_exception", "channel_buffer", "share_policy", "channel_share", "share_taken")
MORE_THAN_THERE_IS = 1000

channels = st.sampled_from(CHANNELS)
policies = st.builds(
    SharePolicy,
    scarce_at=st.integers(1, 12),
    open_after=st.integers(0, 30).map(lambda minutes: timedelta(minutes=minutes)),
    weights=st.dictionaries(channels, st.integers(1, 9), min_size=1),
)
buffers = st.lists(st.tuples(channels, st.sampled_from([None, 1]), st.booleans(), st.integers(0, 5)), max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("hold"), channels, st.integers(1, 5), st.booleans()),
        st.tuples(st.just("wait"), st.integers(1, 15)),
        st.tuples(st.just("count"), st.integers(-2, 20)),
        st.tuples(st.just("release"), st.integers(0, 9)),
    ),
    max_size=12,
)


@pytest.fixture
async def shop(database: str):
    pool, clock = await connect_pool(database, size=4), MovableClock()
    batcher = HoldBatcher(lambda: connect(database), clock)
    warehouse = await open_location(pool, "warehouse", ships_online=True)
    yield pool, batcher, clock, warehouse
    await batcher.stop()
    await pool.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(policy=st.none() | policies, withheld=buffers, buffer=st.integers(0, 3), there=st.integers(0, 8), history=steps)
async def test_what_is_shown_is_what_is_granted(shop, policy, withheld, buffer, there, history):
    pool, _, clock, warehouse = shop
    await pool.execute("".join(f"delete from {table};" for table in EMPTIED))
    clock.now = NOON
    await count_at_woocommerce(pool, {1: 15})
    await pool.execute("insert into stock (item_id, location_id, on_hand, as_of) values (1, $1, $2, $3)", warehouse, there, NOON)
    await Stockroom(pool, clock).set_buffer(1, WOOCOMMERCE, buffer)
    await set_shares(pool, policy)
    for channel, item, at_warehouse, units in withheld:
        rule = ChannelBuffer(channel=channel, item=item, location=warehouse if at_warehouse else None, units=units)
        await set_channel_buffer(pool, rule)
    for step in history:
        await do(shop, step)
        await expected_everywhere(shop)


async def do(shop, step) -> None:
    pool, batcher, clock, warehouse = shop
    match step:
        case ("hold", channel, units, at_warehouse):
            line = (1, units, warehouse) if at_warehouse else (1, units)
            try:
                await batcher.claim(request(line, channel=channel, minutes=20))
            except ShortLines:
                return
        case ("wait", minutes):
            clock.pass_(minutes=minutes)
            # Memory shows an expired hold until it is swept, within seconds; a decision never counts it.
            await pool.execute("select lock_stock('{1}')")
            await pool.execute("select end_holds(array(select id from hold), 'expired', $1)", clock.now)
        case ("count", on_hand):
            await count_at_woocommerce(pool, {1: on_hand}, clock.pass_(seconds=1))
        case ("release", number):
            ids = [row[0] for row in await pool.fetch("select id from hold where status = 'active' order by created_at, id")]
            if ids:
                await pool.execute("select end_holds($1, $2, $3)", [ids[number % len(ids)]], HoldStatus.RELEASED, clock.now)


async def expected_everywhere(shop) -> None:
    """A hold of more than there is is told what there is."""
    pool, batcher, clock, warehouse = shop
    rules, shelves = await load_rules(pool), (await read_shelves(pool, [1]))[1]
    asked = [(channel, location) for channel in CHANNELS for location in (None, WOOCOMMERCE, warehouse)]
    holds = [request((1, MORE_THAN_THERE_IS, *([] if where is None else [where])), channel=channel) for channel, where in asked]
    refusals = await asyncio.gather(*map(batcher.claim, holds), return_exceptions=True)
    for (channel, location), refusal in zip(asked, refusals, strict=True):
        shown = availability(1, shelves, channel, rules, clock.now, location=location)
        assert refusal.lines[0].left == shown.available == sum(part.available for part in shown.shelves)
        for part in shown.shelves:
            withheld = part.held + part.buffer + part.channel_buffer + part.share_withheld + part.not_offered
            assert part.on_hand - withheld + part.oversold == part.available
            assert min(part.channel_buffer, part.share_withheld, part.not_offered, part.oversold, part.available) >= 0
    assert set(await broken_invariants(pool, clock.now)) <= {"ledger_is_stock", "held_is_there"}


@given(pool=st.integers(0, 500), weights=st.dictionaries(channels, st.integers(1, 1000), min_size=1))
def test_quotas_leave_no_unit_over(pool, weights):
    shares = {channel: quota(pool, channel, weights) for channel in CHANNELS}
    assert sum(shares.values()) == pool
    for channel, weight in weights.items():
        assert abs(shares[channel] - pool * weight / sum(weights.values())) < 1
