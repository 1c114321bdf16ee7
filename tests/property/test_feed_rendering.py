"""The one function that a build calls for each product writes and finds what a format's and a check's own functions come to, called one by
one: for whatever stands in a product, in every format, by every rule that a definition can have."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds import demo
from feeds.checks import check_for
from feeds.definitions import load_definitions, make_format, parse_definition, with_updates
from feeds.frame import Frame, TaxShare
from feeds.outcomes import Outcome, is_failing
from feeds.recipe import Recipe
from feeds.sources import decode_source
from feeds.types import FeedDefinition
from spoina.catalog.assembly import encode
from spoina.catalog.categories import CategoryTree
from spoina.catalog.types import Backorders, Image, Kind, Metafield, Product, SelectedOption, Shop, StockPolicy, StockStatus, Visibility
from spoina.ids import StockItemId
from spoina.inventory.types import StockRules
from spoina.pricing.types import PriceSchedule
from tests.feeds.shop import good, good_variant, gtin
from tests.feeds.sound_items import every_format
from tests.property.test_feed_formats import NASTY
from tests.spoina.catalog.builders import category

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEMO = {each.name: each for each in with_updates(load_definitions(Path(demo.__file__).parent))}
HANDLES = {handle for each in DEMO.values() for handle in (*each.categories, *(name for rule in each.filters for name in rule.categories))}
TREE = CategoryTree(
    [category(10, handle="dom", title="Dom & ogród"), category(11, 10, handle="kubki", title="Kubki > duże")]
    + [category(number, handle=handle) for number, handle in enumerate(sorted(HANDLES - {"dom", "kubki"}), 20)]
)
SHOP = Shop(name="Sklep", url="https://sklep.example", currency="PLN", country="PL", timezone="Europe/Warsaw", as_of=NOW)
NET = msgspec.structs.replace(SHOP, calc_taxes=True, prices_include_tax=False)
RULES = """
variants = "{variants}"
cost_key = "koszt"
images_base_url = "https://obrazy.example/a"

[[filters]]
name = "cheap"
price_below = "3.00"

[[filters]]
name = "old or red"
effect = "include"
attribute = "kolor"
values = ["czerwony"]
on_sale = false

[[filters]]
name = "the others"
effect = "include"
stock_below = 1000

[[filters]]
name = "no gain"
margin_below = "5"
tags = ["nowe"]

[[prices]]
name = "dearer"
percent = "7"
rounding = "99"
when = {{ name = "few", stock_below = 5 }}

[[fields]]
name = "speaking title"
field = "title"
template = "{{brand}} {{title|truncate:60}} {{color}} {{option.Rozmiar|prefix:r. }}"

[[fields]]
name = "group by brand"
field = "group_id"
template = "{{brand}}"
only_if_empty = true

[[fields]]
name = "later"
field = "availability_date"
template = "2026-04-01"
when = {{ name = "none left", availability = ["backorder"] }}

[[fields]]
name = "own"
field = "custom_number_0"
template = "{{meta.koszt}}"

[[fields]]
name = "group of Ceneo's"
field = "ceneo_group"
template = "other"

[[replacements]]
name = "cups"
field = "title"
find = "Kubek"
put = "Kubeczek & \\"co\\""

[[replacements]]
name = "whole brand"
field = "brand"
find = "emalia olkusz"
put = "Olkusz"
whole = true

[labels]
1 = "{{product_type}}"
3 = "{{current_price}} {{sku}}"

[utm]
source = "feed"
content = "{{color}}"

