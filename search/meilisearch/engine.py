"""The SearchEngine's side of Meilisearch: questions."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from time import monotonic
from typing import Annotated, Final

import msgspec

from search.cursors import Place, decode_place, encode_place
from search.limits import check_query, check_suggestions
from search.meilisearch.asking import FOUND, Attempt, Federated, Federation, Found, FoundHit, attempts, covering_page, searches
from search.meilisearch.connection import Connection, NotThere
from search.meilisearch.counting import FacetPlan, counts_of, plans
from search.meilisearch.filters import expression
from search.meilisearch.settings import FURTHEST_HIT
from search.meilisearch.shape import parted
from search.meilisearch.sorting import SCORE, Order, Value, order_of
from search.meilisearch.state import State, read_state
from search.meilisearch.stored import digest_of, read_hashes
from search.phrases import suggestions
from search.polish.analysis import Analysis
from search.polish.reading import Reading
from search.polish.vocabulary import Vocabulary
from search.types import FacetCounts, Hit, IndexStatus, SearchQuery, SearchResult, SearchSettings, Suggestion
from spoina.catalog.labels import fold
from spoina.errors import IndexNotBuilt, InvalidInput, LimitExceeded
from spoina.ids import ProductId

STATE_IS_FRESH_SECONDS: Final = 1.0
"""How long this process goes on with the words and the generation it read."""


class FacetHit(msgspec.Struct, frozen=True):
    value: str
    count: int


class FacetHits(msgspec.Struct, frozen=True, rename="camel"):
    facet_hits: list[FacetHit]


_FACET_HITS: Final = msgspec.json.Decoder(FacetHits)


class MeilisearchEngine:
    """SearchEngine. Asks with a key that may only search and read; totals, facets and pages are exact at every depth up to FURTHEST_HIT."""

    def __init__(self, connection: Connection, index: str, analysis: Analysis, *, state_seconds: float = STATE_IS_FRESH_SECONDS) -> None:
        self._connection, self._index, self._analysis = connection, index, analysis
        self._state_seconds = state_seconds
        self._read: tuple[float, State] | None = None
        self._vocabulary: Vocabulary = analysis.vocabulary(SearchSettings())

    async def search(self, query: SearchQuery) -> SearchResult:
        check_query(query)
        vocabulary = await self._words()
        reading = self._analysis.read(query.text, vocabulary, prefix=query.prefix)
        try:
            return await self._search(query, reading)
        except NotThere as none:
            raise IndexNotBuilt from none

    async def suggest(self, text: str, limit: int = 10) -> tuple[Suggestion, ...]:
        check_suggestions(text, limit)
        begun = " ".join(fold(text).split())
        if not begun:
            return ()
        try:
            body = {"facetName": "suggested", "facetQuery": begun}
            answer = await self._connection.post(f"/indexes/{self._index}/facet-search", body, _FACET_HITS)
        except NotThere as none:
            raise IndexNotBuilt from none
        # Meilisearch forgives typos in facet values, too; a suggestion goes on from what was typed.
        found = ((*parted(hit.value), hit.count) for hit in answer.facet_hits)
        return suggestions((each for each in found if each[0].startswith(begun)), limit)

    async def status(self) -> IndexStatus:
        """Reads the hash of every product: the digest is of what is there, not of what was once written."""
        state = await self._state()
        count, digest = digest_of([each async for batch in read_hashes(self._connection, self._index) for each in batch])
        return IndexStatus(count=count, digest=digest, generation=state.generation, built_at=state.built_at)

    async def built_at(self) -> datetime | None:
        return (await self._state()).built_at

    async def settings(self) -> SearchSettings:
        return (await self._state()).words

    async def close(self) -> None:
        """Whoever opened the connection closes it."""

    def forget_state(self) -> None:
        """The next search reads the words and the generation anew."""
        self._read = None

    async def _state(self) -> State:
        if self._read is None or monotonic() - self._read[0] >= self._state_seconds:
            self._read = monotonic(), await read_state(self._connection, self._index)
        return self._read[1]

    async def _words(self) -> Vocabulary:
        state = await self._state()
        if state.words != self._vocabulary.settings:
            self._vocabulary = self._analysis.vocabulary(state.words)
        return self._vocabulary

    async def _search(self, query: SearchQuery, reading: Reading) -> SearchResult:
        asking = _Asking(self._connection, self._index, query, has_text=bool(reading.words or reading.codes))
        for attempt in attempts(reading, typos=query.typos, relax=query.relax):
            total, counted = await asking.counted(attempt)
            found = total > 0 or await asking.finds_unfiltered(attempt)
            if found:
                break
        hits = await asking.hits(attempt, total) if total else []
        return self._result(asking, hits, total, attempt, counted, reading, relaxed=found and attempt.relaxed)

    def _result(
        self,
        asking: "_Asking",
        found: Sequence[tuple[int, FoundHit]],
        total: int,
        attempt: Attempt,
        facets: tuple[FacetCounts, ...],
        reading: Reading,
        *,
        relaxed: bool,
    ) -> SearchResult:
        hits = (self._hit(asking, place, hit, attempt, reading) for place, hit in found)
        first, last = (found[0][0], found[-1][0]) if found else (0, total - 1)
        return SearchResult(
            hits=tuple(hits),
            total=total,
            has_next=last < total - 1,
            has_previous=first > 0,
            facets=facets,
            relaxed=relaxed,
            ignored=reading.ignored,
        )

    def _hit(self, asking: "_Asking", place: int, hit: FoundHit, attempt: Attempt, reading: Reading) -> Hit:
        query = asking.query
        return Hit(
            id=hit.id,
            cursor=asking.cursor(place, hit),
            title=hit.title if query.highlight else "",
            highlights=self._analysis.spans(hit.title, reading) if query.highlight else (),
            reason=attempt.phrases[hit.placement.queries_position].reason,
        )


class _Anchor(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where a hit was, and what it was ordered by: so a page goes on where the last one ended whatever came and went meanwhile."""

    place: Annotated[int, msgspec.Meta(ge=0)]
    id: ProductId
    values: tuple[Value, ...]


