"""The outbox worked off, some orders at a time, for as long as the worker runs. Several workers may do so at once: each task is claimed
by one."""

import asyncio
import logging
from datetime import timedelta

import asyncpg

from channels.woocommerce.orders.pushing import Pusher
from spoina.clock import Clock
from spoina.db import Pool
from spoina.notifications import Bell, Listener
from spoina.orders import outbox
from spoina.orders.outbox import Patience
from spoina.orders.sql import ORDER_TASK
from spoina.orders.types import OrderTask

LONGEST_SLEEP = timedelta(seconds=2)
"""What another worker leaves behind when it dies is announced to nobody."""

_log = logging.getLogger(__name__)


class Delivery:
    """`at_once` orders at a time."""

    def __init__(self, pusher: Pusher, pool: Pool, clock: Clock, patience: Patience, *, at_once: int) -> None:
        self._pusher, self._pool, self._clock, self._patience, self._at_once = pusher, pool, clock, patience, at_once
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, listener: Listener, stop: asyncio.Event) -> None:
        """Until `stop` is set; what is under way then is finished."""
        bell = Bell(ORDER_TASK)
        await listener.subscribe(bell)
        ringing, stopping = asyncio.create_task(bell.wait()), asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                pause = await self._begin()
                await asyncio.wait({ringing, stopping, *self._running}, timeout=pause.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
                if ringing.done():
                    ringing = asyncio.create_task(bell.wait())
        finally:
            ringing.cancel()
            stopping.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            listener.unsubscribe(bell)

    async def drain(self) -> int:
        """Does what is due now, and what becomes due by it; returns how many tasks that were."""
        count = 0
        while claimed := await outbox.claim(self._pool, self._at_once, self._clock(), self._patience):
            await asyncio.gather(*(self._pusher.do(task) for task in claimed))
            count += len(claimed)
        return count

    async def _begin(self) -> timedelta:
        """Takes on what there is room for, and says how long to sleep then."""
        try:
            free = self._at_once - len(self._running)
            claimed = await outbox.claim(self._pool, free, self._clock(), self._patience) if free else []
            for task in claimed:
                running = asyncio.create_task(self._do(task))
                self._running.add(running)
                running.add_done_callback(self._running.discard)
            if not free or len(claimed) == free:
                return LONGEST_SLEEP
            due = await outbox.next_due(self._pool)
            return LONGEST_SLEEP if due is None else min(max(due - self._clock(), timedelta(milliseconds=20)), LONGEST_SLEEP)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            _log.warning("cannot look for orders to deliver: %s", failure)
            return LONGEST_SLEEP

    async def _do(self, task: OrderTask) -> None:
        try:
            await self._pusher.do(task)
        except Exception:  # the lease runs out, and it is tried again
            _log.exception("task %s of order %s failed", task.kind, task.order_id)
