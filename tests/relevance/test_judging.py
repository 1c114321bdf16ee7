"""The relevance set itself: large enough, spread over its classes, and every line of it says something about this catalogue."""

from collections import Counter

import pytest

from tests.relevance.judging import Judgement, articles, criteria, judgements, named_by, synonyms
from tests.relevance.measures import NOTHING, by_class, ndcg, recall, score


def title(product: int) -> str:
    return next(article.title for article in articles() if article.id == product)


def test_the_set_is_large_and_every_class_is_worth_a_mean():
    kinds = Counter(judgement.kind for judgement in judgements())
    assert sum(kinds.values()) >= 450
    assert len(kinds) == 14
    assert min(kinds.values()) >= 14


def test_every_criterion_names_some_product():
    assert [(query, criterion) for query, criterion in criteria() if not named_by(criterion)] == []


def test_only_queries_for_what_is_not_sold_lack_a_judgement_of_3():
    without = {judgement.query for judgement in judgements() if 3 not in judgement.grades.values()}
    assert without == {judgement.query for judgement in judgements() if judgement.kind == NOTHING}


def test_what_search_must_not_show_is_not_judged():
    titles = {article.title for article in articles()}
    assert "Śpiwór puchowy „Suseł”" not in titles  # visible in the catalogue only
    assert not any("Biała Noc" in title for title in titles)  # a draft


def test_criteria_read_as_the_readme_says():
    assert {title(one) for one in named_by("title:Hamak")} == {"Hamak dwuosobowy „Bujan” Halny", "Hamak dwuosobowy „Bujan” Borowik"}
    assert len(named_by("title:Klucz*")) > len(named_by("title:Klucz"))
    assert {title(one) for one in named_by("title:Poziomica & brand:Tytan & !title:aluminiowa")} == {"Poziomica 120 cm „Wisła” Tytan"}
    assert named_by("category:Czapki & rękawiczki & title:Komin") == named_by("title:Komin")
    assert named_by("category:Odzież") > named_by("category:Kurtki damskie")
    assert [title(one) for one in named_by("sku:OD-0230-01")] == ["Kurtka przeciwdeszczowa „Mżawka” Halny"]
    with pytest.raises(ValueError, match="no condition"):
        named_by("colour:red")


def test_a_product_has_the_highest_grade_that_names_it():
    judgement = next(judgement for judgement in judgements() if judgement.query == "latarką")
    assert {title(one): grade for one, grade in judgement.grades.items()} == {
        "Latarka 1200 lm „Świetlik” Wilga": 3,
        "Latarka 1200 lm „Świetlik” Halny": 3,
        "Czołówka 400 lm USB-C Borowik": 2,
        "Czołówka 400 lm USB-C Halny": 2,
        "Lampa biwakowa na baterie Wilga": 1,
        "Lampa biwakowa na baterie Borowik": 1,
    }


def test_synonyms_are_groups():
    assert all(len(group) > 1 for group in synonyms())


@pytest.mark.parametrize(
    ("case", "found", "gain"),
    [
        ("best order", [1, 2, 3], 1.0),
        ("worst first", [3, 2, 1], 0.6806),
        ("the best is missing", [2, 3], 0.3866),
        ("nothing", [], 0.0),
    ],
)
def test_ndcg(case, found, gain):
    assert ndcg(found, {1: 3, 2: 2, 3: 1}) == pytest.approx(gain, abs=1e-4), case


def test_recall_counts_grades_2_and_3_and_no_more_than_a_page():
    assert recall([1, 9, 3], {1: 3, 2: 2, 3: 1}) == 0.5
    assert recall(list(range(24)), dict.fromkeys(range(40), 3)) == 1.0
    assert recall([*range(100, 124), 1], {1: 3}) == 0.0


def test_a_query_for_nothing_wants_an_empty_answer_and_stays_out_of_the_average():
    missing = Judgement("fortepian", NOTHING, {})
    there = Judgement("kubek", "words", {1: 3})
    assert score([], missing).ndcg == 1.0
    assert score([5], missing).ndcg == 0.0
    table = by_class({missing: score([5], missing), there: score([1], there)})
    assert (table[NOTHING].ndcg, table["words"].ndcg, table["all"].ndcg) == (0.0, 1.0, 1.0)
