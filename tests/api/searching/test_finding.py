"""What searches find over HTTP: text, filters with exact counts, pages, suggestions; and what they refuse."""

import json

import pytest

from tests.api.searching.shop import number

PAGE = """query Page($text: String!, $first: Int, $last: Int, $after: String, $before: String) {
  search(query: $text, first: $first, last: $last, after: $after, before: $before) {
    totalCount edges { cursor node { ... on Product { id } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
FILTERS = """query Filters($text: String!, $filters: [ProductFilter!]) { search(query: $text, first: 5, productFilters: $filters) {
  totalCount productFilters { id label type presentation values { id label count input } } } }"""
SUGGEST = """query Suggest($text: String!, $limit: Int, $scope: PredictiveSearchLimitScope) {
  predictiveSearch(query: $text, limit: $limit, limitScope: $scope) {
    products { id } collections { title } pages { title } articles { id } queries { text styledText trackingParameters } } }"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wiertarki", [2, 1, 3]),
        ("wiertarką", [2, 1, 3]),
        ("recznej wiertarki", [2]),
        ("mlotki", [4, 5]),
        ("18V", [1]),
        ("SKU-4", [4]),
        ("wiertarka vendor:makita", [1, 3]),
        ("wiertarka price:<200", [2]),
        ("młotek tag:ślusarskie", [4]),
        ("wiertarka available_for_sale:true", [2, 1]),
        ("kosiarka", []),
    ],
)
async def test_texts_in_polish_and_in_the_dialects_syntax(tools, text, found):
    assert await tools.found(text) == found


async def test_a_part_that_only_the_catalogue_knows_narrows_what_the_engine_found(tools):
    assert await tools.found("wiertarki -vendor:makita") == [2]
    assert await tools.found("wiertarki (vendor:bosch OR title:udarowa)") == [2, 1]
    assert await tools.found("wiertarki OR młotek") == [4, 5]  # the catalogue's own words know no inflection


async def test_sorted_by_price_either_way(tools):
    assert (await tools.found("wiertarka", sort="PRICE"), await tools.found("wiertarka", sort="PRICE", reverse=True)) == (
        [2, 1, 3],
        [3, 1, 2],
    )


async def test_the_last_word_goes_on_only_where_it_may(tools):
    assert (await tools.found("wierta", prefix="LAST"), await tools.found("rękaw", prefix="NONE")) == ([2, 1, 3], [])


async def test_pages_go_on_where_they_ended_in_both_directions(tools):
    async def page(**asked):
        found = (await tools.data(PAGE, text="wiertarka", **asked))["search"]
        return [number(edge["node"]) for edge in found["edges"]], found["totalCount"], found["pageInfo"]

    ids, total, first = await page(first=2)
    assert (ids, total, first["hasNextPage"], first["hasPreviousPage"]) == ([2, 1], 3, True, False)
    ids, total, second = await page(first=2, after=first["endCursor"])
    assert (ids, total, second["hasNextPage"], second["hasPreviousPage"]) == ([3], 3, False, True)
    ids, _, back = await page(last=2, before=second["startCursor"])
    assert (ids, back["hasNextPage"], back["hasPreviousPage"]) == ([2, 1], True, False)
    ids, _, last = await page(last=1)
    assert (ids, last["hasNextPage"], last["hasPreviousPage"]) == ([3], False, True)


async def test_filters_have_exact_counts_that_their_own_choice_does_not_narrow(tools):
    def told(answer):
        return {each["id"]: {value["label"]: value["count"] for value in each["values"]} for each in answer["search"]["productFilters"]}

    everything = await tools.data(FILTERS, text="wiertarka")
    assert told(everything) == {
        "filter.v.availability": {"Dostępne": 2, "Niedostępne": 1},
        "filter.v.price": {"Cena": 0},
        "filter.p.t.category": {"Narzędzia": 3, "Wiertarki": 3},
        "filter.p.vendor": {"Makita": 2, "Bosch": 1},
    }
    makita = await tools.data(FILTERS, text="wiertarka", filters=[{"productVendor": "Makita"}])
    assert makita["search"]["totalCount"] == 2
    assert told(makita)["filter.p.vendor"] == {"Makita": 2, "Bosch": 1}
    assert told(makita)["filter.v.availability"] == {"Dostępne": 1, "Niedostępne": 1}


