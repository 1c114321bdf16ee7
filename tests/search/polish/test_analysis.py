"""Words, numbers, codes, compounds and synonyms, before any engine sees them."""

import tracemalloc

import pytest

from search.documents import document_of
from search.polish.analysis import Analysis
from search.polish.codes import code_of
from search.polish.lexicon import Lemma, NoLexicon, PolishLexicon
from search.polish.reading import Sought
from search.polish.tokens import tokens
from search.types import LONGEST_QUERY, MOST_WORDS, Analysed, FacetValue, SearchSettings, Span
from spoina.catalog.categories import CategoryTree
from spoina.errors import LimitExceeded
from spoina.ids import Sku, StockItemId
from tests.spoina.catalog.builders import NOON, category, product, variant


def read(analysis: Analysis, text: str, settings: SearchSettings = SearchSettings(), *, prefix: bool = False):  # noqa: B008 - it is frozen
    return analysis.read(text, analysis.vocabulary(settings), prefix=prefix)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,5 l", ["1500ml"]),
        ("1.50l", ["1500ml"]),
        ("0,75 litra", ["750ml"]),
        ("18V", ["18v"]),
        ("18\u00a0V", ["18v"]),
        ("2 kW", ["2000w"]),
        ("5 Ah", ["5000mah"]),
        ("M8x40", ["m8x40"]),
        ("1/4 cala", ["1/4cal"]),
        ("94 szt.", ["94szt"]),
        ("007", ["007"]),
        ("1,0", ["1"]),
        ("O'Hara", ["ohara"]),
        ("Łódź-Żółta", ["lodz", "zolta"]),
        ("42 rower", ["42", "rower"]),
        ("🔥 !", []),
        ("٣ kg", ["٣", "kg"]),
    ],
)
def test_tokens(text: str, expected: list[str]):
    assert [token.folded for token in tokens(text)] == expected


def test_a_token_knows_where_it_stands():
    assert [(token.start, token.end) for token in tokens("Wkrętarka 18 V, mała")] == [(0, 9), (10, 14), (16, 20)]


@pytest.mark.parametrize(
    ("word", "lemmas"),
    [
        ("butów", {"but"}),
        ("buty", {"but", "buta"}),
        ("piły", {"pila"}),
        ("żółtymi", {"zolty"}),
        ("dzieci", {"dziecko"}),
        ("Makity", {"makit"}),
        ("makita", {"makit"}),
        ("młotowiertarką", {"mlotowiertarka", "wiertarka"}),
    ],
)
def test_lemmas(word: str, lemmas: set[str]):
    """Every reading as a noun or an adjective, rare ones (towns, plants) among them; the unknown by its stem or its last part."""
    assert {lemma.text for lemma in PolishLexicon().lemmas(word)} >= lemmas


def test_a_reading_as_a_verb_counts_only_where_there_is_no_other():
    assert "pic" not in {lemma.text for lemma in PolishLexicon().lemmas("piły")}
    assert "pic" in {lemma.text for lemma in PolishLexicon().lemmas("pijemy")}


def test_forms_are_those_of_the_whole_paradigm_without_the_word_itself():
    forms = PolishLexicon().forms("wiertarka")
    assert set(forms) >= {"wiertarki", "wiertarce", "wiertarke", "wiertarek", "wiertarkami"}
    assert "wiertarka" not in forms
    assert "mlotowiertarek" in PolishLexicon().forms("młotowiertarka")
    assert PolishLexicon().forms("xiaomi") == ()


def test_without_a_lexicon_a_word_is_its_own_lemma():
    assert (NoLexicon().lemmas("Żółte"), NoLexicon().forms("żółte")) == ((Lemma("zolte", noun=True),), ())


def test_terms_of_a_title(analysis: Analysis):
    terms = analysis.terms(["Wiertarko-wkrętarka 18 V"])
    assert terms == Analysed(
        words=("wiertarko", "wkretarka", "wiertarkowkretarka", "18v", "18"), lemmas=("wiertarka", "wkretarka", "18v", "18"), forms=()
    )


@pytest.mark.parametrize(
    ("title", "head"),
    [
        ("Wiertarka udarowa", {"wiertarka"}),
        ("Akumulatorowa wiertarka do drewna", {"wiertarka"}),
        ("Zestaw nasadek 1/4", {"zestaw", "nasadka"}),
        ("Wiertarko-wkrętarka Tytan", {"wiertarka", "wkretarka"}),
        ("Czarna kawa", {"czarna", "kawa"}),
        ("2 kg", set()),
    ],
)
def test_what_a_title_is_about(analysis: Analysis, title: str, head: set[str]):
    assert set(analysis.head(title)) == head


