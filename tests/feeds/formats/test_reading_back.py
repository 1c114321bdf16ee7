"""Every file parses with a parser that is not ours and holds what explain tells, whatever an item is made of."""

import msgspec
import pytest

from feeds.types import Availability, Condition, FeedItem, ShippingPrice
from tests.feeds.formats.reading import document, file_of, made, read, told
from tests.feeds.sound_items import ALLEGRO_TERMS, BEGINS, ENDS, ITEM, channel_of, every_format, sound

READABLE = [form for form in every_format() if form != "allegro-jsonl"]

ODD = {
    "sound": {},
    "special characters": {"title": "Kubek \"Ania\" <3 & 'Jaś' ]]> > 5; x", "brand": "H&M <PL>", "description": 'A "b", c\td\r\ne & f < g'},
    "markup": {
        "title": "<b>Kubek</b> &amp; spodek",
        "description": "<p>Kubek<br>i <a href='x'>spodek</a></p>",
        "description_html": "<p>a ]]> b</p>",
    },
    "emoji": {"title": "Kubek ☕️ rodziny 👨‍👩‍👧 🇵🇱", "description": "Świetny 👍🏽 kubek", "color": "czerwony ❤️"},
    "300 characters": {"title": "Kubek z bardzo długą nazwą " * 11 + "abc", "description": "Opis kubka. " * 1000},
    "one long word": {"title": "k" * 700, "description": "o" * 20_000},
    "nothing but what it must have": {
        name: getattr(FeedItem(product_id=1, variant_id=1, id="", title="", link="", currency="PLN", price=None), name)
        for name in FeedItem.__struct_fields__
        if name not in ("product_id", "variant_id", "id", "title", "link", "currency", "price")
    },
    "no picture": {"image_link": "", "additional_image_links": ()},
    "no title, no price": {"title": "", "price": None},
    "price zero": {"price": 0},
    "a sale to come": {"sale_price": 29900, "sale_from": BEGINS, "sale_to": ENDS, "on_sale": False},
    "a sale without an end": {"sale_price": 29900, "sale_from": BEGINS, "on_sale": True, "prior_price": 35000},
    "a sale without ends": {"sale_price": 29900, "on_sale": True, "prior_price": 35000},
    "yen": {"currency": "JPY", "price": 3990, "sale_price": 2990},
    "dinars": {"currency": "KWD", "price": 3990125},
    "pre-order": {"availability": Availability.PREORDER, "availability_date": ENDS, "quantity": 0},
    "back-order": {"availability": Availability.BACKORDER, "availability_date": ENDS, "quantity": 0},
    "sold out": {"availability": Availability.OUT_OF_STOCK, "quantity": 0},
    "uncounted, used": {"quantity": None, "condition": Condition.USED},
    "links of our alphabet": {
        "link": "https://żółw.example/produkt/zażółć gęślą,jaźń?a=1&b=<2>",
        "image_link": "https://sklep.example/obraz (1).jpg",
    },
    "commas in links": {"additional_image_links": ("https://sklep.example/a,b.jpg", "https://sklep.example/c.jpg")},
    "no link at all": {"link": "http://[", "additional_image_links": ("", "//x", "http://[")},
    "30 pictures": {"additional_image_links": tuple(f"https://sklep.example/obrazy/{at:0>90}.jpg" for at in range(30))},
    "shipping everywhere": {
        "shipping": (ShippingPrice("PL", "Kurier; szybki, pewny", 0), ShippingPrice("DE", "DHL: Paket", 2999, "Berlin")),
    },
    "other options": {"options": (("Smak", "malina: leśna"), ("Pojemność", "0,5 l"), ("Kolor", "czerwony")), "size": ""},
    "colours": {"color": "czarny, biały, bardzo jasny szary z domieszką zieleni i błękitu, złoty"},
    "control characters": {
        "title": "Ku\x00bek\x0b z \x1fuchem\ufeff\ud800",
        "id": "A\x07B\nC",
        "mpn": "x\ty",
        "description": "a\x00b\x85c\u2028d",
    },
}
EXTRA = {
    "meta": {"custom_number_0": "7", "status": "active", "video[0].url": "https://sklep.example/film.mp4"},
    "google": {"unit_pricing_measure": "750 ml", "unit_pricing_base_measure": "1 l", "certification": "EC:EPREL:123456"},
    "tiktok": {"video_link": "https://sklep.example/film.mp4?a=1&b=2"},
    "pinterest": {"adult": "no", "custom_number_1": "5"},
    "ceneo": {"ceneo_group": "clothes", "ceneo_avail": "3", "ceneo_basket": "1", "ceneo_set": "0", "Sezon": "zima & jesień"},
    "allegro": {
        **ALLEGRO_TERMS,
        "parameter:11323": "11323_1",
        "product_parameter:Długość": "10..20",
        "parameter:Kolor": "czarny|biały",
        "tax_rate": "23.00",
    },
}


