"""Every engine, empty, behind one face. SPOINA_TEST_MEILISEARCH_URL puts a real server in the simulator's place."""

import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from search.documents import document_of
from search.embedded.engine import EmbeddedEngine
from search.embedded.index import EmbeddedIndex
from search.embedded.store import Store
from search.meilisearch.opening import open_meilisearch
from search.polish.analysis import Analysis
from search.port import SearchEngine, SearchIndex
from search.types import SearchDocument, SearchQuery, SearchResult
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Product
from spoina.ids import StockItemId
from tests.conftest import quick_place
from tests.search.meilisearch_server import meilisearch_settings
from tests.spoina.catalog.builders import NOON, category, product

CATEGORIES = CategoryTree([category(1, title="Narzędzia"), category(2, 1, title="Wiertarki"), category(3, title="Kuchnia")])


@dataclass
class Shop:
    engine: SearchEngine
    index: SearchIndex
    analysis: Analysis

    def documents(self, products: Iterable[Product], left: dict[StockItemId, int] | None = None) -> list[SearchDocument]:
        return [document_of(each, CATEGORIES, self.analysis, left=left or {}, at=NOON) for each in products]

    async def sells(self, *products: Product, left: dict[StockItemId, int] | None = None) -> None:
        await self.index.upsert(self.documents(products, left))

    async def titled(self, *titles: str) -> None:
        """Products 1, 2, … with these titles."""
        await self.sells(*(product(number, title=title) for number, title in enumerate(titles, 1)))

    async def search(self, text: str = "", **more: object) -> SearchResult:
        return await self.engine.search(SearchQuery(text=text, **more))  # type: ignore[arg-type]

    async def found(self, text: str = "", **more: object) -> list[int]:
        return [hit.id for hit in (await self.search(text, **more)).hits]

    async def rebuild(self, products: Sequence[Product]) -> None:
        async def batches() -> AsyncIterator[Sequence[SearchDocument]]:
            yield self.documents(products)

        await self.index.rebuild(batches())


@asynccontextmanager
async def embedded(folder: Path, analysis: Analysis) -> AsyncIterator[Shop]:
    store = Store(folder / "search")
    engine = EmbeddedEngine(store, analysis)
    yield Shop(engine, EmbeddedIndex(store, lambda: NOON), analysis)
    await engine.close()


@asynccontextmanager
async def meilisearch(folder: Path, analysis: Analysis) -> AsyncIterator[Shop]:
    async with (
        meilisearch_settings("conformance") as settings,
        open_meilisearch(settings, analysis, clock=lambda: NOON, state_seconds=0) as opened,
    ):
        yield Shop(opened.engine, opened.index, analysis)


ENGINES = {"embedded": embedded, "meilisearch": meilisearch}


@pytest.fixture(params=ENGINES)
async def shop(request: pytest.FixtureRequest, analysis: Analysis) -> AsyncIterator[Shop]:
    with tempfile.TemporaryDirectory(prefix="spoina-", dir=quick_place()) as folder:
        async with ENGINES[request.param](Path(folder), analysis) as opened:
            yield opened
