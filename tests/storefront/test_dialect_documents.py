"""Documents in the shape that storefront kits of the dialect send: their fields, fragments, variables and directives, in our own words."""

import pytest

from tests.storefront.catalogue import mug

KIT_PRODUCT = """
query ShowProduct($land: CountryCode, $tongue: LanguageCode, $slug: String!, $picked: [SelectedOptionInput!]!)
@inContext(country: $land, language: $tongue) {
  product(handle: $slug) { ...Whole }
}
fragment Whole on Product {
  id title vendor handle descriptionHtml description encodedVariantExistence encodedVariantAvailability
  options { name optionValues { name firstSelectableVariant { ...One } swatch { color image { previewImage { url } } } } }
  selectedOrFirstAvailableVariant(selectedOptions: $picked, ignoreUnknownOptions: true, caseInsensitiveMatch: true) { ...One }
  adjacentVariants(selectedOptions: $picked) { ...One }
  seo { description title }
}
fragment One on ProductVariant {
  availableForSale compareAtPrice { amount currencyCode } id image { __typename id url altText width height }
  price { amount currencyCode } product { title handle } selectedOptions { name value } sku title unitPrice { amount currencyCode }
}
"""

KIT_COLLECTION = """
fragment Tile on Product {
  id handle title featuredImage { id altText url width height }
  priceRange { minVariantPrice { ...Sum } maxVariantPrice { ...Sum } }
}
fragment Sum on MoneyV2 { amount currencyCode }
query ShowCollection(
  $slug: String!, $land: CountryCode, $tongue: LanguageCode, $first: Int, $last: Int, $startCursor: String, $endCursor: String
) @inContext(country: $land, language: $tongue) {
  collection(handle: $slug) {
    id handle title description
    products(first: $first, last: $last, before: $startCursor, after: $endCursor) {
      nodes { ...Tile }
      pageInfo { hasPreviousPage hasNextPage endCursor startCursor }
    }
  }
}
"""

