import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from channels.woocommerce.mapping import ShopContext, map_product
from channels.woocommerce.payloads import Unmappable
from spoina.catalog.facts import ProductFacts, StockFact
from spoina.catalog.hashing import product_hash
from spoina.catalog.types import (
    Backorders,
    Dimensions,
    Image,
    Kind,
    Metafield,
    Option,
    Product,
    Status,
    StockPolicy,
    StockStatus,
    Variant,
    Visibility,
)
from spoina.pricing.cart.types import TaxStatus
from spoina.pricing.types import PriceSchedule
from tests.channels.woocommerce.recordings import AS_OF, context, encoded, items, product_payload, shop

EVERY_PAGE = ("001", "002", "003")


def mapped(product_id: int, **changes: Any) -> ProductFacts:
    return map_product(json.dumps(product_payload(product_id) | changes).encode(), context(), AS_OF)


def sold(product_id: int, **changes: Any) -> Variant:
    (variant,) = mapped(product_id, **changes).product.variants
    return variant


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_recorded_product_is_mapped_with_all_that_decides_what_is_sold():
    payloads = [json.loads(item) for item in items(*EVERY_PAGE)]
    facts = [map_product(item, context(), AS_OF) for item in items(*EVERY_PAGE)]
    assert len(facts) == 200
    for payload, fact in zip(payloads, facts, strict=True):
        product = fact.product
        assert (product.id, product.kind, product.status, product.visibility) == (
            payload["id"],
            payload["type"],
            payload["status"],
            payload["catalog_visibility"],
        )
        assert len(product.variants) == (0 if product.kind is Kind.VARIABLE else 1)
        assert list(fact.variation_ids) == payload["variations"]
        assert (fact.stock.on_hand if fact.stock else None) == payload["stock_quantity"]
        assert not any(mark in product.title + product.description + product.summary for mark in ("&amp;", "<p", "</", "&#"))
        assert len(product.images) == len(payload["images"])
        for variant in product.variants:
            listed = payload["regular_price"] or payload["price"]
            assert variant.prices.regular == (round(float(listed) * 100) if listed else None)


def test_a_simple_product_on_a_dated_sale_with_markup_in_its_texts():
    assert mapped(242) == ProductFacts(
        product=Product(
            id=242,
            handle="zestaw-majster-syn-xxl-3-4″-😀-zazolc-gesla-jazn",
            kind=Kind.SIMPLE,
            status=Status.PUBLISH,
            title='Zestaw "Majster & Syn" XXL – 3/4″ 😀 zażółć gęślą jaźń',
            currency="PLN",
            created_at=moment("2026-11-21T21:22:02"),
            updated_at=moment("2026-11-21T21:22:02"),
            as_of=AS_OF,
            description_html=(
                "<h2>Opis z HTML</h2>\n"
                '<p>Tekst <strong>pogrubiony</strong> &amp; <a href="https://example.test/?a=1&amp;b=2" rel="noopener noreferrer">'
                "odnośnik</a></p>\n"
                "<p>alert(1)</p>\n<table>\n<tbody><tr>\n<td>komórka</td>\n</tr>\n</tbody></table>\n<p></p>\n<p>Blok</p>\n<p></p>"
            ),
            description="Opis z HTML\nTekst pogrubiony & odnośnik\nalert(1)\nkomórka\nBlok",
            summary_html="<p>Cudzysłowy: “proste”, „polskie” i ‘pojedyncze’. Emoji: 🔧🪵⛺.</p>",
            summary="Cudzysłowy: “proste”, „polskie” i ‘pojedyncze’. Emoji: 🔧🪵⛺.",
            vendor="O'Hara & Synowie",
            product_type="Osprzęt",
            tags=("bestseller", "bez PFAS", "ręczna robota"),
            category_ids=(28, 58),
            variants=(
                Variant(
                    id=242,
                    product_id=242,
                    title="",
                    prices=PriceSchedule(
                        regular=9999, sale=6999, sale_from=moment("2026-10-22T21:21:46"), sale_to=moment("2026-11-11T21:21:47")
                    ),
                    as_of=AS_OF,
                    sku='ŻÓŁĆ/"1"&-0227',
                    barcode="5909369823723",
                    stock=StockPolicy(item=242),
                    weight_grams=2710,
                    dimensions=Dimensions(length=270, width=60, height=185),
                ),
            ),
            metafields=(
                Metafield(
                    namespace="meta",
                    key="parametry_techniczne",
                    value='{"gwarancja_mies":36,"kraj":"CZ","normy":["CE","EN 388"]}',
                    type="json",
                ),
            ),
            sku='ŻÓŁĆ/"1"&-0227',
            permalink="https://127.0.0.1:8081/product/zestaw-majster-syn-xxl-3-4%e2%80%b3-%f0%9f%98%80-zazolc-gesla-jazn/",
        ),
        stock=StockFact(item=242, on_hand=8),
    )


