"""What Meilisearch alone would answer otherwise: exact counts, deep pages, to-the-letter codes, and its being away."""

import asyncio

import pytest

from search.meilisearch.asking import attempts, covering_page
from search.meilisearch.filters import expression, quoted
from search.meilisearch.opening import open_meilisearch
from search.meilisearch.settings import FURTHEST_HIT, IN_TITLE_OR_KEYS, index_settings
from search.types import HasValue, IsAvailable, IsOneOf, PriceBetween, SearchQuery, SearchSettings, SortKey
from simulators.meilisearch.faults import Faults
from spoina.errors import SearchUnavailable
from spoina.settings import MeilisearchSettings
from tests.search.meilisearch.conftest import document, found, in_batches, polish


def read(text: str, settings: SearchSettings | None = None):
    return polish().read(text, polish().vocabulary(settings or SearchSettings()), prefix=True)


def asked(text: str, **options: object) -> list[tuple[str, str]]:
    first = next(attempts(read(text, **options), typos=True))
    return [(phrase.text, phrase.reason) for phrase in first.phrases]


def test_a_query_is_asked_as_typed_and_by_its_lemmas():
    texts = [text for text, _ in asked("kubków")]
    assert texts[:2] == ["kubkow ", "kubkow"]
    assert "kubek " in texts
    assert "kubek" not in texts  # what is still typed is not the beginning of its lemma


def test_a_word_that_is_typed_may_begin_others_in_titles_only():
    first = next(attempts(read("kub"), typos=True))
    assert [phrase.fields for phrase in first.phrases if phrase.text == "kub"] == [IN_TITLE_OR_KEYS]
    assert all(phrase.text.endswith(" ") for phrase in first.phrases if "body_terms" in phrase.fields)


def test_a_synonym_is_a_search_of_its_own():
    settings = SearchSettings(synonyms=(("sneakersy", "trampki"),))
    assert "synonym" in {reason for _, reason in asked("trampki", settings=settings)}


def test_stop_words_alone_are_searched_where_meilisearch_would_drop_them():
    assert asked("do")[0] == ("stopdo ", "words")


def test_typos_are_an_attempt_of_their_own_after_the_letter():
    strict, forgiving, *_ = attempts(read("wiertrka szara"), typos=True)
    assert not any("fuzzy_terms" in phrase.fields for phrase in strict.phrases)
    assert any("fuzzy_terms" in phrase.fields for phrase in forgiving.phrases)
    assert all(not any("fuzzy_terms" in phrase.fields for phrase in attempt.phrases) for attempt in attempts(read("kot"), typos=True))


@pytest.mark.parametrize(
    ("start", "count", "page"), [(0, 24, (1, 24)), (24, 24, (2, 24)), (5, 10, (1, 15)), (30, 7, (4, 10)), (99, 2, (34, 3)), (0, 0, (1, 1))]
)
def test_the_smallest_page_that_holds_a_window(start, count, page):
    assert covering_page(start, count) == page
    number, size = page
    assert (number - 1) * size <= start
    assert start + count <= number * size


def test_filters_are_written_so_that_no_value_leaves_its_quotes():
    assert quoted('a"b') == '"a\\"b"'
    assert "\\" not in quoted("a\\").replace('\\"', "")
    filters = (HasValue("vendor", ("Łąka",)), PriceBetween(100, None), IsAvailable(), IsOneOf((7, 9), negated=True))
    assert expression(filters) == ['"facet.vendor" IN ["łąka"]', "price_max >= 100", "in_stock = 1", "id NOT IN [7, 9]"]


async def test_values_that_look_like_filters_are_only_values(opened):
    nasty = 'a" OR id > 0 OR "'
    await opened.index.upsert([document(1, "Koc", vendor=nasty), document(2, "Koc", vendor="b\\"), document(3, "Koc", vendor="c")])
    assert await found(opened, filters=(HasValue("vendor", (nasty,)),)) == [1]
    assert await found(opened, filters=(HasValue("vendor", ("b\\",)),)) == [2]
    assert await found(opened, filters=(HasValue("vendor", ('x\\" OR id > 0 OR "',)),)) == []


