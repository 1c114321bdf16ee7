"""A query's text as the words it asks for, and the other ways in which these may be written."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from simulators.meilisearch.collection import Contents
from simulators.meilisearch.errors import Json
from simulators.meilisearch.words import is_number, normalised

MOST_WORDS = 10
_PIECE = re.compile(r'(?P<not>(?<!\S)-)?(?:"(?P<phrase>[^"]*)(?:"|$)|(?P<word>[^\W_]+))')
_SPLIT = re.compile(r"[^\W_]+")


class Term(NamedTuple):
    """One word, or several that must follow one another. `typos`: how many are forgiven."""

    words: tuple[str, ...]
    typos: int = 0
    prefix: bool = False
    is_phrase: bool = False


class Path(NamedTuple):
    """One way to write the whole query. `cost` in typos; `altered`: by a synonym, which is never exact."""

    terms: tuple[Term, ...]
    cost: int = 0
    altered: bool = False


class ReadQuery(NamedTuple):
    terms: tuple[Term, ...]
    unwanted: tuple[tuple[str, ...], ...]
    paths: Callable[[tuple[Term, ...]], Iterable[Path]]
    """Of these terms, or of those that are left of them."""


def read(text: str, settings: Json, contents: Contents) -> ReadQuery:
    terms: list[Term] = []
    unwanted: list[tuple[str, ...]] = []
    stops = {normalised(word) for word in settings["stopWords"]}
    for match in _PIECE.finditer(text):
        words = tuple(normalised(word) for word in _SPLIT.findall(match["phrase"] if match["phrase"] is not None else match["word"]))
        if match["not"]:
            unwanted.append(words)
        elif match["phrase"] is not None:
            terms += [Term(kept, is_phrase=True)] if (kept := tuple(word for word in words if word not in stops)) else []
        elif match.end() == len(text) and settings["prefixSearch"] == "indexingTime":
            terms.append(Term(words, _forgiven(words[0], settings), prefix=True))
        elif words[0] not in stops:
            terms.append(Term(words, _forgiven(words[0], settings)))
    return ReadQuery(tuple(terms[:MOST_WORDS]), tuple(unwanted), partial(_paths, settings, contents))


def _paths(settings: Json, contents: Contents, terms: tuple[Term, ...]) -> Iterator[Path]:
    yield Path(terms)
    yield from _together(terms, settings)
    yield from _apart(terms, contents)
    yield from _synonyms(terms, {normalised(typed): meant for typed, meant in settings["synonyms"].items()})


def _together(terms: Sequence[Term], settings: Json) -> Iterator[Path]:
    """Two or three neighbours written as one word, for one typo."""
    for length in (2, 3):
        for start in range(len(terms) - length + 1):
            joined = terms[start : start + length]
            if not any(term.is_phrase for term in joined):
                word = "".join(term.words[0] for term in joined)
                one = Term((word,), max(0, _forgiven(word, settings) - 1), prefix=joined[-1].prefix)
                yield Path((*terms[:start], one, *terms[start + length :]), cost=1)


def _apart(terms: Sequence[Term], contents: Contents) -> Iterator[Path]:
    """A word as two neighbours that the documents know, at the place where both are frequent, for one typo."""
    for place, term in enumerate(terms):
        word = term.words[0]
        if term.is_phrase:
            continue
        halves = ((word[:at], word[at:]) for at in range(1, len(word)))
        known = [pair for pair in halves if all(half in contents.postings for half in pair)]
        if known:
            best = max(known, key=lambda pair: min(len(contents.postings[half]) for half in pair))
            yield Path((*terms[:place], Term(best, is_phrase=True), *terms[place + 1 :]), cost=1)


def _synonyms(terms: Sequence[Term], synonyms: Mapping[str, Sequence[str]]) -> Iterator[Path]:
    for start in range(len(terms)):
        for length in (1, 2, 3):
            typed = " ".join(word for term in terms[start : start + length] for word in term.words)
            for meant in synonyms.get(typed, ()) if start + length <= len(terms) else ():
                one = Term(tuple(normalised(word) for word in _SPLIT.findall(meant)), is_phrase=True)
                yield Path((*terms[:start], one, *terms[start + length :]), altered=True)


def _forgiven(word: str, settings: Json) -> int:
    tolerance = settings["typoTolerance"]
    sizes = tolerance["minWordSizeForTypos"]
    if not tolerance["enabled"] or word in tolerance["disableOnWords"] or (tolerance["disableOnNumbers"] and is_number(word)):
        return 0
    return int(len(word) >= sizes["oneTypo"]) + int(len(word) >= sizes["twoTypos"])
