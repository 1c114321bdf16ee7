"""The embedded engine at 10,000, 50,000 and 100,000 made-up products: instant search, faceted search with typos, indexing, memory.

Times are the processor's, of all threads: what a search costs, whatever else this machine does meanwhile. "Directly" asks tantivy the same
without our code, as its documentation would have it: every word of the query fuzzily in the title, which counts more, or in title and keys,
the best 24, their number and the same facets. Recall is against every document compared with every word by plain Python.
"""

import asyncio
import gc
import tempfile
import time
from array import array
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import psutil
import tantivy
from tantivy import Occur, Query

from search.documents import document_of
from search.embedded.engine import EmbeddedEngine
from search.embedded.index import EmbeddedIndex
from search.embedded.reader import Reader
from search.embedded.schema import COUNTED, ID, NEAR, TITLE
from search.embedded.snapshot import Snapshot
from search.embedded.store import Store
from search.polish.analysis import Analysis
from search.polish.distance import within
from search.polish.lexicon import PolishLexicon
from search.polish.reading import Sought
from search.types import Analysed, SearchDocument, SearchQuery, SearchSettings
from tests.benchmarks.figures import Figure, middle
from tests.benchmarks.titles import NOON, Made, made, products

SIZES = (10_000, 50_000, 100_000)
SLOWEST, UP_TO = 10, 50_000
"""Milliseconds, of the worst of a hundred searches, up to so many products; beyond that it is told."""
PAGE, BATCH, QUERIES, ROUNDS = 24, 2000, 150, 3
FACETS = ("vendor", "category", "type", "option", "available")


class Timed(NamedTuple):
    """Milliseconds."""

    median: float
    worst: float
    """Of a hundred."""


def figures() -> Iterator[Figure]:
    analysis, of = Analysis(PolishLexicon()), made()
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="spoina-") as folder:
            yield from _of_size(size, Store(Path(folder)), analysis, of)


def _of_size(size: int, store: Store, analysis: Analysis, of: Made) -> Iterator[Figure]:
    name = f"{size // 1000},000 products"
    seconds, memory = asyncio.run(_built(size, store, analysis, of))
    yield Figure(name=f"indexing, {name}", value=size / seconds, unit="products/s", detail=f"{seconds:.0f} s of the processor")
    yield Figure(name=f"memory while indexing, {name}", value=memory, unit="MB", limit=400, at_least=False)
    titles = [product.title for product in islice(products(size, of), 5000)]
    typed, misspelt = typed_queries(titles), misspelt_queries(titles)
    engine, snapshot = EmbeddedEngine(store, analysis), Reader(store).required()
    (instant,) = asyncio.run(_timed([lambda text=text: engine.search(SearchQuery(text=text)) for text in typed]))
    yield from _told(f"instant search, {name}", instant, size)
    ours: list[Ask] = [lambda text=text: engine.search(SearchQuery(text=text, facets=FACETS)) for text in misspelt]
    theirs: list[Ask] = [lambda text=text: _directly(snapshot, analysis, text) for text in misspelt]
    faceted, direct = asyncio.run(_timed(ours, theirs))
    yield from _told(f"facets and typos, {name}", faceted, size)
    detail = f"directly {direct.median:.2f} ms"
    yield Figure(
        name=f"facets and typos against tantivy, {name}",
        value=direct.median / faceted.median,
        unit="of its speed",
        limit=0.7,
        detail=detail,
    )
    recall = asyncio.run(_recall(engine, analysis, Everything(_documents(size, analysis, of)), [*typed[:40], *misspelt[:40]]))
    yield Figure(name=f"recall at {PAGE} against brute force, {name}", value=recall, unit="found", limit=0.99)


def _told(name: str, timed: Timed, size: int) -> Iterator[Figure]:
    yield Figure(name=f"{name}, median", value=timed.median, unit="ms", at_least=False)
    limit = SLOWEST if size <= UP_TO else None
    yield Figure(name=f"{name}, worst of 100", value=timed.worst, unit="ms", limit=limit, at_least=False)


async def _built(size: int, store: Store, analysis: Analysis, of: Made) -> tuple[float, float]:
    """Seconds of the processor, and what memory rose by at most."""
    gc.collect()
    process, peak = psutil.Process(), 0
    before = process.memory_info().rss

    async def batches() -> AsyncIterator[Sequence[SearchDocument]]:
        nonlocal peak
        documents = _documents(size, analysis, of)
        while batch := list(islice(documents, BATCH)):
            yield batch
            peak = max(peak, process.memory_info().rss - before)

    started = time.process_time()
    await EmbeddedIndex(store, lambda: NOON).rebuild(batches())
    return time.process_time() - started, peak / 1e6


