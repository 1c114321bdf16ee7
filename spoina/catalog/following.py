"""Keeps up with the catalogue's versions: hears that there is a new one, asks what changed in it, and says so."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence

from spoina.catalog.snapshot import ShopSnapshot, load_snapshot
from spoina.db import Pool
from spoina.ids import ProductId
from spoina.notifications import Listener

CATALOG_CHANGED = "catalog_changed"
SHOP_CHANGED = "shop_changed"

_CHANGED = "select id, version from product where version > $1"
_HERE = "select pg_postmaster_start_time() as running_since, (select coalesce(max(version), 0) from product) as version"

_log = logging.getLogger(__name__)


class Follower:
    """A subscriber of the listener. `forget(ids)` is called with the products that changed, `forget(None)` when nothing is sure any more.

    Versions are committed in their order, so whoever has seen n and reads all rows above n has missed nothing. Between hearing of a version
    and having read its ids, `caught_up` makes readers wait (for one small statement that all of them share).
    """

    channels: Sequence[str] = (CATALOG_CHANGED, SHOP_CHANGED)

    def __init__(self, pool: Pool, listener: Listener, forget: Callable[[Collection[ProductId] | None], None]) -> None:
        self._pool, self._listener, self._forget = pool, listener, forget
        self.snapshot = ShopSnapshot()
        self.seen = 0
        self.live = False
        self._heard = 0
        self._shop_heard = self._shop_seen = 0
        self._running_since: object = None
        self._resumptions = 0
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()

    @property
    def edition(self) -> tuple[int, int, int] | None:
        """While it stays the same, nothing has changed. None while that is not known."""
        return (self._resumptions, self.seen, self._shop_seen) if self.live and not self._is_behind() else None

    async def caught_up(self) -> bool:
        """Waits until what was heard so far is applied. False: the listener is cut off, and nothing kept may be used."""
        heard = self._heard
        while self.live and self.seen < heard:
            await self._moved.wait()
        return self.live

    async def settled(self, version: int) -> None:
        """Waits until this version is applied, and all that was announced of the shop before it."""
        while not self.live or self.seen < version or self._shop_seen < self._shop_heard:
            await self._moved.wait()

    def heard(self, channel: str, payload: str) -> None:
        if channel == SHOP_CHANGED:
            self._shop_heard += 1
        else:
            self._heard = max(self._heard, int(payload))
        self._follow()

    def cut_off(self) -> None:
        self.live = False
        self._heard = 0  # what is heard after this may come from another server, whose versions begin anew
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._pulse()

    async def resumed(self) -> None:
        here = await self._pool.fetchrow(_HERE)
        assert here is not None  # noqa: S101 - a select without a table has one row
        if here["running_since"] != self._running_since:
            # Another server, or one that was restarted or restored: its versions may count something else than those we have seen.
            self._forget(None)
            self.seen = here["version"]
            self._running_since = here["running_since"]
        else:
            await self._read_changes(here["version"])
        await self._read_shop()
        self._resumptions += 1
        self.live = True
        self._pulse()
        self._follow()

    def _follow(self) -> None:
        if self.live and self._task is None and self._is_behind():
            self._task = asyncio.create_task(self._catch_up())

    def _is_behind(self) -> bool:
        return self.seen < self._heard or self._shop_seen < self._shop_heard

    async def _catch_up(self) -> None:
        try:
            while self._is_behind():
                if self.seen < self._heard:
                    await self._read_changes(self._heard)
                if self._shop_seen < self._shop_heard:
                    await self._read_shop()
                self._pulse()
        except Exception as failure:  # whatever it is: what cannot be followed must not be served from memory
            _log.warning("cannot follow the catalogue: %s", failure)
            self._listener.restart()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _read_changes(self, heard: int) -> None:
        """`heard`: a version known to be committed, so that the statement sees all rows up to it."""
        rows = await self._pool.fetch(_CHANGED, self.seen)
        self._forget([row["id"] for row in rows])
        self.seen = max(heard, self.seen, *(row["version"] for row in rows))

    async def _read_shop(self) -> None:
        heard = self._shop_heard
        snapshot = await load_snapshot(self._pool)
        if _language(snapshot) != _language(self.snapshot):
            self._forget(None)
        self.snapshot, self._shop_seen = snapshot, heard

    def _pulse(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


def _language(snapshot: ShopSnapshot) -> str | None:
    return None if snapshot.shop is None else snapshot.shop.language
