"""Who follows which cart. Every process hears of every committed version by PostgreSQL's NOTIFY; a follower is told the newest one, however
many there were since it looked. After the listening connection was lost, the versions of all followed carts are read."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from spoina.cart import sql
from spoina.db import Pool
from spoina.errors import Busy
from spoina.ids import CartId
from spoina.notifications import Listener

MOST_FOLLOWERS = 50_000
QUIET_SECONDS = 15.0
"""After so long without news, a follower is shown that the line still stands."""


class CartFollower:
    """One device that has a cart open. Idle, it holds nothing but numbers."""

    __slots__ = ("_feed", "_key", "_told", "_version", "_waiting")

    def __init__(self, feed: "CartFeed", key: str, since: int) -> None:
        self._feed, self._key = feed, key
        self._version = self._told = since
        self._waiting: asyncio.Future[None] | None = None

    async def news(self, quiet: float = QUIET_SECONDS) -> int | None:
        """Waits for a version that is newer than the last one told; None after a quiet time."""
        if self._version <= self._told:
            await self._woken(quiet)
        if self._version <= self._told:
            return None
        self._told = self._version
        return self._told

    def moved(self, version: int) -> None:
        if version > self._version:
            self._version = version
            self._wake()

    def leave(self) -> None:
        """To be called when nobody listens any more."""
        self._feed.leave(self, self._key)

    async def _woken(self, quiet: float) -> None:
        """Without asyncio.timeout and Event, which are larger than the follower."""
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(quiet, self._wake)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class CartFeed:
    """One per process; a subscriber of the listener."""

    channels: Sequence[str] = (sql.CART_CHANGED,)

    def __init__(self, pool: Pool, listener: Listener) -> None:
        self._pool, self._listener = pool, listener
        self._followers: dict[str, CartFollower | set[CartFollower]] = {}
        self._count = 0

    async def start(self) -> None:
        await self._listener.subscribe(self)

    async def stop(self) -> None:
        self._listener.unsubscribe(self)

    def __len__(self) -> int:
        return self._count

    def follow(self, cart: CartId, since: int) -> CartFollower:
        """`since`: the version that the device has. Whatever is committed after this returns is told, so look at the cart once afterwards.
        Raises Busy."""
        if self._count >= MOST_FOLLOWERS:
            raise Busy("stream", f"this server has {MOST_FOLLOWERS} readers already; try again later")
        key = str(cart)
        follower = CartFollower(self, key, since)
        present = self._followers.get(key)
        if present is None:
            self._followers[key] = follower
        elif isinstance(present, set):
            present.add(follower)
        else:
            self._followers[key] = {present, follower}
        self._count += 1
        return follower

    def leave(self, follower: CartFollower, key: str) -> None:
        present = self._followers.get(key)
        if present is follower:
            del self._followers[key]
        elif isinstance(present, set) and follower in present:
            present.remove(follower)
            if not present:
                del self._followers[key]
        else:
            return
        self._count -= 1

    def heard(self, _channel: str, payload: str) -> None:
        for news in payload.split(","):
            key, _, version = news.partition(":")
            self._tell(key, int(version))

    def cut_off(self) -> None:
        """What is missed is read when the line is back."""

    async def resumed(self) -> None:
        for cart, version in (await sql.versions(self._pool, [CartId(UUID(key)) for key in self._followers])).items():
            self._tell(str(cart), version)

    def _tell(self, key: str, version: int) -> None:
        present = self._followers.get(key)
        if present is None:
            return
        for follower in tuple(present) if isinstance(present, set) else (present,):
            follower.moved(version)
