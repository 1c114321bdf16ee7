"""Each limit exactly reached, and passed by one. The refusal names it."""

import msgspec
import pytest

from spoina.errors import LimitExceeded
from storefront.documents import prepare
from storefront.execution import Storefront
from storefront.limits import DEFAULT_LIMITS, PAGE_SIZE, SEARCH_NESTING, SEARCH_TERMS, SEARCH_TEXT, Limits
from storefront.query_syntax import parse_query
from tests.storefront.catalogue import SCHEMA, garncarnia, storefront


async def post(query: str, served: Storefront | None = None, **variables: object) -> tuple[int, dict]:
    named = {"operationName": "Q0"} if query.startswith("query Q0 ") else {}
    response = await (served or storefront(garncarnia())).post(msgspec.json.encode({"query": query, "variables": variables, **named}))
    return response.status, msgspec.json.decode(response.body)


async def refusal(query: str, served: Storefront | None = None, **variables: object) -> tuple[int, str, str]:
    status, told = await post(query, served, **variables)
    return status, told["errors"][0]["extensions"]["code"], told["errors"][0]["message"]


def deep(levels: int) -> str:
    return '{ collection(handle: "kubki") {' + " parent {" * (levels - 2) + " id " + "}" * levels


def padded(size: int) -> str:
    query = "{ shop { name } } #"
    return query + "x" * (size - len(query))


def operations(count: int) -> str:
    """Eight tokens each."""
    return " ".join(f"query Q{each} {{ shop {{ name }} }}" for each in range(count))


AT_THE_LIMIT = {
    "depth": deep,
    "aliases": lambda count: "{ shop {" + " ".join(f"n{each}: name" for each in range(count)) + " } }",
    "bytes": padded,
    "tokens": lambda count: operations(count // 8).replace("name", "name id", count % 8),
}


@pytest.mark.parametrize(
    ("name", "limit", "message"),
    [
        ("depth", DEFAULT_LIMITS.depth, "query: at most 15 levels of fields"),
        ("aliases", DEFAULT_LIMITS.aliases, "query: at most 30 aliases, this document has 31"),
        ("bytes", DEFAULT_LIMITS.document_bytes, "query: at most 32768 bytes"),
        ("tokens", DEFAULT_LIMITS.tokens, "query: at most 1500 tokens"),
    ],
)
async def test_a_document_at_its_limits(name, limit, message) -> None:
    status, told = await post(AT_THE_LIMIT[name](limit))
    assert (status, "errors" in told) == (200, False)
    assert await refusal(AT_THE_LIMIT[name](limit + 1)) == (400, "LIMIT_EXCEEDED", message)


async def test_fragments_hide_no_depth() -> None:
    spread = 'fragment Up on Collection { parent { id } } query { collection(handle: "kubki") {' + " parent {" * 12 + " ...Up " + "}" * 14
    assert "errors" not in (await post(spread))[1]
    deeper = spread.replace("{ parent { id } }", "{ parent { parent { id } } }")
    assert (await refusal(deeper))[2] == "query: at most 15 levels of fields"


@pytest.mark.parametrize(
    "query",
    [
        "{a" * 700,
        '{ collection(handle: "kubki") {' + " parent {" * 350 + " id " + "}" * 352,
        '{ collection(handle: "kubki") { ...F0 } }'
        + "".join(f" fragment F{each} on Collection {{ parent {{ ...F{each + 1} }} }}" for each in range(120))
        + " fragment F120 on Collection { id }",
    ],
    ids=["braces", "fields", "fragments"],
)
async def test_nesting_without_end_is_refused_before_it_exhausts_the_stack(query) -> None:
    status, code, _ = await refusal(query)
    assert (status, code in {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED"}) == (400, True)


COSTLY = "query($n: Int!) { products(first: $n) { nodes { id variants(first: 10) { nodes { price { amount } } } options { name } } } }"
ONE = 1 + 1 + 10 * 2 + 3
"""A product, its connection of variants, ten variants with a price each, three options."""


async def test_cost_grows_with_what_is_asked_for() -> None:
    _, told = await post(COSTLY, n=4)
    assert told["extensions"] == {"cost": {"requested": 1 + 4 * ONE, "maximum": DEFAULT_LIMITS.cost}}
    served = storefront(garncarnia(), limits=Limits(cost=1 + 4 * ONE))
    assert "errors" not in (await post(COSTLY, served, n=4))[1]
    limit = 1 + 4 * ONE
    assert await refusal(COSTLY, served, n=5) == (
        400,
        "LIMIT_EXCEEDED",
        f"query: costs {1 + 5 * ONE}, at most {limit} is served; ask for fewer items",
    )


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ shop { name } }", 1),
        ("{ products(first: 3) { edges { cursor node { id } } pageInfo { endCursor } } }", 1 + 3 * 3),
        ("query($n: Int = 5) { products(first: $n) { nodes { id } } }", 1 + 5),
        ("{ products(last: 2) { nodes { ...A ...A } } } fragment A on Product { seo { title } }", 1 + 2 * 3),
        ('{ nodes(ids: ["a", "b"]) { id } }', 2),
        ('{ node(id: "a") { ... on Product { priceRange { minVariantPrice { amount } } } } }', 3),
    ],
)
def test_the_cost_of_documents(query, cost) -> None:
    assert prepare(SCHEMA, query, limits=DEFAULT_LIMITS).operation(None).measure.cost({}) == cost


