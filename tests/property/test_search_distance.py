"""The distance of two words against its definition, and nothing that is typed breaks the analysis."""

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from search.polish.analysis import Analysis
from search.polish.distance import within
from search.polish.lexicon import NoLexicon
from search.types import SearchSettings

WORDS = st.text("abc", max_size=6)
ANALYSIS = Analysis(NoLexicon())


def distance(one: str, other: str) -> int:
    @cache
    def of(left: int, right: int) -> int:
        if not left or not right:
            return left + right
        cost = min(of(left - 1, right) + 1, of(left, right - 1) + 1, of(left - 1, right - 1) + (one[left - 1] != other[right - 1]))
        if left > 1 and right > 1 and one[left - 2 : left] == other[right - 2 : right][::-1]:
            cost = min(cost, of(left - 2, right - 2) + 1)
        return cost

    return of(len(one), len(other))


@given(WORDS, WORDS, st.integers(0, 2))
def test_within_is_the_distance(wanted: str, found: str, limit: int):
    assert within(limit, wanted, found) is (distance(wanted, found) <= limit)


@given(WORDS, WORDS, st.integers(0, 2))
def test_within_of_a_beginning_is_the_least_of_all_beginnings(wanted: str, found: str, limit: int):
    least = min(distance(wanted, found[:end]) for end in range(len(found) + 1))
    assert within(limit, wanted, found, prefix=True) is (least <= limit)


@given(st.text(max_size=80), st.booleans())
def test_any_text_can_be_read_and_its_spans_lie_in_it(text: str, prefix: bool):
    reading = ANALYSIS.read(text, ANALYSIS.vocabulary(SearchSettings()), prefix=prefix)
    assert all(word.text and word.lemmas for word in reading.words)
    assert all(0 <= span.start < span.end <= len(text) for span in ANALYSIS.spans(text, reading))
    assert not any(" " in term for term in ANALYSIS.terms([text]).words)