async def test_every_page_of_every_order_together_are_everything_once(opened):
    shop = [document(number, f"Koc numer {number}", price_min=number * 7 % 22 or None, total_sales=number % 3) for number in range(1, 24)]
    await opened.index.rebuild(in_batches(shop))
    for sort in SortKey:
        for reverse in (False, True):
            whole = await found(opened, "koc", sort=sort, reverse=reverse, limit=60)
            assert sorted(whole) == list(range(1, 24))
            paged: list[int] = []
            after = None
            while True:
                query = SearchQuery(text="koc", sort=sort, reverse=reverse, limit=10, after=after)
                result = await opened.engine.search(query)
                paged += [hit.id for hit in result.hits]
                if not result.has_next:
                    break
                after = result.hits[-1].cursor
            assert paged == whole, (sort, reverse)
            assert await found(opened, "koc", sort=sort, reverse=reverse, limit=5, backward=True) == whole[-5:]


async def test_totals_go_on_where_pages_end(opened, server):
    shop = [document(number, "Koc") for number in range(1, 31)]
    await opened.index.rebuild(in_batches(shop))
    server.index("products").settings["pagination"]["maxTotalHits"] = 10
    result = await opened.engine.search(SearchQuery(text="koc", limit=5))
    assert (result.total, result.has_next) == (30, True)


async def test_facets_are_counted_without_their_own_filter(opened):
    shop = [
        document(1, "Koc", vendor="Wilga"),
        document(2, "Koc", vendor="Halny"),
        document(3, "Koc", vendor="Halny"),
        document(4, "Nóż", vendor="Halny"),
    ]
    await opened.index.upsert(shop)
    query = SearchQuery(text="koc", facets=("vendor", "price"), filters=(HasValue("vendor", ("WILGA",)),))
    result = await opened.engine.search(query)
    assert ([hit.id for hit in result.hits], result.total) == ([1], 1)
    assert [(value.label, value.count) for value in result.facets[0].values] == [("Halny", 2), ("Wilga", 1)]


async def test_a_size_is_never_taken_for_another(opened):
    await opened.index.upsert([document(1, "Wkrętarka 18 V"), document(2, "Wkrętarka 12 V"), document(3, "Poziomica 1200 mm")])
    assert await found(opened, "wkrętarka 18v") == [1]
    assert await found(opened, "poziomica 120 cm") == [3]
    assert await found(opened, "wkretrka 18v") == [1]


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (Faults(down=True), "cannot be reached"),
        (Faults(overloaded=True), "503"),
        (Faults(not_meilisearch=True), "not Meilisearch"),
    ],
)
async def test_an_engine_that_is_away_is_told_and_recovers_by_itself(opened, server, faults, reason):
    await opened.index.upsert([document(1, "Koc")])
    server.faults = faults
    with pytest.raises(SearchUnavailable, match=reason) as failure:
        await opened.engine.search(SearchQuery(text="koc"))
    assert failure.value.remedy
    server.faults = Faults()
    assert await found(opened, "koc") == [1]


async def test_a_server_that_is_too_slow_is_not_waited_for(settings, server):
    server.faults = Faults(latency_ms=1_000)
    async with open_meilisearch(settings, polish(), search_seconds=0.1) as opened:
        with pytest.raises(SearchUnavailable, match="in time"):
            await opened.engine.search(SearchQuery(text="koc"))


async def test_a_wrong_key_is_told_without_being_shown(settings):
    wrong = MeilisearchSettings(url=settings.url, key="tajny-klucz")
    async with open_meilisearch(wrong, polish()) as opened:
        for call in (opened.engine.search(SearchQuery(text="koc")), opened.index.upsert([document(1, "Koc")])):
            with pytest.raises(SearchUnavailable, match="invalid_api_key") as failure:
                await call
            assert "tajny-klucz" not in str(failure.value)


async def test_other_processes_see_the_shops_words_within_a_second(opened, settings):
    await opened.index.upsert([document(1, "Koc")])
    async with open_meilisearch(settings, polish(), state_seconds=0.05) as other:
        assert await found(other, "pled") == []
        await opened.index.configure(SearchSettings(synonyms=(("pled", "koc"),)))
        await asyncio.sleep(0.06)
        assert await found(other, "pled") == [1]


def test_settings_are_within_meilisearchs_own_limits():
    settings = index_settings(SearchSettings())
    assert settings["pagination"] == {"maxTotalHits": FURTHEST_HIT}
    assert "codes" in settings["typoTolerance"]["disableOnAttributes"]
    assert "fuzzy_terms" not in settings["typoTolerance"]["disableOnAttributes"]
