"""What is found, and what is not."""

import pytest

from search.types import SearchSettings, Suggestion
from spoina.ids import Gtin, Sku
from tests.search.conformance.conftest import Shop
from tests.spoina.catalog.builders import product, variant


@pytest.mark.parametrize("asked", ["wiertarka", "wiertarki", "wiertarką", "wiertarek", "WIERTARCE", "wiertarke", "wiertarka udarowa"])
async def test_every_form_of_a_word_finds_it(shop: Shop, asked: str):
    await shop.titled("Wiertarki udarowe", "Młotek")
    assert await shop.found(asked, prefix=False, typos=False) == [1]


@pytest.mark.parametrize("asked", ["żółte buty", "zolte buty", "ZOLTE BUTY", "butami żółtymi", "żółtych butów", "buty żółte"])
async def test_diacritics_and_order_do_not_matter(shop: Shop, asked: str):
    await shop.titled("Buty żółte", "Buty czarne")
    assert await shop.found(asked, prefix=False) == [1]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("1,5 l", [1]),
        ("1.5 l", [1]),
        ("1,5l", [1]),
        ("1500 ml", [1]),
        ("18V", [2]),
        ("18 V", [2]),
        ("18 wolt", [2]),
        ("500 g", [3]),
        ("0,5 kg", [3]),
        ("1,5 kg", []),
        ("rozm. 42", [4]),
        ("rozmiar 42", [4]),
    ],
)
async def test_numbers_and_units(shop: Shop, asked: str, found: list[int]):
    await shop.titled("Garnek 1,5 l", "Wkrętarka 18V", "Miód 500 g", "Buty 42")
    assert await shop.found(asked, prefix=False) == found


@pytest.mark.parametrize("asked", ["el-0001", "EL0001", "EL 0001", "5901234123457", "590-1234123457"])
async def test_codes_of_products_and_variants(shop: Shop, asked: str):
    near = product(2, title="Inny", variants=(variant(20, 2, sku=Sku("EL-0002"), barcode=Gtin("5901234123464")),))
    await shop.sells(product(1, title="Ten", variants=(variant(10, 1, sku=Sku("EL-0001"), barcode=Gtin("5901234123457")),)), near)
    assert await shop.found(asked, prefix=False) == [1]


async def test_a_code_may_be_begun_but_not_misspelt(shop: Shop):
    await shop.sells(product(1, title="Ten", variants=(variant(10, 1, sku=Sku("AB-12345")),)))
    assert (await shop.found("AB-123"), await shop.found("AB-12354")) == ([1], [])


@pytest.mark.parametrize(
    ("asked", "found"),
    [("wietrarka", [1]), ("wirtarka", [1]), ("wiertrka udrowa", [1]), ("młotke", [2]), ("młłtke", []), ("wxyztarka", []), ("koc", [])],
)
async def test_typos_by_length(shop: Shop, asked: str, found: list[int]):
    """None below five letters, one below nine, two from there on."""
    await shop.titled("Wiertarka udarowa", "Młotek", "Kot")
    assert await shop.found(asked, prefix=False) == found


async def test_a_word_that_is_there_is_no_typo_of_another(shop: Shop):
    await shop.titled("Kubek", "Kubeł")
    assert await shop.found("kubeł", prefix=False) == [2]


async def test_the_last_word_may_still_be_typed(shop: Shop):
    await shop.titled("Wiertarka udarowa", "Wieszak")
    assert sorted(await shop.found("wie")) == [1, 2]
    assert await shop.found("wiertarka ud") == [1]
    assert (await shop.search("wie udarowa")).relaxed is True
    assert await shop.found("wie", prefix=False) == []


@pytest.mark.parametrize("asked", ["młotowiertarka", "młoto wiertarka", "młoto-wiertarka", "młotowiertarki"])
async def test_compounds_written_together_or_apart(shop: Shop, asked: str):
    await shop.titled("Młotowiertarka SDS", "Wiertarka")
    assert await shop.found(asked, prefix=False) == [1]


async def test_a_compound_is_also_what_its_last_part_is(shop: Shop):
    await shop.titled("Młotowiertarka SDS", "Młotek")
    assert await shop.found("wiertarki", prefix=False) == [1]


