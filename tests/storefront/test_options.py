"""Options and how a variant is found by them."""

import pytest

from spoina.catalog.types import Option, SelectedOption
from storefront.resolvers.encoded import encode
from tests.spoina.catalog.builders import product, variant
from tests.storefront.catalogue import Catalogue, Stock, storefront

SELECT = """query($chosen: [SelectedOptionInput!]!, $ignore: Boolean, $fold: Boolean) { product(handle: "kubek-ceramiczny") {
    strict: variantBySelectedOptions(selectedOptions: $chosen, ignoreUnknownOptions: $ignore, caseInsensitiveMatch: $fold) { id }
    shown: selectedOrFirstAvailableVariant(selectedOptions: $chosen, ignoreUnknownOptions: $ignore, caseInsensitiveMatch: $fold) { id }
} }"""


def chosen(**options: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in options.items()]


@pytest.mark.parametrize(
    ("case", "options", "flags", "strict", "shown"),
    [
        ("exact", chosen(Kolor="biały", Rozmiar="L"), {}, 1014, 1014),
        ("sold out is shown when it is chosen", chosen(Kolor="niebieski", Rozmiar="S"), {}, 1010, 1010),
        ("no such combination", chosen(Kolor="biały", Rozmiar="M"), {}, None, 1011),
        ("incomplete", chosen(Kolor="biały"), {}, None, 1011),
        ("nothing chosen", [], {}, None, 1011),
        ("case differs", chosen(kolor="BIAŁY", rozmiar="l"), {}, None, 1011),
        ("case differs and does not matter", chosen(kolor="BIAŁY", rozmiar="l"), {"fold": True}, 1014, 1014),
        ("unknown option", chosen(Kolor="biały", Rozmiar="L", Wzór="x"), {"ignore": False}, None, 1011),
        ("unknown option, ignored", chosen(Kolor="biały", Rozmiar="L", Wzór="x"), {"ignore": True}, 1014, 1014),
    ],
)
async def test_a_variant_by_its_options(ask, case, options, flags, strict, shown) -> None:
    told = (await ask(SELECT, chosen=options, **flags))["product"]
    number = strict and {"id": f"gid://spoina/ProductVariant/{strict}"}
    assert (told["strict"], told["shown"]) == (number, {"id": f"gid://spoina/ProductVariant/{shown}"})


async def test_adjacent_variants_differ_in_one_value(ask) -> None:
    query = """query($chosen: [SelectedOptionInput!]) {
        product(handle: "kubek-ceramiczny") { adjacentVariants(selectedOptions: $chosen) { title } }
    }"""
    told = (await ask(query, chosen=chosen(Kolor="biały", Rozmiar="S")))["product"]["adjacentVariants"]
    assert [one["title"] for one in told] == ["niebieski / S", "biały / L"]
    told = (await ask(query))["product"]["adjacentVariants"]
    assert [one["title"] for one in told] == ["niebieski / S", "niebieski / L"]


async def test_each_value_knows_its_first_variant(ask) -> None:
    fields = "options { name optionValues { name firstSelectableVariant { title } } }"
    told = (await ask(f'{{ product(handle: "kubek-ceramiczny") {{ {fields} }} }}'))["product"]["options"]
    assert {value["name"]: value["firstSelectableVariant"]["title"] for option in told for value in option["optionValues"]} == {
        "niebieski": "niebieski / S",
        "biały": "biały / S",
        "S": "niebieski / S",
        "M": "niebieski / M",
        "L": "niebieski / L",
    }


async def test_existence_and_availability_are_encoded(ask) -> None:
    told = (await ask('{ product(handle: "kubek-ceramiczny") { encodedVariantExistence encodedVariantAvailability } }'))["product"]
    assert told == {"encodedVariantExistence": "v1_0:0-2,1:0 2,", "encodedVariantAvailability": "v1_0:1-2,1:0,"}


async def test_a_variation_of_any_value_matches_each() -> None:
    axes = (Option("Kolor", ("a", "b")), Option("Rozmiar", ("S", "M")))
    open_size = variant(11, 1, title="a", options=(SelectedOption("Kolor", "a"),))
    served = storefront(Catalogue([product(1, options=axes, variants=(open_size,))], stock=Stock()))
    query = """{ product(id: "gid://spoina/Product/1") { encodedVariantExistence
        variantBySelectedOptions(selectedOptions: [{name: "Kolor", value: "a"}, {name: "Rozmiar", value: "M"}]) { title } } }"""
    response = await served.post(query.encode(), "application/graphql")
    assert b'"encodedVariantExistence":"v1_0:0-1,","variantBySelectedOptions":{"title":"a"}' in response.body


@pytest.mark.parametrize(
    ("places", "text"),
    [
        ([], "v1_"),
        ([(0,)], "v1_0"),
        ([(0,), (1,), (2,), (4,), (5,), (8,)], "v1_0-2 4-5 8"),
        ([(0, 0), (0, 1), (1, 0), (1, 2)], "v1_0:0-1,1:0 2,"),
        (
            [(0, 0, 0), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 1), (2, 0, 1), (2, 1, 0)],
            "v1_0:0:0,1:0-1,,1:0:0-1,1:1,,2:0:1,1:0,,",
        ),
        ([(0, 0, 0), (1, 1, 1), (2, 2, 2)], "v1_0:0:0,,1:1:1,,2:2:2,,"),
    ],
)
def test_the_encoding(places, text) -> None:
    assert encode(places) == text
