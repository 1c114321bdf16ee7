"""What only a whole feed shows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.checks.stream import SeenIds, StreamCheck
from feeds.types import FeedItem
from tests.feeds.sound_items import channel_of, definition, sound


def findings(form: str, items: list[FeedItem]) -> list[list[str]]:
    check = StreamCheck(definition(form))
    return [[found.rule for found in check(item)] for item in items]


def item(form: str, name: str, size: str = "", group: str | None = None) -> FeedItem:
    return sound(channel_of(form), id=name, group_id=group, options=(("Rozmiar", size),) if size else ())


@pytest.mark.parametrize("form", ["meta-csv", "google-rss", "tiktok-xml", "pinterest-tsv", "ceneo-xml", "allegro-jsonl"])
def test_an_id_that_comes_twice(form):
    items = [item(form, "A"), item(form, "B"), item(form, "A"), item(form, "a"), item(form, "A")]
    twice = [f"{channel_of(form).upper()}-ID-DUPLICATE"]

    assert findings(form, items) == [[], [], twice, [], twice]


def test_variants_of_a_group_that_are_alike():
    items = [item("google-rss", f"{at}", size, group) for at, (group, size) in enumerate([("1", "S"), ("1", "M"), ("1", "S"), ("2", "S")])]

    assert findings("google-rss", items) == [[], [], ["GOOGLE-GROUP-ALIKE"], []]


def test_250_variants_that_differ_are_right():
    items = [item("meta-csv", f"V{at}", f"{at}", "1") for at in range(250)]

    assert findings("meta-csv", items) == [[]] * 250


def test_a_variant_without_options_is_the_item_checks_business():
    items = [item("google-rss", "A", group="1"), item("google-rss", "B", group="1")]

    assert findings("google-rss", items) == [[], []]


@given(st.lists(st.text(max_size=2), max_size=60))
def test_it_remembers_like_a_set(names):
    seen, known = SeenIds(), set()

    for name in names:
        assert seen.add(name) == (name not in known)
        known.add(name)
    assert len(seen) == len(known)


def test_a_hundred_thousand_ids_take_at_most_two_megabytes():
    seen = SeenIds()

    assert all(seen.add(f"SKU-{at}") for at in range(100_000))
    assert not seen.add("SKU-77777")
    assert len(seen) == 100_000
    assert seen.size <= 2 * 1024 * 1024
