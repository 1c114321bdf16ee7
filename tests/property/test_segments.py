"""Any listing made of segments, paged in either direction with any size, is the list that its segments make one after the other."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from spoina.catalog.types import Product
from spoina.ids import ProductId
from storefront.connections import window
from storefront.finding.segments import ORDER, Chain
from storefront.finding.sources import Named
from tests.spoina.catalog.builders import product

PRODUCTS = {ProductId(number): product(number) for number in range(1, 25)}
LISTINGS = st.permutations(list(PRODUCTS)).flatmap(
    lambda ids: st.lists(st.integers(0, len(ids)), min_size=len(ORDER) - 1, max_size=len(ORDER) - 1).map(
        lambda cuts: _cut(ids, sorted(cuts))
    )
)
GONE = st.frozensets(st.sampled_from(list(PRODUCTS)), max_size=8)


def _cut(ids: Sequence[ProductId], cuts: Sequence[int]) -> dict[str, list[ProductId]]:
    """The main one is always there; others where they hold something."""
    parts = {letter: list(ids[low:high]) for letter, low, high in zip(ORDER, [0, *cuts], [*cuts, len(ids)], strict=True)}
    return {letter: part for letter, part in parts.items() if part or letter == "m"}


async def load(ids: Sequence[ProductId]) -> list[Product]:
    return [PRODUCTS[each] for each in ids]


async def walked(parts: dict[str, list[ProductId]], gone: frozenset[ProductId], size: int, *, backward: bool) -> list[ProductId]:
    chain = Chain({letter: Named(ids) for letter, ids in parts.items()}, load, keep=lambda each: each.id not in gone)
    seen: list[ProductId] = []
    cursor = None
    for _ in range(len(PRODUCTS) + 1):
        page = await chain.page(window(None, size, None, cursor) if backward else window(size, None, cursor, None))
        ids = [each.id for each in page.nodes]
        seen = [*ids, *seen] if backward else [*seen, *ids]
        behind, ahead = (page.has_next_page, page.has_previous_page) if backward else (page.has_previous_page, page.has_next_page)
        # Only a place that was come to by a cursor has something behind it.
        assert behind == (cursor is not None)
        if not ahead or not page.nodes:
            return seen
        assert len(ids) == size
        cursor = page.start_cursor() if backward else page.end_cursor()
    raise AssertionError("the pages do not end")


@given(LISTINGS, GONE, st.integers(1, 9), st.booleans())
def test_pages_repeat_and_miss_nothing(parts: dict[str, list[ProductId]], gone: frozenset[ProductId], size: int, backward: bool) -> None:
    whole = [each for ids in parts.values() for each in ids if each not in gone]
    assert asyncio.run(walked(parts, gone, size, backward=backward)) == whole


@given(LISTINGS, st.integers(0, 23), st.integers(0, 23), st.integers(1, 24), st.booleans())
def test_between_two_cursors(parts: dict[str, list[ProductId]], low: int, high: int, size: int, backward: bool) -> None:
    whole = [each for ids in parts.values() for each in ids]
    chain = Chain({letter: Named(ids) for letter, ids in parts.items()}, load)

    async def between() -> list[ProductId]:
        everything = await chain.page(window(len(whole), None, None, None))
        after, before = everything.cursor_at(low), everything.cursor_at(high)
        asked = window(None, size, after, before) if backward else window(size, None, after, before)
        return [each.id for each in (await chain.page(asked)).nodes]

    wanted = whole[low + 1 : high]
    assert asyncio.run(between()) == (wanted[-size:] if backward else wanted[:size])