def test_a_variable_product_whose_variations_share_its_stock():
    facts = mapped(245)
    assert facts.product.options == (
        Option(name="Rozmiar", values=("L", "M", "S", "XL")),
        Option(name="Kolor", values=("Écru", "Granat", "Zieleń leśna")),
    )
    assert facts.product.metafields[0] == Metafield(namespace="attributes", key="material", value="Len", label="Materiał")
    assert (facts.product.variants, facts.stock) == ((), StockFact(item=245, on_hand=20))
    assert facts.variation_ids == tuple(range(308, 320))


def test_a_grouped_product_shows_its_lowest_price_and_cannot_be_bought_itself():
    facts = mapped(874)
    assert facts.product.grouped_ids == (115, 211, 51, 166)
    assert (sold(874).prices, sold(874).purchasable, facts.stock) == (PriceSchedule(regular=7090), False, None)


def test_an_external_product_is_bought_elsewhere():
    product = mapped(241).product
    assert (product.external_url, product.button_text) == ("https://kursy.example/teren", "Kup u partnera →")
    assert (sold(241).prices, sold(241).purchasable) == (PriceSchedule(regular=111190), False)


def test_a_downloadable_product_is_not_shipped_and_has_its_own_tax_class():
    variant = sold(232)
    assert (variant.requires_shipping, variant.tax_class, variant.stock) == (False, "stawka-5", StockPolicy())


def test_a_product_without_a_price_has_none_and_keeps_its_picture():
    variant = sold(243)
    assert (variant.prices, variant.purchasable, variant.barcode) == (PriceSchedule(), False, None)
    assert variant.image == Image(
        id=13,
        url="https://127.0.0.1:8081/wp-content/uploads/2026/11/zdjecie-04.png",
        alt="Wiertarko-wkrętarka Tytan 18 V bezszczotkowa Pro",
    )


def test_garbage_that_was_typed_in_as_a_price_is_no_price():
    (variant,) = map_product(encoded("125"), context(), AS_OF).product.variants
    assert (variant.prices, variant.purchasable) == (PriceSchedule(), False)


@pytest.mark.parametrize(
    ("regular", "sale", "expected"),
    [
        ("12.345", "", PriceSchedule(regular=1235, regular_exact="12.345")),
        ("12.340", "", PriceSchedule(regular=1234)),
        ("200", "80", PriceSchedule(regular=20000, sale=8000)),
        (19.99, None, PriceSchedule(regular=1999)),
        ("100.00", "0", PriceSchedule(regular=10000, sale=0)),
        ("100.00", "33.3349", PriceSchedule(regular=10000, sale=3333, sale_exact="33.3349")),
        ("", "5.00", PriceSchedule(sale=500)),
        (False, None, PriceSchedule(regular=4190)),
    ],
)
def test_prices_in_grosz(regular: object, sale: object, expected: PriceSchedule):
    dates = {"date_on_sale_from_gmt": None, "date_on_sale_to_gmt": None}
    assert sold(202, regular_price=regular, sale_price=sale, price="41.90", **dates).prices == expected


