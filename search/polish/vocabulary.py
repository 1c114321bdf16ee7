"""A shop's synonyms and stop words, prepared for reading queries."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from search.types import SearchSettings

Row = tuple[str, ...]
Analyse = Callable[[str], tuple[frozenset[str], ...]]
"""A text's words without stop words, each as the set of its lemmas."""

POLISH_STOP_WORDS = frozenset({
    "a", "aby", "albo", "ale", "ani", "az", "by", "byc", "co", "czy", "dla", "do", "i", "ich", "ile", "jak", "jako", "jego", "jej",
    "jest", "juz", "ku", "lub", "ma", "na", "nad", "nie", "niz", "o", "od", "ona", "oraz", "po", "pod", "przed", "przez", "przy", "sa",
    "sie", "ta", "tak", "te", "tego", "tej", "ten", "to", "tu", "tym", "u", "w", "we", "wraz", "z", "za", "ze",
})  # fmt: skip
"""Folded."""


class Alternative(NamedTuple):
    """Where `words` words from `start` mean `row` as well."""

    start: int
    words: int
    row: Row


class _Member(NamedTuple):
    pattern: tuple[frozenset[str], ...]
    others: tuple[Row, ...]


class Vocabulary:
    """Immutable."""

    def __init__(self, settings: SearchSettings, stop_words: frozenset[str], analyse: Analyse) -> None:
        self.settings = settings
        self.stop_words = stop_words | {word for text in settings.stop_words for lemmas in analyse(text) for word in lemmas}
        self._by_first: dict[str, list[_Member]] = {}
        for group in settings.synonyms:
            self._add_group([analyse(member) for member in group])
        for typed, meant in settings.one_way:
            self._add(_Member(analyse(typed), tuple(_row(analyse(text)) for text in meant)))

    def alternatives(self, words: Sequence[frozenset[str]]) -> Iterator[Alternative]:
        """Every place where neighbouring words, each given as its lemmas, are one of the shop's synonyms."""
        for start, word in enumerate(words):
            for member in {id(member): member for lemma in word for member in self._by_first.get(lemma, ())}.values():
                length = len(member.pattern)
                if _matches(member.pattern, words[start : start + length]):
                    yield from (Alternative(start, length, row) for row in member.others)

    def _add_group(self, members: list[tuple[frozenset[str], ...]]) -> None:
        rows = [_row(member) for member in members]
        for number, member in enumerate(members):
            self._add(_Member(member, tuple(row for other, row in enumerate(rows) if other != number and row)))

    def _add(self, member: _Member) -> None:
        for lemma in member.pattern[0] if member.pattern else ():
            self._by_first.setdefault(lemma, []).append(member)


def _row(words: tuple[frozenset[str], ...]) -> Row:
    """One lemma for each word: the alphabetically first, as all lemmas of a form are indexed."""
    return tuple(min(lemmas) for lemmas in words)


def _matches(pattern: Sequence[frozenset[str]], words: Sequence[frozenset[str]]) -> bool:
    return len(pattern) == len(words) and all(wanted & found for wanted, found in zip(pattern, words, strict=True))
