"""What words are in the dictionary: their lemmas, and all forms of a lemma.

Morfeusz 2 with SGJP knows some 330,000 lexemes with every form; a form may be of several ("piły" is of "piła" and of "pić"), and all of
them count. Measured here: 0.14 s and 45 MB to load, 20-40 µs for a word and 0.1-1.4 ms for a paradigm, so both are cached. Words that
it does not know (brands, coinages) are stemmed by their endings, and taken apart where they are compounds ("młotowiertarka").
"""

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, Protocol

import morfeusz2

from spoina.catalog.labels import fold

MOST_WORDS = 50_000
"""Kept in each cache, least recently used first out."""
_SHORTEST_STEM = 4
_SHORTEST_COMPOUND_PART = 3
_SHORTEST_COMPOUND_HEAD = 5
# Endings of nouns in the singular and plural, longest first; of a stem at least _SHORTEST_STEM letters stay.
_ENDINGS = ("owie", "ami", "ach", "owi", "iem", "ow", "em", "om", "ie", "a", "e", "i", "o", "u", "y")
_NOUNS, _ADJECTIVES = frozenset({"subst", "depr", "ger"}), frozenset({"adj", "adja", "pact", "ppas"})
_SILENT = frozenset({"interp", "dig", "brev", "ign", "sp", "aglt", "emo"})


class Lemma(NamedTuple):
    """`text` is folded. `whole` is false for what a compound is only a kind of: who asks for a "młotowiertarka" wants no other
    "wiertarka"."""

    text: str
    noun: bool = False
    whole: bool = True


class Lexicon(Protocol):
    def lemmas(self, word: str) -> tuple[Lemma, ...]:
        """Of a word with its diacritics, in any case; never empty. A word it does not know has its stem."""
        ...

    def forms(self, word: str) -> tuple[str, ...]:
        """Folded forms of all lemmas of the word, itself left out."""
        ...


class NoLexicon:
    def lemmas(self, word: str) -> tuple[Lemma, ...]:
        return (Lemma(fold(word), noun=True),)

    def forms(self, word: str) -> tuple[str, ...]:
        return ()


class PolishLexicon:
    """Safe in threads."""

    lemmas: Callable[[str], tuple[Lemma, ...]]
    forms: Callable[[str], tuple[str, ...]]

    def __init__(self) -> None:
        self._morfeusz = morfeusz2.Morfeusz(case_handling=morfeusz2.IGNORE_CASE)
        self._lock = threading.Lock()
        self.lemmas = lru_cache(MOST_WORDS)(self._lemmas)
        self.forms = lru_cache(MOST_WORDS)(self._forms)

    def _lemmas(self, word: str) -> tuple[Lemma, ...]:
        known = tuple(dict.fromkeys(Lemma(fold(_bare(lemma)), noun) for lemma, noun in self._readings(word)))
        return known or self._unknown(word)

    def _forms(self, word: str) -> tuple[str, ...]:
        found = {form for lemma, _ in self._readings(word) for form in self._paradigm(lemma)}
        if not found:
            found = {part + form for part, head in _compounds(word) for form in self._forms(head)}
        return tuple(sorted(found - {fold(word)}))

    def _unknown(self, word: str) -> tuple[Lemma, ...]:
        """A compound is also what its last part is: "młotowiertarka" is a "wiertarka"."""
        for part, head in _compounds(word):
            if known := [lemma for lemma, noun in self._readings(head) if noun]:
                names = [fold(_bare(lemma)) for lemma in known]
                return tuple(
                    Lemma(text, True, whole) for name in dict.fromkeys(names) for text, whole in ((part + name, True), (name, False))
                )
        return (Lemma(stem(fold(word)), noun=True),)

    def _readings(self, word: str) -> list[tuple[str, bool]]:
        """Lemmas with "is a noun"; readings as a verb only where there is no other."""
        with self._lock:
            found = [(lemma, tag.partition(":")[0]) for _, end, (_, lemma, tag, _, _) in self._morfeusz.analyse(word) if end == 1]
        kinds = [(lemma, kind) for lemma, kind in found if kind not in _SILENT]
        named = [(lemma, kind in _NOUNS) for lemma, kind in kinds if kind in _NOUNS or kind in _ADJECTIVES]
        return list(dict.fromkeys(named or [(lemma, False) for lemma, _ in kinds]))

    def _paradigm(self, lemma: str) -> list[str]:
        """Of nouns and adjectives; not their comparatives and negations, which are looked for as seldom as they are many."""
        with self._lock:
            rows = self._morfeusz.generate(lemma)
        return [fold(form) for form, _, tag, _, _ in rows if _is_inflection(tag) and " " not in form]


def _is_inflection(tag: str) -> bool:
    kind, *rest = tag.split(":")
    return kind == "subst" or (kind == "adj" and rest[-1:] == ["pos"])


def _bare(lemma: str) -> str:
    """Without the mark that tells homonyms apart: "do:P" is "do"."""
    return lemma.partition(":")[0]


def _compounds(word: str) -> list[tuple[str, str]]:
    """The ways to take a word apart after a linking vowel: the folded first part, and the rest as it is written."""
    ends = range(_SHORTEST_COMPOUND_PART + 1, len(word) - _SHORTEST_COMPOUND_HEAD + 1)
    return [(fold(word[:end]), word[end:]) for end in ends if word[end - 1] in "oi"]


def stem(folded: str) -> str:
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= _SHORTEST_STEM:
            return folded[: -len(ending)]
    return folded
