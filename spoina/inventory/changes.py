"""Who follows what can be sold, and what of it has changed since each looked last.

Every process hears every committed change by PostgreSQL's NOTIFY and has the new numbers in memory before it tells anybody, so following
needs no second message bus: with Redis in between, a follower would depend on two servers instead of one, could hear of a change before
its own process knows the number, and would have to be told again after either was away. When the listening connection was lost, all
shelves are read again and every follower gets everything anew.

Changes are numbered by the microsecond at which a process had read them, so that a follower may go on at another process with the last
number it saw. Processes read a change at slightly different moments and their clocks differ a little, therefore what another process
numbered up to OVERLAP before that is told again: numbers of stock are states, and hearing one twice does no harm. Followers whose number
is older than what a process remembers get everything.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from spoina.errors import Busy
from spoina.ids import LocationId
from spoina.inventory.known_codes import Code, KnownVariant
from spoina.inventory.offers import Asked, OfferReader

MOST_FOLLOWERS = 10_000
MOST_REMEMBERED = 20_000
MOST_PENDING = 1_000
"""Of a whole location's items: a reader who is further behind starts over with everything."""
AT_A_TIME = 64
"""Readers who are told before anything else gets its turn: a thousand would keep every request waiting, and the first of them too, because
bytes leave when a turn ends."""
OVERLAP = timedelta(seconds=2)
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_Key = TypeVar("_Key", int, LocationId)
Resolved = Mapping[Code, Sequence[KnownVariant]]


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """A change is told at once, unless the last was less than `together` ago: until then they collect, the newest state of each variant
    only. After `quiet` without any, a follower is shown that the line still stands."""

    together: float = 0.1
    quiet: float = 15.0


class News(msgspec.Struct, frozen=True):
    """What changed up to `number`. `items` None: everything is to be told anew."""

    number: int
    items: frozenset[int] | None