KIT_SEARCH = """
query Look($land: CountryCode, $after: String, $first: Int, $tongue: LanguageCode, $last: Int, $words: String!, $before: String)
@inContext(country: $land, language: $tongue) {
  articles: search(query: $words, types: [ARTICLE], first: $first) {
    nodes { ... on Article { __typename handle id title trackingParameters } }
  }
  pages: search(query: $words, types: [PAGE], first: $first) { nodes { ... on Page { __typename handle id title trackingParameters } } }
  products: search(
    after: $after, before: $before, first: $first, last: $last, query: $words, sortKey: RELEVANCE, types: [PRODUCT]
    unavailableProducts: HIDE
  ) {
    nodes {
      ... on Product {
        __typename handle id publishedAt title trackingParameters vendor
        selectedOrFirstAvailableVariant(selectedOptions: [], ignoreUnknownOptions: true, caseInsensitiveMatch: true) {
          id image { url altText width height } price { amount currencyCode } selectedOptions { name value } product { handle title }
        }
      }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

KIT_SUGGESTIONS = """
query Suggest($size: Int!, $scope: PredictiveSearchLimitScope!, $words: String!, $kinds: [PredictiveSearchType!]) {
  predictiveSearch(limit: $size, limitScope: $scope, query: $words, types: $kinds) {
    articles { __typename id title handle blog { handle } image { url altText width height } trackingParameters }
    collections { __typename id title handle image { url altText width height } trackingParameters }
    pages { __typename id title handle trackingParameters }
    products { __typename id title handle trackingParameters selectedOrFirstAvailableVariant { id price { amount currencyCode } } }
    queries { __typename text styledText trackingParameters }
  }
}
"""

KIT_HEADER = """
fragment Line on MenuItem { id resourceId tags title type url }
fragment Upper on MenuItem { ...Line items { ...Line } }
query Top($land: CountryCode, $menu: String!, $tongue: LanguageCode) @inContext(language: $tongue, country: $land) {
  shop { id name description primaryDomain { url } brand { logo { image { url } } } }
  menu(handle: $menu) { id items { ...Upper } }
}
"""

KIT_POLICIES = """
query Rules($one: Boolean!, $other: Boolean!) {
  shop {
    privacyPolicy @include(if: $one) { body handle id title url }
    refundPolicy @include(if: $other) { body handle id title url }
    shippingPolicy { id } termsOfService { id } subscriptionPolicy { id title handle }
  }
}
"""

KIT_BLOG = """
query News($tongue: LanguageCode, $slug: String!, $first: Int, $endCursor: String) @inContext(language: $tongue) {
  blogs(first: $first, after: $endCursor) { nodes { title handle seo { title description } } pageInfo { hasNextPage } }
  blog(handle: $slug) {
    title handle seo { title description }
    articleByHandle(handle: $slug) { title contentHtml publishedAt author: authorV2 { name } image { id altText url width height } }
    articles(first: $first, after: $endCursor) { nodes { handle id title publishedAt blog { handle } } pageInfo { hasNextPage } }
  }
}
"""

SHOP_PRODUCTS = """
query Everything($sortKey: ProductSortKeys, $reverse: Boolean, $query: String) {
  products(sortKey: $sortKey, reverse: $reverse, query: $query, first: 100) { edges { node { ...item } } }
}
fragment item on Product {
  id handle availableForSale title description descriptionHtml
  options { id name values }
  priceRange { maxVariantPrice { amount currencyCode } minVariantPrice { amount currencyCode } }
  variants(first: 250) { edges { node { id title availableForSale selectedOptions { name value } price { amount currencyCode } } } }
  featuredImage { ...shot }
  images(first: 20) { edges { node { ...shot } } }
  seo { ...search } tags updatedAt
}
fragment shot on Image { url altText width height }
fragment search on SEO { description title }
"""

SHOP_PAGE = """
query Text($slug: String!) { pageByHandle(handle: $slug) { ...text } }
fragment text on Page { ... on Page { id title handle body bodySummary seo { title description } createdAt updatedAt } }
"""

SHOP_COLLECTION = """
query Shelf($slug: String!, $sortKey: ProductCollectionSortKeys, $reverse: Boolean) {
  collection(handle: $slug) { products(sortKey: $sortKey, reverse: $reverse, first: 100) { edges { node { id handle } } } }
}
"""


async def test_a_kits_product_page(ask) -> None:
    picked = [{"name": "kolor", "value": "biały"}, {"name": "Rozmiar", "value": "s"}]
    told = (await ask(KIT_PRODUCT, slug="kubek-ceramiczny", land="PL", tongue="PL", picked=picked))["product"]
    white_small = told["selectedOrFirstAvailableVariant"]
    assert white_small == {
        "availableForSale": True,
        "compareAtPrice": None,
        "id": "gid://spoina/ProductVariant/1013",
        "image": {
            "__typename": "Image",
            "id": "gid://spoina/ProductImage/7",
            "url": "https://garncarnia.example/7.jpg",
            "altText": "Zdjęcie 7",
            "width": None,
            "height": None,
        },
        "price": {"amount": "50.02", "currencyCode": "PLN"},
        "product": {"title": "Kubek ceramiczny", "handle": "kubek-ceramiczny"},
        "selectedOptions": [{"name": "Kolor", "value": "biały"}, {"name": "Rozmiar", "value": "S"}],
        "sku": "KUB-3",
        "title": "biały / S",
        "unitPrice": None,
    }
    assert [option["name"] for option in told["options"]] == [option.name for option in mug().options]
    assert list(told) == [
        *("id", "title", "vendor", "handle", "descriptionHtml", "description", "encodedVariantExistence", "encodedVariantAvailability"),
        *("options", "selectedOrFirstAvailableVariant", "adjacentVariants", "seo"),
    ]


async def test_a_kits_collection_page_pages_both_ways(ask) -> None:
    first = (await ask(KIT_COLLECTION, slug="kuchnia", first=2, land="PL"))["collection"]["products"]
    assert [node["handle"] for node in first["nodes"]] == ["misa", "talerz"]
    second = (await ask(KIT_COLLECTION, slug="kuchnia", first=2, endCursor=first["pageInfo"]["endCursor"]))["collection"]["products"]
    assert ([node["handle"] for node in second["nodes"]], second["pageInfo"]["hasNextPage"]) == (["kubek-ceramiczny"], False)
    back = (await ask(KIT_COLLECTION, slug="kuchnia", last=2, startCursor=second["pageInfo"]["startCursor"]))["collection"]["products"]
    assert back == first


async def test_a_kits_search_and_its_suggestions(ask) -> None:
    told = await ask(KIT_SEARCH, words="kubek", first=4)
    assert [node["handle"] for node in told["products"]["nodes"]] == ["kubek-ceramiczny"]
    assert (told["articles"]["nodes"], told["pages"]["nodes"]) == ([], [])
    told = (await ask(KIT_SUGGESTIONS, words="kub", size=10, scope="EACH"))["predictiveSearch"]
    assert [[node["title"] for node in told[kind]] for kind in ("products", "collections", "pages")] == [
        ["Kubek ceramiczny"],
        ["Kubki"],
        [],
    ]


async def test_a_kits_header_policies_and_blog(ask) -> None:
    told = await ask(KIT_HEADER, menu="main-menu", land="PL", tongue="PL")
    assert (told["shop"]["brand"], [item["title"] for item in told["menu"]["items"]]) == (None, ["Kuchnia", "Lampy"])
    nothing = dict.fromkeys(("privacyPolicy", "shippingPolicy", "termsOfService", "subscriptionPolicy"))
    assert (await ask(KIT_POLICIES, one=True, other=False))["shop"] == nothing
    assert await ask(KIT_BLOG, slug="news", first=5) == {"blogs": {"nodes": [], "pageInfo": {"hasNextPage": False}}, "blog": None}


@pytest.mark.parametrize(("key", "first"), [("CREATED_AT", "zamow"), ("PRICE", "misa"), (None, "zamow")])
async def test_a_shops_whole_list_fits_into_the_cost_limit(answer, key, first) -> None:
    told = await answer(SHOP_PRODUCTS, sortKey=key, reverse=True)
    assert told["data"]["products"]["edges"][0]["node"]["handle"] == first
    assert 100_000 < told["extensions"]["cost"]["requested"] <= told["extensions"]["cost"]["maximum"]


async def test_a_shops_pages_and_shelves(ask) -> None:
    assert (await ask(SHOP_PAGE, slug="o-nas"))["pageByHandle"]["title"] == "O nas"
    told = await ask(SHOP_COLLECTION, slug="kuchnia", sortKey="COLLECTION_DEFAULT", reverse=False)
    assert [edge["node"]["handle"] for edge in told["collection"]["products"]["edges"]] == ["misa", "talerz", "kubek-ceramiczny"]
