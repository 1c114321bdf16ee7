"""The embedded engine: tantivy in the process that asks, on files that a worker writes (search/embedded/index.py).

Why tantivy's own parts and nothing instead of them: an index of deletions with bitmaps in the process is three times faster, but every
process would hold it in memory and read it again after each change, while tantivy's files are mapped once for all, kept safe at every
commit, and its automata and columns answer in well under the limit (python -m tests.benchmarks search).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import tantivy
from tantivy import Query

from search.embedded.counting import count_facets
from search.embedded.filtering import filter_query, filtered
from search.embedded.matching import Attempt, Matching, Tier
from search.embedded.paging import Found, Page, Paging
from search.embedded.reader import Reader, status_of
from search.embedded.schema import ID, PHRASES, SEPARATOR, SHOWN
from search.embedded.snapshot import Snapshot
from search.embedded.sorting import Order, order_of
from search.embedded.store import Store, unreadable
from search.limits import check_query, check_suggestions
from search.phrases import suggestions
from search.polish.analysis import Analysis
from search.polish.reading import Reading
from search.polish.vocabulary import Vocabulary
from search.types import Hit, IndexStatus, SearchQuery, SearchResult, SearchSettings, SortKey, Suggestion
from spoina.catalog.labels import fold
from spoina.ids import ProductId


class EmbeddedEngine:
    """See search/port.py. Searches run in threads: tantivy lets go of Python's lock while it works, and the event loop goes on."""

    def __init__(self, store: Store, analysis: Analysis) -> None:
        self._reader, self._analysis = Reader(store), analysis
        self._vocabulary = analysis.vocabulary(SearchSettings())

    async def search(self, query: SearchQuery) -> SearchResult:
        check_query(query)
        snapshot = self._reader.required()
        reading = self._analysis.read(query.text, self._vocabulary_of(snapshot), prefix=query.prefix)
        return await asyncio.to_thread(self._answer, snapshot, query, reading)

    async def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        check_suggestions(text, limit)
        snapshot = self._reader.required()
        begun = " ".join(fold(text).split())
        return await asyncio.to_thread(_suggestions, snapshot.searcher, begun, limit) if begun else ()

    async def status(self) -> IndexStatus:
        return await asyncio.to_thread(status_of, self._reader.snapshot())

    async def built_at(self) -> datetime | None:
        snapshot = self._reader.snapshot()
        return snapshot.built_at if snapshot is not None else None

    async def settings(self) -> SearchSettings:
        return self._reader.settings()

    async def close(self) -> None:
        """Nothing is held that would not be let go with the engine."""

    def _vocabulary_of(self, snapshot: Snapshot) -> Vocabulary:
        if self._vocabulary.settings != snapshot.settings:
            self._vocabulary = self._analysis.vocabulary(snapshot.settings)
        return self._vocabulary

    def _answer(self, snapshot: Snapshot, query: SearchQuery, reading: Reading) -> SearchResult:
        try:
            return self._found(snapshot, query, reading)
        except OSError as error:
            raise unreadable(error) from error

    def _found(self, snapshot: Snapshot, query: SearchQuery, reading: Reading) -> SearchResult:
        narrowing = filter_query(snapshot.schema, query.filters)
        attempt, found = _first_that_finds(snapshot, query, reading)
        total = found if narrowing is None else _count(snapshot.searcher, filtered(attempt.found, narrowing))
        tiers, order = _order(query, attempt)
        page = Paging(snapshot, query, tiers, order, narrowing, total).page()
        return SearchResult(
            hits=self._hits(snapshot, query, reading, page),
            total=total,
            has_next=page.has_next,
            has_previous=page.has_previous,
            facets=count_facets(snapshot.searcher, snapshot.schema, attempt.found, query.filters, query.facets),
            relaxed=attempt.relaxed and found > 0,
            ignored=reading.ignored,
        )

    def _hits(self, snapshot: Snapshot, query: SearchQuery, reading: Reading, page: Page) -> tuple[Hit, ...]:
        ids = snapshot.values(ID, [each.address for each in page.found])
        return tuple(self._hit(snapshot, query, reading, ProductId(number), each) for number, each in zip(ids, page.found, strict=True))

    def _hit(self, snapshot: Snapshot, query: SearchQuery, reading: Reading, product_id: ProductId, found: Found) -> Hit:
        if not query.highlight:
            return Hit(id=product_id, cursor=found.cursor, reason=found.tier)
        title = str(snapshot.searcher.doc(found.address).get_first(SHOWN))
        spans = self._analysis.spans(title, reading)
        return Hit(id=product_id, cursor=found.cursor, reason=found.tier, title=title, highlights=spans)


_EVERYTHING = Attempt(Query.all_query(), (Tier("everything", Query.all_query),))


def _first_that_finds(snapshot: Snapshot, query: SearchQuery, reading: Reading) -> tuple[Attempt, int]:
    """And how many it finds. Asked without the filters: filtering an exact answer away does not make room for a guess."""
    attempt, found = _EVERYTHING, snapshot.searcher.num_docs
    if reading.words or reading.codes:
        for attempt in Matching(snapshot).attempts(reading, typos=query.typos, relax=query.relax):
            if found := _count(snapshot.searcher, attempt.found):
                break
    return attempt, found


def _count(searcher: tantivy.Searcher, query: Query) -> int:
    # In the order of a column, or tantivy would work out a score for everything it counts.
    found: Any = searcher.search(query, 1, order_by_field=ID)
    return int(found.count)


def _order(query: SearchQuery, attempt: Attempt) -> tuple[Sequence[Tier], Order]:
    """Only relevance knows tiers; it reads each upwards, and turned round the last one first and downwards."""
    if query.sort is SortKey.RELEVANCE and attempt is not _EVERYTHING:
        return attempt.tiers, order_of(SortKey.RELEVANCE, reverse=query.reverse)
    sort = SortKey.BEST_SELLING if query.sort is SortKey.RELEVANCE else query.sort
    return (Tier("found", lambda: attempt.found),), order_of(sort, reverse=query.reverse)


def _suggestions(searcher: tantivy.Searcher, begun: str, limit: int) -> tuple[Suggestion, ...]:
    """Some more than are asked for, because several may become one."""
    found = ((term.split(SEPARATOR), count) for term, count in searcher.terms_with_prefix(PHRASES, begun, limit=4 * limit))
    return suggestions(((folded, shown, count) for (folded, shown), count in found), limit)
