from collections.abc import AsyncIterable, AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
import pytest

from search.meilisearch.opening import Meilisearch, open_meilisearch
from search.polish.analysis import Analysis
from search.polish.lexicon import PolishLexicon
from search.types import FacetValue, SearchDocument, SearchQuery
from simulators.meilisearch.app import create_app
from simulators.meilisearch.server import MASTER_KEY, Server
from spoina.ids import ProductId
from spoina.settings import MeilisearchSettings
from tests.serving import serving

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INDEX = "products"


@dataclass
class Hands:
    """A clock moved by hand."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@cache
def polish() -> Analysis:
    return Analysis(PolishLexicon())


def document(number: int, title: str, *, vendor: str = "", **facts: object) -> SearchDocument:
    analysis = polish()
    made = SearchDocument(
        id=ProductId(number),
        hash="",
        title=title,
        created_at=NOON + timedelta(days=number),
        updated_at=NOON,
        title_terms=analysis.terms([title], forms=True),
        head=analysis.head(title),
        key_terms=analysis.terms([vendor], forms=True),
        facets=(FacetValue("vendor", vendor.casefold(), vendor),) if vendor else (),
    )
    changed = msgspec.structs.replace(made, **facts)
    return msgspec.structs.replace(changed, hash=f"{hash(msgspec.msgpack.encode(changed)) & (2**64 - 1):016x}")


async def in_batches(*batches: Sequence[SearchDocument]) -> AsyncIterable[Sequence[SearchDocument]]:
    for batch in batches:
        yield batch


async def found(opened: Meilisearch, text: str = "", **asked: object) -> list[int]:
    result = await opened.engine.search(SearchQuery(text=text, **asked))
    return [hit.id for hit in result.hits]


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def settings(server: Server) -> AsyncIterator[MeilisearchSettings]:
    async with serving(create_app(server), lifespan="on") as address:
        yield MeilisearchSettings(url=address, key=MASTER_KEY, index=INDEX)


@pytest.fixture
async def opened(settings: MeilisearchSettings, clock: Hands) -> AsyncIterator[Meilisearch]:
    async with open_meilisearch(settings, polish(), clock=clock, state_seconds=0) as meilisearch:
        yield meilisearch
