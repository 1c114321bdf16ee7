"""Feeds as settings have them: where they are defined, where they lie, and who builds them."""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from feeds.building import Builder
from feeds.definitions import load_definitions
from feeds.files import FeedFiles
from feeds.keeping import FeedKeeper, Pace
from feeds.storage import FeedStorage, open_storage
from feeds.types import FeedDefinition
from spoina.clock import utc_now
from spoina.db import Pool, connect_pool
from spoina.notifications import Listener
from spoina.settings import Settings

_SECRET_BYTES = 24
_CONNECTIONS = 12
"""A build holds three and asks for a fourth now and then; two may run at once."""


def definitions_folder(settings: Settings) -> Path:
    return settings.feeds_dir or settings.data_dir / "feeds"


def definitions(settings: Settings) -> Callable[[], list[FeedDefinition]]:
    """Reads them anew at each call. Raises InvalidInput."""
    return partial(load_definitions, definitions_folder(settings))


def feed_storage(settings: Settings) -> FeedStorage:
    return open_storage(settings.feeds_storage, settings.data_dir / ("feed-copies" if settings.feeds_storage else "feed-files"))


def feed_files(settings: Settings) -> FeedFiles:
    return FeedFiles(feed_storage(settings))


def new_secret() -> str:
    """Of a feed's address."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def feed_builder(settings: Settings, pool: Pool) -> Builder:
    return Builder(pool, feed_storage(settings), utc_now, new_secret)


async def keep_feeds(settings: Settings, database_url: str, listener: Listener, stop: asyncio.Event) -> None:
    """Until `stop` is set. With a pool of its own, so that builds never wait for connections that wait for builds."""
    pool = await connect_pool(database_url, size=_CONNECTIONS)
    try:
        await FeedKeeper(pool, feed_builder(settings, pool), definitions(settings), utc_now, Pace()).keep(listener, stop)
    finally:
        await pool.close()
