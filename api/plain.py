"""Answers of the plain ASGI routes, and how they are sent."""

import msgspec
from litestar.types import Send

from api.problems import MEDIA_TYPE, problem_of

Headers = list[tuple[bytes, bytes]]
JSON: Headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]


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
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


async def send_answer(send: Send, answer: Answer, further: Headers) -> None:
    length = [] if answer.status in {204, 304} else [(b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, *further, *length]})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
