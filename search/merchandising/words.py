"""Limits of a shop's synonyms and stop words."""

from collections.abc import Iterable

from search.types import SearchSettings
from spoina.errors import InvalidInput, LimitExceeded

MOST_SYNONYMS = 1000
"""Groups, and as many that hold one way."""
MOST_MEMBERS = 20
LONGEST_MEMBER = 100
MOST_STOP_WORDS = 500


def check_words(words: SearchSettings) -> None:
    """Raises InvalidInput or LimitExceeded, naming the field."""
    _at_most("synonyms", len(words.synonyms), MOST_SYNONYMS, "groups")
    _at_most("one_way", len(words.one_way), MOST_SYNONYMS, "words")
    _at_most("stop_words", len(words.stop_words), MOST_STOP_WORDS, "words")
    for group in words.synonyms:
        if len(group) < 2:
            raise InvalidInput("synonyms", "a group has at least two members")
        _check_members("synonyms", group)
    for typed, found in words.one_way:
        if not found:
            raise InvalidInput("one_way", "at least one word to be found as well")
        _check_members("one_way", (typed, *found))
    _check_members("stop_words", words.stop_words, most=MOST_STOP_WORDS)


def _check_members(field: str, members: Iterable[str], *, most: int = MOST_MEMBERS) -> None:
    for count, member in enumerate(members, start=1):
        _at_most(field, count, most, "members")
        _at_most(field, len(member), LONGEST_MEMBER, "characters")
        if not any(map(str.isalnum, member)):
            raise InvalidInput(field, "a member has no letter and no digit in it")


def _at_most(field: str, size: int, limit: int, unit: str) -> None:
    if size > limit:
        raise LimitExceeded(field, limit, unit)
