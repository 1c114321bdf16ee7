"""Counts in memory: by field and client, by operation and path, and bounded."""

from spoina.usage import tally as tallying
from spoina.usage.tally import Count, Tally
from spoina.usage.types import NOTHING, Client, Ending, Path, Use

LISTING = Use("web/listing", "query", "aa", frozenset({"Query.products", "Product.title"}))
DETAIL = Use("web/product", "query", "bb", frozenset({"Query.product", "Product.title"}))
APP, WEB = Client("app", "1.2"), Client("web")


def test_a_field_is_counted_once_for_each_request_that_has_it() -> None:
    tally = Tally()
    for use, client, path in [
        (LISTING, APP, Path.COMPILED),
        (LISTING, APP, Path.REUSED),
        (DETAIL, APP, Path.CORE),
        (DETAIL, WEB, Path.CORE),
    ]:
        tally.count(use, client, path, Ending.ANSWERED, 10)
    assert tally.drain().fields == {
        ("Query.products", APP): 2,
        ("Product.title", APP): 3,
        ("Query.product", APP): 1,
        ("Query.product", WEB): 1,
        ("Product.title", WEB): 1,
    }


def test_operations_are_counted_by_path_and_outcome_with_their_cost() -> None:
    tally = Tally()
    tally.count(LISTING, APP, Path.COMPILED, Ending.ANSWERED, 10)
    tally.count(LISTING, WEB, Path.COMPILED, Ending.ANSWERED, 20)
    tally.count(NOTHING, WEB, Path.NOWHERE, Ending.REFUSED, 0)
    assert tally.drain().operations == {
        ("web/listing", Path.COMPILED, Ending.ANSWERED): Count(2, 30),
        ("none", Path.NOWHERE, Ending.REFUSED): Count(1, 0),
    }


def test_what_was_drained_is_not_counted_again() -> None:
    tally = Tally()
    tally.count(LISTING, APP, Path.CORE, Ending.ANSWERED, 1)
    tally.drain()
    assert (tally.drain().fields, tally.drain().operations) == ({}, {})


def test_what_could_not_be_written_is_counted_with_what_comes() -> None:
    tally = Tally()
    tally.put_back({("Query.products", APP): 5})
    tally.count(LISTING, APP, Path.CORE, Ending.ANSWERED, 1)
    assert tally.drain().fields == {("Query.products", APP): 6, ("Product.title", APP): 1}


def test_any_number_of_documents_takes_no_more_memory_and_loses_no_count(monkeypatch) -> None:
    monkeypatch.setattr(tallying, "MOST_COUNTED", 3)
    tally = Tally()
    for _ in range(10):
        use = Use("other", "query", "", frozenset({"Product.title"}))
        tally.count(use, APP, Path.CORE, Ending.ANSWERED, 1)
        assert len(tally._kinds) <= 3
    assert tally.drain().fields == {("Product.title", APP): 10}
