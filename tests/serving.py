"""An application behind a real Uvicorn on a real socket, in the loop of the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from socket import socket

import uvicorn

from api.listening import listen

GRACE_SECONDS = 1
answering: ContextVar[bool] = ContextVar("answering", default=False)
"""Whether this is done for a request, by whatever task that came of it."""


@asynccontextmanager
async def serving(application, bound: socket | None = None, *, lifespan: str = "off") -> AsyncIterator[str]:
    """Its address, at any free port unless a socket is given. Uvicorn's own loop looks ten times a second whether it shall end, and then
    takes two tenths of a second for it; this one sleeps, and ends at once."""

    async def answer(scope, receive, send) -> None:
        answering.set(scope["type"] != "lifespan")
        await application(scope, receive, send)

    server = uvicorn.Server(uvicorn.Config(answer, log_config=None, lifespan=lifespan))
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    with bound or listen("127.0.0.1", 0, "--port") as listening:
        await server.startup([listening])
        await server.on_tick(0)  # the headers that each answer carries
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            await _end(server)


async def _end(server: uvicorn.Server) -> None:
    for listening in server.servers:
        listening.close()
    state = server.server_state
    for connection in list(state.connections):
        connection.shutdown()
    try:
        async with asyncio.timeout(GRACE_SECONDS):
            while state.connections or state.tasks:  # noqa: ASYNC110 - Uvicorn tells nobody
                await asyncio.sleep(0.002)
    except TimeoutError:
        for task in state.tasks:
            task.cancel()
    await server.lifespan.shutdown()
