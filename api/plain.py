"""Answers of the plain ASGI routes, and how they are sent."""

import msgspec
from litestar.types import Send

from api.problems import MEDIA_TYPE, problem_of
from storefront.requests import GraphQLResponse, Headers

JSON: Headers = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


_WITHOUT_BODY = frozenset({204, 304})


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    headers: Headers


def problem_answer(error: Exception) -> Answer:
    problem = problem_of(error)
    return Answer(problem.status, problem.body, encoded({"content-type": MEDIA_TYPE, **problem.headers}))


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
