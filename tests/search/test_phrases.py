from search.phrases import phrases_of, suggestions
from search.types import Suggestion


def test_every_row_of_up_to_three_words_is_a_phrase_once():
    assert phrases_of("Koc „Łąka” – 130 × 200, koc") == (
        "koc",
        "koc łąka",
        "koc łąka 130",
        "łąka",
        "łąka 130",
        "łąka 130 200",
    )
    assert phrases_of("— 😀") == ()


def test_suggestions_are_merged_by_what_is_compared_and_shortened_to_the_longest():
    found = [
        ("lampa", "lampa", 2),
        ("lampa", "łampa", 1),
        ("lampa stolowa", "lampa stołowa", 3),
        ("lampka", "lampka", 5),
        ("latarka", "latarka", 1),
    ]
    assert suggestions(found, 3) == (Suggestion("lampka", 5), Suggestion("lampa stołowa", 3), Suggestion("latarka", 1))
    assert suggestions(found, 1) == (Suggestion("lampka", 5),)


def test_units_numbers_and_stop_words_are_no_queries():
    assert phrases_of("Wkrętarka 18 V z walizką") == ("wkrętarka", "wkrętarka 18", "wkrętarka 18 v", "walizką")
    assert phrases_of("12 szt.") == ()
