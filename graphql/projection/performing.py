"""What a mutation did already. A query that gives up is read again by graphql-core; a mutation must not be done again.

So what each root field came to is kept under its response key, before anything is made of it, and given to graphql-core as the root value:
it completes what was done, reports what failed, and performs what is left.
"""

from collections.abc import Callable
from inspect import isawaitable

import msgspec


class Outcome(msgspec.Struct, frozen=True):
    value: object = None
    error: Exception | None = None


class Performed:
    """Made for one execution of one operation."""

    __slots__ = ("_outcomes",)

    def __init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._outcomes

    async def perform(self, key: str, start: Callable[[], object]) -> object:
        """Raises what it raises."""
        try:
            started = start()
            outcome = Outcome(await started if isawaitable(started) else started)
        except Exception as error:
            self._outcomes[key] = Outcome(error=error)
            raise
        self._outcomes[key] = outcome
        return outcome.value

    def again(self, key: str) -> object:
        """What `perform` answered or raised."""
        outcome = self._outcomes[key]
        if outcome.error is not None:
            raise outcome.error
        return outcome.value
