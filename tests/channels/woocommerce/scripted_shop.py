"""A small real HTTP server that answers as a test tells it to, and remembers what it was asked."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import uvicorn

JSON = {"content-type": "application/json; charset=UTF-8"}


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Reply:
    """`cut` closes the connection after half of the body."""

    status: int = 200
    body: bytes = b"[]"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False


Script = Callable[[Asked], Reply | Awaitable[Reply]]


class ScriptedShop:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.script: Script = lambda _: Reply()
        self.in_flight = 0
        self.most_in_flight = 0
        self.url = ""

    def replies(self, *replies: Reply) -> None:
        """In order; the last one for ever."""
        waiting = list(replies)
        self.script = lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]

    async def __call__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]) -> None:
        asked = await _read(scope, receive)
        self.asked.append(asked)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            reply = self.script(asked)
            await _send(reply if isinstance(reply, Reply) else await reply, send)
        finally:
            self.in_flight -= 1


async def _read(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]]) -> Asked:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
    return Asked(scope["method"], scope["path"], query, headers, body)


async def _send(reply: Reply, send: Callable[[Any], Awaitable[None]]) -> None:
    headers = {**JSON, "content-length": str(len(reply.body)), **reply.headers}
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    body = reply.body[: len(reply.body) // 2] if reply.cut else reply.body
    await send({"type": "http.response.body", "body": body, "more_body": reply.cut})
    if reply.cut:
        raise ConnectionAbortedError


@contextlib.asynccontextmanager
async def running_shop() -> AsyncIterator[ScriptedShop]:
    shop = ScriptedShop()
    listening = socket.create_server(("127.0.0.1", 0))
    shop.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(shop, log_level="critical", lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by this flag only
        await asyncio.sleep(0.005)
    try:
        yield shop
    finally:
        server.should_exit = True
        await serving
        listening.close()
