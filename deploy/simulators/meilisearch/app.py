"""The Litestar application around a server, and the queue that runs while it serves."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, unquote

from litestar import Litestar, asgi, get, put
from litestar.params import JSONBody
from litestar.types import Receive, Scope, Send

from simulators.meilisearch.errors import ApiError
from simulators.meilisearch.faults import Faults
from simulators.meilisearch.routes import Answer, Call, answer
from simulators.meilisearch.server import Server

_IDLE_SECONDS = 0.002
_PAGE = b"<!DOCTYPE html><html><head><title>Przerwa techniczna</title></head><body>Zaraz wracamy.</body></html>"


def create_app(server: Server) -> Litestar:
    @asgi("/", is_mount=True, copy_scope=True)
    async def api(scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(server, scope, receive, send)

    @get("/_simulator/faults", sync_to_thread=False)
    def read_faults() -> Faults:
        return server.faults

    @put("/_simulator/faults", sync_to_thread=False)
    def set_faults(data: JSONBody[Faults]) -> Faults:
        server.faults = data
        return data

    @contextlib.asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        queue = asyncio.create_task(run_queue(server))
        try:
            yield
        finally:
            queue.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await queue

    return Litestar(route_handlers=[api, read_faults, set_faults], lifespan=[running], openapi_config=None, logging_config=None)


async def run_queue(server: Server) -> None:
    while True:
        task = server.queue.start_next(server.clock())
        if task is None:
            await asyncio.sleep(_IDLE_SECONDS)
            continue
        await asyncio.sleep(server.faults.task_ms / 1000)
        server.queue.finish(task, server.clock(), fails=task.kind in server.faults.failing_tasks)


async def _answer(server: Server, scope: Scope, receive: Receive, send: Send) -> None:
    faults = server.faults
    if faults.latency_ms:
        await asyncio.sleep(faults.latency_ms / 1000)
    call = await _call(scope, receive)
    if faults.down:
        await _hang_up(send)
        return
    if faults.not_meilisearch:
        await _send(send, 200, _PAGE, b"text/html; charset=utf-8")
        return
    try:
        if faults.overloaded and call.path.endswith("search"):
            raise ApiError("too_many_search_requests", "Too many search requests running at the same time: 1000. Retry after 10s.")
        found = answer(server, call)
    except ApiError as error:
        found = Answer(error.status, error.as_json())
    body = b"" if found.content is None and found.status in (204, 404, 405) else json.dumps(found.content, ensure_ascii=False).encode()
    await _send(send, found.status, body, b"application/json")


async def _call(scope: Scope, receive: Receive) -> Call:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message["body"]
        if not message["more_body"]:
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(parse_qsl(scope.get("query_string", b"").decode(), keep_blank_values=True))
    path = "/" + unquote(scope["raw_path"].decode("ascii")).partition("?")[0].strip("/")
    return Call(str(scope.get("method", "GET")), path, query, headers, body)


async def _hang_up(send: Send) -> None:
    """Promises a byte that never comes, upon which the server closes the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
    await send({"type": "http.response.body", "body": b"", "more_body": True})


async def _send(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
