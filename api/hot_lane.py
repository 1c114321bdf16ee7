"""The hot lane: plain ASGI ahead of Litestar for the few routes that most requests go to, because a framework's handler costs more
than the answer itself. Everything else is passed on.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import parse_qsl

from litestar.enums import ScopeType
from litestar.exceptions import MethodNotAllowedException
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from api import cart_stream
from api.askers import Askers
from api.authentication import DIALECT_HEADERS
from api.availability.routes import ONE, ONE_TEMPLATE, PATH, STREAM, AvailabilityRoutes
from api.bodies import read_body
from api.cart_stream import CartStreams
from api.cors import PREFLIGHT, CrossOrigin
from api.graphql_socket import GraphQLSocket
from api.limits.clients import ClientLimits
from api.limits.routes import LimitedRoutes
from api.metrics import RequestMetrics
from api.pages import page
from api.plain import Answer, dialect_answer, encoded, problem_answer, send_answer, text_of
from storefront.requests import GraphQLResponse, Headers

GRAPHQL = "/graphql"
DIALECT_PATH = re.compile(r"/api/[A-Za-z0-9-]+/graphql\.json")
DIALECT_TEMPLATE = "/api/{version}/graphql.json"
LIVE = "/health/live"
GRAPHQL_BODY_BYTES = 1024 * 1024
_HTTP: Final = ScopeType.HTTP
_WEBSOCKET: Final = ScopeType.WEBSOCKET
"""Python 3.11 looks an enum's member up through two functions; here they are read with every request."""

_BY_KEY: Headers = ((b"vary", b", ".join((b"authorization", *DIALECT_HEADERS))),)
"""For shared caches: the key decides the channel, and each channel may sell another number."""
_LIVE = Answer(200, b"live", ((b"content-type", b"text/plain; charset=utf-8"),))
_PREFLIGHT = Answer(204, b"", PREFLIGHT)

Answering = Callable[[HTTPScope, dict[bytes, bytes], Receive], Awaitable[Answer | GraphQLResponse]]
Refusing = Callable[[Exception], Answer | GraphQLResponse]
Streaming = Callable[[HTTPScope, Receive, Send, Headers], Awaitable[None]]


class HotLane:
    """`query_page`: people who open /graphql in a browser are shown a page to ask from (development only)."""

    def __init__(
        self,
        askers: Askers,
        availability: AvailabilityRoutes,
        limits: ClientLimits,
        origins: CrossOrigin,
        rest: ASGIApp,
        requests: RequestMetrics,
        *,
        query_page: bool,
    ) -> None:
        self._askers, self._availability, self._limits, self._origins = askers, availability, limits, origins
        self._requests, self._rest = requests, requests.watching(LimitedRoutes(rest, limits))
        self._socket, self._carts, self._query_page = GraphQLSocket(askers), CartStreams(askers), query_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != _HTTP:
            spoken = scope["type"] == _WEBSOCKET and scope["path"] == GRAPHQL
            await (self._socket if spoken else self._rest)(scope, receive, send)
        elif (path := scope["path"]) == GRAPHQL:
            await self._serve(GRAPHQL, self._answer, scope, receive, send, dialect_answer)
        elif path == STREAM:
            await self._stream(STREAM, self._availability.stream, scope, receive, send)
        elif path == PATH or path.startswith(ONE):
            await self._serve(PATH if path == PATH else ONE_TEMPLATE, self._availability.answer, scope, receive, send)
        elif path == LIVE and scope["method"] in {"GET", "HEAD"}:
            await self._serve(LIVE, _live, scope, receive, send)
        elif DIALECT_PATH.fullmatch(path):
            await self._serve(DIALECT_TEMPLATE, self._answer, scope, receive, send, dialect_answer)
        elif cart_stream.PATH.fullmatch(path):
            await self._stream(cart_stream.TEMPLATE, self._carts.stream, scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    async def _serve(
        self, route: str, answered: Answering, scope: HTTPScope, receive: Receive, send: Send, refused: Refusing = problem_answer
    ) -> None:
        began, method = self._requests.seconds(), scope["method"]
        scope["path_template"] = route
        headers = dict(scope["headers"])
        try:
            answer = _PREFLIGHT if method == "OPTIONS" else await answered(scope, headers, receive)
        except Exception as error:  # the outermost frame of a request: whatever it was, the caller gets an answer
            answer = refused(error)
        self._requests.answered(route, method, answer.status, began)
        # No cache keeps answers to POST, so there nothing needs saying where no page asks.
        unsaid = method == "POST" and b"origin" not in headers
        await send_answer(send, answer, () if unsaid else self._origins.headers(headers.get(b"origin")))

    async def _stream(self, route: str, stream: Streaming, scope: HTTPScope, receive: Receive, send: Send) -> None:
        began, method, status = self._requests.seconds(), scope["method"], 200
        scope["path_template"] = route
        headers = dict(scope["headers"])
        origin = self._origins.headers(headers.get(b"origin"))
        try:
            if method == "OPTIONS":
                await send_answer(send, _PREFLIGHT, origin)
            else:
                budget = await self._limits.enter(scope, headers)
                with budget.stream():
                    await stream(scope, receive, send, origin)
        except Exception as error:  # raised before the stream began, so that it can still be answered
            answer = problem_answer(error)
            status = answer.status
            await send_answer(send, answer, origin)
        finally:
            self._requests.answered(route, method, status, began)

    async def _answer(self, scope: HTTPScope, headers: dict[bytes, bytes], receive: Receive) -> Answer | GraphQLResponse:
        """GraphQL, for every key; the method decides how the document is read, and nothing else. Raises what `dialect_answer` tells."""
        if self._query_page and _wants_page(scope, headers):
            shown = page("query")
            return Answer(200, shown.body, encoded(shown.headers))
        asker = self._askers.known(scope, headers) or await self._askers.meet(scope, headers)
        asker.budget.pay(1)
        storefront, caller = asker.storefront, asker.caller
        match scope["method"]:
            case "POST":
                body = await read_body(receive, headers.get(b"content-length"), GRAPHQL_BODY_BYTES)
                content_type = headers.get(b"content-type", b"application/json").decode("latin-1")
                return storefront.again(body, content_type, caller.client) or await storefront.post(body, content_type, caller)
            case "GET":
                parameters = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
                response = await storefront.get(parameters, text_of(headers.get(b"if-none-match")), caller)
                return Answer(response.status, response.body, (*response.headers, *_BY_KEY))
            case _:
                raise MethodNotAllowedException(headers={"allow": "GET, POST, OPTIONS"})


def _wants_page(scope: HTTPScope, headers: dict[bytes, bytes]) -> bool:
    return scope["method"] == "GET" and not scope["query_string"] and b"text/html" in headers.get(b"accept", b"")


async def _live(_: HTTPScope, __: dict[bytes, bytes], ___: Receive) -> Answer:
    return _LIVE
