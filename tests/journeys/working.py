"""A worker, and the entrance for webhooks, in this process: with the waits of `api.worker` cut short."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest

from api import worker
from api.app import create_app
from api.services import open_services
from channels.woocommerce import pacing
from spoina.db import Pool
from spoina.settings import Settings, WooCommerceSettings
from tests.serving import serving


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "FIRST_WAIT", 0.02)
    monkeypatch.setattr(worker, "_RETRY_SHOP_AFTER", 0.1)
    monkeypatch.setattr(worker, "_RETRY_JOB_AFTER", timedelta(seconds=0.1))


@asynccontextmanager
async def working(shop: WooCommerceSettings, database: str):
    stop = asyncio.Event()
    with TemporaryDirectory(prefix="spoina-") as folder:
        settings = Settings(data_dir=Path(folder), database_url=database, woocommerce=shop)
        running = asyncio.create_task(worker.run_worker(settings, database, stop))
        try:
            yield running
        finally:
            stop.set()
            await asyncio.wait_for(running, 20)


@asynccontextmanager
async def entrance(database: str, redis_url: str, shop: WooCommerceSettings | None = None):
    """The API that takes deliveries; its address."""
    with TemporaryDirectory(prefix="spoina-") as folder:
        settings = Settings(data_dir=Path(folder), database_url=database, redis_url=redis_url, woocommerce=shop)
        async with open_services(settings, database, redis_url) as services, serving(create_app(settings, services)) as address:
            yield address


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


FINISHED = "select exists (select from sync_run where kind = $2 and id > $1 and finished_at is not null and error is null)"


async def imported(pool: Pool) -> bool:
    return await pool.fetchval(FINISHED, 0, "woocommerce.full")


async def polled_again(pool: Pool, seconds: float = 20) -> None:
    """Until a poll that begins after this moment has come to a good end."""
    last = await pool.fetchval("select coalesce(max(id), 0) from sync_run")
    await until(lambda: pool.fetchval(FINISHED, last, "woocommerce.poll"), seconds)


def with_webhooks(shop: WooCommerceSettings, address: str) -> WooCommerceSettings:
    return msgspec.structs.replace(shop, webhook_url=address)
