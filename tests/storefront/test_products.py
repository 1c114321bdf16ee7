"""What a product and its variants say, at one moment, from one catalogue."""

from datetime import timedelta

import msgspec
import pytest

from spoina.catalog.types import Metafield, StockPolicy, StockStatus
from tests.spoina.catalog.builders import product, variant
from tests.storefront.catalogue import MUG_SALE, Catalogue, Stock, garncarnia, storefront

MUG = '{ product(handle: "kubek-ceramiczny") { %s } }'


async def test_a_product_tells_its_facts(ask) -> None:
    fields = """id handle title vendor productType tags description(truncateAt: 12) descriptionHtml onlineStoreUrl isGiftCard
        requiresSellingPlan trackingParameters category { id } createdAt publishedAt asOf availableForSale totalInventory
        variantsCount { count precision } seo { title description } featuredImage { id url altText width }
        sellingPlanGroups(first: 1) { nodes { name } } externalUrl"""
    assert (await ask(MUG % fields))["product"] == {
        "id": "gid://spoina/Product/101",
        "handle": "kubek-ceramiczny",
        "title": "Kubek ceramiczny",
        "vendor": "Garncarnia",
        "productType": "Kubki",
        "tags": ["ceramika", "ręcznie robione"],
        "description": "Kubek z...",
        "descriptionHtml": "<p>Kubek z gliny, szkliwiony ręcznie.</p>",
        "onlineStoreUrl": "https://garncarnia.example/produkt/kubek-ceramiczny/",
        "isGiftCard": False,
        "requiresSellingPlan": False,
        "trackingParameters": None,
        "category": None,
        "createdAt": "2026-03-01T12:00:00Z",
        "publishedAt": "2026-03-01T12:00:00Z",
        "asOf": "2026-03-01T12:00:00Z",
        "availableForSale": True,
        "totalInventory": 6,
        "variantsCount": {"count": 5, "precision": "EXACT"},
        "seo": {"title": "Kubek ceramiczny", "description": "Kubek z gliny"},
        "featuredImage": {
            "id": "gid://spoina/ProductImage/5",
            "url": "https://garncarnia.example/5.jpg",
            "altText": "Zdjęcie 5",
            "width": None,
        },
        "sellingPlanGroups": {"nodes": []},
        "externalUrl": None,
    }


async def test_prices_are_those_of_the_moment(ask) -> None:
    fields = """priceRange { minVariantPrice { amount currencyCode } maxVariantPrice { amount } }
        compareAtPriceRange { minVariantPrice { amount } maxVariantPrice { amount } }
        priorPrice { amount validFrom window { end } evidence { price { amount } validFrom } }
        variants(first: 1) { nodes { price { amount } compareAtPrice { amount } priorPrice { amount currencyCode } } }"""
    assert (await ask(MUG % fields))["product"] == {
        "priceRange": {"minVariantPrice": {"amount": "39.99", "currencyCode": "PLN"}, "maxVariantPrice": {"amount": "50.03"}},
        "compareAtPriceRange": {"minVariantPrice": {"amount": "49.99"}, "maxVariantPrice": {"amount": "49.99"}},
        "priorPrice": {
            "amount": "45.00",
            "validFrom": "2026-02-09T12:00:00Z",
            "window": {"end": "2026-02-28T12:00:00Z"},
            "evidence": [{"price": {"amount": "45.00"}, "validFrom": "2026-01-29T12:00:00Z"}],
        },
        "variants": {
            "nodes": [
                {
                    "price": {"amount": "39.99"},
                    "compareAtPrice": {"amount": "49.99"},
                    "priorPrice": {"amount": "45.00", "currencyCode": "PLN"},
                }
            ]
        },
    }


@pytest.mark.parametrize(
    ("moment", "price", "compared", "prior"),
    [
        (MUG_SALE.sale_from - timedelta(seconds=1), "49.99", None, None),
        (MUG_SALE.sale_from, "39.99", "49.99", "45.00"),
        (MUG_SALE.sale_to - timedelta(seconds=1), "39.99", "49.99", "45.00"),
        (MUG_SALE.sale_to, "49.99", None, None),
    ],
)
async def test_a_sale_begins_and_ends_on_the_second(moment, price, compared, prior) -> None:
    query = MUG % "variants(first: 1) { nodes { price { amount } compareAtPrice { amount } priorPrice { amount } } }"
    response = await storefront(garncarnia(), now=moment).post(msgspec.json.encode({"query": query}))
    [told] = msgspec.json.decode(response.body)["data"]["product"]["variants"]["nodes"]
    assert told["price"] == {"amount": price}
    assert told["compareAtPrice"] == (compared and {"amount": compared})
    assert told["priorPrice"] == (prior and {"amount": prior})


