"""What a request uses: members of the schema named in the document, and those that its variables name."""

import pytest
from graphql import build_schema, parse

from spoina.usage.types import Use
from storefront.usage import OperationUse, deprecated, members, operation_use

SCHEMA = build_schema("""
directive @inContext(country: Country) on QUERY
enum Country { PL DE @deprecated(reason: "gone") }
enum Sort { NAME PRICE }
scalar Anything
interface Node { id: ID! }
type Product implements Node { id: ID! title(short: Boolean = false): String old: String @deprecated(reason: "Use title.") price: Int }
input Range { low: Int high: Int @deprecated(reason: "no bound") }
input Filter { tag: String price: Range sorts: [Sort!] }
type Query { node(id: ID!): Node products(filters: [Filter!], sort: Sort = NAME, old: Int @deprecated(reason: "x")): [Product!]!
  plain(value: Anything): Int }
""")


def uses(text: str, place: int = 0, name: str = "web/some") -> OperationUse:
    document = parse(text)
    return operation_use(SCHEMA, document, document.definitions[place], name, "ab" * 32)


CASES = [
    ("fields", "{ products { title } }", {"Query.products", "Product.title"}),
    ("an alias is no other field", "{ all: products { name: title } }", {"Query.products", "Product.title"}),
    ("fields of an interface", "{ node(id: 1) { id __typename } }", {"Query.node", "Query.node(id:)", "Node.id"}),
    (
        "fragments and arguments",
        "{ node(id: 1) { ... on Product { price } ...P } } fragment P on Product { title(short: true) }",
        {"Query.node", "Query.node(id:)", "Product.price", "Product.title", "Product.title(short:)"},
    ),
    (
        "input fields and values of enums",
        "{ products(filters: [{price: {low: 1}, sorts: [PRICE]}], sort: NAME) { price } }",
        {
            "Query.products",
            "Query.products(filters:)",
            "Query.products(sort:)",
            "Filter.price",
            "Range.low",
            "Filter.sorts",
            "Sort.PRICE",
            "Sort.NAME",
            "Product.price",
        },
    ),
    (
        "a directive of the schema's, none of the specification's",
        "query @inContext(country: PL) { products { price @skip(if: true) } }",
        {"@inContext(country:)", "Country.PL", "Query.products", "Product.price"},
    ),
    (
        "a variable's own value",
        "query ($sort: Sort = PRICE) { products(sort: $sort) { price } }",
        {"Sort.PRICE", "Query.products", "Query.products(sort:)", "Product.price"},
    ),
    ("what a scalar holds is no member", "{ plain(value: {low: PRICE}) }", {"Query.plain", "Query.plain(value:)"}),
    ("introspection", "{ __schema { types { name } } }", set()),
]


@pytest.mark.parametrize(("case", "text", "expected"), CASES, ids=[case for case, _, _ in CASES])
def test_a_document_uses(case: str, text: str, expected: set[str]) -> None:
    assert uses(text).coordinates == expected


def test_each_operation_has_its_own_fields_and_fragments() -> None:
    text = "query A { products { ...F } } query B { node(id: 1) { id } } fragment F on Product { price }"
    assert uses(text, 0).coordinates == {"Query.products", "Product.price"}
    assert uses(text, 1).coordinates == {"Query.node", "Query.node(id:)", "Node.id"}


def test_variables_that_name_no_member_cost_nothing() -> None:
    found = uses("query ($id: ID!) { node(id: $id) { id } }")
    assert found.of({"id": "1"}) is found.of({"id": "2"})


LISTING = "query ($filters: [Filter!], $sort: Sort) { products(filters: $filters, sort: $sort) { price } }"
VALUES = [
    ("a value of an enum", {"sort": "PRICE"}, {"Sort.PRICE"}),
    ("input fields in lists", {"filters": [{"tag": "a"}, {"price": {"high": 1}}]}, {"Filter.tag", "Filter.price", "Range.high"}),
    ("one where a list is meant", {"filters": {"sorts": "NAME"}}, {"Filter.sorts", "Sort.NAME"}),
    ("unknown names", {"filters": [{"nothing": 1}], "sort": "NONE", "other": 1}, set()),
    ("wrong values", {"filters": ["x", None, 3, [{}]], "sort": {"a": 1}}, set()),
]


@pytest.mark.parametrize(("case", "variables", "expected"), VALUES, ids=[case for case, _, _ in VALUES])
def test_variables_use(case: str, variables: dict[str, object], expected: set[str]) -> None:
    found = uses(LISTING)
    assert found.of(variables).coordinates - found.coordinates == expected


def test_the_same_members_are_one_use_however_they_were_written() -> None:
    found = uses(LISTING)
    assert found.of({"filters": {"tag": "a"}}) is found.of({"filters": [{"tag": "b"}], "sort": None})
    assert isinstance(found.of({"sort": "NAME"}), Use)


def test_what_is_deprecated_and_why() -> None:
    assert deprecated(SCHEMA) == {
        "Country.DE": "gone",
        "Product.old": "Use title.",
        "Range.high": "no bound",
        "Query.products(old:)": "x",
    }


def test_everything_that_can_be_used() -> None:
    assert {"Product.title(short:)", "Node.id", "Sort.NAME", "Filter.tag", "Query.plain"} <= members(SCHEMA)
    assert not {each for each in members(SCHEMA) if each.startswith("__")}