def _documents(size: int, analysis: Analysis, of: Made) -> Iterator[SearchDocument]:
    return (document_of(product, of.categories, analysis, left={}, at=NOON) for product in products(size, of))


Ask = Callable[[], Coroutine[Any, Any, object]]


async def _timed(*ways: Sequence[Ask]) -> list[Timed]:
    """Of each way to ask the same. They take turns, so that what the machine does meanwhile slows all of them; the first round warms up."""
    taken: list[list[float]] = [[] for _ in ways]
    for round_number in range(ROUNDS + 1):
        for asked in zip(*ways, strict=True):
            for ask, times in zip(asked, taken, strict=True):
                started = time.process_time()
                await ask()
                times += [1000 * (time.process_time() - started)] if round_number else []
    return [Timed(middle(times), sorted(times)[len(times) * 99 // 100]) for times in taken]


def typed_queries(titles: Sequence[str]) -> list[str]:
    """One to three words, the last one begun."""
    random = Random(3)
    whole = (" ".join(title.split()[: random.randint(1, 3)]) for title in random.sample(titles, QUERIES))
    return [text[: random.randint(2, len(text))] for text in whole]


def misspelt_queries(titles: Sequence[str]) -> list[str]:
    """Two words, each with a letter too many, too few, wrong or exchanged where it is long enough."""
    random = Random(4)
    return [" ".join(_misspelt(word, random) for word in random.sample(title.split()[:3], 2)) for title in random.sample(titles, QUERIES)]


def _misspelt(word: str, random: Random) -> str:
    if len(word) < 5:
        return word
    at = random.randrange(1, len(word) - 1)
    return random.choice(
        (word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :], f"{word[:at]}x{word[at + 1 :]}")
    )


async def _directly(snapshot: Snapshot, analysis: Analysis, text: str) -> object:
    schema, searcher = snapshot.schema, snapshot.searcher
    words = analysis.read(text, analysis.vocabulary(SearchSettings()), prefix=True).words
    found = Query.boolean_query([(Occur.Must, _fuzzy(schema, word)) for word in words])
    page = await asyncio.to_thread(searcher.search, found, PAGE)
    ids = searcher.fast_field_values(ID, [address for _, address in page.hits])
    request = {COUNTED[name]: {"terms": {"field": COUNTED[name], "size": 65_000}} for name in FACETS}
    return ids, await asyncio.to_thread(searcher.aggregate, found, request)


def _fuzzy(schema: tantivy.Schema, word: Sought) -> Query:
    titled, near = (Query.fuzzy_term_query(schema, field, word.text, word.typos, prefix=word.open) for field in (TITLE, NEAR))
    return Query.disjunction_max_query([Query.boost_query(titled, 3.0), near])


class Everything:
    """Which products have each term, in title and keys and in descriptions: by plain Python, without an engine."""

    def __init__(self, documents: Iterable[SearchDocument]) -> None:
        self.near: dict[str, array[int]] = {}
        self.body: dict[str, array[int]] = {}
        for document in documents:
            for terms, having in (
                (_all_terms(document.title_terms, document.key_terms), self.near),
                (_all_terms(document.body_terms), self.body),
            ):
                for term in terms:
                    having.setdefault(term, array("I")).append(document.id)

    def meant(self, word: Sought) -> set[int]:
        """All products with what a word stands for: what it is, anywhere, and what it begins, in title and keys; else the nearest
        misspellings."""
        exact = {term for term in (word.text, *word.lemmas) if term in self.near or term in self.body}
        like = {term for term in self.near if word.open and term.startswith(word.text)}
        for distance in range(1, word.typos + 1 if not exact and not like else 0):
            like = {term for term in self.near if term.isalpha() and within(distance, word.text, term, prefix=word.open)}
            if like:
                break
        described = (self.body.get(term, ()) for term in exact)
        return set().union(*(self.near.get(term, ()) for term in exact | like), *described)


async def _recall(engine: EmbeddedEngine, analysis: Analysis, everything: Everything, texts: Sequence[str]) -> float:
    """Share of the slots, up to PAGE for a query, that are filled with products which brute force finds as well."""
    vocabulary = analysis.vocabulary(SearchSettings())
    filled = slots = 0
    for text in texts:
        expected = set.intersection(*map(everything.meant, analysis.read(text, vocabulary, prefix=True).words))
        hits = (await engine.search(SearchQuery(text=text, limit=PAGE))).hits
        slots += min(PAGE, len(expected))
        filled += sum(hit.id in expected for hit in hits)
    return filled / slots


def _all_terms(*texts: Analysed) -> frozenset[str]:
    return frozenset(term for text in texts for each in (text.words, text.lemmas, text.forms) for term in each)