async def test_every_filters_input_narrows_to_its_count(tools):
    for text in ("wiertarka", "wiertła"):
        for each in (await tools.data(FILTERS, text=text))["search"]["productFilters"]:
            for value in each["values"]:
                narrowed = await tools.data(FILTERS, text=text, filters=[json.loads(value["input"])])
                wanted = value["count"] if each["type"] == "LIST" else (await tools.data(FILTERS, text=text))["search"]["totalCount"]
                assert (value["id"], narrowed["search"]["totalCount"]) == (value["id"], wanted)


async def test_filters_count_nothing_that_is_hidden(tools):
    query = """{ search(query: "wiertarka", first: 5, unavailableProducts: HIDE) { totalCount nodes { ... on Product { id } }
        productFilters { id values { label count } } } }"""
    found = (await tools.data(query))["search"]
    counts = {each["id"]: {value["label"]: value["count"] for value in each["values"]} for each in found["productFilters"]}
    assert ([number(node) for node in found["nodes"]], found["totalCount"]) == ([2, 1], 2)
    assert counts["filter.v.availability"] == {"Dostępne": 2}
    assert counts["filter.p.vendor"] == {"Bosch": 1, "Makita": 1}


async def test_filters_of_options_and_attributes_by_their_own_names(tools):
    filters = (await tools.data(FILTERS, text="zestaw wierteł"))["search"]["productFilters"]
    assert [(each["id"], each["label"]) for each in filters if "option" in each["id"] or ".m." in each["id"]] == [
        ("filter.v.option.rozmiar", "Rozmiar"),
        ("filter.p.m.attributes.material", "Materiał"),
    ]
    price = next(each for each in filters if each["id"] == "filter.v.price")
    assert (price["type"], json.loads(price["values"][0]["input"])) == ("PRICE_RANGE", {"price": {"min": 19.99, "max": 19.99}})


async def test_a_collections_filters_are_counted_within_it(tools):
    query = """{ collection(handle: "narzedzia") { products(first: 2, filters: [{price: {max: 100}}]) { nodes { id } totalCount
        filters { id values { label count } } } } }"""
    products = (await tools.data(query))["collection"]["products"]
    told = {each["id"]: {value["label"]: value["count"] for value in each["values"]} for each in products["filters"]}
    assert ([number(node) for node in products["nodes"]], products["totalCount"]) == ([4, 5], 3)
    assert told["filter.p.vendor"] == {"Juco": 2, "Bosch": 1}
    assert told["filter.p.t.category"] == {"Narzędzia": 3, "Młotki": 2}


async def test_products_by_free_text_in_any_order(tools):
    query = 'query L($key: ProductSortKeys) { products(first: 5, query: "wiertarki", sortKey: $key) { nodes { id } filters { id } } }'
    orders = {
        key: [number(node) for node in (await tools.data(query, key=key))["products"]["nodes"]] for key in ("RELEVANCE", "ID", "VENDOR")
    }
    assert orders == {"RELEVANCE": [2, 1, 3], "ID": [1, 2, 3], "VENDOR": [2, 1, 3]}


