"""The shop, its pages and menus, where it is read, and what a search finds."""

import pytest


async def test_the_shop(ask) -> None:
    query = """{ shop { id name description moneyFormat shipsToCountries brand { slogan } privacyPolicy { id }
        primaryDomain { url host sslEnabled } paymentSettings { currencyCode countryCode enabledPresentmentCurrencies acceptedCardBrands }
    } paymentSettings { currencyCode } publicApiVersions { supported } }"""
    assert await ask(query) == {
        "shop": {
            "id": "gid://spoina/Shop/1",
            "name": "Garncarnia",
            "description": "Ceramika",
            "moneyFormat": "{{amount_with_comma_separator}} zł",
            "shipsToCountries": ["PL"],
            "brand": None,
            "privacyPolicy": None,
            "primaryDomain": {"url": "https://garncarnia.example", "host": "garncarnia.example", "sslEnabled": True},
            "paymentSettings": {
                "currencyCode": "PLN",
                "countryCode": "PL",
                "enabledPresentmentCurrencies": ["PLN"],
                "acceptedCardBrands": [],
            },
        },
        "paymentSettings": {"currencyCode": "PLN"},
        "publicApiVersions": [{"supported": True}],
    }


@pytest.mark.parametrize("place", ["", "@inContext(country: PL, language: PL)", "@inContext(country: DE, language: EN)"])
async def test_what_the_shop_does_not_offer_falls_back_to_its_own_place(ask, place) -> None:
    query = f"""query {place} {{ localization {{ country {{ isoCode name unitSystem currency {{ isoCode symbol }} market {{ id }} }}
        language {{ isoCode name endonymName }} availableCountries {{ isoCode }} availableLanguages {{ isoCode }}
        market {{ handle }} }} }}"""
    assert (await ask(query))["localization"] == {
        "country": {
            "isoCode": "PL",
            "name": "Polska",
            "unitSystem": "METRIC_SYSTEM",
            "currency": {"isoCode": "PLN", "symbol": "zł"},
            "market": {"id": "gid://spoina/Market/PL"},
        },
        "language": {"isoCode": "PL", "name": "Polish", "endonymName": "polski"},
        "availableCountries": [{"isoCode": "PL"}],
        "availableLanguages": [{"isoCode": "PL"}],
        "market": {"handle": "pl"},
    }


async def test_a_country_that_does_not_exist_is_an_error(error) -> None:
    code, message = await error("query($c: CountryCode) @inContext(country: $c) { shop { name } }", c="XY")
    assert (code, message.startswith("Variable '$c' has invalid value")) == ("BAD_USER_INPUT", True)
    code, message = await error("query @inContext(country: XY) { shop { name } }")
    assert (code, "'XY'" in message) == ("GRAPHQL_VALIDATION_FAILED", True)


async def test_pages(ask) -> None:
    query = """{ page(handle: "o-nas") { id title body bodySummary onlineStoreUrl seo { title description } createdAt
        metafield(key: "x") { id } }
        pageByHandle(handle: "kontakt") { id }
        other: page(id: "gid://shopify/Page/32") { handle } none: page(id: "gid://spoina/Page/9") { id }
        pages(first: 9, sortKey: TITLE) { nodes { handle } } }"""
    assert await ask(query) == {
        "page": {
            "id": "gid://spoina/Page/31",
            "title": "O nas",
            "body": "<p>Text</p>",
            "bodySummary": "Kim jesteśmy",
            "onlineStoreUrl": "https://garncarnia.example/o-nas/",
            "seo": {"title": "O nas", "description": "Kim jesteśmy"},
            "createdAt": "2026-03-01T12:00:00Z",
            "metafield": None,
        },
        "pageByHandle": {"id": "gid://spoina/Page/32"},
        "other": {"handle": "kontakt"},
        "none": None,
        "pages": {"nodes": [{"handle": "kontakt"}, {"handle": "o-nas"}]},
    }


ENTRY = "id title type url resourceId tags resource { __typename ... on Collection { handle } }"


async def test_a_menu_of_wordpress(ask) -> None:
    told = await ask(f'{{ menu(handle: "footer") {{ id handle title itemsCount items {{ {ENTRY} }} }} none: menu(handle: "x") {{ id }} }}')
    assert told == {
        "menu": {
            "id": "gid://spoina/Menu/footer",
            "handle": "footer",
            "title": "Stopka",
            "itemsCount": 2,
            "items": [
                {
                    "id": "gid://spoina/MenuItem/1",
                    "title": "Kuchnia",
                    "type": "COLLECTION",
                    "url": "https://garncarnia.example/kuchnia/",
                    "resourceId": "gid://spoina/Collection/10",
                    "tags": [],
                    "resource": {"__typename": "Collection", "handle": "kuchnia"},
                },
                {
                    "id": "gid://spoina/MenuItem/2",
                    "title": "Blog",
                    "type": "HTTP",
                    "url": "https://blog.example",
                    "resourceId": None,
                    "tags": [],
                    "resource": None,
                },
            ],
        },
        "none": None,
    }


async def test_the_main_menu_is_the_category_tree_where_wordpress_has_none(ask) -> None:
    told = await ask('{ menu(handle: "main-menu") { itemsCount items { title type url resourceId items { title items { title } } } } }')
    assert told["menu"] == {
        "itemsCount": 2,
        "items": [
            {
                "title": "Kuchnia",
                "type": "COLLECTION",
                "url": "https://garncarnia.example/collections/kuchnia",
                "resourceId": "gid://spoina/Collection/10",
                "items": [{"title": "Kubki", "items": []}, {"title": "Talerze", "items": []}],
            },
            {
                "title": "Lampy",
                "type": "COLLECTION",
                "url": "https://garncarnia.example/collections/lampy",
                "resourceId": "gid://spoina/Collection/20",
                "items": [],
            },
        ],
    }


async def test_search_finds_products_or_pages(ask) -> None:
    query = """{ products: search(query: "tal", prefix: LAST, first: 5) { totalCount nodes { __typename ... on Product { handle } } }
        hidden: search(query: "misa", first: 5, unavailableProducts: HIDE) { totalCount edges { cursor } pageInfo { hasNextPage } }
        pages: search(query: "nas", types: [PAGE], first: 5) { totalCount edges { node { ... on Page { handle } } } }
        articles: search(query: "nas", types: [ARTICLE], first: 5) { nodes { __typename } } }"""
    assert await ask(query) == {
        "products": {"totalCount": 1, "nodes": [{"__typename": "Product", "handle": "talerz"}]},
        "hidden": {"totalCount": 0, "edges": [], "pageInfo": {"hasNextPage": False}},
        "pages": {"totalCount": 1, "edges": [{"node": {"handle": "o-nas"}}]},
        "articles": {"nodes": []},
    }


async def test_suggestions_share_one_limit_or_have_one_each(ask) -> None:
    query = """query($scope: PredictiveSearchLimitScope) { predictiveSearch(query: "tal", limit: 1, limitScope: $scope) {
        products { handle } collections { handle } pages { handle } articles { id } queries { text } } }"""
    shared = {"products": [{"handle": "talerz"}], "collections": [], "pages": [], "articles": [], "queries": []}
    assert (await ask(query))["predictiveSearch"] == shared
    assert (await ask(query, scope="EACH"))["predictiveSearch"] == {**shared, "collections": [{"handle": "talerze"}]}
