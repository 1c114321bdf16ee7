"""The engines that are judged, each over the demo shop, with the shop's synonyms, with the Polish layer or without it."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from search.embedded.engine import EmbeddedEngine
from search.embedded.index import EmbeddedIndex
from search.embedded.store import Store
from search.meilisearch.opening import open_meilisearch
from search.polish.analysis import Analysis
from search.polish.lexicon import Lexicon, NoLexicon, PolishLexicon
from search.port import SearchEngine, SearchIndex
from search.types import SearchDocument, SearchQuery, SearchSettings
from simulators.meilisearch.server import MASTER_KEY, Server
from simulators.meilisearch.serving import serving
from spoina.clock import utc_now
from spoina.settings import MeilisearchSettings
from tests.relevance.judging import Judgement, judgements, synonyms
from tests.relevance.measures import PAGE, Score, score
from tests.search.demo_catalogue import documents

LEXICONS: dict[str, type[Lexicon]] = {"polish": PolishLexicon, "bare": NoLexicon}


@asynccontextmanager
async def embedded(folder: Path, lexicon: Lexicon) -> AsyncIterator[SearchEngine]:
    analysis = Analysis(lexicon)
    store = Store(folder)
    engine = EmbeddedEngine(store, analysis)
    await _fill(EmbeddedIndex(store, utc_now), documents(analysis))
    yield engine
    await engine.close()


@asynccontextmanager
async def meilisearch(lexicon: Lexicon) -> AsyncIterator[SearchEngine]:
    """On the server at SPOINA_TEST_MEILISEARCH_URL, otherwise on the simulator."""
    analysis = Analysis(lexicon)
    async with _meilisearch_settings() as settings, open_meilisearch(settings, analysis) as opened:
        await _fill(opened.index, documents(analysis))
        yield opened.engine


def meilisearch_is_real() -> bool:
    return bool(os.environ.get("SPOINA_TEST_MEILISEARCH_URL"))


async def judged(engine: SearchEngine) -> dict[Judgement, Score]:
    return {judgement: score(await _found(engine, judgement.query), judgement) for judgement in judgements()}


async def _found(engine: SearchEngine, text: str) -> list[int]:
    return [hit.id for hit in (await engine.search(SearchQuery(text=text, limit=PAGE))).hits]


async def _fill(index: SearchIndex, products: Sequence[SearchDocument]) -> None:
    async def once() -> AsyncIterator[Sequence[SearchDocument]]:
        yield products

    await index.rebuild(once())
    await index.configure(SearchSettings(synonyms=synonyms()))


@asynccontextmanager
async def _meilisearch_settings() -> AsyncIterator[MeilisearchSettings]:
    url, key = os.environ.get("SPOINA_TEST_MEILISEARCH_URL"), os.environ.get("SPOINA_TEST_MEILISEARCH_KEY", "")
    if url:
        yield MeilisearchSettings(url=url, key=key, index=f"relevance-{uuid4().hex[:8]}")
        return
    async with serving(Server()) as simulated:
        yield MeilisearchSettings(url=simulated, key=MASTER_KEY)
