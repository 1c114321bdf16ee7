"""The Meilisearch that tests use: a real one at SPOINA_TEST_MEILISEARCH_URL (with SPOINA_TEST_MEILISEARCH_KEY), otherwise the simulator."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import meilisearch

from simulators.meilisearch.app import create_app
from simulators.meilisearch.server import MASTER_KEY, Server
from spoina.settings import MeilisearchSettings
from tests.serving import serving


def is_real() -> bool:
    return bool(os.environ.get("SPOINA_TEST_MEILISEARCH_URL"))


@asynccontextmanager
async def meilisearch_settings(purpose: str) -> AsyncIterator[MeilisearchSettings]:
    """With an index of their own, of which nothing stays on a real server."""
    if not is_real():
        async with serving(create_app(Server()), lifespan="on") as address:
            yield MeilisearchSettings(url=address, key=MASTER_KEY)
        return
    url, key = os.environ["SPOINA_TEST_MEILISEARCH_URL"].rstrip("/"), os.environ.get("SPOINA_TEST_MEILISEARCH_KEY", "")
    settings = MeilisearchSettings(url=url, key=key, index=f"{purpose}-{uuid4().hex[:8]}")
    try:
        yield settings
    finally:
        await asyncio.to_thread(_drop, settings)


def _drop(settings: MeilisearchSettings) -> None:
    client = meilisearch.Client(settings.url, settings.key or None)
    for index in client.get_raw_indexes({"limit": 1000})["results"]:
        if index["uid"].startswith(settings.index):
            client.wait_for_task(client.delete_index(index["uid"]).task_uid)
