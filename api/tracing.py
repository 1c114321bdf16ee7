"""A span for each HTTP request, as a part of the trace that its headers name (W3C Trace Context).

Where spans go is the deployer's choice: started by `opentelemetry-instrument`, a process has the provider that the standard OTEL_*
variables describe. Without one no span is made and nothing stands in a request's way.
"""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from opentelemetry.propagate import extract
from opentelemetry.trace import (
    NoOpTracerProvider,
    ProxyTracerProvider,
    SpanKind,
    StatusCode,
    Tracer,
    get_tracer_provider,
)


def configured_tracer() -> Tracer | None:
    provider = get_tracer_provider()
    return None if isinstance(provider, ProxyTracerProvider | NoOpTracerProvider) else provider.get_tracer("spoina")


class TracedRequests:
    """An ASGI layer."""

    def __init__(self, application: ASGIApp, tracer: Tracer) -> None:
        self._application, self._tracer = application, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._application(scope, receive, send)
        else:
            await self._trace(scope, receive, send)

    async def _trace(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        attributes = {"http.request.method": method, "url.path": scope["path"], "url.scheme": scope["scheme"]}
        with self._tracer.start_as_current_span(method, extract(sent), SpanKind.SERVER, attributes) as span:

            async def watch(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self._application(scope, receive, watch)
            if route := scope.get("path_template"):
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)
