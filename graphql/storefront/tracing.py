"""A span for each operation, the same wherever its answer comes from. Only where a tracer is configured: else none of this is in the way.

tally = TracedTally()
answers = TracedStorefront(Storefront(schema, ports, trusted=trusted, tally=tally), tracer)
"""

from collections.abc import AsyncIterator

from opentelemetry.trace import StatusCode, Tracer, get_current_span

from spoina.usage.tally import Tally
from spoina.usage.types import NOTHING, Client, Ending, Path, Use
from storefront.callers import Caller
from storefront.execution import Storefront
from storefront.requests import GraphQLRequest, GraphQLResponse

SPAN = "graphql"


class TracedStorefront:
    def __init__(self, storefront: Storefront, tracer: Tracer) -> None:
        self._storefront, self._tracer = storefront, tracer

    def again(self, body: bytes, content_type: str, client: Client) -> None:
        """Answers that are given again have a span, too: `post` gives them."""

    async def post(self, body: bytes, content_type: str, caller: Caller) -> GraphQLResponse:
        with self._tracer.start_as_current_span(SPAN):
            return await self._storefront.post(body, content_type, caller)

    async def get(self, parameters: dict[str, str], if_none_match: str | None, caller: Caller) -> GraphQLResponse:
        with self._tracer.start_as_current_span(SPAN):
            return await self._storefront.get(parameters, if_none_match, caller)

    async def subscribe(self, request: GraphQLRequest, caller: Caller) -> AsyncIterator[bytes]:
        """The span ends when the subscription stands; its events have none."""
        with self._tracer.start_as_current_span(SPAN):
            return await self._storefront.subscribe(request, caller)


class TracedTally(Tally):
    """Tells the current span what it counts: every path of an operation ends here."""

    def count(self, use: Use, client: Client, path: Path, ending: Ending, cost: int) -> None:
        super().count(use, client, path, ending, cost)
        span = get_current_span()
        span.set_attributes({"spoina.graphql.path": path.value, "spoina.graphql.outcome": ending.value, "spoina.client.name": client.name})
        if ending is Ending.WITH_ERRORS:
            span.set_status(StatusCode.ERROR)
        if use is not NOTHING:
            span.update_name(f"{use.kind} {use.operation}")
            span.set_attributes(
                {
                    "graphql.operation.type": use.kind,
                    "graphql.operation.name": use.operation,
                    "graphql.document.hash": f"sha256:{use.sha256}",
                    "spoina.graphql.cost": cost,
                }
            )