async def test_synonyms_both_ways_and_one_way_and_of_several_words(shop: Shop):
    await shop.titled("Szlifierka kątowa", "Flex", "Czołówka", "Rękawica")
    await shop.index.configure(SearchSettings(synonyms=(("szlifierka kątowa", "flex"),), one_way=(("latarka", ("czołówka",)),)))
    assert sorted(await shop.found("flex", prefix=False)) == [1, 2]
    assert sorted(await shop.found("szlifierki kątowe", prefix=False)) == [1, 2]
    assert (await shop.found("latarki", prefix=False), await shop.found("czołówka", prefix=False)) == ([3], [3])
    assert (await shop.engine.settings()).one_way == (("latarka", ("czołówka",)),)


async def test_a_shop_s_own_stop_words(shop: Shop):
    await shop.titled("Młotek")
    await shop.index.configure(SearchSettings(stop_words=("tanio",)))
    result = await shop.search("tanio młotek", prefix=False)
    assert ([hit.id for hit in result.hits], result.ignored, result.relaxed) == ([1], ("tanio",), False)


async def test_stop_words_are_left_out_unless_there_is_nothing_else(shop: Shop):
    await shop.titled("Torba do roweru", "Młotek")
    together = await shop.search("torby dla roweru", prefix=False)
    alone = await shop.search("do", prefix=False)
    assert ([hit.id for hit in together.hits], together.ignored) == ([1], ("dla",))
    assert ([hit.id for hit in alone.hits], alone.ignored) == ([1], ())


async def test_when_nothing_has_all_words_most_are_enough_and_it_is_said(shop: Shop):
    await shop.titled("Wiertarka udarowa", "Młotek")
    result = await shop.search("wiertarka udarowa różowa", prefix=False)
    assert ([hit.id for hit in result.hits], result.relaxed) == ([1], True)


@pytest.mark.parametrize(
    ("asked", "found", "relaxed"),
    [
        ("koc wełniany", [1], False),
        ("koc różowy", [1], True),
        ("różowa wełna", [], False),  # which only a description tells
        ("owcza wełna", [1], False),
        ("różowe 140", [], False),  # a number alone says nothing of what is looked for
        ("młotek 150", [2], True),
        ("KOC-140", [], False),  # shaped like a code
        ("KOC-4711-99", [], False),
        ("590 1234 12345 7", [], False),
        ("fioletowa zebra", [], False),
    ],
)
async def test_most_of_the_words_are_enough_in_titles_and_keys_and_never_for_a_code(
    shop: Shop, asked: str, found: list[int], relaxed: bool
):
    await shop.sells(product(1, title="Koc wełniany", description="Z owczej wełny."), product(2, title="Młotek", tags=("140",)))
    result = await shop.search(asked, prefix=False)
    assert ([hit.id for hit in result.hits], result.relaxed) == (found, relaxed)
    strict = await shop.search(asked, prefix=False, relax=False)
    assert ([hit.id for hit in strict.hits], strict.relaxed) == ([] if relaxed else found, False)


@pytest.mark.parametrize("asked", ["", "   ", "🔥🔥", "!?…"])
async def test_a_text_without_words_finds_everything(shop: Shop, asked: str):
    await shop.titled("Młotek", "Kubek")
    result = await shop.search(asked)
    assert (sorted(hit.id for hit in result.hits), result.total) == ([1, 2], 2)


async def test_the_description_brand_tags_and_options_are_searched(shop: Shop):
    await shop.sells(product(1, title="Koc", description="Utkany z owczej wełny.", vendor="Halny", tags=("na prezent",)), product(2))
    for asked in ("wełna", "halnego", "prezenty"):
        assert await shop.found(asked, prefix=False) == [1]


async def test_highlights_are_places_in_the_title(shop: Shop):
    await shop.titled("Zestaw wiertarek, 18 V")
    (hit,) = (await shop.search("wiertarki 18v", highlight=True)).hits
    assert [hit.title[span.start : span.end] for span in hit.highlights] == ["wiertarek", "18 V"]


async def test_suggestions_are_beginnings_of_titles_by_frequency(shop: Shop):
    await shop.titled("Żółty kubek", "Żółty kubek duży", "Zestaw")
    suggested = await shop.engine.suggest("zol", limit=2)
    assert suggested[0] == Suggestion("żółty kubek", 2)
    assert await shop.engine.suggest("xyz") == ()
