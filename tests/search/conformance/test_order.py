"""The order of answers, and pages of them."""

from datetime import timedelta

import pytest

from search.types import SearchQuery, SortKey
from spoina.catalog.types import StockPolicy, StockStatus
from spoina.errors import InvalidInput
from tests.search.conformance.conftest import Shop
from tests.spoina.catalog.builders import NOON, product, variant


async def walked(shop: Shop, text: str, size: int, **more: object) -> list[int]:
    found, after = [], None
    while True:
        page = await shop.search(text, limit=size, after=after, **more)
        found += [hit.id for hit in page.hits]
        assert page.has_previous is (after is not None)
        if not page.has_next:
            return found
        after = page.hits[-1].cursor


async def test_the_title_comes_before_keys_and_keys_before_the_description(shop: Shop):
    await shop.sells(
        product(1, title="Koc", description="Jak kubek."),
        product(2, title="Talerz", tags=("kubek",)),
        product(3, title="Uchwyt na kubek"),
        product(4, title="Kubek"),
    )
    assert await shop.found("kubki", prefix=False) == [4, 3, 2, 1]


async def test_words_as_typed_come_before_longer_ones_and_both_before_misspelt_ones(shop: Shop):
    await shop.titled("Lampion", "Lampa")
    """ "lamp" is the beginning of both and a form of one."""
    assert (await shop.found("lampa"), await shop.found("lamp"), (await shop.found("lampio"))[0]) == ([2], [2, 1], 1)


async def test_of_equal_answers_what_can_be_bought_comes_first_then_what_sells_then_the_id(shop: Shop):
    gone = (variant(10, 1, stock=StockPolicy(status=StockStatus.OUT_OF_STOCK)),)
    await shop.sells(
        product(1, title="Kubek", total_sales=99, variants=gone),
        product(2, title="Kubek"),
        product(3, title="Kubek", total_sales=5),
        product(4, title="Kubek"),
    )
    assert await shop.found("kubek") == [3, 2, 4, 1]


async def test_every_sort_key_both_ways(shop: Shop):
    await shop.sells(
        product(1, title="Żaba", price=300, total_sales=5, position=2, created_at=NOON, updated_at=NOON),
        product(2, title="ananas", price=100, total_sales=7, position=1, created_at=NOON + timedelta(days=2), updated_at=NOON),
        product(3, title="Łoś", price=None, total_sales=0, position=3, created_at=NOON - timedelta(days=1), updated_at=NOON),
        product(4, title="Zebra", price=200, total_sales=5, position=2, created_at=NOON, updated_at=NOON + timedelta(hours=1)),
    )
    expected = {
        SortKey.PRICE: ([2, 4, 1, 3], [1, 4, 2, 3]),
        SortKey.TITLE: ([2, 3, 1, 4], [4, 1, 3, 2]),
        SortKey.CREATED_AT: ([3, 1, 4, 2], [2, 4, 1, 3]),
        SortKey.UPDATED_AT: ([1, 2, 3, 4], [4, 3, 2, 1]),
        SortKey.BEST_SELLING: ([2, 1, 4, 3], [3, 4, 1, 2]),
        SortKey.MANUAL: ([2, 1, 4, 3], [3, 4, 1, 2]),
        SortKey.RELEVANCE: ([2, 1, 4, 3], [3, 4, 1, 2]),
    }
    for sort, (upwards, downwards) in expected.items():
        assert (sort, await walked(shop, "", 3, sort=sort)) == (sort, upwards)
        assert (sort, await walked(shop, "", 3, sort=sort, reverse=True)) == (sort, downwards)


@pytest.mark.parametrize("reverse", [False, True])
async def test_pages_join_without_gaps_or_doubles_and_backwards_too(shop: Shop, reverse: bool):
    titles = ["Kubek", "Uchwyt na kubek", "Kubki", "Talerz"]
    await shop.sells(*(product(number, title=titles[number % 4], tags=("kubek",), total_sales=number % 3) for number in range(1, 31)))
    whole = await shop.found("kubek", limit=100, reverse=reverse)
    assert sorted(whole) == list(range(1, 31))
    assert await walked(shop, "kubek", 7, reverse=reverse) == whole
    last = await shop.search("kubek", limit=4, backward=True, reverse=reverse)
    before = await shop.search("kubek", limit=4, backward=True, before=last.hits[0].cursor, reverse=reverse)
    assert [hit.id for page in (before, last) for hit in page.hits] == whole[-8:]
    assert (last.has_next, last.has_previous, before.has_next, before.has_previous) == (False, True, True, True)


async def test_more_than_a_thousand_hits_can_be_walked(shop: Shop):
    await shop.sells(*(product(number, title="Kubek") for number in range(1, 1301)))
    first = await shop.search("kubek", limit=250)
    assert (first.total, await walked(shop, "kubek", 250)) == (1300, list(range(1, 1301)))


async def test_a_page_goes_on_where_it_ended_though_products_came_and_went(shop: Shop):
    await shop.titled(*["Kubek"] * 6)
    first = await shop.search("kubek", limit=3)
    await shop.index.delete([hit.id for hit in first.hits])
    assert await shop.found("kubek", limit=3, after=first.hits[-1].cursor) == [4, 5, 6]


@pytest.mark.parametrize("cursor", ["", "x", "e30", "WyJ0aXRsZSIsZmFsc2UsMCwiMDAiXQ", "ż", "a" * 5000])
async def test_what_is_no_cursor_is_refused(shop: Shop, cursor: str):
    await shop.titled("Kubek")
    with pytest.raises(InvalidInput) as refused:
        await shop.engine.search(SearchQuery(text="kubek", after=cursor))
    assert refused.value.field == "after"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("tarcza do szlifierki diamentowej", [2, 1]),  # "diamentowej" is of neither
        ("tarcza do frezarki", [2, 1]),
        ("szlifierka do frezarki", [1, 2]),
    ],
)
async def test_what_a_thing_is_comes_before_what_it_is_for(shop: Shop, asked: str, found: list[int]):
    await shop.sells(
        product(1, title="Szlifierka", total_sales=90, tags=("tarcza",)),
        product(2, title="Tarcza", tags=("szlifierka",)),
        product(3, title="Koc"),
    )
    assert await shop.found(asked, prefix=False) == found


async def test_of_what_has_all_words_in_title_and_keys_that_with_most_of_them_in_its_title_comes_first(shop: Shop):
    worn = {"counted": False, "tags": ("zimowe", "rozmiar 42")}
    await shop.sells(product(1, title="Buty trekkingowe", total_sales=90, **worn), product(2, title="Buty zimowe", total_sales=1, **worn))
    assert await shop.found("buty zimowe 42", prefix=False) == [2, 1]
