"""nDCG and recall of one answer against its judgement."""

from collections.abc import Mapping, Sequence
from math import log2
from statistics import mean
from typing import NamedTuple

from tests.relevance.judging import Judgement

PAGE = 24
NOTHING = "nothing"


class Score(NamedTuple):
    """Of one query, or the means of a class."""

    ndcg: float
    recall: float


def ndcg(found: Sequence[int], grades: Mapping[int, int], depth: int = 10) -> float:
    best = _gained(sorted(grades.values(), reverse=True)[:depth])
    return _gained([grades.get(product, 0) for product in found[:depth]]) / best


def recall(found: Sequence[int], grades: Mapping[int, int]) -> float:
    wanted = {product for product, grade in grades.items() if grade >= 2}
    return len(wanted.intersection(found[:PAGE])) / min(len(wanted), PAGE)


def score(found: Sequence[int], judgement: Judgement) -> Score:
    if judgement.kind == NOTHING:
        return Score(float(not found), float(not found))
    return Score(ndcg(found, judgement.grades), recall(found, judgement.grades))


def by_class(scores: Mapping[Judgement, Score]) -> dict[str, Score]:
    """Means by class, in the set's order, and "all" over every query that has an answer."""
    kinds = dict.fromkeys(judgement.kind for judgement in scores)
    answered = [score for judgement, score in scores.items() if judgement.kind != NOTHING]
    return {kind: _mean([score for judgement, score in scores.items() if judgement.kind == kind]) for kind in kinds} | {
        "all": _mean(answered)
    }


def _mean(scores: Sequence[Score]) -> Score:
    return Score(mean(score.ndcg for score in scores), mean(score.recall for score in scores))


def _gained(grades: Sequence[int]) -> float:
    return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades))
