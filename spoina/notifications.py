"""What other processes announce: one PostgreSQL connection that listens, comes back when it is lost, and tells those who subscribed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol

import asyncpg

from spoina.db import Connection

HEARTBEAT_SECONDS = 10.0
"""A connection whose other end vanished without a word is noticed after this time and ANSWER_SECONDS at the latest."""
ANSWER_SECONDS = 5.0
FIRST_DELAY_SECONDS = 0.05
LONGEST_DELAY_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Subscriber(Protocol):
    """Told of everything that is announced on its channels, and of the times when it may have missed something."""

    @property
    def channels(self) -> Sequence[str]: ...

    def heard(self, channel: str, payload: str) -> None:
        """Must not block."""

    def cut_off(self) -> None:
        """From now on announcements are missed."""

    async def resumed(self) -> None:
        """Announcements are heard (again): the moment to read what was missed. An exception makes the listener begin anew."""


class Bell:
    """A subscriber that wakes who waits: rings when something is announced, and when announcements are heard again."""

    def __init__(self, *channels: str) -> None:
        self.channels: Sequence[str] = channels
        self._rung = asyncio.Event()

    def heard(self, channel: str, payload: str) -> None:
        self._rung.set()

    def cut_off(self) -> None:
        """What is missed meanwhile is rung for on `resumed`."""

    async def resumed(self) -> None:
        self._rung.set()

    async def wait(self, longest: timedelta | None = None) -> None:
        """Until it rings, or rang since it was waited for last; at most so long."""
        try:
            await asyncio.wait_for(self._rung.wait(), None if longest is None else longest.total_seconds())
            self._rung.clear()
        except TimeoutError:
            return


class Listener:
    """Owns the one connection. `connect` opens it; pooled connections will not do, because LISTEN belongs to the session.

    `count` goes up with everything that is announced, whenever something may have been missed, and when a subscriber has taken in what it
    heard.
    """

    def __init__(self, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._connect = connect
        self.count = 0
        self._connection: Connection | None = None
        self._subscribers: list[Subscriber] = []
        self._turn = asyncio.Lock()
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises what `connect` or a subscriber raises; once started, the listener mends itself."""
        await self._open()
        self._keeper = asyncio.create_task(self._keep_open())

    async def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))
        self._hang_up()

    async def subscribe(self, subscriber: Subscriber) -> None:
        """Returns when the subscriber hears; before `start` it is only noted down."""
        self._subscribers.append(subscriber)
        if self._connection is not None:
            await self._attach(self._connection, subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.remove(subscriber)
        self.count += 1
        subscriber.cut_off()

    def taken_in(self) -> None:
        """By a subscriber that reads what changed after it heard that something did."""
        self.count += 1

    def restart(self) -> None:
        """For a subscriber that could not follow what it heard: everyone is cut off, and resumed as after a lost connection."""
        self._hang_up()

    async def _open(self) -> None:
        connection = await self._connect()
        self._lost.clear()
        self._connection = connection
        connection.add_termination_listener(self._ended)
        try:
            for subscriber in tuple(self._subscribers):
                await self._attach(connection, subscriber)
        except BaseException:
            self._hang_up()
            raise

    async def _attach(self, connection: Connection, subscriber: Subscriber) -> None:
        async with self._turn:
            for channel in subscriber.channels:
                await connection.add_listener(channel, self._heard)
        await subscriber.resumed()
        self.count += 1
        if connection.is_closed():
            subscriber.cut_off()
            raise ConnectionError("the listening connection was lost")

    def _heard(self, connection: object, _process: int, channel: str, payload: object) -> None:
        if connection is not self._connection:
            return
        self.count += 1
        for subscriber in tuple(self._subscribers):
            if channel in subscriber.channels:
                subscriber.heard(channel, str(payload))

    def _ended(self, connection: object) -> None:
        if connection is self._connection:
            self._hang_up()

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        self._lost.set()
        self.count += 1
        for subscriber in tuple(self._subscribers):
            subscriber.cut_off()
        if connection is not None and not connection.is_closed():
            connection.terminate()

    async def _keep_open(self) -> None:
        while True:
            await self._until_lost()
            _log.warning("the listening connection was lost; reading past the caches until it is back")
            await self._reopen()
            _log.info("the listening connection is back")

    async def _until_lost(self) -> None:
        while not self._lost.is_set():
            try:
                await asyncio.wait_for(self._lost.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                await self._ping()

    async def _ping(self) -> None:
        async with self._turn:
            try:
                if self._connection is not None:
                    await self._connection.execute("select 1", timeout=ANSWER_SECONDS)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self._hang_up()

    async def _reopen(self) -> None:
        delay = FIRST_DELAY_SECONDS
        while True:
            try:
                return await self._open()
            except Exception as failure:  # whatever it is, the caches stay unused until a later attempt succeeds
                _log.warning("cannot listen: %s", failure)
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY_SECONDS)