def test_a_query_s_words(analysis: Analysis):
    reading = read(analysis, "Wiertarki do M8", prefix=True)
    assert reading.words == (
        Sought(text="wiertarki", lemmas=("wiertarka",), typos=2),
        Sought(text="m8", lemmas=("m8",), open=True, aside=True),
    )
    assert reading.ignored == ("do",)


@pytest.mark.parametrize(("text", "typos"), [("koce", 0), ("kubek", 1), ("wkrętaki", 1), ("wkrętarka", 2), ("18v", 0), ("1500mm", 0)])
def test_typos_by_length(analysis: Analysis, text: str, typos: int):
    assert [word.typos for word in read(analysis, text).words] == [typos]


def test_a_finished_word_is_not_open(analysis: Analysis):
    assert [word.open for word in read(analysis, "kubek ", prefix=True).words] == [False]


@pytest.mark.parametrize(("text", "code"), [("el-0001", "el0001"), ("EL 0001", "el0001"), ("ab", ""), ("5901234123457", "5901234123457")])
def test_codes(text: str, code: str):
    assert code_of(text) == code


def test_codes_are_looked_for_in_the_whole_text_and_in_its_words(analysis: Analysis):
    assert read(analysis, "EL 0001").codes == ("el0001", "0001")
    assert read(analysis, "wiertarka").codes == ()


def test_synonyms_of_one_word_and_of_several(analysis: Analysis):
    settings = SearchSettings(synonyms=(("szlifierka kątowa", "flex"), ("kubek", "filiżanka")))
    assert read(analysis, "kubki", settings).words[0].alternatives == (("filizanka",),)
    assert read(analysis, "flex", settings).words[0].alternatives == (("szlifierka", "katowy"),)
    rows = [[word.text for word in row] for row in read(analysis, "szlifierki kątowej tytan", settings).variants]
    assert rows[0] == ["flex", "tytan"]


def test_limits(analysis: Analysis):
    reading = read(analysis, " ".join(f"słowo{number}" for number in range(MOST_WORDS + 2)))
    assert (len(reading.words), reading.ignored) == (MOST_WORDS, ("słowo10", "słowo11"))
    with pytest.raises(LimitExceeded) as refused:
        read(analysis, "a" * (LONGEST_QUERY + 1))
    assert (refused.value.field, refused.value.limit) == ("query", LONGEST_QUERY)


def test_spans_of_forms_typos_and_beginnings(analysis: Analysis):
    title = "Zestaw wiertarek i wkrętaków"
    for text, found in {"wiertarki": "wiertarek", "wietrarek": "wiertarek", "wkręt": "wkrętaków"}.items():
        assert analysis.spans(title, read(analysis, text, prefix=True)) == (Span(title.index(found), title.index(found) + len(found)),)


def test_a_document_is_the_same_for_the_same_product_and_another_for_each_change(analysis: Analysis):
    tree = CategoryTree([category(1, title="Narzędzia"), category(2, 1, title="Wiertarki")])
    drill = product(7, title="Wiertarka", vendor="Bosch", categories=[2], counted=True, sku=Sku("EL-7"))

    def document(of=drill, **changed):
        return document_of(of, tree, analysis, **{"left": {StockItemId(7): 3}, "at": NOON} | changed)

    assert document() == document()
    assert document().codes == ("el7", "sku7")
    assert FacetValue("category", "1", "Narzędzia") in document().facets
    hashes = {document().hash, document(left={}).hash, document(product(7, title="Wiertarki")).hash, document(product(8)).hash}
    assert len(hashes) == 4
    assert (document().available, document(left={}).available) == (True, False)


def test_options_of_any_variant_are_values(analysis: Analysis):
    sold = (variant(1, 9, price=100), variant(2, 9, price=300))
    document = document_of(product(9, variants=sold), CategoryTree(), analysis, left={}, at=NOON)
    assert (document.price_min, document.price_max) == (100, 300)


def test_the_lexicon_fits_into_memory():
    """Python's part of it; the dictionary itself is mapped."""
    lexicon = PolishLexicon()
    tracemalloc.start()
    for number in range(2000):
        lexicon.lemmas(f"wyraz{number}")
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used < 2_000_000
