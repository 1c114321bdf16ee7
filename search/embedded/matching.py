"""A query's words as tantivy queries: what is found, and in which tiers it is ranked.

Ranking is lexicographic, as Meilisearch's is, and not by one blended score: first how well the words are met (the tier), then what can be
bought, then what sells, then the id. Each tier is a query of its own, read in the order of one column; so the order is total, does not
change when segments merge, a page goes on exactly where the last one ended, and mostly only one or two tiers are ever asked.

A word that the catalogue has is not taken for a misspelling of another; only if then nothing has all words, every word may be one.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from tantivy import Occur, Query

from search.embedded.combining import all_of, any_of
from search.embedded.schema import BEGUN, BODY, CODES, HEAD, KEYS, LONGEST_BEGINNING, TITLE
from search.embedded.snapshot import Snapshot
from search.polish.reading import Reading, Sought

_SHORTEST_BEGUN_CODE = 4
Match = Callable[[Sought], Query]


class Tier(NamedTuple):
    """`query` is made when it is asked: it finds what belongs to this tier and perhaps what belongs to better ones. `better` names tiers
    that together hold everything of all better ones: what they find is not of this tier."""

    name: str
    query: Callable[[], Query]
    better: tuple[str, ...] = ()
    widest: bool = False
    """Whether no other tier finds all that it finds."""


class Attempt(NamedTuple):
    """One way to answer. `found` is everything, `certain` ranks what has all words; where it guesses, the rest of `found` is ranked last,
    first what the query is `about`. `relaxed`: some words need not be there."""

    found: Query
    certain: Sequence[Tier]
    guess: str = ""
    about: Query | None = None
    relaxed: bool = False

    @property
    def tiers(self) -> Sequence[Tier]:
        if self.about is None:
            return self.certain
        found, about, certain = self.found, self.about, tuple(tier.name for tier in self.certain)
        return [
            *self.certain,
            Tier(f"{self.guess}, about it", lambda: all_of([found, about]), certain),
            Tier(self.guess, lambda: found, (*certain, f"{self.guess}, about it")),
        ]


class Matching:
    """For one snapshot of an index."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._schema, self._searcher = snapshot.schema, snapshot.searcher
        self._meant_by = cache(snapshot.words.meant_by)

    def attempts(self, reading: Reading, *, typos: bool) -> Iterator[Attempt]:
        """Strictest first; the first that finds anything is the answer."""
        rows = (reading.words, *(row for row in reading.variants if all(self._is_known(word) for word in row)))
        everything = frozenset(word for word in reading.words if typos and word.typos)
        doubted = frozenset(word for word in everything if not self._is_known(word))
        yield self._attempt(rows, reading.codes, doubted)
        if everything - doubted:
            yield self._attempt(rows, reading.codes, everything)
        for most in range(len(reading.words) - 1, 0, -1):
            yield self._relaxed(reading.words, everything, most)

    def _is_known(self, word: Sought) -> bool:
        terms = (word.text, *word.lemmas)
        if any(self._searcher.doc_freq(field, term) for field in (TITLE, KEYS) for term in terms):
            return True
        if word.alternatives:
            return True
        return word.open and any(self._searcher.doc_freq(BEGUN[field], word.text[:LONGEST_BEGINNING]) for field in (TITLE, KEYS))

    def _attempt(self, rows: Sequence[Sequence[Sought]], codes: Sequence[str], doubted: frozenset[Sought]) -> Attempt:
        tiers = [*self._code_tiers(codes), *(self._word_tiers(rows) if rows[0] else [])]
        if not doubted:
            return Attempt(any_of([tier.query() for tier in tiers if tier.widest]), tiers)
        words = rows[0]
        *_, described = self._ladder()
        found = all_of([any_of([described(word), *self._misspelt(word, doubted)]) for word in words])
        about = any_of([any_of([self._begun_head(word), *self._misspelt_head(word, doubted)]) for word in words])
        return Attempt(any_of([*(tier.query() for tier in tiers if tier.widest), found]), tiers, "misspelt", about)

    def _relaxed(self, words: Sequence[Sought], doubted: frozenset[Sought], most: int) -> Attempt:
        *_, described = self._ladder()
        some = [any_of([described(word), *self._misspelt(word, doubted)]) for word in words]
        found = Query.boolean_query([(Occur.Should, each) for each in some], most)
        about = any_of([any_of([self._begun_head(word), *self._misspelt_head(word, doubted)]) for word in words])
        return Attempt(found, (), "some words", about, relaxed=True)

    def _code_tiers(self, codes: Sequence[str]) -> list[Tier]:
        if not codes:
            return []
        tiers = [Tier("code", lambda: any_of([self._term(CODES, code) for code in codes]), widest=True)]
        if len(codes[0]) >= _SHORTEST_BEGUN_CODE:
            tiers.append(Tier("code begun", lambda: self._prefix(CODES, codes[0]), ("code",), widest=True))
        return tiers

    def _word_tiers(self, rows: Sequence[Sequence[Sought]]) -> list[Tier]:
        complete, begun, anywhere, described = self._ladder()
        tiers = [Tier("title, about it", lambda: self._rows(rows, complete, self._head))]
        if any(word.open for row in rows for word in row):
            tiers += [
                Tier("title begun, about it", lambda: self._rows(rows, begun, self._begun_head), ("title, about it",)),
                Tier("title", lambda: self._rows(rows, complete), ("title begun, about it",)),
                Tier("title begun", lambda: self._rows(rows, begun), ("title begun, about it", "title")),
            ]
        else:
            tiers.append(Tier("title", lambda: self._rows(rows, complete), ("title, about it",)))
        tiers += [
            Tier("keys, about it", lambda: self._rows(rows, anywhere, self._begun_head), (tiers[-1].name,)),
            Tier("title and keys", lambda: self._rows(rows, anywhere, begun), (tiers[-1].name, "keys, about it")),
            Tier("keys", lambda: self._rows(rows, anywhere), ("keys, about it", "title and keys")),
            Tier("description, about it", lambda: self._rows(rows, described, self._begun_head), ("keys",)),
            Tier("description", lambda: self._rows(rows, described), ("keys", "description, about it"), widest=True),
        ]
        return tiers

    def _ladder(self) -> tuple[Match, Match, Match, Match]:
        """Ways to meet one word, each wider than the one before."""

        def anywhere(word: Sought) -> Query:
            return any_of([self._begun(word), self._terms(KEYS, word), *self._open(KEYS, word)])

        def described(word: Sought) -> Query:
            return any_of([anywhere(word), self._terms(BODY, word)])

        return self._complete, self._begun, anywhere, described

    def _complete(self, word: Sought) -> Query:
        return self._terms(TITLE, word)

    def _begun(self, word: Sought) -> Query:
        return any_of([self._terms(TITLE, word), *self._open(TITLE, word)])

    def _head(self, word: Sought) -> Query:
        return self._terms(HEAD, word)

    def _begun_head(self, word: Sought) -> Query:
        return any_of([self._terms(HEAD, word), *self._open(HEAD, word)])

    def _misspelt(self, word: Sought, doubted: frozenset[Sought]) -> list[Query]:
        return [self._meant(field, word) for field in (TITLE, KEYS)] if word in doubted else []

    def _misspelt_head(self, word: Sought, doubted: frozenset[Sought]) -> list[Query]:
        return [self._meant(HEAD, word)] if word in doubted else []

    def _terms(self, field: str, word: Sought) -> Query:
        found = [self._term(field, term) for term in dict.fromkeys((word.text, *word.lemmas))]
        return any_of([*found, *(all_of([self._term(field, lemma) for lemma in row]) for row in word.alternatives)])

    def _open(self, field: str, word: Sought) -> list[Query]:
        if not word.open:
            return []
        if len(word.text) > LONGEST_BEGINNING:
            return [self._prefix(field, word.text)]
        return [self._term(BEGUN[field], word.text)]

    def _term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term, "basic")

    def _prefix(self, field: str, text: str) -> Query:
        return Query.fuzzy_term_query(self._schema, field, text, distance=0, prefix=True)

    def _meant(self, field: str, word: Sought) -> Query:
        return any_of([self._term(field, term) for term in self._meant_by(word)])

    def _rows(self, rows: Sequence[Sequence[Sought]], every: Match, some: Match | None = None) -> Query:
        """Of some row, every word in one way, and at least one word also in another."""
        return any_of([self._row(row, every, some) for row in rows])

    def _row(self, row: Sequence[Sought], every: Match, some: Match | None) -> Query:
        needed = [every(word) for word in row]
        return all_of([*needed, any_of([some(word) for word in row])] if some is not None else needed)