def test_a_sale_ends_after_its_last_second_since_woocommerce_stores_that():
    last_second = sold(202, date_on_sale_from_gmt=None, date_on_sale_to_gmt="2026-12-24T22:59:59").prices
    assert (last_second.sale_from, last_second.sale_to) == (None, moment("2026-12-24T23:00:00"))


def test_mysqls_zero_date_is_no_date():
    product = mapped(
        202, date_created_gmt="-0001-11-30T00:00:00", date_modified_gmt=None, date_on_sale_to_gmt="0000-00-00T00:00:00"
    ).product
    assert (product.created_at, product.updated_at) == (moment("1970-01-01T00:00:00"), moment("1970-01-01T00:00:00"))
    assert product.variants[0].prices.sale_to is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "bundle"}, "its type 'bundle' comes from a plugin that is not supported"),
        ({"type": "variation", "parent_id": 9}, "it is a variation of product 9"),
        ({"status": "trash"}, "it is in the shop's trash"),
        ({"regular_price": "na zapytanie"}, "the regular price is not a number: 'na zapytanie'"),
        ({"regular_price": "1e5"}, "the regular price is not a number: '1e5'"),
        ({"sale_price": "-1.00"}, "the sale price is negative: -1.00"),
        ({"date_on_sale_to_gmt": "jutro"}, "the end of the sale is not a date: 'jutro'"),
        ({"date_modified_gmt": "2026-13-01T00:00:00"}, "the date of the last change is not a date: '2026-13-01T00:00:00'"),
        ({"tax_class": "stawka-7"}, "the tax class 'stawka-7' is not one of the shop's"),
        ({"stock_quantity": "dużo"}, "the stock quantity is not a number: 'dużo'"),
        ({"stock_quantity": 10**12}, "the stock quantity is larger than 2147483647: 1000000000000"),
        (
            {"name": ["a"]},
            "the shop's answer has an unexpected form: Expected `bool | int | float | str | null`, got `array` - at `$.name`",
        ),
    ],
)
def test_what_cannot_be_mapped_is_refused_in_plain_words(change: dict[str, Any], reason: str):
    with pytest.raises(Unmappable) as refused:
        mapped(202, **change)
    assert (refused.value.kind, refused.value.external_id, refused.value.reason) == ("product", 202, reason)


@pytest.mark.parametrize("garbage", [b"[]", b"null", b"{}", b'{"id":"x"}', b"42", b'{"id":1'])
def test_an_item_that_is_no_product_is_refused_too(garbage: bytes):
    with pytest.raises(Unmappable, match="unexpected form"):
        map_product(garbage, context(), AS_OF)


@pytest.mark.parametrize(
    ("case", "change", "field", "expected"),
    [
        ("a status of a plugin is not public", {"status": "archived"}, "status", Status.PRIVATE),
        ("an auto-draft is a draft", {"status": "auto-draft"}, "status", Status.DRAFT),
        ("an unknown visibility hides", {"catalog_visibility": "members"}, "visibility", Visibility.HIDDEN),
        ("a draft without a slug", {"slug": ""}, "handle", "product-202"),
        ("sales written as text", {"total_sales": "12"}, "total_sales", 12),
        ("sales that are no number", {"total_sales": "?"}, "total_sales", 0),
        ("a list with gaps", {"upsell_ids": {"0": 5, "2": 7}}, "upsell_ids", (5, 7)),
        ("a rating counts once someone rated", {"average_rating": "4.50", "rating_count": 2}, "rating_average", "4.50"),
        ("the deepest category", {"categories": [{"id": 49, "name": "Dom"}, {"id": 39, "name": "Kurtki"}]}, "product_type", "Kurtki"),
        ("an entity in a title", {"name": "Ö &lt;3 &#8211; x"}, "title", "Ö <3 – x"),
        ("a NUL, which no text column can hold", {"name": "a\x00b\\u0000"}, "title", "ab\\u0000"),
    ],
)
def test_oddities_of_a_product(case: str, change: dict[str, Any], field: str, expected: object):
    assert getattr(mapped(202, **change).product, field) == expected


