"""Sending what is due: taken for a while, sent, noted down. Any number of workers may do it; what one of them leaves behind when it dies
is due again a minute later, so a receiver may see an event twice, and never not at all.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import asyncpg

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.notifications import Bell, Listener
from spoina.orders.sql import ORDER_CHANGED
from spoina.webhooks import rules, sql
from spoina.webhooks.relays import relay
from spoina.webhooks.types import Answer, Parcel

AT_ONCE = 20
TAKEN_FOR = timedelta(seconds=60)
"""Longer than an answer may take."""
LONGEST_SLEEP = timedelta(seconds=2)
"""Other sources are looked at this often."""
KEPT_FOR = timedelta(days=30)
_FORGOTTEN_AT_ONCE = 10_000
_FORGETTING_EVERY = timedelta(minutes=10)

_log = logging.getLogger(__name__)


class Sender(Protocol):
    async def send(self, parcel: Parcel, at: datetime) -> Answer:
        """Never raises: what goes wrong is the answer."""


class Deliveries:
    """`chance` gives a number in [0, 1) for the jitter."""

    def __init__(self, pool: Pool, sender: Sender, clock: Clock, chance: Callable[[], float]) -> None:
        self._pool, self._sender, self._clock, self._chance = pool, sender, clock, chance

    async def send_due(self) -> int:
        """Everything that is due now; returns how many attempts that were."""
        attempts = 0
        while parcels := await self._take():
            await asyncio.gather(*(self._send(parcel) for parcel in parcels))
            attempts += len(parcels)
        return attempts

    async def _take(self) -> list[Parcel]:
        now = self._clock()
        return await sql.take(self._pool, now, now + TAKEN_FOR, AT_ONCE)

    async def _send(self, parcel: Parcel) -> None:
        at = self._clock()
        answer = await self._sender.send(parcel, at)
        async with transaction(self._pool) as db:
            await sql.log(db, parcel, at, answer)
            if rules.is_taken(answer):
                await sql.delivered(db, parcel.delivery, self._clock())
            else:
                await self._not_taken(db, parcel, answer)

    async def _not_taken(self, db: Connection, parcel: Parcel, answer: Answer) -> None:
        now = self._clock()
        since = await sql.failing_since(db, parcel.endpoint, now)
        due = rules.next_attempt(parcel.attempt, now, self._chance())
        if due is None:
            await sql.dead(db, parcel.delivery, now)
        else:
            await sql.later(db, parcel.delivery, due)
        if (because := _reason_to_disable(answer, since, now)) and await sql.disable(db, parcel.endpoint, now, because):
            _log.error("webhook endpoint %s is disabled: %s", parcel.endpoint, because)


def _reason_to_disable(answer: Answer, since: datetime | None, now: datetime) -> str | None:
    if answer.status == rules.GONE:
        return "the receiver answered 410: it wants no more"
    if since is not None and now - since >= rules.DISABLED_AFTER:
        return f"nothing has arrived for {rules.DISABLED_AFTER.days} days"
    return None


async def keep_delivering(
    pool: Pool, listener: Listener, sender: Sender, clock: Clock, chance: Callable[[], float], stop: asyncio.Event
) -> None:
    """Relays what happened and sends what is due, until `stop` is set. What goes wrong is tried again."""
    bell, deliveries = Bell(sql.DUE, ORDER_CHANGED), Deliveries(pool, sender, clock, chance)
    await listener.subscribe(bell)
    forgot_at: datetime | None = None
    while not stop.is_set():
        pause = LONGEST_SLEEP
        try:
            await relay(pool, clock)
            await deliveries.send_due()
            now = clock()
            if forgot_at is None or now - forgot_at >= _FORGETTING_EVERY:
                await sql.forget(pool, now - KEPT_FOR, _FORGOTTEN_AT_ONCE)
                forgot_at = now
            due = await sql.next_due(pool)
            pause = LONGEST_SLEEP if due is None else min(max(due - clock(), timedelta(milliseconds=50)), LONGEST_SLEEP)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            _log.warning("cannot deliver webhooks: %s", failure)
        await bell.wait(pause)
