"""Whatever the shop tells of an order and a till does with its pickup, in any order and at once: one pickup, in step with the order."""

import asyncio
from contextlib import suppress
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spoina.clock import utc_now
from spoina.db import Pool, connect_pool
from spoina.errors import NotFound, WrongCode, WrongState
from spoina.ids import LocationId, PickupId, RegisterId, TerminalId
from spoina.orders.collecting import CollectedOrders
from spoina.orders.intake import Intake
from spoina.pos.pickups import Cancellation, Collection, Pickups
from spoina.pos.types import Terminal
from tests.spoina.orders.test_pickups import told

TILL = Terminal(
    id=TerminalId(1), name="till", register_id=RegisterId(1), register="KASA-1", location=LocationId(10), registered_at=utc_now()
)
STATUSES = ("pending", "on-hold", "processing", "completed", "cancelled", "refunded", "failed", "trash", "wyslane")
ACTIONS = ("pick", "ready", "collect", "cancel", "delivered")
OVER = {"completed", "cancelled", "refunded", "failed", "deleted"}
WAITING = {"accepted", "picking", "ready"}
_NOW = """
select orders.state, pickup.status, pickup.code is not null as has_code, pickup.ended_by
from sales_order orders left join pickup on pickup.order_id = orders.id
"""

# Most often what leads to a handing over.
events = st.one_of(st.sampled_from(("processing", "pick", "ready", "collect")), st.sampled_from(ACTIONS), st.sampled_from(STATUSES))
turns = st.lists(st.lists(events, min_size=1, max_size=4), min_size=2, max_size=6)


@pytest.fixture
async def counter(database: str):
    pool = await connect_pool(database, size=4)
    await pool.execute(
        "insert into location (id, code, name, owner, pickup_enabled) overriding system value values (10, 'x', 'x', 'spoina', true)"
    )
    yield pool
    await pool.close()


class Life:
    """One order's: what was seen of it."""

    def __init__(self, pool: Pool) -> None:
        self._pool, self._code = pool, ""
        self._intake, self._till = Intake(pool, utc_now, uuid4), Pickups(pool, utc_now, CollectedOrders(utc_now, uuid4))
        self.handed_over = self.called_off = False

    async def happens(self, event: str) -> None:
        if event in STATUSES:
            await self._intake.apply(told(event))
        elif event == "delivered":
            await self._pool.execute("delete from order_task")
        else:
            with suppress(WrongState, WrongCode, NotFound):
                await self._at_the_till(event)

    async def _at_the_till(self, action: str) -> None:
        number = PickupId(await self._pool.fetchval("select id from pickup") or uuid4())
        match action:
            case "pick":
                await self._till.pick(TILL, number)
            case "ready":
                self._code = (await self._till.ready(TILL, number)).code
            case "collect":
                await self._till.collect(TILL, number, Collection(code=self._code or "-", cashier="Iza"))
                self.handed_over = True
            case "cancel":
                await self._till.cancel(TILL, number, Cancellation(cashier="Iza"))
                self.called_off = True

    async def check(self) -> None:
        rows = await self._pool.fetch(_NOW)
        assert len(rows) <= 1
        for state, status, has_code, ended_by in rows:
            assert not (state in OVER and status in WAITING)
            assert has_code == (status == "ready")
            if self.handed_over:
                assert (status, ended_by) == ("collected", "Iza")
            elif state == "processing" and not self.called_off:
                assert status in WAITING
        assert await self._pool.fetchval("select count(*) from hold") + await self._pool.fetchval("select count(*) from stock") == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(turns)
async def test_one_pickup_in_step_with_its_order(counter: Pool, happening: list[list[str]]):
    await counter.execute("truncate sales_order, order_task cascade")
    life = Life(counter)
    for turn in happening:
        await asyncio.gather(*map(life.happens, turn))
        await life.check()
