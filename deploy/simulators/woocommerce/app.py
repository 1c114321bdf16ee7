"""The Litestar application around a shop, and the queue that runs while it serves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
from litestar import Litestar, asgi
from litestar.types import Receive, Scope, Send

from simulators.woocommerce.controls import control_routes, picture_routes
from simulators.woocommerce.misbehaviour import misbehaving
from simulators.woocommerce.rest_server import RestServer
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.state_file import StateFile
from simulators.woocommerce.webhooks import Sender

_QUEUE_EVERY_SECONDS = 0.05


class HttpSender:
    """Delivers over HTTP; nobody at the other end is the same to WordPress as a bad answer."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int | None:
        try:
            response = await self._client.post(url, headers=headers, content=body)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None
        return response.status_code

    async def close(self) -> None:
        await self._client.aclose()


def create_app(shop: Shop, sender: Sender | None = None, state_file: Path | None = None) -> Litestar:
    """Serves the shop. While it runs, its queue delivers webhooks through `sender` (over HTTP unless given)."""
    chosen = sender or HttpSender(httpx.AsyncClient(timeout=60, follow_redirects=False, trust_env=False))
    server = RestServer(shop, chosen)

    @asgi("/wp-json", is_mount=True, copy_scope=True)
    async def rest(scope: Scope, receive: Receive, send: Send) -> None:
        await misbehaving(shop.dice, server)(scope, receive, send)

    @contextlib.asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        keeper = StateFile(state_file, shop) if state_file else None
        if keeper:
            keeper.load()
        queue = asyncio.create_task(_run_queue(shop, chosen, keeper))
        try:
            yield
        finally:
            queue.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await queue
            if keeper:
                keeper.save()
            if isinstance(chosen, HttpSender):
                await chosen.close()

    return Litestar(
        route_handlers=[rest, *picture_routes(shop), *control_routes(shop)],
        lifespan=[running],
        openapi_config=None,
        logging_config=None,
    )


async def _run_queue(shop: Shop, sender: Sender, keeper: StateFile | None) -> None:
    while True:
        await shop.run_queue(sender)
        if keeper:
            keeper.save()
        await asyncio.sleep(_QUEUE_EVERY_SECONDS)
