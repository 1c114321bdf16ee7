"""The engine that the settings name, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from search.embedded.engine import EmbeddedEngine
from search.embedded.index import EmbeddedIndex
from search.embedded.store import Store
from search.indexing import Indexer
from search.polish.analysis import Analysis
from search.polish.lexicon import PolishLexicon
from search.port import SearchEngine, SearchIndex
from spoina.clock import Clock
from spoina.db import Pool
from spoina.settings import Settings

FOLDER = "search"
"""In the data folder, which the worker and the API processes share."""


@dataclass(frozen=True)
class Search:
    """`name` tells this index from others that follow the same catalogue."""

    engine: SearchEngine
    index: SearchIndex
    analysis: Analysis
    name: str

    def indexer(self, pool: Pool, clock: Clock) -> Indexer:
        return Indexer(pool, self.engine, self.index, self.analysis, clock, self.name)


@asynccontextmanager
async def open_search(settings: Settings, clock: Clock) -> AsyncIterator[Search]:
    """Asks nobody: an engine that is away is noticed by who searches."""
    analysis = Analysis(PolishLexicon())
    if settings.meilisearch is not None:
        # Its client takes as long to import as everything else here together; only who names a server waits for it.
        from search.meilisearch.opening import open_meilisearch

        async with open_meilisearch(settings.meilisearch, analysis, clock=clock) as meilisearch:
            yield Search(meilisearch.engine, meilisearch.index, analysis, f"meilisearch {settings.meilisearch.index}")
        return
    store = Store(settings.data_dir / FOLDER)
    engine = EmbeddedEngine(store, analysis)
    yield Search(engine, EmbeddedIndex(store, clock), analysis, f"embedded {store.folder.resolve()}")
    await engine.close()
