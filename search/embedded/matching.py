"""A query's words as tantivy queries: what is found, and in which tiers it is ranked.

Ranking is lexicographic, as Meilisearch's is, and not by one blended score: first how well the words are met (the tier), then what can be
bought, then what sells, then the id. Each tier is a query of its own, read in the order of one column; so the order is total, does not
change when segments merge, a page goes on exactly where the last one ended, and mostly only one or two tiers are ever asked.

Typos are looked for by tantivy's own automata: at 100,000 products one fuzzy word costs 0.6 ms (distance 1) to 2 ms (distance 2). A word
that the catalogue has is not taken for a misspelling of another; only if then nothing has all words, every word may be one.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import tantivy
from tantivy import Occur, Query

from search.embedded.schema import BODY, CODES, HEAD, KEYS, TITLE
from search.polish.reading import Reading, Sought

_SHORTEST_BEGUN_CODE = 4
Match = Callable[[Sought], Query]


class Tier(NamedTuple):
    """`query` is made when it is asked: it finds what belongs to this tier or to one before it."""

    name: str
    query: Callable[[], Query]


class Attempt(NamedTuple):
    """`found` is everything that all tiers find together. `relaxed`: some words need not be there."""

    found: Query
    tiers: Sequence[Tier]
    relaxed: bool = False


class Matching:
    """For one snapshot of an index."""

    def __init__(self, schema: tantivy.Schema, searcher: tantivy.Searcher) -> None:
        self._schema, self._searcher = schema, searcher

    def attempts(self, reading: Reading, *, typos: bool) -> Iterator[Attempt]:
        """Ways to answer, strictest first; the first that finds anything is the answer."""
        everything = frozenset(word for word in _all_words(reading) if typos and word.typos)
        doubted = frozenset(word for word in everything if not self._is_known(word))
        yield self._attempt(reading, doubted)
        if everything - doubted:
            yield self._attempt(reading, everything)
        for most in range(len(reading.words) - 1, 0, -1):
            yield self._relaxed(reading.words, everything, most)

    def _is_known(self, word: Sought) -> bool:
        terms = (word.text, *word.lemmas)
        if any(self._searcher.doc_freq(field, term) for field in (TITLE, KEYS) for term in terms):
            return True
        return bool(word.alternatives) or (
            word.open and any(self._searcher.terms_with_prefix(field, word.text, limit=1) for field in (TITLE, KEYS))
        )

    def _attempt(self, reading: Reading, doubted: frozenset[Sought]) -> Attempt:
        codes = self._codes(reading.codes) if reading.codes else None
        begun = [code for code in reading.codes[:1] if len(code) >= _SHORTEST_BEGUN_CODE]
        tiers = [Tier("code", lambda: codes)] if codes is not None else []
        found = [codes] if codes is not None else []
        if reading.words:
            tiers += self._word_tiers((reading.words, *reading.variants), doubted)
            found.append(tiers[-1].query())
        if begun:
            tiers.append(Tier("code begun", lambda: self._prefix(CODES, begun[0])))
            found.append(tiers[-1].query())
        return Attempt(any_of(found), tiers)

    def _word_tiers(self, rows: Sequence[Sequence[Sought]], doubted: frozenset[Sought]) -> list[Tier]:
        """The last finds everything."""
        complete, begun, anywhere, described, misspelt = self._ladder(doubted)
        tiers = [
            Tier("title, about it", lambda: self._rows(rows, complete, self._head)),
            Tier("title begun, about it", lambda: self._rows(rows, begun, self._begun_head)),
            Tier("title", lambda: self._rows(rows, complete)),
            Tier("title begun", lambda: self._rows(rows, begun)),
            Tier("title and keys, about it", lambda: self._rows(rows, anywhere, self._begun_head)),
            Tier("title and keys", lambda: self._rows(rows, anywhere, begun)),
            Tier("keys", lambda: self._rows(rows, anywhere)),
            Tier("description, about it", lambda: self._rows(rows, described, self._begun_head)),
            Tier("description", lambda: self._rows(rows, described)),
        ]
        if doubted:
            tiers += [
                Tier("misspelt, about it", lambda: self._rows(rows, misspelt, self._misspelt_head)),
                Tier("misspelt", lambda: self._rows(rows, misspelt)),
            ]
        return tiers

    def _relaxed(self, words: Sequence[Sought], doubted: frozenset[Sought], most: int) -> Attempt:
        *_, match = self._ladder(doubted)
        enough = Query.boolean_query([(Occur.Should, match(word)) for word in words], most)
        about = any_of([self._misspelt_head(word) if word in doubted else self._begun_head(word) for word in words])
        titled = any_of([self._begun(word) for word in words])
        tiers = [
            Tier("some words, about it", lambda: all_of([enough, about])),
            Tier("some words, title", lambda: all_of([enough, titled])),
            Tier("some words", lambda: enough),
        ]
        return Attempt(enough, tiers, relaxed=True)

    def _ladder(self, doubted: frozenset[Sought]) -> tuple[Match, Match, Match, Match, Match]:
        """Ways to meet one word, each wider than the one before."""

        def anywhere(word: Sought) -> Query:
            return any_of([self._begun(word), self._terms(KEYS, word), *self._open(KEYS, word)])

        def described(word: Sought) -> Query:
            return any_of([anywhere(word), self._terms(BODY, word)])

        def misspelt(word: Sought) -> Query:
            wrong = [self._fuzzy(field, word) for field in (TITLE, KEYS)] if word in doubted else []
            return any_of([described(word), *wrong])

        return self._complete, self._begun, anywhere, described, misspelt

    def _complete(self, word: Sought) -> Query:
        return self._terms(TITLE, word)

    def _begun(self, word: Sought) -> Query:
        return any_of([self._terms(TITLE, word), *self._open(TITLE, word)])

    def _head(self, word: Sought) -> Query:
        return self._terms(HEAD, word)

    def _begun_head(self, word: Sought) -> Query:
        return any_of([self._terms(HEAD, word), *self._open(HEAD, word)])

    def _misspelt_head(self, word: Sought) -> Query:
        return any_of([self._begun_head(word), self._fuzzy(HEAD, word)])

    def _terms(self, field: str, word: Sought) -> Query:
        found = [self._term(field, term) for term in dict.fromkeys((word.text, *word.lemmas))]
        return any_of([*found, *(all_of([self._term(field, lemma) for lemma in row]) for row in word.alternatives)])

    def _open(self, field: str, word: Sought) -> list[Query]:
        return [self._prefix(field, word.text)] if word.open else []

    def _term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term, "basic")

    def _prefix(self, field: str, text: str) -> Query:
        return Query.fuzzy_term_query(self._schema, field, text, distance=0, prefix=True)

    def _fuzzy(self, field: str, word: Sought) -> Query:
        return Query.fuzzy_term_query(self._schema, field, word.text, distance=word.typos, prefix=word.open)

    def _codes(self, codes: Sequence[str]) -> Query:
        return any_of([self._term(CODES, code) for code in codes])

    def _rows(self, rows: Sequence[Sequence[Sought]], every: Match, some: Match | None = None) -> Query:
        """Of some row, every word in one way, and at least one word also in another."""
        return any_of([self._row(row, every, some) for row in rows])

    def _row(self, row: Sequence[Sought], every: Match, some: Match | None) -> Query:
        needed = [every(word) for word in row]
        return all_of([*needed, any_of([some(word) for word in row])] if some is not None else needed)


def _all_words(reading: Reading) -> Iterator[Sought]:
    yield from reading.words
    for row in reading.variants:
        yield from row


def any_of(queries: Sequence[Query]) -> Query:
    return _joined(Occur.Should, queries)


def all_of(queries: Sequence[Query]) -> Query:
    return _joined(Occur.Must, queries)


def without(query: Query, excluded: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query), *((Occur.MustNot, each) for each in excluded)]) if excluded else query


def _joined(occur: Occur, queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.all_query() if occur is Occur.Must else Query.empty_query()
    return queries[0] if len(queries) == 1 else Query.boolean_query([(occur, query) for query in queries])