[categories]
dom = "Home & Garden > Kitchen"
"""

TEXT = st.one_of(
    st.sampled_from(["Kubek", "", "KUBEK EMALIOWANY Z UCHEM", "Kubek -30% gratis", "Kubek 🎁", "x" * 300, " odstęp "]),
    st.lists(st.one_of(NASTY.filter(lambda sign: sign != "\ud800"), st.text(st.characters(codec="utf-8"), max_size=4)), max_size=8).map(
        "".join
    ),
)
URLS = st.one_of(
    st.sampled_from(
        ["https://sklep.example/a b.jpg", "http://sklep.example/a.png", "https://cdn.example/ż.webp", "https://x@/a.gif", "brak"]
    ),
    TEXT.map(lambda text: f"https://sklep.example/{text}.jpg"),
)
OPTIONS = st.lists(
    st.builds(SelectedOption, st.sampled_from(["Kolor", "Rozmiar", "Wzór", "Smak"]), TEXT), max_size=2, unique_by=lambda each: each.name
)
FIELDS = st.lists(
    st.builds(
        Metafield,
        namespace=st.sampled_from(["attributes", "meta"]),
        key=st.sampled_from(["kolor", "material", "plec", "koszt", "mpn", "fason"]),
        value=st.one_of(st.sampled_from(["czerwony", "damskie", "12.50", "Stal, drewno"]), TEXT),
        label=st.just(""),
    ),
    max_size=3,
    unique_by=lambda each: each.key,
)
MOMENTS = st.one_of(st.none(), st.integers(-50, 50).map(lambda hours: NOW + timedelta(hours=hours)))


@st.composite
def variants(draw, number: int):
    prices = PriceSchedule(
        regular=draw(st.one_of(st.integers(0, 5000), st.none())),
        sale=draw(st.one_of(st.none(), st.integers(1, 3000))),
        sale_from=draw(MOMENTS),
        sale_to=draw(MOMENTS),
    )
    stock = StockPolicy(
        item=draw(st.sampled_from([StockItemId(number), None])),
        status=draw(st.sampled_from(StockStatus)),
        backorders=draw(st.sampled_from(Backorders)),
    )
    return good_variant(
        number,
        product_id=1,
        prices=prices,
        stock=stock,
        sku=draw(st.one_of(st.just(f"SKU-{number}"), TEXT)),
        barcode=draw(
            st.sampled_from([gtin(number), "", "2901234567890", "5901234123450", "0000000000000", "96385074", "590 1234-123457", "x"])
        ),
        options=tuple(draw(OPTIONS)),
        purchasable=draw(st.sampled_from([True, True, True, False])),
        image=draw(st.one_of(st.none(), URLS.map(lambda url: Image(id=9, url=url)))),
        weight_grams=draw(st.sampled_from([None, 0, 350])),
        tax_class=draw(st.sampled_from(["", "reduced"])),
        shipping_class=draw(st.sampled_from(["", "paczka"])),
        metafields=tuple(draw(FIELDS)),
    )


@st.composite
def products(draw) -> Product:
    return good(
        1,
        kind=draw(st.sampled_from([Kind.SIMPLE, Kind.SIMPLE, Kind.VARIABLE, Kind.GROUPED])),
        visibility=draw(st.sampled_from([Visibility.VISIBLE, Visibility.VISIBLE, Visibility.HIDDEN])),
        variants=tuple(draw(variants(number)) for number in range(1, draw(st.integers(1, 3)) + 1)),
        title=draw(TEXT),
        description=draw(TEXT),
        description_html=draw(TEXT),
        summary=draw(TEXT),
        vendor=draw(st.one_of(st.just("Emalia Olkusz"), TEXT)),
        tags=draw(st.sampled_from([(), ("nowe",)])),
        categories=draw(st.sampled_from([(11,), (10,), ()])),
        images=tuple(Image(id=at, url=url) for at, url in enumerate(draw(st.lists(URLS, max_size=3)))),
        permalink=draw(
            st.sampled_from(["https://sklep.example/produkt/kubek/", "https://sklep.example/?p=1", "", "https://inny.example/x"])
        ),
        metafields=tuple(draw(FIELDS)),
    )


RECIPES: dict[tuple[str, bool], Recipe] = {}


def recipe_for(definition: FeedDefinition, *, net: bool = False) -> Recipe:
    """One for all examples of a test: what it remembers of one must not show in another."""
    return RECIPES.get((definition.name, net)) or RECIPES.setdefault((definition.name, net), opened(definition, net=net))


def opened(definition: FeedDefinition, *, net: bool) -> Recipe:
    taxes = (TaxShare("", "PL", Decimal("0.23")), TaxShare("reduced", "PL", Decimal("0.08")))
    frame = Frame(shop=NET if net else SHOP, categories=TREE, taxes=taxes, stock=StockRules())
    return Recipe(definition, frame, make_format(definition, "Sklep"), check_for(definition))


def step_by_step(recipe: Recipe, source, left) -> tuple[bytes, Outcome]:
    written, items, failing, excluded, rules = b"", 0, 0, 0, Counter[str]()
    for subject in recipe.subjects(source, left, NOW):
        refusal = recipe.refusal(subject)
        if refusal is not None:
            excluded += 1
            rules[refusal] += 1
            continue
        recipe.prepare(subject)
        findings = recipe.check(subject.item)
        rules.update(finding.rule for finding in findings)
        if is_failing(findings):
            failing += 1
        else:
            items += 1
            written += recipe.form.render(subject.item)
    return written, Outcome(items, failing, excluded, tuple(sorted(rules.items())))


def assert_alike(recipe: Recipe, made: list[Product], left: int) -> None:
    """More than one product, so that what is remembered of one is asked for by the next."""
    for product in made:
        source, stock = decode_source(encode(product)), {1: left, 2: 0, 3: left}
        rendered = recipe.render(source, stock, NOW)
        assert (rendered.written, rendered.outcome) == step_by_step(recipe, source, stock)


def plain(form: str, rules: str = "") -> FeedDefinition:
    override = 'override = "de_DE"\n' if "language" in form else ""
    start = f'channel = "{form.partition("-")[0]}"\nformat = "{form}"\nbase_url = "https://sklep.example"\n'
    return parse_definition(start + override + rules, f"{form}-ruled" if rules else form, f"{form}.toml")


SOME = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.mark.parametrize("form", every_format())
@given(made=st.lists(products(), min_size=1, max_size=3), left=st.sampled_from([0, 1, 7]))
@SOME
def test_without_rules(form, made, left):
    assert_alike(recipe_for(plain(form)), made, left)


@pytest.mark.parametrize(
    ("form", "variants", "net"),
    [
        ("google-rss", "grouped", False),
        ("meta-csv", "separate", True),
        ("tiktok-xml", "first", False),
        ("pinterest-tsv", "grouped", True),
        ("ceneo-xml", "separate", False),
        ("allegro-jsonl", "grouped", False),
        ("meta-update-csv", "grouped", False),
    ],
)
@given(made=st.lists(products(), min_size=1, max_size=3), left=st.sampled_from([0, 1, 7]))
@SOME
def test_with_every_kind_of_rule(form, variants, net, made, left):
    assert_alike(recipe_for(plain(form, RULES.format(variants=variants)), net=net), made, left)


@pytest.mark.parametrize("name", sorted(DEMO))
@given(made=st.lists(products(), min_size=1, max_size=2), left=st.sampled_from([0, 7]))
@SOME
def test_by_the_definitions_of_the_demo(name, made, left):
    assert_alike(recipe_for(DEMO[name]), made, left)
