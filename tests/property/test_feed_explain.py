"""An explanation is a build watched: the values it shows are those of the file, and what it says of rules, run again, comes to the same."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.checks import check_for
from feeds.definitions import make_format, parse_definition
from feeds.explain import explain
from feeds.frame import Frame
from feeds.recipe import Recipe
from feeds.sources import decode_source
from spoina.catalog.assembly import encode
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Metafield, Product, SelectedOption, Shop, StockPolicy
from spoina.ids import StockItemId
from spoina.inventory.types import StockRules
from spoina.pricing.types import PriceSchedule
from tests.feeds.shop import good, good_variant
from tests.spoina.catalog.builders import category

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP = Shop(name="Sklep", url="https://sklep.example", currency="PLN", country="PL", timezone="Europe/Warsaw", as_of=NOW)
TREE = CategoryTree([category(10, handle="dom", title="Dom"), category(11, 10, handle="kubki", title="Kubki")])

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40)
TEMPLATES = st.sampled_from(
    ["{brand} {title}", "{title|upper|truncate:20}", "{option.Kolor|prefix:kolor }", "{{{sku}}}", "{attribute.material}"]
)
FILTERS = st.sampled_from(
    ['price_below = "20.00"', 'tags = ["nowe"]', "stock_below = 3", 'categories = ["dom"]', "on_sale = true", 'attribute = "Kolor"']
)


@st.composite
def definitions(draw):
    lines = ['channel = "google"', 'format = "google-rss"', 'base_url = "https://sklep.example"']
    if draw(st.booleans()):
        lines += ["[utm]", 'source = "{channel_category|default:google}"']
    for number in range(draw(st.integers(0, 3))):
        field = draw(st.sampled_from(["title", "brand", "color", "energy_class"]))
        lines += ["[[fields]]", f'name = "field {number}"', f'field = "{field}"', f"template = '{draw(TEMPLATES)}'"]
    for number in range(draw(st.integers(0, 2))):
        effect = draw(st.sampled_from(["include", "exclude"]))
        lines += ["[[filters]]", f'name = "filter {number}"', f'effect = "{effect}"', draw(FILTERS)]
    if draw(st.booleans()):
        lines += ["[[prices]]", 'name = "dearer"', f'percent = "{draw(st.integers(-50, 50))}"', 'rounding = "99"']
    if draw(st.booleans()):
        lines += ["[[replacements]]", 'name = "cups"', 'field = "title"', 'find = "Kubek"', 'put = "Kubeczek"']
    return parse_definition("\n".join(lines), "feed", "feed.toml")


@st.composite
def products(draw) -> Product:
    prices = PriceSchedule(regular=draw(st.integers(0, 5000) | st.none()), sale=draw(st.integers(1, 3000) | st.none()))
    options = draw(st.sampled_from([(), (SelectedOption("Kolor", "Czerwony"),)]))
    variants = tuple(
        good_variant(number, product_id=1, prices=prices, options=options, stock=StockPolicy(item=StockItemId(number)))
        for number in range(1, draw(st.integers(1, 3)) + 1)
    )
    material = Metafield(namespace="attributes", key="material", value="Stal", label="Materiał")
    return good(
        1,
        variants=variants,
        title=draw(TEXTS),
        description=draw(TEXTS),
        tags=draw(st.sampled_from([(), ("nowe",)])),
        metafields=(material,),
    )


@given(definition=definitions(), product=products(), left=st.integers(0, 9))
def test_the_trace_is_what_a_build_does(definition, product, left):
    form = make_format(definition, "Sklep")
    frame = Frame(shop=SHOP, categories=TREE, taxes=(), stock=StockRules())
    recipe = Recipe(definition, frame, form, check_for(definition))
    source, stock = decode_source(encode(product)), dict.fromkeys(range(1, 4), left)
    built = recipe.render(source, stock, NOW)
    told = [explain(recipe, subject) for subject in recipe.subjects(source, stock, NOW)]
    assert "".join(each.written for each in told).encode() == built.written
    assert sum(each.included for each in told) == built.outcome.items
    for each, subject in zip(told, recipe.subjects(source, stock, NOW), strict=True):
        assert each.included == (not each.decided_by)
        _replayed(recipe, each, subject)


def _replayed(recipe, told, subject):
    """Every exclusion has a rule by name; each change, applied where the one before left off, comes to each field's value."""
    if not told.included:
        names = {name for name, _, _ in recipe.filters} | {"without-price", "not-included"} | {rule.id for rule in recipe.check.rules}
        assert set(told.decided_by.split(", ")) <= names
    assert [check.rule for check in told.checks] == [rule.id for rule in recipe.check.rules]
    assert {check.rule for check in told.checks if check.spoke} == {finding.rule for finding in told.findings}
    recipe.prepare(subject)
    last = {change.field: change.after for change in told.changes}
    for field, spec in zip(told.fields, recipe.form.fields, strict=True):
        assert field.value == spec.value(subject.item)
        for name, value in field.sources.items():
            assert last.get(name, value) == value
    assert msgspec.json.encode(told)


