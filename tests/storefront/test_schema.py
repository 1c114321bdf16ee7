"""The contract itself."""

from pathlib import Path

import graphql

import storefront
from projection.readings import reading_of
from storefront.codes import CURRENCIES, currency_code, language_code
from storefront.documents import operations_folder
from storefront.sdl import sdl
from storefront.validity import FILE
from tests.storefront.catalogue import SCHEMA

ROOT = Path(storefront.__file__).parents[2]


def test_the_published_schema_is_the_one_that_is_served() -> None:
    assert (ROOT / "graphql" / "schema.graphql").read_text(encoding="utf-8") == sdl()


def test_the_folder_named_graphql_does_not_hide_graphql_core() -> None:
    assert "site-packages" in Path(graphql.__file__).parts
    assert not (ROOT / "graphql" / "__init__.py").exists()


def test_the_schema_is_valid() -> None:
    assert graphql.validate_schema(SCHEMA) == []


def test_every_field_says_how_it_is_read_and_none_is_read_through_strawberry() -> None:
    fields = [
        field
        for name, named in SCHEMA.type_map.items()
        if isinstance(named, graphql.GraphQLObjectType) and not name.startswith("__")
        for field in named.fields.values()
    ]
    assert [field for field in fields if reading_of(field) is None] == []
    assert {field.resolve.__module__.partition(".")[0] for field in fields} == {"projection", "storefront"}


def test_whatever_is_a_copy_says_how_fresh_it_is() -> None:
    with_age = {name for name, named in SCHEMA.type_map.items() if "asOf" in getattr(named, "fields", ())} - {"Fresh"}
    fresh = {named.name for named in SCHEMA.get_implementations(SCHEMA.type_map["Fresh"]).objects}
    assert with_age == fresh
    assert fresh >= {"Product", "ProductVariant", "Collection", "Page", "StoreAvailability", "LocationAvailability", "VariantAvailability"}


def test_every_document_lies_in_a_channels_folder_beside_what_is_known_of_them() -> None:
    assert {path.name for path in operations_folder().iterdir()} == {"web", "app", "pos", "staff", FILE}


def test_codes_that_are_not_in_the_lists() -> None:
    assert (currency_code("PLN"), currency_code("BTC"), len(CURRENCIES) == len(set(CURRENCIES))) == ("PLN", "XXX", True)
    assert (language_code("pl_PL"), language_code("pt-br"), language_code("en")) == ("PL", "PT_BR", "EN")
