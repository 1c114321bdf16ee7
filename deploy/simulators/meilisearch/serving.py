"""Running a server on a real port inside a test or another program."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import uvicorn

from simulators.meilisearch.app import create_app
from simulators.meilisearch.server import Server


@contextlib.asynccontextmanager
async def serving(server: Server, port: int = 0) -> AsyncIterator[str]:
    """Yields the server's address; any free port unless one is given."""
    config = uvicorn.Config(create_app(server), port=port, log_config=None, access_log=False, server_header=False, ws="none")
    running_server = uvicorn.Server(config)
    running = asyncio.create_task(running_server.serve())
    try:
        while not running_server.started:
            if running.done():
                await running
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{running_server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        running_server.should_exit = True
        await running
