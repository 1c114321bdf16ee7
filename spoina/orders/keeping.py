"""What orders need done by itself: those that wait too long for their payment end. Any process may do it, and several at once."""

import asyncio
import logging
from contextlib import suppress

import asyncpg

from spoina.errors import SpoinaError
from spoina.orders.service import Orders

EVERY_SECONDS = 5.0

_log = logging.getLogger(__name__)


async def keep_orders(orders: Orders, stop: asyncio.Event) -> None:
    """Until `stop` is set. What goes wrong is tried again."""
    while not stop.is_set():
        try:
            await orders.expire_unpaid()
        except (SpoinaError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            _log.warning("cannot end unpaid orders: %s", failure)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
