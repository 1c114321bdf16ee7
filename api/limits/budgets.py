"""What a client may still spend. Requests cost points; points come back steadily, and a minute's worth of them may be spent at once.

A budget is one moment: when everything that was spent will have come back. Paying moves it ahead, time catches up with it, and it never
lies further ahead than BURST_SECONDS. A budget that time has caught up with knows nothing any more and may be forgotten.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil, floor
from typing import Protocol

import msgspec

from spoina.errors import Throttled, TooManyStreams

BURST_SECONDS = 60.0
MOST_BUDGETS = 50_000
"""Clients that are remembered at once in a process, of some 300 bytes each; whoever was first is forgotten first."""


class Allowance(msgspec.Struct, frozen=True):
    """What each client of a class has. `per_second` points come back; 0: it is not limited. `streams`: open at once in one process."""

    of: str
    per_second: int
    streams: int

    @property
    def at_once(self) -> int:
        return int(self.per_second * BURST_SECONDS)


class Refusals(Protocol):
    def note(self, budget: "Budget") -> None: ...


class Budget:
    """`name` is the same in every process; `shown` is what a log may say."""

    __slots__ = ("_each", "_ledger", "_now", "allowance", "name", "quiet_until", "shown", "spent_until", "streams", "untold")

    def __init__(self, name: str, shown: str, allowance: Allowance, ledger: "Ledger") -> None:
        self.name, self.shown, self.allowance = name, shown, allowance
        self._ledger, self._now = ledger, ledger.now
        self._each = 1 / allowance.per_second if allowance.per_second else 0.0
        self.spent_until = self.untold = self.quiet_until = 0.0
        self.streams = 0

    def pay(self, points: int) -> None:
        """Raises Throttled, and takes nothing then. What costs more than there ever is takes all there is."""
        now = self._now()
        seconds = points * self._each
        ahead = self.spent_until - now
        after = ahead + seconds if ahead > 0.0 else seconds
        if after > BURST_SECONDS:
            if ahead > 0.0:
                raise self._throttled(min(after - BURST_SECONDS, ahead))
            after = seconds = BURST_SECONDS
        self.spent_until = now + after
        if not self.untold:
            self._ledger.touched.append(self)
        self.untold += seconds

    @property
    def owed(self) -> float:
        """Seconds until everything has come back."""
        return max(self.spent_until - self._now(), 0.0)

    @property
    def left(self) -> int:
        return floor((BURST_SECONDS - self.owed) * self.allowance.per_second)

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

    def tell(self) -> float:
        """The seconds that others do not know of yet, as far as they have not come back meanwhile."""
        told, self.untold = min(self.untold, self.owed), 0.0
        return told

    def untell(self, seconds: float) -> None:
        """What could not be told."""
        if not self.untold:
            self._ledger.touched.append(self)
        self.untold += seconds

    def learn(self, owed: float) -> None:
        """What all processes together had taken when this one was told of last."""
        self.spent_until = max(self.spent_until, self._now() + owed + self.untold)

    def _throttled(self, wait: float) -> Throttled:
        self._ledger.refusals.note(self)
        has = self.allowance
        return Throttled(has.of, has.at_once, self.left, has.per_second, max(ceil(wait), 1))


class Unlimited(Budget):
    __slots__ = ()

    def pay(self, points: int) -> None:
        pass

    @contextmanager
    def stream(self) -> Iterator[None]:
        yield


class Ledger:
    """The budgets of one process. `now`: seconds of a clock that only moves forward. `touched`: what others are to be told of."""

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
        """What was touched since the last time."""
        touched = self.touched[:]
        self.touched.clear()
        return touched

    def forget(self) -> None:
        """Budgets that say nothing any more."""
        self.known.clear()
        self._budgets = {name: each for name, each in self._budgets.items() if each.owed or each.streams or each.untold}