@pytest.mark.parametrize(
    ("case", "change", "field", "expected"),
    [
        ("not counted", {"manage_stock": False, "stock_quantity": 5}, "stock", StockPolicy()),
        ("counted", {"manage_stock": True, "stock_quantity": 5, "stock_status": "outofstock"}, "stock", StockPolicy(item=202)),
        (
            "counted without a count",
            {"manage_stock": True, "stock_quantity": None, "stock_status": "outofstock"},
            "stock",
            StockPolicy(status=StockStatus.OUT_OF_STOCK),
        ),
        (
            "backorders and a threshold",
            {"manage_stock": True, "stock_quantity": -2, "backorders": "notify", "low_stock_amount": 3},
            "stock",
            StockPolicy(item=202, backorders=Backorders.NOTIFY, low_at=3),
        ),
        ("a status of a plugin", {"stock_status": "preorder"}, "stock", StockPolicy(status=StockStatus.OUT_OF_STOCK)),
        ("a weight with a comma", {"weight": "0,583"}, "weight_grams", 583),
        ("a weight that is none", {"weight": "ciężkie"}, "weight_grams", None),
        ("no dimensions at all", {"dimensions": []}, "dimensions", None),
        ("tax on shipping only", {"tax_status": "shipping"}, "tax_status", TaxStatus.SHIPPING_ONLY),
        ("a tax status of a plugin", {"tax_status": "reverse"}, "tax_status", TaxStatus.NONE),
        ("the standard class by its name", {"tax_class": "standard"}, "tax_class", ""),
        (
            "a code of a plugin",
            {"global_unique_id": "", "meta_data": [{"id": 1, "key": "_ean", "value": 5901234123457}]},
            "barcode",
            "5901234123457",
        ),
        ("virtual in an old shop", {"shipping_required": None, "virtual": True}, "requires_shipping", False),
        ("catalogue mode", {"purchasable": False}, "purchasable", False),
    ],
)
def test_oddities_of_what_is_sold(case: str, change: dict[str, Any], field: str, expected: object):
    change = {"manage_stock": False, "stock_quantity": None, "stock_status": "instock"} | change
    assert getattr(sold(202, **change), field) == expected


@pytest.mark.parametrize(("quantity", "on_hand"), [(2.75, 2), (-0.5, -1), ("7", 7), ("7.9", 7), (0, 0)])
def test_fractions_of_pieces_are_rounded_down(quantity: object, on_hand: int):
    assert mapped(202, manage_stock=True, stock_quantity=quantity).stock == StockFact(item=202, on_hand=on_hand)


def test_a_shop_that_switched_stock_management_off_counts_nothing():
    careless = ShopContext.of(msgspec.structs.replace(shop(), counts_stock=False), (), [])
    payload = product_payload(202) | {"manage_stock": True, "stock_quantity": 3, "stock_status": "instock"}
    facts = map_product(json.dumps(payload).encode(), careless, AS_OF)
    assert (facts.stock, facts.product.variants[0].stock) == (None, StockPolicy())


