"""One shop's commands on a served shop, and the shop changed as its owner changes it: over REST."""

from contextlib import asynccontextmanager
from typing import Any

import httpx

from channels.woocommerce.sync import open_sync
from simulators.woocommerce.shop import DEMO_KEY
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.sync.runs import Counts
from tests.shop_server import ShopServer


@asynccontextmanager
async def syncing(server: ShopServer, pool: Pool, *, concurrency: int = 4):
    async with open_sync(server.settings(concurrency=concurrency), pool, utc_now) as sync:
        yield sync


async def imported(server: ShopServer, pool: Pool, *, concurrency: int = 4) -> Counts:
    async with syncing(server, pool, concurrency=concurrency) as sync:
        return await sync.full_pass(lambda _: None)


class Owner:
    def __init__(self, server: ShopServer) -> None:
        self._address = f"{server.shop.settings.home}/wp-json/wc/v3"

    async def put(self, path: str, **fields: object) -> dict[str, Any]:
        return await self._ask("PUT", path, fields)

    async def post(self, path: str, **fields: object) -> dict[str, Any]:
        return await self._ask("POST", path, fields)

    async def delete(self, path: str, *, force: bool = False) -> dict[str, Any]:
        return await self._ask("DELETE", f"{path}?force={str(force).lower()}", {})

    async def _ask(self, method: str, path: str, fields: dict[str, object]) -> dict[str, Any]:
        key = httpx.BasicAuth(DEMO_KEY.key, DEMO_KEY.secret)
        async with httpx.AsyncClient(auth=key, headers={"X-Forwarded-Proto": "https"}, trust_env=False) as client:
            answer = await client.request(method, f"{self._address}/{path}", json=fields)
        answer.raise_for_status()
        return answer.json()
