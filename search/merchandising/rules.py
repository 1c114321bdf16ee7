"""What is true of rules, without any storage."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from search.merchandising.types import (
    LONGEST_NOTE,
    LONGEST_RULE_QUERY,
    MOST_RULE_PRODUCTS,
    Arrangement,
    Rule,
    RuleKind,
    RuleRequest,
)
from search.polish.analysis import Analysis
from search.types import SearchSettings
from spoina.errors import InvalidInput, LimitExceeded

Words = tuple[frozenset[str], ...]
"""Of each word all that it may stand for."""


class WordReader:
    """A rule for "wiertarka udarowa" is meant by who types "udarowe wiertarki"."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis, self._vocabulary = analysis, analysis.vocabulary(SearchSettings())

    def words(self, text: str) -> Words:
        reading = self._analysis.read(text, self._vocabulary, prefix=False)
        return tuple(frozenset((word.text, *word.lemmas)) for word in reading.words)


def check_rule(rule: RuleRequest, reader: WordReader) -> None:
    """Raises InvalidInput or LimitExceeded, naming the field."""
    if (rule.query is None) == (rule.category_id is None):
        raise InvalidInput("query", "a rule is for a query or for a category_id: one of them is needed, and not both")
    if rule.query is not None:
        _check_query(rule.query, reader)
    if not rule.product_ids:
        raise InvalidInput("product_ids", "at least one product")
    if len(rule.product_ids) > MOST_RULE_PRODUCTS:
        raise LimitExceeded("product_ids", MOST_RULE_PRODUCTS, "products")
    if any(not 0 < each < 2**63 for each in rule.product_ids):
        raise InvalidInput("product_ids", "numbers of products are positive")
    if rule.category_id is not None and not 0 < rule.category_id < 2**63:
        raise InvalidInput("category_id", "numbers of categories are positive")
    if rule.starts_at is not None and rule.ends_at is not None and rule.starts_at >= rule.ends_at:
        raise InvalidInput("ends_at", "must lie after starts_at")
    if len(rule.note) > LONGEST_NOTE:
        raise LimitExceeded("note", LONGEST_NOTE, "characters")


def is_meant(rule: Words, asked: Words) -> bool:
    """Word for word, in any order. What a word may stand for overlaps, so each of the rule's takes the first that fits and is free."""
    free = list(asked)
    for word in rule:
        place = next((place for place, other in enumerate(free) if not word.isdisjoint(other)), None)
        if place is None:
            return False
        del free[place]
    return not free


def arrangement(rules: Iterable[Rule], now: datetime) -> Arrangement:
    """The newest rule comes first, and a product is where its first rule puts it: pins before boosts before burials."""
    newest = sorted(rules, key=lambda rule: -rule.id)
    force = [rule for rule in newest if _in_force(rule, now)]
    placed: set[int] = set()
    parts = {}
    for kind in RuleKind:
        ids = (each for rule in force if rule.kind is kind for each in rule.product_ids)
        parts[kind] = tuple(each for each in dict.fromkeys(ids) if each not in placed)[:MOST_RULE_PRODUCTS]
        placed.update(parts[kind])
    return Arrangement(
        pinned=parts[RuleKind.PIN], boosted=parts[RuleKind.BOOST], buried=parts[RuleKind.BURY], until=next_change(newest, now)
    )


def next_change(rules: Sequence[Rule], now: datetime) -> datetime | None:
    return min((at for rule in rules for at in (rule.starts_at, rule.ends_at) if at is not None and at > now), default=None)


def _in_force(rule: Rule, now: datetime) -> bool:
    return (rule.starts_at is None or rule.starts_at <= now) and (rule.ends_at is None or now < rule.ends_at)


def _check_query(query: str, reader: WordReader) -> None:
    if len(query) > LONGEST_RULE_QUERY:
        raise LimitExceeded("query", LONGEST_RULE_QUERY, "characters")
    if "\x00" in query or not reader.words(query):
        raise InvalidInput("query", "has no word in it")
