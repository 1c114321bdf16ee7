"""Stock in PostgreSQL and a plain model of it in Python agree on every decision and every number, whatever is done in whatever order."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spoina.db import Pool, connect, connect_pool
from spoina.errors import HoldEnded, ShortLines
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.holds import Holds
from spoina.inventory.keeping import sweep_expired
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.types import HoldRequest, HoldStatus
from tests.spoina.inventory.stocking import (
    NOON,
    POS,
    WOOCOMMERCE,
    MovableClock,
    broken_invariants,
    command,
    count_at_woocommerce,
    moves,
    open_location,
    request,
)

ITEMS = (1, 2, 3)
EMPTIED = ("hold", "sale_settling", "stock", "stock_move", "stock_command", "stock_exception", "product_hint", "pgqueuer")


class Promise(msgspec.Struct):
    lines: list[tuple[int, int, int]]
    """(item, location, units)"""
    expires_at: datetime
    status: HoldStatus = HoldStatus.ACTIVE
    owed_since: datetime | None = None
    """Sold, confirmed by WooCommerce, and in none of its counts yet."""


class Model:
    """`shipping` locations in the order in which they give."""

    def __init__(self, clock: MovableClock, warehouse: int, shop: int) -> None:
        self.clock, self.shop, self.shipping = clock, shop, [WOOCOMMERCE, warehouse]
        self.on_hand = {(item, location): 0 for item in ITEMS for location in (WOOCOMMERCE, warehouse, shop)}
        self.promises: list[Promise] = []

    def stands(self, promise: Promise) -> bool:
        return promise.status is HoldStatus.ACTIVE and promise.expires_at > self.clock.now

    def held(self, item: int, location: int) -> int:
        return sum(
            units
            for promise in self.promises
            for each, where, units in promise.lines
            if (each, where) == (item, location)
            and (
                self.stands(promise)
                or (where == WOOCOMMERCE and (promise.status is HoldStatus.SOLD_PENDING or promise.owed_since is not None))
            )
        )

    def left(self, item: int, location: int) -> int:
        return max(self.on_hand[item, location] - self.held(item, location), 0)

    def hold(self, asked: HoldRequest) -> list[tuple[int, int, int]] | list[tuple[int, int]]:
        """What is taken, or (line, left) of what is short."""
        promise = Promise([], self.clock.now + asked.ttl)
        self.promises.append(promise)
        short = []
        for place, line in enumerate(asked.lines):
            taken, left = self._take(line.item, line.units, line.location)
            promise.lines += taken
            if not taken:
                short.append((place, left))
        if short:
            self.promises.pop()
            return short
        return promise.lines

    def _take(self, item: int, units: int, location: int | None) -> tuple[list[tuple[int, int, int]], int]:
        left = {each: self.left(item, each) for each in (self.shipping if location is None else [location])}
        first, *others = left
        order = [first, *sorted(others, key=lambda each: -left[each])]
        for each in order:
            if left[each] >= units:
                return [(item, each, units)], 0
        if sum(left.values()) < units:
            return [], sum(left.values())
        taken = []
        for each in order:
            part = min(left[each], units)
            units -= part
            taken += [(item, each, part)] if part else []
        return taken, 0

    def commit(self, promise: Promise) -> bool:
        if promise.status in {HoldStatus.SOLD_PENDING, HoldStatus.COMMITTED}:
            return True
        if not self.stands(promise):
            return False
        at_woocommerce = any(location == WOOCOMMERCE for _, location, _ in promise.lines)
        promise.status = HoldStatus.SOLD_PENDING if at_woocommerce else HoldStatus.COMMITTED
        for item, location, units in promise.lines:
            if location != WOOCOMMERCE:
                self.on_hand[item, location] -= units
        return True

    def confirm(self, promise: Promise) -> bool:
        if promise.status is HoldStatus.SOLD_PENDING:
            promise.status, promise.owed_since = HoldStatus.COMMITTED, self.clock.now
        return promise.status is HoldStatus.COMMITTED

    def release(self, promise: Promise) -> bool:
        if promise.status in {HoldStatus.SOLD_PENDING, HoldStatus.COMMITTED}:
            return False
        if promise.status is HoldStatus.ACTIVE:
            promise.status = HoldStatus.RELEASED
        return True

    def extend(self, promise: Promise, ttl: timedelta) -> bool:
        if not self.stands(promise):
            return False
        promise.expires_at = self.clock.now + ttl
        return True

    def count(self, counts: dict[int, int]) -> None:
        """All items are counted at once, so that whatever is owed is in the count."""
        for item, on_hand in counts.items():
            self.on_hand[item, WOOCOMMERCE] = on_hand
        for promise in self.promises:
            promise.owed_since = None


lines = st.lists(
    st.tuples(st.sampled_from(ITEMS), st.integers(1, 4), st.sampled_from(["any", "woo", "warehouse", "shop"])), min_size=1, max_size=3
)
some_hold = st.integers(0, 30)
steps = st.one_of(
    st.tuples(st.just("hold"), st.lists(lines, min_size=1, max_size=4), st.integers(1, 20)),
    st.tuples(st.sampled_from(["commit", "confirm", "release"]), some_hold),
    st.tuples(st.just("extend"), some_hold, st.integers(1, 20)),
    st.tuples(st.just("count"), st.tuples(*[st.integers(-2, 9)] * len(ITEMS))),
    st.tuples(st.sampled_from(["receive", "sell"]), st.sampled_from(ITEMS), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("wait"), st.integers(1, 12)),
    st.tuples(st.just("sweep")),
)


class Both:
    """Does each step to stock and to the model, and compares what they say."""

    def __init__(self, pool: Pool, batcher: HoldBatcher, clock: MovableClock, places: dict[str, int]) -> None:
        self.pool, self.clock, self.places = pool, clock, places
        self.holds, self.stockroom = Holds(pool, batcher, clock), Stockroom(pool, clock)
        self.model = Model(clock, places["warehouse"], places["shop"])
        self.ids: list = []
        self.commands = 0

    async def do(self, step: tuple) -> None:
        await getattr(self, step[0])(*step[1:])

    async def hold(self, baskets, minutes: int) -> None:
        asked = [request(*(self._line(*line) for line in basket), minutes=minutes) for basket in baskets]
        outcomes = await asyncio.gather(*map(self.holds.hold, asked), return_exceptions=True)
        for each, outcome in zip(asked, outcomes, strict=True):
            if isinstance(outcome, ShortLines):
                told = [(short.line, short.left) for short in outcome.lines]
            else:
                told = [(line.item, line.location, line.units) for line in outcome.lines]
                self.ids.append(each.id)
            assert told == self.model.hold(each)

    def _line(self, item: int, units: int, where: str) -> tuple[int, ...]:
        return (item, units) if where == "any" else (item, units, self.places[where])

    async def commit(self, number: int) -> None:
        await self._agree(number, self.holds.commit, self.model.commit)

    async def confirm(self, number: int) -> None:
        await self._agree(number, self.holds.confirm_sold, self.model.confirm)

    async def release(self, number: int) -> None:
        await self._agree(number, self.holds.release, self.model.release)

    async def extend(self, number: int, minutes: int) -> None:
        ttl = timedelta(minutes=minutes)
        await self._agree(number, lambda hold_id: self.holds.extend(hold_id, ttl), lambda promise: self.model.extend(promise, ttl))

    async def _agree(self, number: int, command_, model_command) -> None:
        if not self.ids:
            return
        number %= len(self.ids)
        try:
            await command_(self.ids[number])
            done = True
        except HoldEnded:
            done = False
        assert done == model_command(self.model.promises[number])

    async def count(self, counts) -> None:
        self.clock.pass_(seconds=1)
        read = dict(zip(ITEMS, counts, strict=True))
        await count_at_woocommerce(self.pool, read, self.clock.now)
        self.model.count(read)

    async def receive(self, item: int, units: int, in_shop: bool) -> None:
        location = self.places["shop" if in_shop else "warehouse"]
        await self.stockroom.receive(location, moves((item, units)), self._command())
        self.model.on_hand[item, location] += units

    async def sell(self, item: int, units: int, in_shop: bool) -> None:
        location = self.places["shop" if in_shop else "warehouse"]
        posted = await self.stockroom.record_sale(location, moves((item, units)), self._command(), POS)
        self.model.on_hand[item, location] -= units
        # An expired hold that nobody has swept yet may make the exception larger than it need be; never smaller.
        missing = min(units, max(self.model.held(item, location) - self.model.on_hand[item, location], 0))
        assert sum(each.units for each in posted.exceptions) >= missing

    def _command(self):
        self.commands += 1
        return command(str(self.commands))

    async def wait(self, minutes: int) -> None:
        self.clock.pass_(minutes=minutes)

    async def sweep(self) -> None:
        await sweep_expired(self.pool, self.clock.now)

    async def agree(self) -> None:
        await self.sweep()
        rows = await self.pool.fetch("select item_id, location_id, on_hand, held from stock")
        assert {(row[0], row[1]): (row[2], row[3]) for row in rows if row[2] or row[3]} == {
            place: (on_hand, self.model.held(*place)) for place, on_hand in self.model.on_hand.items() if on_hand or self.model.held(*place)
        }
        assert await broken_invariants(self.pool, self.clock.now) == []


@pytest.fixture
async def shop(database: str):
    pool, clock = await connect_pool(database, size=4), MovableClock()
    batcher = HoldBatcher(lambda: connect(database), clock)
    places = {"woo": WOOCOMMERCE, "warehouse": await open_location(pool, "warehouse", ships_online=True)}
    places["shop"] = await open_location(pool, "shop")
    yield pool, batcher, clock, places
    await batcher.stop()
    await pool.close()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(history=st.lists(steps, min_size=5, max_size=25))
async def test_stock_does_what_the_model_does(shop, history):
    pool, _, clock, _ = shop
    await pool.execute("".join(f"delete from {table};" for table in EMPTIED))
    clock.now = NOON
    both = Both(*shop)
    await both.count((5, 2, 0))
    await both.receive(1, 3, False)
    await both.receive(2, 4, True)
    for step in history:
        await both.do(step)
    await both.agree()
