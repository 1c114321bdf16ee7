"""All stock in the process's memory, so that showing it costs no statement. To look at, not to sell from: the hold checks the truth."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from spoina.db import Pool
from spoina.ids import StockItemId
from spoina.inventory.types import StockLevel
from spoina.notifications import Listener

STOCK_CHANGED = "stock_changed"
EVERYTHING = "*"
_ROWS_AT_ONCE = 10_000

# Moments come as whole seconds: asyncpg takes longer to make 200,000 datetimes than for all the rest.
_LEVELS = """
select item_id, sum(on_hand - held - buffer)::bigint, floor(extract(epoch from min(as_of)))::bigint from stock{which} group by item_id
"""
_ALL_LEVELS = _LEVELS.format(which="")
_SOME_LEVELS = _LEVELS.format(which=" where item_id = any($1::bigint[])")

_log = logging.getLogger(__name__)


class _Moments(dict[int, datetime]):
    """Each second once: an import stamps thousands of rows alike."""

    def __missing__(self, seconds: int) -> datetime:
        self[seconds] = moment = datetime.fromtimestamp(seconds, UTC)
        return moment


class StockSnapshot:
    """A subscriber of the listener. While that is cut off, `live` is False and the levels are those of before."""

    channels: Sequence[str] = (STOCK_CHANGED,)

    def __init__(self, pool: Pool, listener: Listener) -> None:
        self._pool, self._listener = pool, listener
        self._levels: dict[int, StockLevel] = {}
        self._changed: set[int] = set()
        self._everything = False
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self.live = False
        self.changes = 0
        """Counts up whenever levels may have changed."""

    async def start(self) -> None:
        """Returns with all stock loaded if the listener is started, and otherwise leaves that to `listener.start()`."""
        await self._listener.subscribe(self)

    async def stop(self) -> None:
        self._listener.unsubscribe(self)

    def __len__(self) -> int:
        return len(self._levels)

    def level(self, item: StockItemId) -> StockLevel | None:
        """None: the shop does not count it."""
        return self._levels.get(item)

    def left(self, item: StockItemId) -> int | None:
        level = self._levels.get(item)
        return None if level is None else level.left

    async def settled(self) -> None:
        """Waits until all that was heard so far is applied."""
        await self._idle.wait()

    def heard(self, _channel: str, payload: str) -> None:
        if payload == EVERYTHING:
            self._everything = True
        else:
            self._changed.update(map(int, payload.split(",")))
        self._idle.clear()
        if self.live and self._task is None:
            self._task = asyncio.create_task(self._catch_up())

    def cut_off(self) -> None:
        self.live = False
        self._idle.clear()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def resumed(self) -> None:
        await self._load()
        await self._refresh()
        self.live = True
        self._idle.set()

    async def _catch_up(self) -> None:
        try:
            await self._refresh()
            self._idle.set()
        except Exception as failure:  # whatever it is: start over with everything
            _log.warning("cannot follow the stock: %s", failure)
            self._listener.restart()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _refresh(self) -> None:
        while self._everything or self._changed:
            if self._everything:
                await self._load()
            else:
                await self._read_changed()

    async def _load(self) -> None:
        """What is announced while this reads is read again afterwards."""
        self._everything = False
        self._changed.clear()
        levels: dict[int, StockLevel] = {}
        moments = _Moments()
        async with self._pool.acquire() as connection, connection.transaction(readonly=True):
            cursor = await connection.cursor(_ALL_LEVELS)
            while rows := await cursor.fetch(_ROWS_AT_ONCE):
                for item, left, seconds in rows:
                    levels[item] = StockLevel(left, moments[seconds])
        self._levels = levels
        self.changes += 1

    async def _read_changed(self) -> None:
        items, self._changed = self._changed, set()
        moments = _Moments()
        found = {item: StockLevel(left, moments[seconds]) for item, left, seconds in await self._pool.fetch(_SOME_LEVELS, items)}
        for item in items - found.keys():
            self._levels.pop(item, None)
        self._levels.update(found)
        self.changes += 1