async def test_suggestions_while_somebody_types(tools):
    suggested = (await tools.data(SUGGEST, text="wierta", scope="EACH"))["predictiveSearch"]
    assert [number(each) for each in suggested["products"]] == [2, 1, 3]
    assert ([each["title"] for each in suggested["collections"]], [each["title"] for each in suggested["pages"]]) == (
        ["Wiertarki"],
        ["Wiertarki na raty"],
    )
    assert suggested["articles"] == []
    assert {"text": "wiertarka", "styledText": "<mark>wierta</mark><span>rka</span>", "trackingParameters": None} in suggested["queries"]
    shared = (await tools.data(SUGGEST, text="wierta", limit=2))["predictiveSearch"]
    assert [len(shared[kind]) for kind in ("products", "collections", "pages", "queries")] == [1, 0, 0, 1]


SIMILAR = """query($text: String!) { search(query: $text, first: 5) { relaxed totalCount nodes { ... on Product { id } } }
  predictiveSearch(query: $text, limitScope: EACH) { relaxed products { id } } }"""


@pytest.mark.parametrize(
    ("text", "found", "relaxed"),
    [
        ("wiertarka ręczna", [2], False),
        ("wiertarka kwarcowa", [2, 1, 3], True),
        ("wiertrka kwarcowa", [2, 1, 3], True),
        ("młotek 4711", [4, 5], True),
        ("kosiarka", [], False),
        ("kwarcowa 18", [], False),  # a number alone says nothing of what is looked for
        ("SKU-4", [4], False),
        ("SKU-4711", [], False),
        ("Wiertarka-4711", [], False),
        ("590 1234 12345 7", [], False),
    ],
)
async def test_what_has_only_some_of_the_words_is_marked_and_never_found_for_a_code(tools, text, found, relaxed):
    told = await tools.data(SIMILAR, text=text)
    assert ([number(node) for node in told["search"]["nodes"]], told["search"]["relaxed"]) == (found, relaxed)
    assert told["search"]["totalCount"] == len(found)
    assert told["predictiveSearch"]["relaxed"] == relaxed


async def test_a_listing_by_text_has_all_the_words(tools):
    query = "query($text: String!) { products(first: 5, query: $text, sortKey: RELEVANCE) { nodes { id } } }"
    listed = [(await tools.data(query, text=text))["products"]["nodes"] for text in ("wiertarki ręczne", "wiertarka kwarcowa")]
    assert [[number(node) for node in nodes] for nodes in listed] == [[2], []]


@pytest.mark.parametrize("text", ["", "   ", "🔨", "***", '"'])
async def test_a_text_without_a_word_finds_everything(tools, text):
    assert len(await tools.found(text)) == 8


async def test_stop_words_alone_are_searched_by(tools):
    assert await tools.found("do") == [7]


LONG = "a" * 10_000


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (f'search(query: "{LONG}", first: 5)', "query: at most 1000 characters"),
        (f'predictiveSearch(query: "{LONG}")', "query: at most 1000 characters"),
        ('search(query: "x", first: 100000)', "first: at most 250 items"),
        ('search(query: "x", first: 0)', "first: at least 1"),
        ('search(query: "x", first: -5)', "first: at least 1"),
        ('search(query: "x")', "first: one of first and last is needed"),
        ('predictiveSearch(query: "x", limit: 11)', "limit: at most 10 suggestions"),
        ('predictiveSearch(query: "x", limit: 0)', "limit: at least 1"),
        ('search(query: "x", first: 5, after: "żółw")', "after: is not a cursor"),
        ('search(query: "x", first: 5, productFilters: [{price: {min: 1e300}}])', "price: 1e+300 is no price"),
    ],
)
async def test_what_cannot_be_answered_is_refused_with_the_limit(tools, call, message):
    code, told = await tools.error(f"{{ {call} {{ __typename }} }}")
    assert (code in {"LIMIT_EXCEEDED", "BAD_USER_INPUT"}, told) == (True, message)


async def test_filters_on_what_nothing_has_find_nothing(tools):
    for unknown in (
        {"variantOption": {"name": "Zapach", "value": "róża"}},
        {"productMetafield": {"namespace": "x", "key": "y", "value": "z"}},
    ):
        assert await tools.found("wiertarka", filters=[unknown]) == []