@pytest.mark.parametrize("form", READABLE)
@pytest.mark.parametrize("case", ODD)
def test_the_file_holds_what_the_fields_tell(form, case):
    item, made_form = sound(channel_of(form), **ODD[case]), made(form)

    assert read(made_form, file_of(made_form, [item])) == [told(made_form, item)]


@pytest.mark.parametrize("form", READABLE)
def test_fields_that_only_a_definition_fills(form):
    extra = EXTRA[channel_of(form)]
    item, made_form = sound(channel_of(form), extra=extra, gtin=""), made(form)

    (row,) = read(made_form, file_of(made_form, [item]))

    assert row == told(made_form, item)


@pytest.mark.parametrize("form", READABLE)
def test_250_variants_stand_in_one_file(form):
    made_form = made(form)
    items = [sound(channel_of(form), id=f"BUT-{at}", size=f"{at}", options=(("Rozmiar", f"{at}"),)) for at in range(250)]

    rows = read(made_form, file_of(made_form, items))

    assert rows == [told(made_form, item) for item in items]
    assert len({tuple(sorted(row.items())) for row in rows}) == 250


@pytest.mark.parametrize("form", every_format())
def test_the_same_item_is_the_same_bytes(form):
    first, second = made(form), made(form)
    again = msgspec.json.decode(msgspec.json.encode(sound(channel_of(form))), type=FeedItem)

    assert first.render(sound(channel_of(form))) == second.render(again) == first.render(again)
    assert first.header == second.header


@pytest.mark.parametrize("form", every_format())
def test_what_is_remembered_of_one_item_is_not_told_of_another(form):
    """Each fact of an item that a format's fields read changes the file, also after its siblings were written."""
    made_form = made(form)
    base = sound(channel_of(form), gtin="")
    made_form.render(base)
    for name, value in {
        "brand": "Inny",
        "color": "biały",
        "size": "43",
        "product_type": "Inne",
        "material": "guma",
        "title": "Zupełnie inne buty",
    }.items():
        item = msgspec.structs.replace(base, **{name: value})
        assert made_form.render(item) == made(form).render(item)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("meta-csv", "PL::Kurier:12.99 PLN;DE::Post:0.00 PLN"),
        ("meta-tsv", "PL::Kurier:12.99 PLN;DE::Post:0.00 PLN"),
        ("google-tsv", "PL::Kurier:12.99 PLN,DE::Post:0.00 PLN"),
    ],
)
def test_what_stands_between_prices_of_shipping_in_a_table(form, expected):
    item = sound(channel_of(form), shipping=(ShippingPrice("PL", "Kurier", 1299), ShippingPrice("DE", "Post", 0)))
    made_form = made(form)

    (row,) = read(made_form, file_of(made_form, [item]))

    assert (row["shipping"], told(made_form, item)["shipping"]) == (expected, expected)


def test_meta_sends_an_empty_sale_price_when_a_sale_is_over():
    made_form = made("meta-update-csv")

    header, row = file_of(made_form, [ITEM]).decode().splitlines()

    assert dict(zip(header.split(","), row.split(","), strict=True))["sale_price"] == '""'


@pytest.mark.parametrize(
    ("form", "override", "expected"),
    [("meta-country-csv", "DE", "DE"), ("meta-country-rss", "", "PL"), ("meta-language-tsv", "cs_CZ", "cs_CZ")],
)
def test_an_override_names_its_country_or_language(form, override, expected):
    made_form = made(form, override=override)

    (row,) = read(made_form, file_of(made_form, [ITEM]))

    assert row.get("override", row.get("g:override")) == expected


def test_prior_price_stands_where_a_channel_has_a_place_for_it():
    item = msgspec.structs.replace(ITEM, sale_price=29900, on_sale=True, prior_price=35050)
    ceneo, table = made("ceneo-xml"), made("allegro-csv")

    assert read(ceneo, file_of(ceneo, [item]))[0]["a@Najnizsza_cena_z_30_dni"] == "350.50"
    assert read(ceneo, file_of(ceneo, [item]))[0]["o@price"] == "299.00"
    assert read(table, file_of(table, [item]))[0]["lowest_price_30_days"] == "350.50"


def test_a_table_for_a_person_holds_no_formula():
    made_form = made("allegro-csv")
    item = sound(channel_of("allegro-csv"), id="=cmd|' /C calc'!A0", title="+48 tylko dzwonić i pytać")

    (row,) = read(made_form, file_of(made_form, [item]))

    assert (row["external.id"], row["name"]) == ("'=cmd|' /C calc'!A0", "'+48 tylko dzwonić i pytać")


def test_pinterest_gives_up_campaigns_before_pages():
    made_form = made("pinterest-tsv")
    item = sound(channel_of("pinterest-tsv"), link="https://sklep.example/p?" + "utm_source=" + "x" * 500)

    assert read(made_form, file_of(made_form, [item]))[0]["link"] == "https://sklep.example/p"


def test_an_offer_is_one_line_of_json():
    made_form = made("allegro-jsonl")

    for case in ODD.values():
        offer = document(made_form, sound(channel_of("allegro-jsonl"), **case))
        assert list(offer) == [name for name in offer if offer[name] is not None]
