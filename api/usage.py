"""Who uses which field and how operations are answered: counted in this process, written to the ledger and shown to Prometheus."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from opentelemetry.trace import Tracer
from prometheus_client import Counter

from api.clients import Clients
from spoina.clock import Clock
from spoina.db import Pool
from spoina.usage.keeping import UsageKeeper
from spoina.usage.tally import Counts, Tally
from storefront.tracing import TracedTally


class OperationCounters:
    """Told every few seconds. `operation` is a trusted document's name; what other documents are called would be the client's choice."""

    def __init__(self) -> None:
        labels = ("operation", "path", "outcome")
        self.answered = Counter("spoina_graphql_operations", "GraphQL operations", labels, registry=None)
        self.cost = Counter("spoina_graphql_cost", "What answered operations cost, in objects", ("operation",), registry=None)

    def observe(self, counts: Counts) -> None:
        for (operation, path, ending), count in counts.operations.items():
            self.answered.labels(operation, path.value, ending.value).inc(count.requests)
            self.cost.labels(operation).inc(count.cost)


class Usage(msgspec.Struct, frozen=True):
    tally: Tally
    clients: Clients
    counters: OperationCounters
    keeper: UsageKeeper
    tracer: Tracer | None


@asynccontextmanager
async def open_usage(pool: Pool, clock: Clock, tracer: Tracer | None) -> AsyncIterator[Usage]:
    tally, counters = TracedTally() if tracer else Tally(), OperationCounters()
    keeper = UsageKeeper(pool, tally, clock, counters.observe)
    keeper.start()
    yield Usage(tally, Clients(), counters, keeper, tracer)
    await keeper.stop()
