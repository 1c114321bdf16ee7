"""What stands around the products: settings, terms, taxes, pages, menus."""

import json

import msgspec
import pytest

from channels.woocommerce.mapping import ShopContext, map_category, map_page, map_shop, map_tax_class, map_tax_rate, map_term, menus
from channels.woocommerce.payloads import NavigationPayload, RenderedPayload, SiteIndexPayload, Unmappable
from spoina.catalog.facts import TaxClass, Taxonomy, TaxRate, Term
from spoina.catalog.types import Category, Image, MenuItem, Shop
from tests.channels.woocommerce.recordings import AS_OF, body, categories, encoded, items, shop


def category(id_: int, parent: int | None = None) -> Category:
    return Category(id=id_, handle=f"c{id_}", title=f"C{id_}", parent_id=parent, as_of=AS_OF)


def navigation(html: str) -> NavigationPayload:
    return NavigationPayload(id=4, slug="navigation", title=RenderedPayload("Menu"), content=RenderedPayload(html))


def test_the_recorded_settings():
    assert shop() == Shop(
        name="Dom i Las – sklep testowy",
        url="https://127.0.0.1:8081",
        currency="PLN",
        country="PL",
        timezone="Europe/Warsaw",
        language="pl",
        prices_include_tax=True,
        calc_taxes=True,
        price_decimals=2,
        weight_unit="kg",
        dimension_unit="cm",
        counts_stock=True,
        as_of=AS_OF,
    )


@pytest.mark.parametrize(("offset", "zone"), [(1, "Etc/GMT-1"), (-5, "Etc/GMT+5"), (5.5, "UTC"), (0, "UTC"), ("x", "UTC")])
def test_a_site_set_to_an_offset_has_a_fixed_zone(offset: object, zone: str):
    site = SiteIndexPayload(name="x", home="https://x.example/", gmt_offset=offset)
    settings = b'[{"id":"woocommerce_currency","value":"EUR"},{"id":"woocommerce_default_country","value":"US:CA"}]'
    read = map_shop(site, [settings], AS_OF)
    assert (read.timezone, read.country, read.language, read.url) == (zone, "US", "en", "https://x.example")


def test_a_shop_without_a_currency_cannot_be_mirrored():
    with pytest.raises(Unmappable, match="do not name a currency"):
        map_shop(SiteIndexPayload(), [b"[]"], AS_OF)


def test_every_recorded_category():
    assert [each.id for each in categories()] == [payload["id"] for payload in body("040")]
    shoes = next(each for each in categories() if each.id == 47)
    assert shoes == Category(
        id=47,
        handle="buty",
        title="Buty",
        parent_id=37,
        description_html="Dział <strong>Buty</strong>: rzeczy, które sami sprawdzamy w warsztacie i w terenie.",
        description="Dział Buty: rzeczy, które sami sprawdzamy w warsztacie i w terenie.",
        position=3,
        as_of=AS_OF,
    )
    assert "Czapki & rękawiczki" in {each.title for each in categories()}


def test_a_category_with_a_picture():
    payload = body("040")[0] | {"image": {"id": 9, "src": "http://127.0.0.1:8081/b.png", "alt": ""}}
    assert map_category(json.dumps(payload).encode(), shop(), AS_OF).image == Image(id=9, url="https://127.0.0.1:8081/b.png")


def test_how_deep_categories_lie_even_in_a_circle_or_without_their_parent():
    tree = [category(3, 2), category(2, 1), category(1), category(9, 8), category(5, 6), category(6, 5)]
    depth = ShopContext.of(shop(), tree, []).category_depth
    assert {id_: depth[id_] for id_ in (1, 2, 3, 9)} == {1: 0, 2: 1, 3: 2, 9: 0}
    assert set(depth) == {1, 2, 3, 5, 6, 9}


def test_terms_of_each_kind():
    assert map_term(Taxonomy.TAG, items("043")[0], AS_OF) == Term(
        taxonomy=Taxonomy.TAG, id=66, slug="hit-sezonu", name="„hit sezonu”", as_of=AS_OF
    )
    assert map_term(Taxonomy.BRAND, items("044")[0], AS_OF).description == "Borowik – marka z naszej półki."
    assert map_term(Taxonomy.ATTRIBUTE, items("041")[0], AS_OF).slug == "pa_kolor"
    assert map_term(Taxonomy.SHIPPING_CLASS, items("045")[0], AS_OF).name == "Delikatne"
    size = map_term(Taxonomy.ATTRIBUTE_TERM, items("042")[0], AS_OF, attribute_id=1)
    assert (size.name, size.parent_id, size.position) == ("104", 1, 17)


