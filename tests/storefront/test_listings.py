"""Products and collections as pages."""

import pytest

HANDLES = (
    "query($q: String, $s: ProductSortKeys, $r: Boolean) { products(first: 9, query: $q, sortKey: $s, reverse: $r) { nodes { handle } } }"
)
MUG, PLATE, BOWL, SET, ORDERED = "kubek-ceramiczny", "talerz", "misa", "zestaw", "zamow"


def handles(told: dict) -> list[str]:
    return [node["handle"] for node in told["nodes"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("tag:ceramika", [MUG, PLATE]),
        ("tag:'RĘCZNIE robione'", [MUG]),
        ("tag_not:ceramika", [BOWL, SET, ORDERED]),
        ("product_type:Talerze OR vendor:garncarnia", [MUG, PLATE]),
        ("variants.price:>=89 variants.price:<120", [PLATE]),
        ("price:120.00", [BOWL]),
        ("available_for_sale:false", [BOWL, SET]),
        ("title:kub*", [MUG]),
        ("barcode:5901234123457", [MUG]),
        ("sku:kub-2", [MUG]),
        ("-tag:ceramika (misa OR zestaw)", [BOWL, SET]),
        ("updated_at:>'2026-03-01T12:00:00Z'", [BOWL]),
        ("id:>103 AND id:<=104", [SET]),
        ("id:gid://spoina/Product/102", [PLATE]),
        ("", [MUG, PLATE, BOWL, SET, ORDERED]),
    ],
)
async def test_products_by_query(ask, query, found) -> None:
    assert handles((await ask(HANDLES, q=query))["products"]) == found


async def test_an_unknown_field_is_left_out_and_told(answer) -> None:
    told = await answer(HANDLES, q="tag:ceramika colour:red")
    assert handles(told["data"]["products"]) == [MUG, PLATE]
    assert told["extensions"]["search"] == [
        {
            "query": "tag:ceramika colour:red",
            "field": "colour",
            "code": "invalid_field",
            "message": "There is no such search field; it was left out.",
        }
    ]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("price:cheap", "query: price: 'cheap' is not a decimal number"),
        ("created_at:yesterday", "query: created_at: 'yesterday' is no ISO 8601 time"),
        ("available_for_sale:maybe", "query: available_for_sale: 'maybe' is neither true nor false"),
        ("id:1.5", "query: id: '1.5' is no whole number"),
        ("tag:cer*", "query: tag is compared whole and takes no *"),
        ("vendor:>x", "query: vendor cannot be compared by >"),
    ],
)
async def test_a_value_that_cannot_be_read_is_an_error(error, query, message) -> None:
    assert await error(HANDLES, q=query) == ("BAD_USER_INPUT", message)


@pytest.mark.parametrize(
    ("key", "reverse", "found"),
    [
        ("TITLE", False, [MUG, BOWL, ORDERED, PLATE, SET]),
        ("TITLE", True, [SET, PLATE, ORDERED, BOWL, MUG]),
        ("UPDATED_AT", True, [BOWL, ORDERED, SET, PLATE, MUG]),
        ("PRICE", False, [SET, ORDERED, MUG, PLATE, BOWL]),
        (None, None, [MUG, PLATE, BOWL, SET, ORDERED]),
    ],
)
async def test_products_in_order(ask, key, reverse, found) -> None:
    assert handles((await ask(HANDLES, s=key, r=reverse))["products"]) == found


