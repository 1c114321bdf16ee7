"""Lists in memory as connections: every window, in both directions, whatever is gone meanwhile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoina.errors import InvalidInput
from storefront.connections import slice_of, window


def key(index: int, item: str) -> tuple[int, str]:
    return (index, item)


def by_name(_index: int, item: str) -> tuple[str]:
    return (item,)


@given(items=st.lists(st.text("abcdef", min_size=1), unique=True, max_size=12), size=st.integers(1, 5), reverse=st.booleans())
def test_walking_forward_and_backward_meets_every_item_once(items, size, reverse) -> None:
    wanted = items[::-1] if reverse else items
    seen, after = [], None
    while True:
        page = slice_of(items, window(size, None, after, None, reverse=reverse), key)
        assert page.has_previous_page == bool(seen)
        seen += page.nodes
        if not page.has_next_page:
            break
        after = page.end_cursor()
    assert seen == wanted
    seen, before = [], None
    while True:
        page = slice_of(items, window(None, size, None, before, reverse=reverse), key)
        assert page.has_next_page == bool(seen)
        seen = [*page.nodes, *seen]
        if not page.has_previous_page:
            break
        before = page.start_cursor()
    assert seen == wanted


def test_a_cursor_keeps_its_place_when_its_item_is_gone() -> None:
    cursor = slice_of("abcd", window(2, None, None, None), by_name).end_cursor()
    assert slice_of("acd", window(2, None, cursor, None), by_name).nodes == ["c", "d"]
    assert slice_of("acd", window(None, 2, None, cursor), by_name).nodes == ["a"]


def test_between_two_cursors() -> None:
    page = slice_of("abcde", window(9, None, None, None), key)
    between = slice_of("abcde", window(9, None, page.cursor_at(0), page.cursor_at(4)), key)
    assert (between.nodes, between.has_previous_page, between.has_next_page) == (["b", "c", "d"], True, True)
    assert slice_of("abcde", window(9, None, page.cursor_at(4), page.cursor_at(0)), key).nodes == []


@pytest.mark.parametrize("cursor", ["x", "!!!", "bnVsbA", "WyJhIl0", "W1tdXQ", "é"])
def test_what_is_no_cursor_is_refused_by_name(cursor) -> None:
    with pytest.raises(InvalidInput, match="after: is no cursor of this connection"):
        slice_of("ab", window(1, None, cursor, None), key)
    with pytest.raises(InvalidInput, match="before: is no cursor of this connection"):
        slice_of("ab", window(None, 1, None, cursor), key)


async def test_the_variants_of_a_product_page_by_every_key(ask) -> None:
    query = """query($key: ProductVariantSortKeys, $reverse: Boolean) { product(handle: "kubek-ceramiczny") {
        variants(first: 2, sortKey: $key, reverse: $reverse) { nodes { sku } } } }"""
    found = {}
    for name in ("POSITION", "ID", "SKU", "TITLE", "RELEVANCE"):
        for reverse in (False, True):
            told = await ask(query, key=name, reverse=reverse)
            found[name, reverse] = [node["sku"][-1] for node in told["product"]["variants"]["nodes"]]
    assert found == {
        ("POSITION", False): ["0", "1"],
        ("POSITION", True): ["4", "3"],
        ("ID", False): ["0", "1"],
        ("ID", True): ["4", "3"],
        ("SKU", False): ["0", "1"],
        ("SKU", True): ["4", "3"],
        ("TITLE", False): ["4", "3"],
        ("TITLE", True): ["0", "1"],
        ("RELEVANCE", False): ["0", "1"],
        ("RELEVANCE", True): ["4", "3"],
    }