async def test_stock_is_told_as_it_is_known(ask) -> None:
    fields = "variants(first: 9) { nodes { availableForSale quantityAvailable currentlyNotInStock } }"
    assert [tuple(one.values()) for one in (await ask(MUG % fields))["product"]["variants"]["nodes"]] == [
        (False, 0, False),
        (True, 3, False),
        (True, 1, False),
        (True, 2, False),
        (False, 0, False),
    ]


async def test_what_can_be_ordered_though_nothing_is_left_says_so(ask) -> None:
    fields = "availableForSale variants(first: 1) { nodes { availableForSale quantityAvailable currentlyNotInStock } }"
    told = (await ask(f'{{ product(handle: "zamow") {{ {fields} }} }}'))["product"]
    assert told == {
        "availableForSale": True,
        "variants": {"nodes": [{"availableForSale": True, "quantityAvailable": 0, "currentlyNotInStock": True}]},
    }


@pytest.mark.parametrize(("status", "told"), [("instock", (True, False)), ("onbackorder", (True, True)), ("outofstock", (False, False))])
async def test_where_pieces_are_not_counted_the_shops_word_decides(status, told) -> None:
    one = product(1, variants=(variant(1, stock=StockPolicy(status=StockStatus(status))),))
    query = """{ product(id: "gid://spoina/Product/1") { totalInventory
        variants(first: 1) { nodes { quantityAvailable availableForSale currentlyNotInStock } } } }"""
    response = await storefront(Catalogue([one], stock=Stock())).post(query.encode(), "application/graphql")
    node = {"quantityAvailable": None, "availableForSale": told[0], "currentlyNotInStock": told[1]}
    assert msgspec.json.decode(response.body)["data"]["product"] == {"totalInventory": None, "variants": {"nodes": [node]}}


async def test_a_variant_tells_its_facts(ask) -> None:
    fields = """id title sku barcode weight weightUnit requiresShipping taxable unitPrice { amount } unitPriceMeasurement { quantityValue }
        selectedOptions { name value } image { url } product { handle } priceV2 { amount } compareAtPriceV2 { amount } requiresComponents"""
    told = await ask(f'{{ node(id: "gid://shopify/ProductVariant/1011") {{ ... on ProductVariant {{ {fields} }} }} }}')
    assert told["node"] == {
        "id": "gid://spoina/ProductVariant/1011",
        "title": "niebieski / M",
        "sku": "KUB-1",
        "barcode": "5901234123457",
        "weight": 0.35,
        "weightUnit": "KILOGRAMS",
        "requiresShipping": True,
        "taxable": True,
        "unitPrice": None,
        "unitPriceMeasurement": None,
        "selectedOptions": [{"name": "Kolor", "value": "niebieski"}, {"name": "Rozmiar", "value": "M"}],
        "image": {"url": "https://garncarnia.example/5.jpg"},
        "product": {"handle": "kubek-ceramiczny"},
        "priceV2": {"amount": "39.99"},
        "compareAtPriceV2": {"amount": "49.99"},
        "requiresComponents": False,
    }


async def test_a_product_without_options_has_the_default_title(ask) -> None:
    fields = """options { id name values optionValues { id name swatch { color } firstSelectableVariant { id } } }
        encodedVariantExistence encodedVariantAvailability
        variants(first: 1) { nodes { title selectedOptions { name value } } }"""
    assert (await ask(f'{{ product(handle: "talerz") {{ {fields} }} }}'))["product"] == {
        "options": [
            {
                "id": "gid://spoina/ProductOption/102-1",
                "name": "Title",
                "values": ["Default Title"],
                "optionValues": [
                    {
                        "id": "gid://spoina/ProductOptionValue/102-1-1",
                        "name": "Default Title",
                        "swatch": None,
                        "firstSelectableVariant": {"id": "gid://spoina/ProductVariant/102"},
                    }
                ],
            }
        ],
        "encodedVariantExistence": "v1_0",
        "encodedVariantAvailability": "v1_0",
        "variants": {"nodes": [{"title": "Default Title", "selectedOptions": [{"name": "Title", "value": "Default Title"}]}]},
    }


async def test_a_product_without_a_price_is_not_for_sale_and_costs_nothing(ask) -> None:
    fields = "availableForSale totalInventory priceRange { minVariantPrice { amount } } variants(first: 1) { nodes { price { amount } } }"
    assert (await ask(f'{{ product(handle: "zestaw") {{ {fields} }} }}'))["product"] == {
        "availableForSale": False,
        "totalInventory": None,
        "priceRange": {"minVariantPrice": {"amount": "0.00"}},
        "variants": {"nodes": [{"price": {"amount": "0.00"}}]},
    }


