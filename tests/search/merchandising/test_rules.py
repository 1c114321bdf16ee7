"""Which rules are meant by a query, and what several of them come to."""

from datetime import UTC, datetime, timedelta

import pytest

from search.merchandising.rules import WordReader, arrangement, is_meant
from search.merchandising.types import Arrangement, Rule, RuleId, RuleKind
from search.polish.analysis import Analysis

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PIN, BOOST, BURY = RuleKind


def rule(number: int, kind: RuleKind, *ids: int, **more: object) -> Rule:
    return Rule(id=RuleId(number), kind=kind, product_ids=ids, query="kubek", created_at=NOW, **more)


@pytest.mark.parametrize(
    ("written", "typed", "meant"),
    [
        ("wiertarka", "Wiertarki", True),
        ("wiertarka", "wiertarką", True),
        ("wiertarka udarowa", "udarowe wiertarki", True),
        ("wiertarka udarowa", "wiertarka", False),
        ("wiertarka", "wiertarka udarowa", False),
        ("żółte buty", "zolte buty", True),
        ("18 V", "18v", True),
        ("wiertarka", "wiertrka", False),
        ("wiertarka", "", False),
    ],
)
def test_a_query_in_any_form_and_order_of_its_words(analysis: Analysis, written: str, typed: str, meant: bool):
    reader = WordReader(analysis)
    assert is_meant(reader.words(written), reader.words(typed)) is meant


def test_a_product_stands_in_one_part_and_the_newest_rule_comes_first():
    rules = [rule(1, PIN, 1, 2), rule(2, PIN, 3, 1), rule(3, BURY, 2, 4), rule(4, BOOST, 4, 5)]
    assert arrangement(rules, NOW) == Arrangement(pinned=(3, 1, 2), boosted=(4, 5), buried=())


def test_a_part_has_an_end():
    rules = [rule(number, PIN, *range(100 * number, 100 * number + 100)) for number in (1, 2)]
    assert arrangement(rules, NOW).pinned == tuple(range(200, 300))


def test_rules_hold_from_their_beginning_until_just_before_their_end():
    rules = [rule(1, PIN, 1, ends_at=NOW), rule(2, PIN, 2, starts_at=NOW), rule(3, PIN, 3, starts_at=NOW + HOUR)]
    assert arrangement(rules, NOW) == Arrangement(pinned=(2,), until=NOW + HOUR)
    assert arrangement(rules, NOW - HOUR) == Arrangement(pinned=(1,), until=NOW)
    assert arrangement(rules, NOW + HOUR) == Arrangement(pinned=(3, 2))
