"""The index: batches, rebuilds, what tells two of them apart, and what is refused."""

from collections.abc import AsyncIterator, Sequence
from functools import reduce
from operator import xor

import pytest

from search.types import HasValue, IndexStatus, PriceBetween, SearchDocument, SearchQuery
from spoina.errors import InvalidInput, LimitExceeded, SearchUnavailable
from spoina.ids import ProductId
from tests.search.conformance.conftest import Shop
from tests.spoina.catalog.builders import NOON, product


async def test_before_anything_is_written_searching_says_that_there_is_no_index(shop: Shop):
    with pytest.raises(SearchUnavailable):
        await shop.search("kubek")
    with pytest.raises(SearchUnavailable):
        await shop.engine.suggest("kubek")
    assert await shop.engine.status() == IndexStatus(count=0, digest="0" * 16, generation=0, built_at=None)
    assert await shop.index.hashes() == ()


async def test_a_document_is_exchanged_by_its_id(shop: Shop):
    await shop.titled("Kubek", "Talerz")
    await shop.sells(product(1, title="Miska"))
    assert (await shop.found("kubek", typos=False), await shop.found("miska"), (await shop.engine.status()).count) == ([], [1], 2)


async def test_deleting_is_safe_to_repeat(shop: Shop):
    await shop.titled("Kubek", "Talerz")
    for _ in range(2):
        await shop.index.delete([ProductId(1), ProductId(77)])
    assert (await shop.found(), (await shop.engine.status()).count) == ([2], 1)


async def test_a_rebuild_leaves_nothing_of_the_old_index(shop: Shop):
    await shop.titled("Kubek", "Talerz")
    await shop.rebuild([product(2, title="Miska"), product(3, title="Garnek")])
    status = await shop.engine.status()
    assert (sorted(await shop.found()), status.count, status.built_at) == ([2, 3], 2, NOON)


async def test_the_live_index_answers_while_another_is_built_and_what_is_written_meanwhile_is_in_both(shop: Shop):
    await shop.titled("Kubek", "Talerz")
    seen: list[list[int]] = []

    async def batches() -> AsyncIterator[Sequence[SearchDocument]]:
        await shop.sells(product(5, title="Kubek nowy"))
        await shop.index.delete([ProductId(2)])
        seen.append(sorted(await shop.found()))
        yield shop.documents([product(1, title="Kubek"), product(2, title="Talerz"), product(3, title="Garnek")])

    await shop.index.rebuild(batches())
    assert (seen, sorted(await shop.found())) == ([[1, 5]], [1, 3, 5])


async def test_a_rebuild_that_fails_leaves_the_live_index(shop: Shop):
    await shop.titled("Kubek")

    async def broken() -> AsyncIterator[Sequence[SearchDocument]]:
        yield shop.documents([product(2, title="Talerz")])
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await shop.index.rebuild(broken())
    assert await shop.found() == [1]
    await shop.rebuild([product(3, title="Garnek")])
    assert await shop.found() == [3]


async def test_the_digest_is_of_the_hashes_and_hashes_come_by_id(shop: Shop):
    documents = shop.documents([product(number) for number in (30, 4, 7)])
    await shop.index.upsert(documents)
    by_id = {document.id: document.hash for document in documents}
    first = await shop.index.hashes(limit=2)
    rest = await shop.index.hashes(after=first[-1].id, limit=2)
    assert [(each.id, each.hash) for each in (*first, *rest)] == [(number, by_id[number]) for number in (4, 7, 30)]
    assert (await shop.engine.status()).digest == f"{reduce(xor, (int(each, 16) for each in by_id.values())):016x}"


@pytest.mark.parametrize(
    ("query", "field", "limit"),
    [
        (SearchQuery(text="a" * 10_000), "query", 1000),
        (SearchQuery(text="\ud83d"), "query", None),
        (SearchQuery(limit=251), "limit", 250),
        (SearchQuery(limit=0), "limit", None),
        (SearchQuery(limit=-5), "limit", None),
        (SearchQuery(facets=("colour",)), "facets", None),
        (SearchQuery(facets=("vendor",) * 31), "facets", 30),
        (SearchQuery(filters=(HasValue("colour", ("red",)),)), "filters", None),
        (SearchQuery(filters=(HasValue("option:", ("red",)),)), "filters", None),
        (SearchQuery(filters=(HasValue("price", ("1",)),)), "filters", None),
        (SearchQuery(filters=(PriceBetween(0, 2**60),)), "filters.price", 2**53),
        (SearchQuery(filters=(HasValue("tag", ("x",) * 1001),)), "filters", 1000),
        (SearchQuery(filters=(PriceBetween(),) * 251), "filters", 250),
    ],
)
async def test_absurd_questions_are_refused_by_field_and_limit(shop: Shop, query: SearchQuery, field: str, limit: int | None):
    await shop.titled("Kubek")
    with pytest.raises(InvalidInput) as refused:
        await shop.engine.search(query)
    assert (refused.value.field, getattr(refused.value, "limit", None)) == (field, limit)


async def test_words_beyond_the_tenth_are_left_out_and_named(shop: Shop):
    await shop.titled("raz dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć")
    result = await shop.search("raz dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście", prefix=False)
    assert ([hit.id for hit in result.hits], result.ignored, result.relaxed) == ([1], ("jedenaście",), False)


@pytest.mark.parametrize("nasty", ['" OR 1=1 --', "title:*", "a AND (b", "\x00", "\\", "{}[]^~*?:", "İ", "ﷺ", "e\u0301", "\U0001f600"])
async def test_nothing_in_a_query_is_syntax(shop: Shop, nasty: str):
    await shop.titled("Kubek")
    await shop.search(nasty)
    await shop.engine.suggest(nasty)
    assert await shop.found("", filters=(HasValue("vendor", (nasty,)),)) == []


async def test_batches_have_a_limit(shop: Shop):
    with pytest.raises(LimitExceeded) as refused:
        await shop.index.delete([ProductId(number) for number in range(5001)])
    assert (refused.value.field, refused.value.limit) == ("documents", 5000)