async def test_pages_forward_and_backward(ask) -> None:
    query = """query($first: Int, $after: String, $last: Int, $before: String) {
        products(first: $first, after: $after, last: $last, before: $before) {
            edges { cursor node { handle } } nodes { handle } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    one = (await ask(query, first=2))["products"]
    assert handles(one) == [MUG, PLATE]
    assert [edge["node"]["handle"] for edge in one["edges"]] == [MUG, PLATE]
    assert [edge["cursor"] for edge in one["edges"]] == [one["pageInfo"]["startCursor"], one["pageInfo"]["endCursor"]]
    assert (one["pageInfo"]["hasNextPage"], one["pageInfo"]["hasPreviousPage"]) == (True, False)
    two = (await ask(query, first=2, after=one["pageInfo"]["endCursor"]))["products"]
    assert (handles(two), two["pageInfo"]["hasNextPage"], two["pageInfo"]["hasPreviousPage"]) == ([BOWL, SET], True, True)
    back = (await ask(query, last=2, before=two["pageInfo"]["startCursor"]))["products"]
    assert (handles(back), back["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == ([MUG, PLATE], True, False)
    empty = (await ask('{ products(first: 1, query: "tag:none") { edges { cursor } pageInfo { startCursor endCursor } } }'))["products"]
    assert empty == {"edges": [], "pageInfo": {"startCursor": None, "endCursor": None}}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("", "BAD_USER_INPUT", "first: one of first and last is needed"),
        ("(first: 1, last: 1)", "BAD_USER_INPUT", "first: cannot be combined with last"),
        ("(first: 0)", "BAD_USER_INPUT", "first: at least 1"),
        ("(last: -1)", "BAD_USER_INPUT", "last: at least 1"),
        ("(first: 251)", "LIMIT_EXCEEDED", "first: at most 250 items"),
    ],
)
async def test_a_page_is_asked_for_in_one_way_and_within_the_limit(error, arguments, code, message) -> None:
    assert await error(f"{{ products{arguments} {{ nodes {{ id }} }} }}") == (code, message)


async def test_a_page_of_the_largest_size(ask) -> None:
    assert len((await ask("{ products(first: 250) { nodes { id } } }"))["products"]["nodes"]) == 5


async def test_a_collection_holds_what_lies_below_it(ask) -> None:
    query = """{ collection(handle: "kuchnia") { id title description seo { title } image { url } parent { id } children { handle }
        updatedAt
        products(first: 9) { nodes { handle collections(first: 1) { nodes { handle parent { handle } } } } } } }"""
    assert (await ask(query))["collection"] == {
        "id": "gid://spoina/Collection/10",
        "title": "Kuchnia",
        "description": "Do kuchni",
        "seo": {"title": "Kuchnia"},
        "image": {"url": "https://garncarnia.example/1.jpg"},
        "parent": None,
        "children": [{"handle": "kubki"}, {"handle": "talerze"}],
        "updatedAt": "2026-03-01T12:00:00Z",
        "products": {
            "nodes": [
                {"handle": BOWL, "collections": {"nodes": [{"handle": "talerze", "parent": {"handle": "kuchnia"}}]}},
                {"handle": PLATE, "collections": {"nodes": [{"handle": "talerze", "parent": {"handle": "kuchnia"}}]}},
                {"handle": MUG, "collections": {"nodes": [{"handle": "kubki", "parent": {"handle": "kuchnia"}}]}},
            ]
        },
    }


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([{"available": True}], [PLATE, MUG]),
        ([{"price": {"min": 40, "max": 89.0}}], [PLATE, MUG]),
        ([{"price": {"max": 39.99}}], [MUG]),
        ([{"tag": "ceramika"}, {"productVendor": "Garncarnia"}], [MUG]),
        ([{"variantOption": {"name": "Kolor", "value": "biały"}}], [MUG]),
        ([{"productType": "Kubki"}, {"productType": "Talerze"}], [PLATE, MUG]),
        ([{"productMetafield": {"namespace": "attributes", "key": "material", "value": "glina"}}], [MUG]),
        ([{"category": {"id": "gid://spoina/Collection/12"}}], [BOWL, PLATE]),
        ([{"category": {"id": "gid://spoina/Product/12"}}], []),
        ([], [BOWL, PLATE, MUG]),
    ],
)
async def test_filters_of_one_kind_widen_and_of_different_kinds_narrow(ask, filters, found) -> None:
    query = 'query($f: [ProductFilter!]) { collection(handle: "kuchnia") { products(first: 9, filters: $f) { nodes { handle } } } }'
    assert handles((await ask(query, f=filters))["collection"]["products"]) == found


async def test_collections_in_order_and_by_name(ask) -> None:
    query = """{ id: collections(first: 9) { nodes { handle } } title: collections(last: 2, sortKey: TITLE) { nodes { handle } }
        named: collections(first: 9, query: "LAMP") { nodes { handle } } one: collectionByHandle(handle: "lampy") { handle }
        other: collection(id: "gid://shopify/Collection/11") { handle } }"""
    assert await ask(query) == {
        "id": {"nodes": [{"handle": each} for each in ("kuchnia", "kubki", "talerze", "lampy")]},
        "title": {"nodes": [{"handle": "lampy"}, {"handle": "talerze"}]},
        "named": {"nodes": [{"handle": "lampy"}]},
        "one": {"handle": "lampy"},
        "other": {"handle": "kubki"},
    }


async def test_names_of_tags_and_types(ask) -> None:
    query = "{ productTags(first: 1) { nodes edges { node } pageInfo { hasNextPage } } productTypes(first: 9) { edges { node } } }"
    assert await ask(query) == {
        "productTags": {"nodes": ["ceramika"], "edges": [{"node": "ceramika"}], "pageInfo": {"hasNextPage": True}},
        "productTypes": {"edges": [{"node": "Kubki"}, {"node": "Talerze"}]},
    }
