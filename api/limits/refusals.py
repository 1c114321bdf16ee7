"""Who was refused: counted for Prometheus, and told to the log once a minute for each client."""

import logging
from collections.abc import Callable

from prometheus_client import Counter

from api.limits.budgets import Budget

QUIET_SECONDS = 60.0
_log = logging.getLogger(__name__)


class CountedRefusals:
    """`now`: seconds of a clock that only moves forward."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.counter = Counter("spoina_throttled", "Requests and streams of clients that asked for too much", ("client",), registry=None)

    def note(self, budget: Budget) -> None:
        self.counter.labels(budget.allowance.of).inc()
        if (now := self._now()) >= budget.quiet_until:
            budget.quiet_until = now + QUIET_SECONDS
            _log.warning("throttled: %s", budget.shown)