def test_ids_in_a_variable_cost_one_each() -> None:
    measure = prepare(SCHEMA, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", limits=DEFAULT_LIMITS).operation(None).measure
    assert [measure.cost({"ids": ["x"] * count}) for count in (0, 1, 7)] == [0, 1, 7]


async def test_fragments_that_double_each_other_are_measured_in_a_blink() -> None:
    """A few hundred characters that stand for a million lists."""
    doubled = " ".join(
        f"fragment F{each} on Collection {{ parent {{ ...F{each + 1} }} children {{ ...F{each + 1} }} }}" for each in range(10)
    )
    last = "fragment F10 on Collection { products(first: 250) { nodes { id } } }"
    query = f'{{ collection(handle: "kuchnia") {{ ...F0 }} }} {doubled} {last}'
    assert (await refusal(query))[1] == "LIMIT_EXCEEDED"


async def test_a_body_at_its_limit() -> None:
    served = storefront(garncarnia(), limits=Limits(body_bytes=40))
    body = b'{"query": "{ shop { name } }"}'
    assert (await served.post(body + b" " * (40 - len(body)))).status == 200
    refused = await served.post(body + b" " * (41 - len(body)))
    assert (refused.status, b"body: at most 40 bytes" in refused.body) == (413, True)


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ("query($x: [ID!]!) { nodes(ids: $x) { id } }", ["gid://spoina/Product/1"] * 251, "ids: at most 250 ids"),
        (
            'query($x: [SelectedOptionInput!]!) { product(handle: "talerz") { variantBySelectedOptions(selectedOptions: $x) { id } } }',
            [{"name": "a", "value": "b"}] * 251,
            "selectedOptions: at most 250 options",
        ),
        (
            'query($x: [ProductFilter!]!) { collection(handle: "kubki") { products(first: 1, filters: $x) { nodes { id } } } }',
            [{"tag": "x"}] * 251,
            "filters: at most 250 filters",
        ),
        (
            'query($x: [HasMetafieldsIdentifier!]!) { product(handle: "talerz") { metafields(identifiers: $x) { id } } }',
            [{"key": "x"}] * 251,
            "identifiers: at most 250 metafields",
        ),
    ],
)
async def test_lists_in_an_input_are_limited(query, variables, message) -> None:
    assert await refusal(query, x=variables) == (200, "LIMIT_EXCEEDED", message)
    assert "errors" not in (await post(query, x=variables[:PAGE_SIZE]))[1]


@pytest.mark.parametrize(
    ("fits", "passes", "message"),
    [
        ("x" * SEARCH_TEXT, "x" * (SEARCH_TEXT + 1), "query: at most 1000 characters"),
        ("x " * SEARCH_TERMS, "x " * (SEARCH_TERMS + 1), "query: at most 60 terms"),
        ("(" * SEARCH_NESTING + "x", "(" * (SEARCH_NESTING + 1) + "x", "query: at most 20 levels of parentheses"),
    ],
)
def test_search_texts_are_limited(fits, passes, message) -> None:
    parse_query(fits)
    with pytest.raises(LimitExceeded) as refused:
        parse_query(passes)
    assert str(refused.value) == message