def test_attributes_meta_data_and_search_engine_texts_become_metafields():
    attributes = [
        {"id": 0, "name": "Kraj pochodzenia", "slug": "Kraj pochodzenia", "visible": True, "variation": False, "options": ["Polska"]},
        {"id": 3, "name": "Materiał &amp; splot", "slug": "pa_material", "visible": True, "variation": False, "options": ["Len", "Wełna"]},
        {"id": 4, "name": "Ukryty", "slug": "pa_ukryty", "visible": False, "variation": False, "options": ["x"]},
        {"id": 1, "name": "Rozmiar", "slug": "pa_rozmiar", "visible": True, "variation": True, "options": ["M"]},
    ]
    meta = [
        {"id": 1, "key": "_edit_lock", "value": "1"},
        {"id": 2, "key": "gwarancja", "value": 24},
        {"id": 3, "key": "eko", "value": True},
        {"id": 4, "key": "grubosc", "value": 1.5},
        {"id": 5, "key": "opis", "value": "a\nb"},
        {"id": 6, "key": "dane", "value": {"z": 1, "a": ["ż"]}},
        {"id": 7, "key": "pusto", "value": []},
        {"id": 8, "key": "gwarancja", "value": 36},
        {"id": 9, "key": "_yoast_wpseo_title", "value": "Skrzynka &amp; wieko"},
        {"id": 10, "key": "_yoast_wpseo_metadesc", "value": "%%title%% %%sep%% %%sitename%%"},
        {"id": 11, "key": "rank_math_seo_score", "value": "80"},
        {"id": 12, "key": "rank_math_description", "value": "Sosna, 100% drewna"},
        {"id": 13, "key": "wielkie", "value": "x" * 70_000},
    ]
    assert mapped(202, attributes=attributes, meta_data=meta).product.metafields == (
        Metafield(namespace="attributes", key="kraj-pochodzenia", value="Polska", label="Kraj pochodzenia"),
        Metafield(
            namespace="attributes",
            key="material",
            value='["Len","Wełna"]',
            type="list.single_line_text_field",
            label="Materiał & splot",
        ),
        Metafield(namespace="attributes", key="rozmiar", value="M", label="Rozmiar"),
        Metafield(namespace="meta", key="gwarancja", value="24", type="number_integer"),
        Metafield(namespace="meta", key="eko", value="true", type="boolean"),
        Metafield(namespace="meta", key="grubosc", value="1.5", type="number_decimal"),
        Metafield(namespace="meta", key="opis", value="a\nb", type="multi_line_text_field"),
        Metafield(namespace="meta", key="dane", value='{"a":["ż"],"z":1}', type="json"),
        Metafield(namespace="seo", key="title", value="Skrzynka & wieko"),
        Metafield(namespace="seo", key="description", value="Sosna, 100% drewna"),
    )


def test_options_stand_in_the_shops_order_of_axes():
    axes = [
        {"id": 2, "name": "Kolor", "slug": "pa_kolor", "position": 1, "variation": True, "options": ["Rdza", "Rdza"]},
        {"id": 1, "name": "Rozmiar", "slug": "pa_rozmiar", "position": 0, "variation": True, "options": ["M"]},
    ]
    assert mapped(245, attributes=axes).product.options == (Option("Rozmiar", ("M",)), Option("Kolor", ("Rdza",)))


def test_the_hash_holds_still_while_the_shop_only_answers_differently():
    payload = product_payload(242)
    reordered = dict(reversed(payload.items())) | {
        "related_ids": [1, 2, 3],
        "permalink": payload["permalink"].replace("https://", "http://"),
        "_links": {},
        "price_html": "",
    }
    later = datetime(2027, 1, 1, tzinfo=UTC)
    again = map_product(json.dumps(reordered, ensure_ascii=False).encode(), context(), later)
    assert product_hash(again) == product_hash(mapped(242))
    assert len(product_hash(again)) == 16


@pytest.mark.parametrize("change", [{"name": "x"}, {"total_sales": 1}, {"sale_price": "1.00"}, {"meta_data": []}, {"menu_order": 1}])
def test_the_hash_moves_with_what_is_shown(change: dict[str, Any]):
    assert product_hash(mapped(242, **change)) != product_hash(mapped(242))


def test_a_count_of_pieces_moves_no_document():
    assert product_hash(mapped(242, stock_quantity=7)) == product_hash(mapped(242))
