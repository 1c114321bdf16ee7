"""/metrics: what Prometheus reads."""

from collections.abc import Sequence
from datetime import datetime

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry

from api.feed_metrics import feed_collectors
from api.metrics import Gauge, exposition
from api.services import Services
from feeds.observing import freshness
from feeds.records import feed_states
from spoina.inventory.invariants import Finding
from spoina.orders.standing import OrderStanding, order_standing
from spoina.sync.status import SyncStatus, sync_status

_UNENCODED = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")
"""Litestar names the encoding; named twice, Prometheus 3 cannot read the header."""


def metrics_route(requests: CollectorRegistry) -> HTTPRouteHandler:
    @get("/metrics", tags=["operations"], summary="Figures for Prometheus", security=[], media_type="text/plain")
    async def metrics(services: NamedDependency[Services]) -> Response[bytes]:
        """For everybody who reaches the port; a reverse proxy keeps it from the public. It names no product, key or person."""
        async with services.pool.acquire() as connection:
            status = await sync_status(connection, services.clock())
            feeds = feed_collectors(await feed_states(connection), await freshness(connection), services.clock)
            orders = await order_standing(connection)
        gauges = [
            *gauges_of(status),
            *order_gauges(orders, services.clock()),
            *stock_gauges(await services.invariants.findings(), len(services.feed)),
            limits_gauge(shared=services.limits.sharing.shared),
        ]
        return Response(exposition(requests, [*gauges, *feeds]), media_type=_UNENCODED)

    return metrics


def gauges_of(status: SyncStatus) -> list[Gauge]:
    return [
        Gauge("spoina_sync_age_seconds", "Time since the last successful run of its kind ended", "kind", status.ages.items()),
        Gauge(
            "spoina_sync_failed",
            "1 where the newest run of its kind failed",
            "kind",
            [(run.kind, float(run.error is not None)) for run in status.runs],
        ),
        Gauge("spoina_waiting", "What waits for the worker", "what", [("hints", status.hints_waiting)]),
        Gauge("spoina_quarantined", "What could not be taken in", "source", [("woocommerce", status.quarantined)]),
    ]


def limits_gauge(*, shared: bool) -> Gauge:
    return Gauge("spoina_limits_shared", "0 while limits hold for this process by itself", "by", [("redis", float(shared))])


def order_gauges(orders: OrderStanding, now: datetime) -> list[Gauge]:
    oldest = 0.0 if orders.oldest_waiting is None else (now - orders.oldest_waiting).total_seconds()
    counts = [("waiting", float(orders.waiting)), ("undeliverable", float(orders.undeliverable)), ("alerts", float(orders.alerts))]
    return [
        Gauge("spoina_orders", "What is on its way between orders and the shop, and what waits for a person", "what", counts),
        Gauge("spoina_orders_oldest_seconds", "How long the oldest has been on its way", "what", [("waiting", oldest)]),
    ]


def stock_gauges(findings: Sequence[Finding], readers: int) -> list[Gauge]:
    broken = [(str(each.invariant), float(each.violations)) for each in findings]
    return [
        Gauge("spoina_stock_violations", "Broken invariants of the stock; anything above 0 is a fault", "invariant", broken),
        Gauge("spoina_availability_readers", "Who follows what can be sold at this process", "kind", [("all", float(readers))]),
    ]