def test_taxes():
    assert map_tax_class(items("046")[0], AS_OF) == TaxClass(slug="", name="Standard rate", as_of=AS_OF)
    assert map_tax_rate(items("047")[1], AS_OF) == TaxRate(
        id=2, tax_class="reduced-rate", country="PL", rate="8.0000", name="VAT 8%", priority=1, as_of=AS_OF
    )
    old_shape = {key: value for key, value in body("047")[0].items() if key not in {"postcodes", "cities"}}
    rate = map_tax_rate(json.dumps(old_shape | {"postcode": "00-001; 00-002", "city": ""}).encode(), AS_OF)
    assert (rate.tax_class, rate.postcodes, rate.cities, rate.shipping) == ("", ("00-001", "00-002"), (), True)


def test_a_page_is_safe_to_show():
    payload = {
        "id": 2,
        "slug": "o-nas",
        "title": {"rendered": "O nas &#038; innych"},
        "content": {"rendered": '<p onclick="x()">Cześć</p><script>alert(1)</script><iframe src="https://x"></iframe>'},
        "excerpt": {"rendered": "<p>Krótko</p>"},
        "date_gmt": "2026-11-21T21:00:00",
        "modified_gmt": None,
    }
    page = map_page(json.dumps(payload).encode(), AS_OF)
    assert (page.title, page.body_html, page.summary) == ("O nas & innych", "<p>Cześć</p>", "Krótko")
    assert page.updated_at == page.created_at


def test_without_a_navigation_the_category_tree_is_the_menu_and_pages_are_the_footer():
    page = map_page(b'{"id":2,"slug":"o-nas","title":{"rendered":"O nas"}}', AS_OF)
    cart = map_page(b'{"id":6,"slug":"koszyk","title":{"rendered":"Koszyk"}}', AS_OF)
    main, footer = menus([], [category(2, 1), category(1)], [page, cart], shop(), left_out=[6])
    assert main.items == (
        MenuItem(
            id="category-1",
            title="C1",
            url="https://127.0.0.1:8081/collections/c1",
            kind="collection",
            resource_id=1,
            items=(MenuItem(id="category-2", title="C2", url="https://127.0.0.1:8081/collections/c2", kind="collection", resource_id=2),),
        ),
    )
    assert footer.items == (MenuItem(id="page-2", title="O nas", url="https://127.0.0.1:8081/pages/o-nas", kind="page", resource_id=2),)


def test_a_navigation_is_read_from_the_lists_that_wordpress_renders():
    html = (
        '<ul class="wp-block-navigation"><li><a href="http://127.0.0.1:8081/product-category/odziez/buty/">'
        '<span>Buty &amp; sandały</span></a><button aria-label="x"><svg></svg></button>'
        '<ul><li><a href="https://127.0.0.1:8081/o-nas/">O nas</a></li>'
        '<li><a href="javascript:alert(1)">Zły</a></li></ul></li><li><a href="https://blog.example/buty">Blog</a></li><li></li></ul>'
    )
    about = map_page(b'{"id":2,"slug":"o-nas","title":{"rendered":"O nas"}}', AS_OF)
    main, _, own = menus([navigation(html)], categories(), [about], shop())
    assert main.items == own.items
    shoes, blog = main.items
    assert (shoes.title, shoes.kind, shoes.resource_id) == ("Buty & sandały", "collection", 47)
    assert [(item.title, item.kind, item.resource_id, item.url) for item in shoes.items] == [
        ("O nas", "page", 2, "https://127.0.0.1:8081/pages/o-nas"),
        ("Zły", "http", None, ""),
    ]
    assert (blog.kind, blog.url) == ("http", "https://blog.example/buty")


def test_a_navigation_nested_beyond_reason_is_cut_off():
    deep = "<ul><li><a href='/x'>x</a>" * 5000
    (item,) = menus([navigation(deep)], [], [], shop())[0].items
    levels = 1
    while item.items:
        (item,) = item.items
        levels += 1
    assert levels == 8


def test_the_settings_of_another_shop_need_not_be_complete():
    site = msgspec.json.decode(encoded("064"), type=SiteIndexPayload)
    read = map_shop(site, [b'[{"id":"woocommerce_currency","value":"JPY"},{"id":"woocommerce_x","value":{"a":1}}]'], AS_OF)
    assert (read.currency, read.price_decimals, read.prices_include_tax, read.country) == ("JPY", 2, False, "")
