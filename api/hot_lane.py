"""The hot lane: plain ASGI ahead of Litestar for the few routes that most requests go to, because a framework's handler costs more
than the answer itself. Everything else is passed on.
"""

import re
from typing import Protocol
from urllib.parse import parse_qsl

import msgspec
from litestar.enums import ScopeType
from litestar.exceptions import MethodNotAllowedException
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from api.authentication import admit
from api.bodies import read_body
from api.cors import CrossOrigin
from api.pages import page
from api.problems import MEDIA_TYPE, problem_of
from spoina.access.service import KeyRing
from spoina.access.types import Scope as KeyScope
from storefront.requests import GraphQLResponse

GRAPHQL = "/graphql"
DIALECT_PATH = re.compile(r"/api/[A-Za-z0-9-]+/graphql\.json")
DIALECT_TEMPLATE = "/api/{version}/graphql.json"
LIVE = "/health/live"
GRAPHQL_BODY_BYTES = 1024 * 1024

Headers = list[tuple[bytes, bytes]]
_TEXT: Headers = [(b"content-type", b"text/plain; charset=utf-8")]


class Answers(Protocol):
    """The storefront, as far as HTTP is concerned."""

    async def post(self, body: bytes, content_type: str) -> GraphQLResponse: ...
    async def get(self, parameters: dict[str, str], if_none_match: str | None) -> GraphQLResponse: ...


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    headers: Headers


class HotLane:
    """`query_page`: people who open /graphql in a browser are shown a page to ask from (development only)."""

    def __init__(self, storefront: Answers, keys: KeyRing, origins: CrossOrigin, rest: ASGIApp, *, query_page: bool) -> None:
        self._storefront, self._keys, self._origins, self._rest = storefront, keys, origins, rest
        self._query_page = query_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._rest(scope, receive, send)
        elif (path := scope["path"]) == GRAPHQL or DIALECT_PATH.fullmatch(path):
            scope["path_template"] = GRAPHQL if path == GRAPHQL else DIALECT_TEMPLATE
            await self._graphql(scope, receive, send)
        elif path == LIVE and scope["method"] in {"GET", "HEAD"}:
            scope["path_template"] = LIVE
            await _send(send, Answer(200, b"live", _TEXT), [])
        else:
            await self._rest(scope, receive, send)

    async def _graphql(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """For every key; the method decides how the document is read, and nothing else."""
        headers = dict(scope["headers"])
        origin = self._origins.headers(headers.get(b"origin"))
        if scope["method"] == "OPTIONS":
            await _send(send, Answer(204, b"", []), [*origin, *self._origins.preflight()])
            return
        try:
            answer = await self._answer(scope, headers, receive)
        except Exception as error:  # the outermost frame of a request: whatever it was, the caller gets an answer
            problem = problem_of(error)
            answer = Answer(problem.status, problem.body, _encoded({"content-type": MEDIA_TYPE, **problem.headers}))
        await _send(send, answer, origin)

    async def _answer(self, scope: HTTPScope, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        if self._wants_page(scope, headers):
            shown = page("query")
            return Answer(200, shown.body, _encoded(shown.headers))
        await admit(self._keys, scope["headers"], KeyScope.STOREFRONT_READ)
        match scope["method"]:
            case "POST":
                body = await read_body(receive, _text(headers.get(b"content-length")), GRAPHQL_BODY_BYTES)
                response = await self._storefront.post(body, _text(headers.get(b"content-type")) or "application/json")
            case "GET":
                parameters = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
                response = await self._storefront.get(parameters, _text(headers.get(b"if-none-match")))
            case _:
                raise MethodNotAllowedException(headers={"allow": "GET, POST, OPTIONS"})
        return Answer(response.status, response.body, _encoded(response.headers))

    def _wants_page(self, scope: HTTPScope, headers: dict[bytes, bytes]) -> bool:
        reads = scope["method"] == "GET" and not scope["query_string"]
        return self._query_page and reads and b"text/html" in headers.get(b"accept", b"")


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _encoded(headers: dict[str, str]) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def _send(send: Send, answer: Answer, further: Headers) -> None:
    length = [] if answer.status in {204, 304} else [(b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, *further, *length]})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
