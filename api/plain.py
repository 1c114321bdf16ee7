"""Answers of the plain ASGI routes, and how they are sent."""

import msgspec
from litestar.types import Send

from api.problems import MEDIA_TYPE, problem_of
from spoina.errors import Throttled
from storefront.errors import Code, Problem, ProblemExtensions, Refused
from storefront.execution import response_to
from storefront.requests import GraphQLResponse, Headers
from storefront.throttling import refused_for

JSON: Headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))

_WITHOUT_BODY = frozenset({204, 304})
_CODES = {
    400: Code.BAD_REQUEST,
    401: Code.UNAUTHENTICATED,
    403: Code.FORBIDDEN,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.LIMIT_EXCEEDED,
    503: Code.UNAVAILABLE,
}


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    headers: Headers


def problem_answer(error: Exception) -> Answer:
    problem = problem_of(error)
    return Answer(problem.status, problem.body, encoded({"content-type": MEDIA_TYPE, **problem.headers}))


def dialect_answer(error: Exception) -> GraphQLResponse:
    """The same for GraphQL's clients, which can read no problem details: in the form of all answers there, with the status that HTTP has
    for it (GraphQL over HTTP, "Status Codes")."""
    if isinstance(error, Throttled):
        return response_to(refused_for(error))
    problem = problem_of(error)
    code = _CODES.get(problem.status, Code.INTERNAL)
    told = Problem(message=problem.detail, extensions=ProblemExtensions(code, problem.reference))
    return response_to(Refused(code, problem.detail, status=problem.status, problems=(told,), headers=encoded(dict(problem.headers))))


def text_of(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def encoded(headers: dict[str, str]) -> Headers:
    return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items())


async def send_answer(send: Send, answer: Answer | GraphQLResponse, further: Headers) -> None:
    status, body = answer.status, answer.body
    headers = [*answer.headers, *further]
    if status not in _WITHOUT_BODY:
        headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