async def test_grouped_products_are_those_that_there_are(ask) -> None:
    told = await ask('{ product(handle: "zestaw") { groupedProducts { handle } } }')
    assert told["product"]["groupedProducts"] == [{"handle": "talerz"}, {"handle": "misa"}]


async def test_metafields_are_attributes_and_public_meta_data(ask) -> None:
    fields = """material: metafield(key: "material") { id namespace key value type description createdAt reference { __typename } }
        none: metafield(namespace: "custom", key: "material") { value }
        metafields(identifiers: [{namespace: "attributes", key: "material"}, {namespace: "x", key: "y"}]) { value }"""
    assert (await ask(MUG % fields))["product"] == {
        "material": {
            "id": "gid://spoina/Metafield/Product-101-attributes.material",
            "namespace": "attributes",
            "key": "material",
            "value": "glina",
            "type": "single_line_text_field",
            "description": "Materiał",
            "createdAt": "2026-03-01T12:00:00Z",
            "reference": None,
        },
        "none": None,
        "metafields": [{"value": "glina"}, None],
    }


async def test_media_are_pictures(ask) -> None:
    fields = """media(first: 1) { nodes { __typename id alt mediaContentType previewImage { url }
        ... on MediaImage { image { url(transform: {maxWidth: 80}) src } } } }"""
    assert (await ask(MUG % fields))["product"]["media"]["nodes"] == [
        {
            "__typename": "MediaImage",
            "id": "gid://spoina/MediaImage/5",
            "alt": "Zdjęcie 5",
            "mediaContentType": "IMAGE",
            "previewImage": {"url": "https://garncarnia.example/5.jpg"},
            "image": {"url": "https://garncarnia.example/5.jpg", "src": "https://garncarnia.example/5.jpg"},
        }
    ]


async def test_a_product_is_found_by_id_of_either_authority_or_by_handle(ask) -> None:
    told = await ask(
        """{
        a: product(id: "gid://spoina/Product/101") { id } b: product(id: "gid://shopify/Product/101") { id }
        c: productByHandle(handle: "kubek-ceramiczny") { id } d: product(id: "gid://spoina/Collection/101") { id }
        e: product(handle: "x") { id }
    }"""
    )
    found = {"id": "gid://spoina/Product/101"}
    assert told == {"a": found, "b": found, "c": found, "d": None, "e": None}


async def test_recommendations_by_intent(ask) -> None:
    told = await ask(
        """{
        related: productRecommendations(productId: "gid://spoina/Product/102") { handle }
        complementary: productRecommendations(productHandle: "kubek-ceramiczny", intent: COMPLEMENTARY) { handle }
        unknown: productRecommendations(productId: "gid://spoina/Product/1") { handle }
    }"""
    )
    assert told == {"related": [{"handle": "misa"}], "complementary": [{"handle": "talerz"}], "unknown": None}


async def test_nodes_of_every_kind_in_one_batch(ask, catalogue) -> None:
    ids = [
        *("gid://spoina/Product/102", "gid://spoina/ProductVariant/1010", "gid://spoina/Collection/10", "gid://spoina/Page/31"),
        *("gid://spoina/Product/103", "gid://spoina/Product/9", "gid://spoina/Order/1", "gid://spoina/Shop/1"),
    ]
    told = await ask("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)
    kinds = ["Product", "ProductVariant", "Collection", "Page", "Product", None, None, "Shop"]
    assert told["nodes"] == [kind and {"__typename": kind, "id": each} for kind, each in zip(kinds, ids, strict=True)]
    assert sorted(catalogue.calls) == ["products 3", "variants 1"]


async def test_unit_prices_come_from_published_meta_data() -> None:

    facts = {"unit": "ml", "unit_product": "250", "unit_base": "100"}
    published = tuple(Metafield(namespace="meta", key=key, value=value) for key, value in facts.items())
    served = storefront(Catalogue([product(1, price=1000, metafields=published)], stock=Stock()))
    query = """{ product(id: "gid://spoina/Product/1") { variants(first: 1) { nodes { unitPrice { amount }
        unitPriceMeasurement { measuredType quantityUnit quantityValue referenceUnit referenceValue } } } } }"""
    response = await served.post(msgspec.json.encode({"query": query}))
    measure = {"measuredType": "VOLUME", "quantityUnit": "ML", "quantityValue": 250.0, "referenceUnit": "ML", "referenceValue": 100}
    assert msgspec.json.decode(response.body)["data"]["product"]["variants"]["nodes"] == [
        {"unitPrice": {"amount": "4.00"}, "unitPriceMeasurement": measure}
    ]