class _Asking:
    """One query's requests."""

    def __init__(self, connection: Connection, index: str, query: SearchQuery, *, has_text: bool) -> None:
        self.query = query
        self._connection, self._index = connection, index
        self._order = order_of(query.sort, reverse=query.reverse, has_text=has_text)
        self._plans: Sequence[FacetPlan] = plans(query.facets, query.filters)

    async def counted(self, attempt: Attempt) -> tuple[int, tuple[FacetCounts, ...]]:
        """Totals, and each facet without the filters on itself: one request for each set of filters."""
        own = FacetPlan(tuple(self.query.filters), ())
        asked: list[FacetPlan] = [own, *self._plans]
        found = await asyncio.gather(*(self._ask(attempt, plan) for plan in asked))
        answered = zip(asked[1:], found[1:], strict=True)
        counts = [each for plan, answer in answered for each in counts_of(plan, answer.facets_by_index.get(self._index))]
        return found[0].total_hits, _in_order(self.query.facets, counts)

    async def finds_unfiltered(self, attempt: Attempt) -> bool:
        """Filtering an exact answer away does not make room for a guess."""
        return bool(self.query.filters) and (await self._ask(attempt, FacetPlan((), ()))).total_hits > 0

    async def hits(self, attempt: Attempt, total: int) -> list[tuple[int, FoundHit]]:
        """Each with its place in the whole order, from 0."""
        query = self.query
        low = 0 if query.after is None else await self._place(attempt, "after", query.after, total)
        high = total if query.before is None else await self._place(attempt, "before", query.before, total)
        count = max(0, min(query.limit, high - low))
        start = high - count if query.backward else low
        return list(enumerate(await self._window(attempt, start, count, total), start))

    def cursor(self, place: int, hit: FoundHit) -> str:
        anchor = _Anchor(place, hit.id, self._order.values(hit.values))
        return encode_place(Place(self.query.sort, self.query.reverse, 0, msgspec.msgpack.encode(anchor).hex()))

    async def _place(self, attempt: Attempt, field: str, cursor: str, total: int) -> int:
        """Where to go on: where the hit was that the cursor remembers, or, if products came and went, where it would be now."""
        anchor = self._anchor(field, cursor)
        there = await self._window(attempt, anchor.place, 1, total) if anchor.place < total else []
        if there and there[0].id == anchor.id:
            return anchor.place + (field == "after")
        wanted = self._order.key(anchor.values)
        low, high = 0, total
        while low < high:
            middle = (low + high) // 2
            (hit,) = await self._window(attempt, middle, 1, total)
            key = self._order.key(self._order.values(hit.values))
            if key < wanted or (field == "after" and hit.id == anchor.id):
                low = middle + 1
            else:
                high = middle
        return low

    def _anchor(self, field: str, cursor: str) -> "_Anchor":
        key = decode_place(field, cursor, self.query.sort, reverse=self.query.reverse).key
        try:
            anchor = msgspec.msgpack.decode(bytes.fromhex(key), type=_Anchor)
            self._order.key(anchor.values)
        except (ValueError, TypeError, msgspec.MsgspecError):
            raise InvalidInput(field, "is not a cursor") from None
        return anchor

    async def _window(self, attempt: Attempt, start: int, count: int, total: int) -> list[FoundHit]:
        """The hits [start, start + count) of the whole order."""
        if count <= 0:
            return []
        turned = self._order.mirrored or start + count > FURTHEST_HIT
        order = (self._order.turned or self._order) if turned else self._order
        from_the_end = self._order.mirrored or order is not self._order
        first = total - start - count if from_the_end else start
        if first + count > FURTHEST_HIT:
            raise LimitExceeded("after", FURTHEST_HIT, "products")
        page, size = covering_page(first, count)
        found = (await self._ask(attempt, FacetPlan(tuple(self.query.filters), ()), page, size, order)).hits
        kept = found[first - (page - 1) * size :][:count]
        return kept[::-1] if from_the_end else kept

    async def _ask(self, attempt: Attempt, plan: FacetPlan, page: int = 1, size: int = 0, order: Order | None = None) -> Found:
        sort = (order or self._order).sort
        kept = (field for field in self._order.fields if field != SCORE)
        fields = tuple(dict.fromkeys(("id", *(("title",) if self.query.highlight else ()), *kept)))
        federation = Federation(page=page, hits_per_page=size, facets_by_index={self._index: plan.attributes} if plan.attributes else {})
        queries = searches(attempt.phrases, self._index, filters=expression(plan.filters), sort=list(sort), fields=fields)
        return await self._connection.post("/multi-search", Federated(federation, queries), FOUND)


def _in_order(names: Sequence[str], counts: Iterable[FacetCounts]) -> tuple[FacetCounts, ...]:
    """As they were asked for; axes and keys by name."""
    places = {name: place for place, name in enumerate(names)}
    return tuple(sorted(counts, key=lambda each: (places.get(each.facet, places.get(each.facet.partition(":")[0], 0)), each.facet)))
