"""The engines that are judged, each over the demo shop, with the shop's synonyms, with the Polish layer or without it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from search.embedded.engine import EmbeddedEngine
from search.embedded.index import EmbeddedIndex
from search.embedded.store import Store
from search.meilisearch.opening import open_meilisearch
from search.polish.analysis import Analysis
from search.polish.lexicon import Lexicon, NoLexicon, PolishLexicon
from search.port import SearchEngine, SearchIndex
from search.types import SearchDocument, SearchQuery, SearchSettings
from spoina.clock import utc_now
from tests.relevance.judging import Judgement, judgements, synonyms
from tests.relevance.measures import PAGE, Score, score
from tests.search.demo_catalogue import documents
from tests.search.meilisearch_server import meilisearch_settings

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
    analysis = Analysis(lexicon)
    async with meilisearch_settings("relevance") as settings, open_meilisearch(settings, analysis) as opened:
        await _fill(opened.index, documents(analysis))
        yield opened.engine


async def judged(engine: SearchEngine) -> dict[Judgement, Score]:
    return {judgement: score(await _found(engine, judgement.query), judgement) for judgement in judgements()}


async def _found(engine: SearchEngine, text: str) -> list[int]:
    return [hit.id for hit in (await engine.search(SearchQuery(text=text, limit=PAGE))).hits]


async def _fill(index: SearchIndex, products: Sequence[SearchDocument]) -> None:
    async def once() -> AsyncIterator[Sequence[SearchDocument]]:
        yield products

    await index.rebuild(once())
    await index.configure(SearchSettings(synonyms=synonyms()))
