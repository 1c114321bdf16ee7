"""How feeds stand, for Prometheus."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import isinf

from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from api.metrics import Gauge
from feeds.observing import Freshness
from feeds.records import FeedState, FeedStatus
from spoina.clock import Clock


class FreshnessHistogram(Collector):
    """From the first change that a build waited for to its publication."""

    def __init__(self, feeds: Sequence[Freshness]) -> None:
        self._family = HistogramMetricFamily(
            "spoina_feed_freshness_seconds", "From a change to the published feed that shows it", labels=("feed",)
        )
        for feed in feeds:
            bounds = sorted(feed.buckets)
            counts = accumulate(feed.buckets[bound] for bound in bounds)
            buckets = [(_told(bound), float(count)) for bound, count in zip(bounds, counts, strict=True)]
            self._family.add_metric((feed.feed,), buckets, feed.total_seconds)

    def collect(self) -> Iterable[Metric]:
        return (self._family,)


def _told(bound: float) -> str:
    """As Prometheus writes a bucket's upper bound."""
    return "+Inf" if isinf(bound) else repr(float(bound))


def feed_collectors(states: Sequence[FeedState], freshness: Sequence[Freshness], clock: Clock) -> list[Collector]:
    built = [(state.name, state.build) for state in states if state.build is not None]
    return [
        Gauge(
            "spoina_feed_unhealthy",
            "1 where the newest build failed or was held back; what was published before is still served",
            "feed",
            [(state.name, float(state.status in {FeedStatus.FAILED, FeedStatus.HELD_BACK})) for state in states],
        ),
        Gauge("spoina_feed_items", "Items of the published build", "feed", [(name, float(build.items)) for name, build in built]),
        Gauge("spoina_feed_failing", "Items that checks keep out of it", "feed", [(name, float(build.failing)) for name, build in built]),
        Gauge(
            "spoina_feed_age_seconds",
            "Since the published build was last found to be what the shop sells",
            "feed",
            [(name, (clock() - build.as_of).total_seconds()) for name, build in built if build.as_of is not None],
        ),
        FreshnessHistogram(freshness),
    ]
