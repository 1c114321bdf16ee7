"""The shop is away, or slow, for ten minutes: checkouts go on as ever, and afterwards it has every order once."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from spoina.clock import utc_now
from spoina.orders import outbox
from spoina.orders.alerts import alerts_of
from spoina.orders.outbox import Patience
from spoina.orders.service import Orders
from spoina.orders.types import OrderState, PaymentWay
from tests.channels.woocommerce.orders.shopping import book, counted, counts_again, delivering, draft, held, in_shop, orders_of, stock
from tests.spoina.inventory.stocking import MovableClock

MINUTES = 10
HURRIED, CALM = (Patience(attempt=timedelta(seconds=seconds)) for seconds in (0.4, 20))
MOST_ATTEMPTS = 12
"""For one order in that time: it is not sent more and more."""


@pytest.mark.parametrize(
    ("case", "faults"),
    [
        ("away", {"share_503": 1, "retry_after_seconds": 0}),
        ("a maintenance page", {"html_page": True}),
        ("every answer later than anybody waits for", {"write_pause_seconds": 0.8}),
        ("now and then", {"share_503": 0.3, "share_lost_after": 0.3, "share_500_after": 0.3}),
    ],
)
async def test_ten_minutes_without_the_shop_lose_nothing_and_delay_no_checkout(shop, pool, database, case: str, faults: dict[str, Any]):
    clock, before, placed = MovableClock(utc_now() - timedelta(minutes=2 * MINUTES)), counted(shop), []
    shop.misbehave(**faults)
    async with delivering(shop, pool, clock=clock, patience=HURRIED, at_once=8) as orders:
        for _ in range(MINUTES):
            hold, asked = await held(database, pool, book(), ttl=timedelta(hours=1)), len(shop.asked)
            order = await Orders(pool, clock, uuid4).place(draft(book(), hold=hold, way=PaymentWay.ON_DELIVERY), str(hold))
            placed.append(order)
            assert (order.state, len(shop.asked)) == (OrderState.PROCESSING, asked)
            await orders.delivery.drain()
            clock.pass_(minutes=1)
    attempts = await pool.fetchval("select max(attempts) from order_task where order_id is not null") or 0
    assert (attempts <= MOST_ATTEMPTS, await outbox.dead(pool)) == (True, [])
    shop.misbehave()
    async with delivering(shop, pool, clock=clock, patience=CALM) as orders:
        for _ in range(8):
            clock.pass_(minutes=1)
            await orders.delivery.drain()
    assert await pool.fetchval("select count(*) from order_task where order_id is not null") == 0
    assert [len(in_shop(shop, order.id)) for order in placed] == [1] * MINUTES
    assert [await alerts_of(pool, order.id) for order in placed] == [[]] * MINUTES
    assert {(await orders_of(pool).find(order.id)).shop_status for order in placed} == {"processing"}
    await counts_again(shop, pool)
    assert (counted(shop), await stock(pool)) == (before - MINUTES, (before - MINUTES, 0))
