"""Running a shop on a real port inside a test or another program."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn

from simulators.woocommerce.app import create_app
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.webhooks import Sender


@contextlib.asynccontextmanager
async def serving(shop: Shop, port: int = 0, sender: Sender | None = None, state_file: Path | None = None) -> AsyncIterator[str]:
    """Yields the shop's address; any free port unless one is given."""
    config = uvicorn.Config(
        create_app(shop, sender, state_file),
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if running.done():
                await running
            await asyncio.sleep(0.005)
        # uvicorn binds by itself: sockets handed to it lose TCP_NODELAY, which costs 40 ms per answer.
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
