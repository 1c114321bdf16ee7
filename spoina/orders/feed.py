"""Who follows which order. Every process hears of every change by PostgreSQL's NOTIFY; after the listening connection was lost, everybody
looks again."""

import asyncio
from collections.abc import Sequence

from spoina.errors import Busy
from spoina.ids import OrderId
from spoina.notifications import Listener
from spoina.orders.sql import ORDER_CHANGED

MOST_FOLLOWERS = 20_000


class OrderFollower:
    """One device that has an order open."""

    __slots__ = ("_changed", "_feed", "_key")

    def __init__(self, feed: "OrderFeed", key: str) -> None:
        self._feed, self._key, self._changed = feed, key, asyncio.Event()

    async def news(self) -> None:
        """Waits for a change since it was asked last."""
        await self._changed.wait()
        self._changed.clear()

    def wake(self) -> None:
        self._changed.set()

    def leave(self) -> None:
        """To be called when nobody listens any more."""
        self._feed.leave(self, self._key)


class OrderFeed:
    """One per process; a subscriber of the listener."""

    channels: Sequence[str] = (ORDER_CHANGED,)

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._followers: dict[str, set[OrderFollower]] = {}
        self._count = 0

    async def start(self) -> None:
        await self._listener.subscribe(self)

    async def stop(self) -> None:
        self._listener.unsubscribe(self)

    def follow(self, order: OrderId) -> OrderFollower:
        """What is committed after this returns is told, so look at the order once afterwards. Raises Busy."""
        if self._count >= MOST_FOLLOWERS:
            raise Busy("stream", f"this server has {MOST_FOLLOWERS} readers already; try again later")
        follower = OrderFollower(self, str(order))
        self._followers.setdefault(str(order), set()).add(follower)
        self._count += 1
        return follower

    def leave(self, follower: OrderFollower, key: str) -> None:
        present = self._followers.get(key, set())
        if follower in present:
            present.remove(follower)
            self._count -= 1
            if not present:
                del self._followers[key]

    def heard(self, _channel: str, payload: str) -> None:
        for follower in self._followers.get(payload, ()):
            follower.wake()

    def cut_off(self) -> None:
        """What is missed is looked at when the line is back."""

    async def resumed(self) -> None:
        for present in self._followers.values():
            for follower in present:
                follower.wake()
