"""Feeds as settings have them: where they are defined, where they lie, and who builds them."""

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from feeds.building import Builder
from feeds.definitions import load_definitions
from feeds.files import FeedFiles
from feeds.storage import FeedStorage, open_storage
from feeds.types import FeedDefinition
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.settings import Settings

_SECRET_BYTES = 24


def definitions_folder(settings: Settings) -> Path:
    return settings.feeds_dir or settings.data_dir / "feeds"


def definitions(settings: Settings) -> Callable[[], list[FeedDefinition]]:
    """Reads them anew at each call. Raises InvalidInput."""
    return partial(load_definitions, definitions_folder(settings))


def feed_storage(settings: Settings) -> FeedStorage:
    return open_storage(settings.feeds_storage, settings.data_dir / "feed-files")


def feed_files(settings: Settings) -> FeedFiles:
    return FeedFiles(feed_storage(settings), settings.data_dir / "feed-copies")


def feed_builder(settings: Settings, pool: Pool) -> Builder:
    return Builder(pool, feed_storage(settings), utc_now, partial(secrets.token_urlsafe, _SECRET_BYTES))
