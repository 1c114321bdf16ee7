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

from search.embedded.combining import all_of, any_of, without
from search.embedded.schema import ALL, BEGUN, CODES, HEAD, LONGEST_BEGINNING, NEAR, TITLE
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
    """One way to answer. `found` is everything; every product of it belongs to one of the tiers. `relaxed`: some words need not be
    there."""

    found: Query
    tiers: Sequence[Tier]
    relaxed: bool = False


class Matching:
    """For one snapshot of an index."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._schema, self._searcher = snapshot.schema, snapshot.searcher
        self._meant_by = cache(snapshot.words.meant_by)
        self._is_known = cache(self._looked_up)

    def attempts(self, reading: Reading, *, typos: bool, relax: bool) -> Iterator[Attempt]:
        """Strictest first; the first that finds anything is the answer."""
        rows = (reading.words, *(row for row in reading.variants if all(self._is_known(word) for word in row)))
        everything = frozenset(word for word in reading.words if typos and word.typos)
        doubted = frozenset(word for word in everything if not self._is_known(word))
        if not doubted or len(rows) > 1 or reading.is_code:
            yield self._certain(rows, reading.codes)
        if reading.is_code:
            return
        for taken_for_misspelt in dict.fromkeys((doubted, everything)):
            if taken_for_misspelt:
                yield self._guess("misspelt", reading, taken_for_misspelt, len(reading.words))
        if relax and any(word.aside for word in reading.words):
            yield self._guess("what it is", reading, everything, 0)
        for most in range(len(reading.words) - 1 if relax else 0, 0, -1):
            yield self._guess("some words", reading, everything, most)

    def _looked_up(self, word: Sought) -> bool:
        if word.alternatives or any(self._searcher.doc_freq(ALL, term) for term in (word.text, *word.lemmas)):
            return True
        return word.open and bool(self._searcher.doc_freq(BEGUN[NEAR], word.text[:LONGEST_BEGINNING]))

    def _certain(self, rows: Sequence[Sequence[Sought]], codes: Sequence[str]) -> Attempt:
        tiers = [*self._code_tiers(codes), *(self._word_tiers(rows) if rows[0] else [])]
        return Attempt(any_of([tier.query() for tier in tiers if tier.widest]), tiers)

    def _guess(self, name: str, reading: Reading, doubted: frozenset[Sought], most: int) -> Attempt:
        """At least `most` words, 0: those that do not stand aside; those in doubt also misspelt."""
        words, tiers = reading.words, self._code_tiers(reading.codes)
        if most == len(words):
            found = all_of([any_of([self._anywhere(word), *self._misspelt(NEAR, word, doubted)]) for word in words])
        else:
            found = self._some(words, doubted, most)
        everything = any_of([*(tier.query() for tier in tiers), found])
        return Attempt(everything, [*tiers, *self._guess_tiers(name, words, doubted, everything, tiers)], relaxed=most < len(words))

    def _some(self, words: Sequence[Sought], doubted: frozenset[Sought], most: int) -> Query:
        """In titles and keys: what has only some of them in its description is about something else. A number alone is not enough."""
        if most == 0:
            return all_of([self._any(NEAR, [word], doubted) for word in _meant(words)])
        found = Query.boolean_query([(Occur.Should, self._any(NEAR, [word], doubted)) for word in words], most)
        named = [word for word in words if not word.is_number]
        return all_of([found, self._any(NEAR, named, doubted)]) if 0 < len(named) < len(words) else found

    def _guess_tiers(
        self, name: str, words: Sequence[Sought], doubted: frozenset[Sought], found: Query, codes: Sequence[Tier]
    ) -> Iterator[Tier]:
        """First what is what the query is about, of that first what has two words in its title; last what only has words that stand
        aside."""
        better, meant = tuple(tier.name for tier in codes), _meant(words)
        about = self._any(HEAD, meant, doubted)
        titled: list[Query] = []
        if len(words) > 2:
            titled = [Query.boolean_query([(Occur.Should, self._any(TITLE, [word], doubted)) for word in words], 2)]
            yield Tier(f"{name}, in its title", lambda: all_of([found, about, *titled]), better)
        yield Tier(f"{name}, about it", lambda: without(all_of([found, about]), titled), better)
        if len(meant) < len(words):
            near = self._any(NEAR, meant, doubted)
            yield Tier(f"{name}, by what it is", lambda: without(all_of([found, near]), [about]), better)
            yield Tier(name, lambda: without(found, [near]), better)
        else:
            yield Tier(name, lambda: without(found, [about]), better)

    def _any(self, field: str, words: Sequence[Sought], doubted: frozenset[Sought]) -> Query:
        return any_of([each for word in words for each in (self._found(word, field, field), *self._misspelt(field, word, doubted))])

    def _code_tiers(self, codes: Sequence[str]) -> list[Tier]:
        if not codes:
            return []
        tiers = [Tier("code", lambda: any_of([self._term(CODES, code) for code in codes]), widest=True)]
        if len(codes[0]) >= _SHORTEST_BEGUN_CODE:
            tiers.append(Tier("code begun", lambda: self._prefix(CODES, codes[0]), ("code",), widest=True))
        return tiers

    def _word_tiers(self, rows: Sequence[Sequence[Sought]]) -> list[Tier]:
        tiers = [Tier("title, about it", lambda: self._rows(rows, self._titled, self._about_whole))]
        if any(word.open for row in rows for word in row):
            tiers += [
                Tier("title begun, about it", lambda: self._rows(rows, self._title_begun, self._about), ("title, about it",)),
                Tier("title", lambda: self._rows(rows, self._titled), ("title begun, about it",)),
                Tier("title begun", lambda: self._rows(rows, self._title_begun), ("title begun, about it", "title")),
            ]
        else:
            tiers.append(Tier("title", lambda: self._rows(rows, self._titled), ("title, about it",)))
        tiers += [
            *self._mostly_titled(rows, tiers[-1].name),
            Tier("keys, about it", lambda: self._rows(rows, self._near, self._about), (tiers[-1].name, "mostly title, about it")),
            Tier("title and keys", lambda: self._rows(rows, self._near, self._title_begun), (tiers[-1].name, "keys, about it")),
            Tier("keys", lambda: self._rows(rows, self._near), ("keys, about it", "title and keys")),
            Tier("description, about it", lambda: self._rows(rows, self._anywhere, self._about), ("keys",)),
            Tier("description", lambda: self._rows(rows, self._anywhere), ("keys", "description, about it"), widest=True),
        ]
        return tiers

    def _mostly_titled(self, rows: Sequence[Sequence[Sought]], better: str) -> Iterator[Tier]:
        """ "Buty zimowe 42": the size stands with the options, and buty that are zimowe by their title come before all others."""
        longer = [row for row in rows if len(row) > 2]
        if longer:
            yield Tier("mostly title, about it", lambda: any_of([self._row_mostly_titled(row) for row in longer]), (better,))

    def _row_mostly_titled(self, row: Sequence[Sought]) -> Query:
        titled = Query.boolean_query([(Occur.Should, self._title_begun(word)) for word in row], len(row) - 1)
        return all_of([titled, self._row(row, self._near, self._about)])

    def _titled(self, word: Sought) -> Query:
        return self._found(word, TITLE)

    def _title_begun(self, word: Sought) -> Query:
        return self._found(word, TITLE, TITLE)

    def _near(self, word: Sought) -> Query:
        return self._found(word, NEAR, NEAR)

    def _anywhere(self, word: Sought) -> Query:
        return self._found(word, ALL, NEAR)

    def _about_whole(self, word: Sought) -> Query:
        return self._found(word, HEAD)

    def _about(self, word: Sought) -> Query:
        return self._found(word, HEAD, HEAD)

    def _found(self, word: Sought, field: str, begun_in: str | None = None) -> Query:
        terms = [self._term(field, term) for term in dict.fromkeys((word.text, *word.lemmas))]
        rows = [all_of([self._term(field, lemma) for lemma in row]) for row in word.alternatives]
        return any_of([*terms, *rows, *(self._open(begun_in, word) if begun_in is not None and word.open else [])])

    def _open(self, field: str, word: Sought) -> list[Query]:
        return [self._term(BEGUN[field], word.text) if len(word.text) <= LONGEST_BEGINNING else self._prefix(field, word.text)]

    def _misspelt(self, field: str, word: Sought, doubted: frozenset[Sought]) -> list[Query]:
        return [self._term(field, term) for term in self._meant_by(word)] if word in doubted else []

    def _term(self, field: str, term: str) -> Query:
        return Query.term_query(self._schema, field, term, "basic")

    def _prefix(self, field: str, text: str) -> Query:
        return Query.fuzzy_term_query(self._schema, field, text, distance=0, prefix=True)

    def _rows(self, rows: Sequence[Sequence[Sought]], every: Match, some: Match | None = None) -> Query:
        """Of some row, every word in one way, and at least one word also in another."""
        return any_of([self._row(row, every, some) for row in rows])

    def _row(self, row: Sequence[Sought], every: Match, some: Match | None) -> Query:
        needed = [every(word) for word in row]
        return all_of([*needed, any_of([some(word) for word in _meant(row)])] if some is not None else needed)


def _meant(words: Sequence[Sought]) -> Sequence[Sought]:
    """Those that say what the thing is."""
    return [word for word in words if not word.aside] or words