def test_what_a_rule_read_and_did_is_told_as_people_read_it():
    text = """
[utm]
content = "{option.Kolor}-{current_price}-{handle}-{meta.dostawca}-{extra.moje}"
[[fields]]
name = "own"
field = "moje"
template = "{price}"
[[replacements]]
name = "dot"
field = "moje"
find = "."
put = ","
[[prices]]
name = "dearer"
amount = "1.00"
"""
    start = 'channel = "google"\nformat = "google-rss"\nbase_url = "https://sklep.example"\n'
    definition = parse_definition(start + text, "feed", "feed.toml")
    frame = Frame(shop=SHOP, categories=TREE, taxes=(), stock=StockRules())
    recipe = Recipe(definition, frame, make_format(definition, "Sklep"), check_for(definition))
    red = good_variant(1, options=(SelectedOption("Kolor", "Czerwony"),), prices=PriceSchedule(regular=3990))
    from_oslo = Metafield(namespace="meta", key="dostawca", value="Oslo", label="Dostawca")
    source = decode_source(encode(good(1, handle="kubek", variants=(red,), metafields=(from_oslo,))))

    (subject,) = recipe.subjects(source, {1: 5}, NOW)
    dearer, own, dot, utm = explain(recipe, subject).changes

    assert (dearer.field, dearer.before, dearer.after) == ("price", "39.90", "40.90")
    assert (own.reads, dot.reads, dot.after) == ({"price": "40.90"}, {"moje": "40.90"}, "40,90")
    assert utm.reads == {
        "option.Kolor": "Czerwony",
        "current_price": "40.90",
        "handle": "kubek",
        "meta.dostawca": "Oslo",
        "extra.moje": "40,90",
    }


@pytest.mark.parametrize(
    ("cost", "fits", "note"),
    [
        ("36.00", True, ""),
        ("36,00", True, ""),
        ("20,00", False, ""),
        ("około 36", False, "the cost is not known: 'koszt' is 'około 36'"),
        (None, False, "the cost is not known: there is no 'koszt'"),
    ],
)
def test_a_margin_by_the_cost_as_a_shop_types_it(cost, fits, note):
    text = 'cost_key = "koszt"\n[[filters]]\nname = "thin"\nmargin_below = "15"\n'
    start = 'channel = "google"\nformat = "google-rss"\nbase_url = "https://sklep.example"\n'
    definition = parse_definition(start + text, "feed", "feed.toml")
    frame = Frame(shop=SHOP, categories=TREE, taxes=(), stock=StockRules())
    recipe = Recipe(definition, frame, make_format(definition, "Sklep"), check_for(definition))
    fields = () if cost is None else (Metafield(namespace="meta", key="koszt", value=cost, label="Koszt"),)
    cup = good_variant(1, prices=PriceSchedule(regular=3990))

    (subject,) = recipe.subjects(decode_source(encode(good(1, variants=(cup,), metafields=fields))), {1: 5}, NOW)
    (judged,) = explain(recipe, subject).filters

    assert (judged.fits, judged.note) == (fits, note)
