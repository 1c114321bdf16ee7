"""All stock by location in the process's memory, so that showing what can be sold, and why, costs no statement. To look at, not to sell
from: the hold checks the truth.

Equal shelves are one object: an import stamps thousands of items alike, so most of the memory is the dictionary itself.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import asyncpg

from spoina.db import Connection, Pool
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory.barcodes import InStoreRule, in_store_rules
from spoina.inventory.stock_rules import load_rules
from spoina.inventory.types import Shelf, StockRules
from spoina.notifications import Listener

STOCK_CHANGED = "stock_changed"
EVERYTHING = "*"
"""Announced where locations, buffers, shares or in-store codes changed, too: the rules are read again with the shelves."""
_ROWS_AT_ONCE = 10_000

# Moments come as whole seconds: asyncpg takes longer to make 200,000 datetimes than for all the rest.
_SHELVES = """
select item_id, location_id, on_hand, held, buffer, incoming, floor(extract(epoch from as_of))::bigint, scarce_since,
    case when scarce_since is not null then array(
        select channel || ' ' || units from share_taken
        where share_taken.item_id = stock.item_id and share_taken.location_id = stock.location_id order by channel
    ) end
from stock{which} order by item_id, location_id
"""
_ALL = _SHELVES.format(which="")
_SOME = _SHELVES.format(which=" where item_id = any($1::bigint[])")

Shelves = tuple[Shelf, ...]
Changed = Callable[[Collection[int] | None], None]
"""Called with the items whose shelves were read anew; None: all of them, and the rules."""

_log = logging.getLogger(__name__)


class _Reading:
    """Makes shelves of rows, each distinct one once."""

    def __init__(self) -> None:
        self._moments: dict[int, datetime] = {}
        self._shelves: dict[tuple[object, ...], Shelf] = {}
        self._together: dict[Shelves, Shelves] = {}

    def add(self, rows: Iterable[asyncpg.Record], found: dict[int, Shelves]) -> None:
        for row in rows:
            item, *facts = row
            shelves = (*found.get(item, ()), self._shelf(tuple(map(_hashable, facts))))
            found[item] = self._together.setdefault(shelves, shelves)

    def _shelf(self, facts: tuple[object, ...]) -> Shelf:
        if (known := self._shelves.get(facts)) is None:
            known = self._shelves[facts] = self._made(*facts)  # type: ignore[arg-type]
        return known

    def _made(
        self,
        location: int,
        on_hand: int,
        held: int,
        buffer: int,
        incoming: int,
        read: int,
        since: datetime | None,
        taken: Sequence[str] | None,
    ) -> Shelf:
        moment = self._moments.setdefault(read, datetime.fromtimestamp(read, UTC))
        return Shelf(LocationId(location), on_hand, held, buffer, incoming, moment, since, tuple(map(_taken, taken or ())))


def _hashable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _taken(text: str) -> tuple[Channel, int]:
    channel, _, units = text.rpartition(" ")
    return Channel(channel), int(units)


async def read_shelves(pool: Pool | Connection, items: Collection[int]) -> dict[int, Shelves]:
    """From the database. An item that nobody counts is absent."""
    found: dict[int, Shelves] = {}
    _Reading().add(await pool.fetch(_SOME, list(items)), found)
    return found


class ShelfSnapshot:
    """A subscriber of the listener. While that is cut off, `live` is False and the shelves are those of before."""

    channels: Sequence[str] = (STOCK_CHANGED,)

    def __init__(self, pool: Pool, listener: Listener) -> None:
        self._pool, self._listener = pool, listener
        self._shelves: dict[int, Shelves] = {}
        self._changed: set[int] = set()
        self._everything = False
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._watchers: list[Changed] = []
        self.rules = StockRules()
        self.in_store: Mapping[str, InStoreRule] = {}
        self.live = False
        self.changes = 0
        """Counts up whenever shelves or rules may have changed."""

    async def start(self) -> None:
        """Returns with all stock loaded if the listener is started, and otherwise leaves that to `listener.start()`."""
        await self._listener.subscribe(self)

    async def stop(self) -> None:
        self._listener.unsubscribe(self)

    def __len__(self) -> int:
        return len(self._shelves)

    def of(self, item: StockItemId) -> Shelves:
        """Empty: the shop does not count it, or never did anywhere."""
        return self._shelves.get(item, ())

    @property
    def every(self) -> Mapping[int, Shelves]:
        return self._shelves

    def watch(self, changed: Changed) -> None:
        """`changed` must not block."""
        self._watchers.append(changed)

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
        self.tell(None)

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
                self.tell(None)
            else:
                await self._read_changed()

    async def _load(self) -> None:
        """What is announced while this reads is read again afterwards."""
        self._everything = False
        self._changed.clear()
        found: dict[int, Shelves] = {}
        reading = _Reading()
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            rules, in_store = await load_rules(connection), await in_store_rules(connection)
            cursor = await connection.cursor(_ALL)
            while rows := await cursor.fetch(_ROWS_AT_ONCE):
                reading.add(rows, found)
        self._shelves, self.rules, self.in_store = found, rules, in_store

    async def _read_changed(self) -> None:
        items, self._changed = self._changed, set()
        found = await read_shelves(self._pool, items)
        for item in items - found.keys():
            self._shelves.pop(item, None)
        self._shelves.update(found)
        self.tell(items)

    def tell(self, items: Collection[int] | None) -> None:
        """What may be sold of these is another number now; None: of any."""
        self.changes += 1
        self._listener.taken_in()
        for changed in self._watchers:
            changed(items)
