"""What stock needs done by itself: expired holds swept, listings brought in step with what crossed zero. Any process may do it, and
several at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import asyncpg

from spoina.catalog import sql as catalog
from spoina.clock import Clock
from spoina.db import Pool, transaction
from spoina.ids import StockItemId
from spoina.inventory import sql
from spoina.inventory.exceptions import close_cured
from spoina.inventory.requests import SHORTEST_TTL
from spoina.inventory.types import HoldStatus

Sleep = Callable[[timedelta, asyncio.Event], Awaitable[None]]
"""Until the time has passed or the event is set."""

HOLDS_AT_ONCE = 200
LONGEST_SLEEP = SHORTEST_TTL
"""A hold that is taken meanwhile may expire sooner than anything known, but not before this has passed."""
HOLDS_ARE_KEPT = timedelta(days=90)
_FORGETTING_EVERY = timedelta(minutes=10)
_FORGOTTEN_AT_ONCE = 50_000

_FORGET = """
delete from hold where id in (
    select id from hold where status in ('committed', 'released', 'expired') and ended_at < $1
        and not exists (select from sale_settling where sale_settling.hold_id = hold.id)
    limit $2
)
"""

_log = logging.getLogger(__name__)


async def sweep_expired(pool: Pool, now: datetime) -> int:
    """Gives back what expired holds still count; returns how many holds that were. Decisions never counted them."""
    swept = 0
    while True:
        async with transaction(pool) as db:
            overdue, items = await sql.overdue(db, now, HOLDS_AT_ONCE)
            if not overdue:
                return swept
            await sql.lock(db, items)
            swept += len(await sql.end_holds(db, overdue, HoldStatus.EXPIRED, now))


async def settle_availability(pool: Pool) -> int:
    """Makes product.available follow stock that crossed zero; returns how many products turned. Holds leave that to this, because whoever
    writes the catalogue waits for its lock."""
    async with transaction(pool) as db:
        if not await db.fetchval("select exists (select from availability_due)"):
            return 0
        await catalog.lock(db)
        rows = await db.fetch("delete from availability_due returning item_id")
        version = await catalog.next_version(db)
        turned = await catalog.settle_availability(db, [StockItemId(item) for item in {row[0] for row in rows}], version)
        if turned:
            await catalog.announce(db, version)
        return turned


async def forget_old_holds(pool: Pool, now: datetime) -> None:
    """Holds that have been over for long."""
    await pool.execute(_FORGET, now - HOLDS_ARE_KEPT, _FORGOTTEN_AT_ONCE)


async def _sleep(pause: timedelta, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), pause.total_seconds())
    except TimeoutError:
        return


async def keep_stock(pool: Pool, clock: Clock, stop: asyncio.Event, sleep: Sleep = _sleep) -> None:
    """Does all of it until `stop` is set, sleeping until the next hold expires: what a hold gives back is told within a second of that.
    What goes wrong is tried again."""
    forgot_at: datetime | None = None
    while not stop.is_set():
        pause = LONGEST_SLEEP
        try:
            now = clock()
            await sweep_expired(pool, now)
            await settle_availability(pool)
            await close_cured(pool, now)
            if forgot_at is None or now - forgot_at >= _FORGETTING_EVERY:
                await forget_old_holds(pool, now)
                forgot_at = now
            pause = await _until_next_expiry(pool, clock)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            _log.warning("cannot keep the stock: %s", failure)
        await sleep(pause, stop)


async def _until_next_expiry(pool: Pool, clock: Clock) -> timedelta:
    expiry = await sql.next_expiry(pool)
    return LONGEST_SLEEP if expiry is None else min(max(expiry - clock(), timedelta(milliseconds=10)), LONGEST_SLEEP)
