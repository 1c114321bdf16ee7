"""Search as a storefront asks for it: the engine, the merchant's rules, and what is popular."""

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from datetime import datetime

from search.merchandising.reader import RuleReader
from search.merchandising.rules import WordReader
from search.merchandising.types import Arrangement
from search.opening import Search
from search.popularity.counting import SearchCounts
from search.port import SearchEngine
from search.types import SearchQuery, SearchResult, Suggestion
from spoina.clock import Clock
from spoina.db import Pool
from spoina.ids import CategoryId
from spoina.notifications import Listener


class ShopSearch:
    """One per process."""

    def __init__(self, engine: SearchEngine, rules: RuleReader, counts: SearchCounts) -> None:
        self._engine, self._rules, self._counts = engine, rules, counts

    @property
    def edition(self) -> Hashable | None:
        """While it stays the same, so do index, words and rules. None while nobody can tell."""
        return self._rules.edition

    async def search(self, query: SearchQuery) -> SearchResult:
        """As SearchEngine.search."""
        return await self._engine.search(query)

    async def suggest(self, text: str, limit: int) -> tuple[Suggestion, ...]:
        """As SearchEngine.suggest."""
        return await self._engine.suggest(text, limit)

    def popular(self, text: str, limit: int) -> tuple[str, ...]:
        """What others searched for that begins so."""
        return self._counts.begun_with(text, limit)

    def note(self, text: str, *, found: bool) -> None:
        """Counts a search."""
        self._counts.note(text, found=found)

    def of_query(self, text: str, now: datetime) -> Arrangement:
        return self._rules.of_query(text, now)

    def of_category(self, category: CategoryId, now: datetime) -> Arrangement:
        return self._rules.of_category(category, now)


@asynccontextmanager
async def open_shop_search(search: Search, pool: Pool, listener: Listener, clock: Clock) -> AsyncIterator[ShopSearch]:
    rules, counts = RuleReader(pool, listener, WordReader(search.analysis)), SearchCounts(pool, clock)
    await rules.start()
    counts.start()
    try:
        yield ShopSearch(search.engine, rules, counts)
    finally:
        await counts.stop()
