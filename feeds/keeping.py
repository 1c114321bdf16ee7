"""Keeps feeds in step with the shop: whole feeds by their schedule, update feeds within seconds of a change. Any worker may do it, and
several at once: each feed is built by one of them."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import msgspec

from feeds import observing, records
from feeds.building import Builder, Built
from feeds.definitions import is_update, next_build, with_updates
from feeds.types import FeedDefinition
from spoina.catalog.following import CATALOG_CHANGED, SHOP_CHANGED
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import Busy, InvalidInput, SpoinaError, WrongState
from spoina.inventory.shelves import STOCK_CHANGED
from spoina.notifications import Listener

_FORGETTING_EVERY = timedelta(hours=1)

_log = logging.getLogger(__name__)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Changes collect for `together` before an update feed is built, which `apart` after the last build happens again at the earliest.
    Schedules and definitions are looked at every `look`; what failed is tried again after `again`."""

    together: timedelta = timedelta(seconds=0.5)
    apart: timedelta = timedelta(seconds=2)
    look: timedelta = timedelta(seconds=5)
    again: timedelta = timedelta(seconds=15)


class FeedKeeper:
    """A subscriber of the listener. `load` reads the definitions anew each time."""

    channels: Sequence[str] = (CATALOG_CHANGED, SHOP_CHANGED, STOCK_CHANGED)

    def __init__(self, pool: Pool, builder: Builder, load: Callable[[], Sequence[FeedDefinition]], clock: Clock, pace: Pace) -> None:
        self._pool, self._builder, self._load, self._clock, self._pace = pool, builder, load, clock, pace
        self._definitions: Sequence[FeedDefinition] = ()
        self._complaint = ""
        self._waiting: dict[str, datetime] = {}
        """Since when each update feed is behind, as far as that was heard."""
        self._rest_until: dict[str, datetime] = {}
        self._left: dict[str, str] = {}
        """Why each feed was not built when it was last due: told once, and not with every look at it."""
        self._woken = asyncio.Event()
        self._forgot_at: datetime | None = None

    def heard(self, _channel: str, _payload: str) -> None:
        self._fall_behind()

    def cut_off(self) -> None:
        """What is missed meanwhile is built on `resumed`."""

    async def resumed(self) -> None:
        self._fall_behind()

    async def keep(self, listener: Listener, stop: asyncio.Event) -> None:
        """Until `stop` is set."""
        self._reload()
        await listener.subscribe(self)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._repeat(self.build_scheduled, stop))
                tasks.create_task(self._repeat(self.build_updates, stop))
        finally:
            listener.unsubscribe(self)

    async def build_scheduled(self) -> None:
        """Whole feeds that are due."""
        self._reload()
        await self._forget_old_fetches()
        for definition in self._definitions:
            if not is_update(definition) and not self._is_resting(definition) and await self._is_due(definition):
                await self._build(definition)

    async def _forget_old_fetches(self) -> None:
        now = self._clock()
        if self._forgot_at is None or now - self._forgot_at > _FORGETTING_EVERY:
            await observing.forget_old_fetches(self._pool, now)
            self._forgot_at = now

    async def build_updates(self) -> None:
        """Update feeds that changes wait for; and those that were never built."""
        for definition in self._definitions:
            if not is_update(definition):
                continue
            if self._is_resting(definition):
                continue
            since = self._waiting.pop(definition.name, None)
            if since is None and not await self._is_due(definition):
                continue
            built = await self._build(definition)
            if since is None:
                continue
            if built is None:
                self._waiting.setdefault(definition.name, since)
            elif built.changed and built.held_back is None:
                await observing.note_freshness(self._pool, definition.name, (self._clock() - since).total_seconds())

    async def _build(self, definition: FeedDefinition) -> Built | None:
        """None: it could not be built now, which the owner has been told."""
        try:
            built = await self._builder.build(definition)
        except (Busy, WrongState) as reason:
            if self._left.get(definition.name) != str(reason):
                _log.info("feed %s is left: %s", definition.name, reason)
            self._left[definition.name] = str(reason)
            return None
        except (SpoinaError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
            _log.error("feed %s cannot be built, what was published stays: %s", definition.name, failure)
            self._rest_until[definition.name] = self._clock() + self._pace.again
            return None
        self._left.pop(definition.name, None)
        if built.held_back is not None:
            _log.error("feed %s is held back, what was published stays: %s", definition.name, built.held_back)
        return built

    def _is_resting(self, definition: FeedDefinition) -> bool:
        """After a failure."""
        until = self._rest_until.get(definition.name)
        return until is not None and self._clock() < until

    async def _is_due(self, definition: FeedDefinition) -> bool:
        last = await records.last_attempt(self._pool, definition.name)
        return last is None or next_build(definition.schedule, last) <= self._clock()

    def _reload(self) -> None:
        """A definition that is wrong leaves all as they were, and is complained of once."""
        try:
            self._definitions = with_updates(self._load())
            self._complaint = ""
        except InvalidInput as error:
            if str(error) != self._complaint:
                _log.error("feeds stay as they were defined: %s", error)
            self._complaint = str(error)

    def _fall_behind(self) -> None:
        now = self._clock()
        for definition in self._definitions:
            if is_update(definition):
                self._waiting.setdefault(definition.name, now)
        self._woken.set()

    async def _repeat(self, work: Callable[[], Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
        follows_changes = work == self.build_updates
        while not stop.is_set():
            try:
                await work()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as failure:
                _log.warning("cannot keep the feeds: %s", failure)
                await _sleep(self._pace.look, stop)
            if follows_changes:
                await _sleep(self._pace.apart, stop)
                await self._changed(stop)
            else:
                await _sleep(self._pace.look, stop)

    async def _changed(self, stop: asyncio.Event) -> None:
        """Waits for the first change, or a while, and then a moment more for those that come with it."""
        stopping = asyncio.ensure_future(stop.wait())
        changing = asyncio.ensure_future(self._woken.wait())
        await asyncio.wait((stopping, changing), timeout=self._pace.look.total_seconds(), return_when=asyncio.FIRST_COMPLETED)
        changed = changing.done()
        for each in (stopping, changing):
            each.cancel()
        if changed:
            await _sleep(self._pace.together, stop)
            self._woken.clear()


async def _sleep(pause: timedelta, stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), pause.total_seconds())
    except TimeoutError:
        return
