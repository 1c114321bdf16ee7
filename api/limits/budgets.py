"""What a client may still spend. Requests cost points; points come back steadily, and a minute's worth of them may be spent at once.

Points are taken out by the handful, because asking for the time costs more than all the rest: what is left of a handful is spent without.
In any span of time a client spends at most a minute's worth, what comes back in the span, and one handful.

A budget from which everything has come back says nothing any more, and is forgotten once nobody can be about to use it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil, floor
from typing import Protocol

import msgspec

from spoina.errors import Throttled, TooManyStreams

BURST_SECONDS = 60
HELD_SECONDS = 10
"""Longer than whoever looked a budget up goes on to use it."""
MOST_BUDGETS = 50_000
"""Clients that a process remembers at once, of some 400 bytes each; the first is forgotten first."""


class Allowance(msgspec.Struct, frozen=True):
    """What each client of a class has. `per_second` points come back; 0: it is not limited. `streams`: open at once in one process.
    `unit`: what a refusal calls the points."""

    of: str
    per_second: int
    streams: int
    unit: str = "points"

    @property
    def at_once(self) -> int:
        return self.per_second * BURST_SECONDS

    @property
    def handful(self) -> int:
        """What comes back in a tenth of a second."""
        return self.per_second // 10

    @property
    def worth_telling(self) -> int:
        """What comes back in a second: nearly no shopper ever spends more at a process, and telling costs as much as some requests."""
        return self.per_second


class Refusals(Protocol):
    def note(self, budget: "Budget") -> None: ...


class Budget:
    """`name` is the same in every process; `shown` is what a log may say."""

    __slots__ = ("_at", "_ledger", "_paid", "_spent", "_untold", "allowance", "name", "quiet_until", "shown", "streams")

    def __init__(self, name: str, shown: str, allowance: Allowance, ledger: "Ledger") -> None:
        self.name, self.shown, self.allowance, self._ledger = name, shown, allowance, ledger
        self._paid, self._spent, self._at, self._untold = 0, 0.0, ledger.now(), 0.0
        self.quiet_until, self.streams = 0.0, 0

    def pay(self, points: int) -> None:
        """Raises Throttled, and takes nothing then. What costs more than there ever is takes all there is."""
        left = self._paid - points
        if left >= 0:
            self._paid = left
        else:
            self._take_out(-left)

    def give_back(self, points: int) -> None:
        """What was paid for and did not come about; kept for the next time where other processes were told of it already."""
        if self._untold >= points:
            self._untold, self._spent = self._untold - points, self._spent - points
        else:
            self._paid += points

    @contextmanager
    def stream(self) -> Iterator[None]:
        """While something stays open. Raises TooManyStreams."""
        if self.streams >= self.allowance.streams:
            self._ledger.refusals.note(self)
            raise TooManyStreams(self.allowance.streams)
        self.streams += 1
        try:
            yield
        finally:
            self.streams -= 1

    @property
    def left(self) -> int:
        return self._paid + floor(self.allowance.at_once - self._spent_by(self._ledger.now()))

    @property
    def idle(self) -> bool:
        now = self._ledger.now()
        return not self.streams and now - self._at >= HELD_SECONDS and not self._spent_by(now)

    def tell(self) -> float:
        """The points that other processes do not know of yet: all of them, since they come back once and not at each process."""
        told, self._untold = self._untold, 0.0
        return told

    def not_told(self, points: float) -> None:
        """What could not be told is told later, as far as it has not come back by then."""
        untold, self._untold = self._untold, 0.0
        self._owe(min(untold + points, self._spent_by(self._ledger.now())))

    def learn(self, spent: float) -> None:
        """What all processes together had spent when this one told its share last."""
        now = self._ledger.now()
        self._spent, self._at = max(self._spent_by(now), spent + self._untold), now

    def _take_out(self, points: int) -> None:
        """Beside what was taken out before, which is spent with it."""
        now, has = self._ledger.now(), self.allowance
        spent = self._spent_by(now)
        room = has.at_once - spent
        if points > room:
            if spent:
                raise self._throttled(min(points - room, spent))
            points = has.at_once
        self._paid = has.handful if points + has.handful <= room else 0
        self._spent, self._at = spent + points + self._paid, now
        self._owe(points + self._paid)

    def _owe(self, points: float) -> None:
        """To tell, once there is enough."""
        before, self._untold = self._untold, self._untold + points
        if before < self.allowance.worth_telling <= self._untold:
            self._ledger.touched.append(self)

    def _spent_by(self, now: float) -> float:
        return max(self._spent - (now - self._at) * self.allowance.per_second, 0.0)

    def _throttled(self, missing: float) -> Throttled:
        self._ledger.refusals.note(self)
        has = self.allowance
        return Throttled(has.of, has.at_once, self.left, has.per_second, max(ceil(missing / has.per_second), 1), has.unit)


class Unlimited(Budget):
    __slots__ = ()

    def pay(self, points: int) -> None:
        pass

    def give_back(self, points: int) -> None:
        pass

    @contextmanager
    def stream(self) -> Iterator[None]:
        yield


class Ledger:
    """The budgets of one process. `now`: seconds of a clock that only moves forward. `touched`: of whom others are to be told."""

    def __init__(self, now: Callable[[], float], refusals: Refusals) -> None:
        self.now, self.refusals = now, refusals
        self.touched: list[Budget] = []
        self.known: dict[int | str, Budget] = {}
        """What `of` would find, by numbers of keys and addresses as they come."""
        self._budgets: dict[str, Budget] = {}

    def __len__(self) -> int:
        return len(self._budgets)

    def of(self, name: str, shown: str, allowance: Allowance) -> Budget:
        found = self._budgets.get(name)
        if found is None:
            kind = Budget if allowance.per_second else Unlimited
            self._budgets[name] = found = kind(name, shown, allowance, self)
            if len(self._budgets) > MOST_BUDGETS:
                del self._budgets[next(iter(self._budgets))]
        return found

    def remember(self, named: int | str, budget: Budget) -> None:
        if len(self.known) >= MOST_BUDGETS:
            self.known.clear()
        self.known[named] = budget

    def drain(self) -> list[Budget]:
        """Who was touched since the last time."""
        touched = self.touched[:]
        self.touched.clear()
        return touched

    def forget(self) -> None:
        """Budgets that say nothing any more."""
        self.known.clear()
        self._budgets = {name: each for name, each in self._budgets.items() if not each.idle}
