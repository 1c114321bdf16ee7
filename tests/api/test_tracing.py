"""Spans: one for the request, as a part of the caller's trace, and one for its operation, the same on every path."""

from collections.abc import AsyncIterator

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from api.app import create_app
from api.services import open_services
from api.tracing import configured_tracer
from spoina.access.types import KeyKind
from spoina.db import connect
from spoina.settings import Settings
from storefront.documents import sha256_of
from tests.api.conftest import SHOP, key_of, served

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACEPARENT = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
QUERY = "{ shop { name } }"


class Traced:
    def __init__(self, client: httpx.AsyncClient, spans: InMemorySpanExporter, headers: dict[str, str]) -> None:
        self._client, self._spans, self._headers = client, spans, headers

    async def ask(self, body: object, **headers: str) -> list[ReadableSpan]:
        """The spans of one request, the innermost first."""
        self._spans.clear()
        await self._client.post("/graphql", json=body, headers={**self._headers, **TRACEPARENT, **headers})
        return list(self._spans.get_finished_spans())


@pytest.fixture
async def traced(settings: Settings, database: str, redis_url: str) -> AsyncIterator[Traced]:
    spans, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    connection = await connect(database)
    await connection.execute(SHOP)
    await connection.close()
    async with (
        open_services(settings, database, redis_url, provider.get_tracer("test")) as services,
        served(create_app(settings, services)) as client,
    ):
        yield Traced(client, spans, await key_of(services.pool, KeyKind.APP))


async def test_spans_of_answers_of_every_path_and_of_refusals(traced: Traced) -> None:
    paths = []
    for query in (QUERY, QUERY, QUERY):
        operation, request = await traced.ask({"query": query}, **{"x-client-name": "ios"})
        paths.append(operation.attributes["spoina.graphql.path"])
        assert (operation.name, dict(operation.attributes)) == (
            "query other",
            {
                "graphql.operation.type": "query",
                "graphql.operation.name": "other",
                "graphql.document.hash": f"sha256:{sha256_of(QUERY)}",
                "spoina.graphql.cost": 1,
                "spoina.graphql.path": paths[-1],
                "spoina.graphql.outcome": "answered",
                "spoina.client.name": "ios",
            },
        )
        assert operation.parent.span_id == request.context.span_id
        assert (request.name, request.kind, request.context.trace_id, request.parent.span_id) == (
            "POST /graphql",
            SpanKind.SERVER,
            int(TRACE, 16),
            int(PARENT, 16),
        )
        assert dict(request.attributes) == {
            "http.request.method": "POST",
            "url.path": "/graphql",
            "url.scheme": "http",
            "http.response.status_code": 200,
            "http.route": "/graphql",
        }
    assert paths == ["core", "core", "reused"]
    again, _ = await traced.ask({"query": QUERY, "extensions": {}})
    assert again.attributes["spoina.graphql.path"] == "compiled"
    refused, request = await traced.ask({"query": "{ nonsense }"})
    assert (refused.name, refused.attributes["spoina.graphql.outcome"], request.attributes["http.response.status_code"]) == (
        "graphql",
        "refused",
        400,
    )
    failed, _ = await traced.ask({"query": "query ($id: ID!) { product(id: $id) { title } }"})
    assert (failed.attributes["spoina.graphql.outcome"], failed.status.status_code) == ("with_errors", StatusCode.ERROR)


async def test_without_a_provider_there_is_nothing_to_trace_with() -> None:
    assert configured_tracer() is None