class Follower:
    """One reader of some codes, or of all that lies at one location. Holds nothing but which items changed: however slow the reader is,
    it gets the newest state of each once."""

    def __init__(self, feed: "ChangeFeed", asked: Asked, codes: Sequence[Code]) -> None:
        self._feed, self.asked, self.codes = feed, asked, codes
        self.at_once: Callable[[int, frozenset[int]], bool] | None = None
        """Takes the number and what changed while `news` waits, without its task being woken, which is most of what telling somebody
        costs. False: it has begun, and the task has to see the rest off: `news` returns None. That it does after each quiet time too,
        whatever was told at once meanwhile."""
        self.found: Resolved = {}
        self.of_items: Mapping[int, Sequence[Code]] = {}
        """Which of its codes an item's change concerns."""
        self._pending: set[int] = set()
        self._everything = self._recoded = False
        self._waiting: asyncio.Future[None] | None = None
        self._told = float("-inf")
        self._quiet_at = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    async def news(self) -> News | None:
        """Waits for some; None after a quiet time."""
        loop, pace = asyncio.get_running_loop(), self._feed.pace
        if not self._has_any() and not await self._woken(loop, pace.quiet):
            return None
        pause = self._told + pace.together - loop.time()
        if pause > 0:
            await asyncio.sleep(pause)
        self._told = loop.time()
        return self._take()

    def _has_any(self) -> bool:
        return bool(self._pending) or self._everything or self._recoded

    async def _woken(self, loop: asyncio.AbstractEventLoop, quiet: float) -> bool:
        """Without asyncio.timeout and Event, and with one alarm for many waits: each of them costs a reader as much as the event that it
        gets."""
        self._waiting, self._quiet_at = loop.create_future(), loop.time() + quiet
        if self._alarm is None:
            self._alarm = loop.call_at(self._quiet_at, self._ring, loop)
        await self._waiting
        return self._has_any()

    def _ring(self, loop: asyncio.AbstractEventLoop) -> None:
        """Later, where there was news meanwhile."""
        if loop.time() < self._quiet_at:
            self._alarm = loop.call_at(self._quiet_at, self._ring, loop)
        else:
            self._alarm = None
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(None)

    def end(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def tell(self) -> None:
        """What there is, if the reader waits for it; who does something else comes back by itself."""
        if self._waiting is None or self._waiting.done():
            return
        try:
            told = self.at_once is not None and self._told_at_once(self.at_once)
        except Exception as failure:  # this reader's own, while others are still to be told
            self._waiting.set_exception(failure)
        else:
            if not told:
                self._waiting.set_result(None)

    def _told_at_once(self, take: Callable[[int, frozenset[int]], bool]) -> bool:
        now = asyncio.get_running_loop().time()
        if self._everything or self._recoded or not self._pending or now < self._told + self._feed.pace.together:
            return False
        self._told = now
        items, self._pending = self._pending, set()
        return take(self._feed.number, frozenset(items))

    def _take(self) -> News | None:
        if self._recoded and self._feed.resolve(self) != self.found:
            self._everything = True
        self._recoded = False
        items, self._pending = self._pending, set()
        if self._everything:
            self._everything = False
            self._feed.register(self)
            return News(self._feed.number, None)
        return News(self._feed.number, frozenset(items)) if items else None

    def moved(self, item: int) -> None:
        self._pending.add(item)
        if len(self._pending) > MOST_PENDING:
            self._pending.clear()
            self._everything = True

    def start_over(self) -> None:
        self._everything = True

    def recoded(self, variants: Collection[int]) -> bool:
        """Variants changed in the catalogue. Whether it may concern this reader; for certain that is looked at when it reads."""
        if any(not bearers or any(each.id in variants for each in bearers) for bearers in self.found.values()):
            self._recoded = True
        return self._recoded


class ChangeFeed:
    """One per process."""

    def __init__(self, offers: OfferReader, pace: Pace = Pace()) -> None:  # noqa: B008 - frozen
        self.pace = pace
        self._offers = offers
        self.number = self._floor = self._now()
        self._numbers: dict[int, int] = {}
        self._followers: dict[Follower, set[int]] = {}
        self._of_items: dict[int, set[Follower]] = {}
        self._of_locations: dict[LocationId, set[Follower]] = {}
        offers.shelves.watch(self._moved)
        offers.codes.watch(self._recoded)

    def __len__(self) -> int:
        return len(self._followers)

    def follow(self, asked: Asked, codes: Sequence[Code], since: int | None = None) -> Follower:
        """Without codes, everything at the location that is asked for. `since`: the last number that the reader saw. Raises Busy."""
        if len(self._followers) >= MOST_FOLLOWERS:
            raise Busy("stream", f"this server has {MOST_FOLLOWERS} readers already; try again later")
        follower = Follower(self, asked, codes)
        self.register(follower)
        missed = self._missed(since)
        if missed is None:
            follower.start_over()
        else:
            for item in missed:
                if self._concerns(follower, item):
                    follower.moved(item)
        return follower

    def leave(self, follower: Follower) -> None:
        follower.end()
        for item in self._followers.pop(follower, ()):
            _forget(self._of_items, item, follower)
        if follower.asked.location is not None:
            _forget(self._of_locations, follower.asked.location, follower)

    def register(self, follower: Follower) -> None:
        """Looks its codes up (again)."""
        self.leave(follower)
        follower.found = self.resolve(follower)
        follower.of_items = _by_item(follower.found)
        self._followers[follower] = items = set(follower.of_items)
        for item in items:
            self._of_items.setdefault(item, set()).add(follower)
        if not follower.codes and follower.asked.location is not None:
            self._of_locations.setdefault(follower.asked.location, set()).add(follower)

    def resolve(self, follower: Follower) -> Resolved:
        return {code: tuple(self._offers.find(code, follower.asked)) for code in follower.codes}

    def _missed(self, since: int | None) -> list[int] | None:
        """The items that changed since; None: nobody knows any more."""
        if since is None or since > self._now():
            return None
        after = since - OVERLAP // _MICROSECOND
        if after < self._floor:
            return None
        return [item for item, number in self._numbers.items() if number > after]

    def _concerns(self, follower: Follower, item: int) -> bool:
        if follower.codes:
            return item in self._followers[follower]
        return any(shelf.location == follower.asked.location for shelf in self._offers.shelves.every.get(item, ()))

    def _moved(self, items: Collection[int] | None) -> None:
        self.number = max(self.number + 1, self._now())
        if items is None:
            self._start_over()
            return
        self._remember(items)
        concerned = set()
        for item in items:
            for follower in self._followers_of(item):
                follower.moved(item)
                concerned.add(follower)
        self._tell_soon([*concerned])

    def _followers_of(self, item: int) -> Iterator[Follower]:
        yield from self._of_items.get(item, ())
        for location, followers in self._of_locations.items():
            if any(shelf.location == location for shelf in self._offers.shelves.every.get(item, ())):
                yield from followers

    def _tell_soon(self, followers: Sequence[Follower]) -> None:
        """Once everybody else who watches the shelves has seen the change, too."""
        if followers:
            asyncio.get_running_loop().call_soon(self._tell, followers)

    def _tell(self, followers: Sequence[Follower]) -> None:
        for follower in followers[:AT_A_TIME]:
            follower.tell()
        self._tell_soon(followers[AT_A_TIME:])

    def _remember(self, items: Iterable[int]) -> None:
        for item in items:
            self._numbers.pop(item, None)
            self._numbers[item] = self.number
        while len(self._numbers) > MOST_REMEMBERED:
            self._floor = self._numbers.pop(next(iter(self._numbers)))

    def _start_over(self) -> None:
        self._numbers.clear()
        self._floor = self.number
        for follower in self._followers:
            follower.start_over()
        self._tell_soon([*self._followers])

    def _recoded(self, variants: Collection[int] | None) -> None:
        if variants is None:
            self._moved(None)
            return
        self._tell_soon([follower for follower in self._followers if follower.recoded(variants)])

    def _now(self) -> int:
        return (self._offers.clock() - _EPOCH) // _MICROSECOND


def _forget(followers: dict[_Key, set[Follower]], key: _Key, follower: Follower) -> None:
    known = followers.get(key, set())
    known.discard(follower)
    if not known:
        followers.pop(key, None)


def _by_item(found: Resolved) -> dict[int, list[Code]]:
    codes: dict[int, list[Code]] = {}
    for code, bearers in found.items():
        for item in {each.item for each in bearers if each.item is not None}:
            codes.setdefault(item, []).append(code)
    return codes
