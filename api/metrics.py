"""What Prometheus reads: requests by route, counted in this process, and the state of the mirror, asked for at each reading."""

import asyncio
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_HTTP: Final = ScopeType.HTTP
TOLD_EVERY_SECONDS = 1.0
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where several server processes count together; `spoina serve --workers` sets it, prometheus_client reads it when imported."""


class Gauge(Collector):
    """One figure of the moment, by label."""

    def __init__(self, name: str, meaning: str, label: str, values: Iterable[tuple[str, float]]) -> None:
        self._family = GaugeMetricFamily(name, meaning, labels=(label,))
        for labelled, value in values:
            self._family.add_metric((labelled,), value)

    def collect(self) -> Iterable[Metric]:
        return (self._family,)


class Durations(Histogram):
    """A histogram that takes many at once."""

    def add(self, counts: Sequence[int], seconds: float) -> None:
        self._sum.inc(seconds)
        for bucket, count in zip(self._buckets, counts, strict=True):
            bucket.inc(count)


class _Answered(msgspec.Struct):
    """Requests of one kind that Prometheus was not told of yet."""

    requests: Counter
    durations: Durations
    counts: list[int]
    seconds: float = 0.0


class RequestMetrics(Collector):
    """Counts and times requests. Where they are answered costs them two additions; Prometheus's own counters, which take longer, are told
    when they are read, and once a second where other processes read them. `seconds` is a clock that only moves forward."""

    def __init__(self, seconds: Callable[[], float] = perf_counter) -> None:
        self.seconds = seconds
        self._requests = Counter("spoina_requests", "Requests answered", ("route", "method", "status"), registry=None)
        self._durations = Durations("spoina_request_seconds", "Time to the answer", ("route",), buckets=BUCKETS, registry=None)
        self._answered: dict[tuple[str, str, int], _Answered] = {}
        self._telling: asyncio.TimerHandle | None = None

    def answered(self, route: str, method: str, status: int, began: float) -> None:
        kind = self._answered.get((route, method, status)) or self._begun(route, method, status)
        took = self.seconds() - began
        kind.seconds += took
        kind.counts[bisect_left(BUCKETS, took)] += 1
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(TOLD_EVERY_SECONDS, self.tell)

    def tell(self) -> None:
        if self._telling is not None:
            self._telling.cancel()
            self._telling = None
        for kind in self._answered.values():
            if requests := sum(kind.counts):
                kind.requests.inc(requests)
                kind.durations.add(kind.counts, kind.seconds)
                kind.counts, kind.seconds = [0] * len(kind.counts), 0.0

    def collect(self) -> Iterable[Metric]:
        self.tell()
        return (*self._requests.collect(), *self._durations.collect())

    def watching(self, application: ASGIApp) -> ASGIApp:
        """The application, counted."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == _HTTP:
                await self._watch(application, scope, receive, send)
            else:
                await application(scope, receive, send)

        return watched

    async def _watch(self, application: ASGIApp, scope: HTTPScope, receive: Receive, send: Send) -> None:
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = self.seconds()
        try:
            await application(scope, receive, watch)
        finally:
            self.answered(scope.get("path_template") or "none", scope["method"], status, began)

    def _begun(self, route: str, method: str, status: int) -> _Answered:
        shown = method if method in METHODS else "other"
        requests, durations = self._requests.labels(route, shown, status), self._durations.labels(route)
        made = _Answered(requests, durations, [0] * (len(BUCKETS) + 1))
        return self._answered.setdefault((route, shown, status), made)


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def exposition(requests: CollectorRegistry, gauges: Iterable[Collector]) -> bytes:
    """Prometheus's text format."""
    moment = CollectorRegistry()
    for gauge in gauges:
        moment.register(gauge)
    if SHARED_FOLDER in os.environ:
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together) + generate_latest(moment)
    return generate_latest(requests) + generate_latest(moment)
