"""What Prometheus reads: requests by route, counted in this process, and the state of the mirror, asked for at each reading."""

import os
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

_HTTP: Final = ScopeType.HTTP
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


class RequestMetrics:
    """An ASGI layer that counts and times what passes through it. `seconds` is a clock that only moves forward."""

    def __init__(self, application: ASGIApp, registry: CollectorRegistry, seconds: Callable[[], float] = perf_counter) -> None:
        self._application, self._seconds = application, seconds
        self._requests = Counter("spoina_requests", "Requests answered", ("route", "method", "status"), registry=registry)
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._duration = Histogram("spoina_request_seconds", "Time to the answer", ("route",), buckets=BUCKETS, registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != _HTTP:
            await self._application(scope, receive, send)
        else:
            await self._measure(scope, receive, send)

    async def _measure(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = self._seconds()
        try:
            await self._application(scope, receive, watch)
        finally:
            route = scope.get("path_template") or "none"
            counter, histogram = self._figures(route, scope["method"], status)
            counter.inc()
            histogram.observe(self._seconds() - began)

    def _figures(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """Kept, because looking them up by label takes longer than counting."""
        if (known := self._known.get((route, method, status))) is None:
            method_label = method if method in METHODS else "other"
            known = self._requests.labels(route, method_label, status), self._duration.labels(route)
            if method in METHODS:
                self._known[route, method, status] = known
        return known


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
