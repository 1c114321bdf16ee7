"""Which documents meet a query, and how well by each ranking rule."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple, cast

from simulators.meilisearch.collection import Contents, Key
from simulators.meilisearch.reading import Path, ReadQuery, Term
from simulators.meilisearch.typos import typos
from simulators.meilisearch.words import FAR, is_number

Fields = frozenset[int]
_POSITIONS = 10
_DISPLACEMENTS = (0, 1, 4, 7, 11, 16, 24, 64, 256, 1024)
"""What stands this many words from its place in the query costs as many as its group's number."""


class Met(NamedTuple):
    """How one word is met in a document, best first. `everywhere`: its positions in whichever field, since they are ranked by apart from
    fields."""

    typos: int
    field: int
    position: int
    inexact: bool
    everywhere: frozenset[int]


class Fit(NamedTuple):
    """What each rule counts against a document."""

    words: int = 0
    typo: int = 0
    proximity: int = 0
    attribute: int = 0
    position: int = 0
    exactness: int = 0


def matched(query: ReadQuery, contents: Contents, fields: Fields, strategy: str, *, by_attribute: bool) -> dict[Key, Fit]:
    """`by_attribute`: proximity only asks whether neighbours stand in one field."""
    if not query.terms:
        return dict.fromkeys(contents.flat, Fit())
    found: dict[Key, Fit] = {}
    for missing, path in _with_missing(query, contents, strategy):
        for key, fit in _path(path, missing, contents, fields, by_attribute=by_attribute):
            if key not in found or fit < found[key]:
                found[key] = fit
    for words in query.unwanted:
        for key in _phrase(Term(words, is_phrase=True), contents, fields):
            found.pop(key, None)
    return found


def limits(terms: int, fields: int, *, by_attribute: bool) -> Fit:
    """The most that each rule can count."""
    return Fit(terms, 2 * terms + 1, max(terms - 1, 0) * (1 if by_attribute else FAR), terms * fields, terms * _POSITIONS, terms + 1)


def _with_missing(query: ReadQuery, contents: Contents, strategy: str) -> Iterator[tuple[int, Path]]:
    """`last` gives up words from the end, `frequency` the most frequent first; one always stays."""
    yield from ((0, path) for path in query.paths(query.terms))
    kept = list(query.terms)
    while strategy != "all" and len(kept) > 1:
        given_up = kept[-1] if strategy == "last" else max(kept, key=lambda term: len(contents.postings.get(term.words[0], ())))
        kept.remove(given_up)
        yield from ((len(query.terms) - len(kept), path) for path in query.paths(tuple(kept)))


def _path(path: Path, missing: int, contents: Contents, fields: Fields, *, by_attribute: bool) -> Iterator[tuple[Key, Fit]]:
    each = [_term(term, contents, fields) for term in path.terms]
    for key in set.intersection(*(set(one) for one in each)) if each else ():
        met = [one[key] for one in each]
        yield (
            key,
            Fit(
                words=missing,
                typo=path.cost + sum(one.typos for one in met),
                proximity=sum(_apart(one, other, by_attribute=by_attribute) for one, other in pairwise(met)),
                attribute=sum(one.field for one in met),
                position=sum(_displaced(one.everywhere, place) for place, one in enumerate(met)),
                exactness=sum(one.inexact for one in met) + path.altered,
            ),
        )


def _displaced(positions: Iterable[int], place: int) -> int:
    return bisect_left(_DISPLACEMENTS, min(abs(position - place) for position in positions))


def _apart(one: Met, other: Met, *, by_attribute: bool) -> int:
    if one.field != other.field:
        return 1 if by_attribute else FAR
    return 0 if by_attribute else min(FAR, max(0, abs(other.position - one.position) - 1))


def _term(term: Term, contents: Contents, fields: Fields) -> Mapping[Key, Met]:
    known = contents.remembered.get((term, fields))
    if known is None:
        known = contents.remembered[term, fields] = _phrase(term, contents, fields) if term.is_phrase else _word(term, contents, fields)
    return cast("Mapping[Key, Met]", known)


def _word(term: Term, contents: Contents, fields: Fields) -> dict[Key, Met]:
    found: dict[Key, list[tuple[int, int, int, bool]]] = {}
    forgiving = fields - contents.to_the_letter
    for word, cost in _derived(term if forgiving else term._replace(typos=0), contents):
        allowed = forgiving if cost else fields
        for key, places in contents.postings[word].items():
            met = [(cost, field, position, word != term.words[0]) for field, position in places if field in allowed]
            if met:
                found.setdefault(key, []).extend(met)
    return {key: _best(met) for key, met in found.items()}


def _best(met: Sequence[tuple[int, int, int, bool]]) -> Met:
    typos, field, position, _ = min(met)
    alike = [each for each in met if each[0] == typos]
    return Met(typos, field, position, all(inexact for *_, inexact in alike), frozenset(position for _, _, position, _ in alike))


def _derived(term: Term, contents: Contents) -> Sequence[tuple[str, int]]:
    """(word of the documents, typos between it and the term)."""
    known = contents.remembered.get(term)
    if known is None:
        known = contents.remembered[term] = list(_similar(term, contents))
    return cast("Sequence[tuple[str, int]]", known)


def _similar(term: Term, contents: Contents) -> Iterator[tuple[str, int]]:
    word = term.words[0]
    if not term.typos and not term.prefix:
        yield from [(word, 0)] if word in contents.postings else []
        return
    near = contents.vocabulary if term.typos == 2 else {word[0]: contents.vocabulary.get(word[0], [])}
    for words in near.values():
        for other in words:
            cost = typos(word, other, 0 if is_number(other) and not term.prefix else term.typos, prefix=term.prefix)
            if cost is not None:
                yield other, cost


def _phrase(term: Term, contents: Contents, fields: Fields) -> dict[Key, Met]:
    """All its words after one another in one field; a phrase of one word is that word to the letter."""
    places = [contents.postings.get(word, {}) for word in term.words]
    found: dict[Key, Met] = {}
    for key in set.intersection(*(set(one) for one in places)) if places else ():
        starts = _following([one[key] for one in places])
        if here := [start for start in starts if start[0] in fields]:
            field, position = min(here)
            found[key] = Met(0, field, position, inexact=False, everywhere=frozenset(position for _, position in here))
    return found


def _following(places: Sequence[Iterable[tuple[int, int]]]) -> set[tuple[int, int]]:
    starts = set(places[0])
    for distance, later in enumerate(places[1:], 1):
        starts &= {(field, position - distance) for field, position in later}
    return starts
