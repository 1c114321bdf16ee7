"""Each broken item is caught by exactly the rule that it breaks, and the sound one by none."""

from datetime import timedelta

import pytest

from feeds.checks import check_for
from feeds.port import Severity
from feeds.types import Availability, Condition, FeedItem, ShippingPrice
from tests.feeds.sound_items import BEGINS, ENDS, channel_of, definition, every_format, sound

E, W = Severity.ERROR, Severity.WARNING
PICTURE = "https://sklep.example/obrazy/%d.jpg"
LONG = "Bardzo wygodne i mocne buty na każdą pogodę oraz na każdy szlak w górach "

BROKEN = [
    # format, what is broken, changes, rule, severity
    ("meta-csv", "no id", {"id": ""}, "META-ID-REQUIRED", E),
    ("meta-csv", "id of 101 characters", {"id": "a" * 101}, "META-ID-LENGTH", E),
    ("meta-csv", "a control character in the id", {"id": "BUT\x0742"}, "META-ID-CHARACTERS", E),
    ("meta-csv", "no title", {"title": " "}, "META-TITLE-REQUIRED", E),
    ("meta-csv", "title of 300 characters", {"title": (LONG * 5)[:300]}, "META-TITLE-LENGTH", W),
    ("meta-csv", "a shouting title", {"title": "BUTY TREKKINGOWE KOWALSKI"}, "META-TITLE-CAPITALS", W),
    ("meta-csv", "free delivery in the title", {"title": "Buty Kowalski - darmowa dostawa"}, "META-TITLE-PROMOTION", W),
    ("meta-csv", "a reduction in the title", {"title": "Buty Kowalski -30%"}, "META-TITLE-PROMOTION", W),
    ("meta-csv", "HTML in the title", {"title": "Buty <b>Kowalski</b>"}, "META-TITLE-MARKUP", W),
    ("meta-csv", "an entity in the title", {"title": "Buty Kowalski &amp; Syn"}, "META-TITLE-MARKUP", W),
    ("meta-csv", "no description", {"description": ""}, "META-DESCRIPTION-MISSING", W),
    ("meta-csv", "description of 10,000 characters", {"description": "Buty na szlak. " * 667}, "META-DESCRIPTION-LENGTH", W),
    ("meta-csv", "HTML in the description", {"description": "Buty <br/> na szlak"}, "META-DESCRIPTION-MARKUP", W),
    ("meta-csv", "a shouting description", {"description": "KUPUJ BUTY NA SZLAK"}, "META-DESCRIPTION-CAPITALS", W),
    ("meta-csv", "no price", {"price": None}, "META-PRICE-REQUIRED", E),
    ("meta-csv", "price zero", {"price": 0}, "META-PRICE-POSITIVE", E),
    ("meta-csv", "price below zero", {"price": -1}, "META-PRICE-POSITIVE", E),
    ("meta-csv", "another currency", {"currency": "EUR"}, "META-CURRENCY", E),
    ("meta-csv", "no currency", {"currency": "zł"}, "META-CURRENCY", E),
    ("meta-csv", "sale price zero", {"sale_price": 0}, "META-SALE-POSITIVE", E),
    ("meta-csv", "sale at the regular price", {"sale_price": 39900}, "META-SALE-LOWER", E),
    ("meta-csv", "a sale that ends first", {"sale_price": 100, "sale_from": ENDS, "sale_to": BEGINS}, "META-SALE-WINDOW", E),
    ("meta-csv", "a sale of no time", {"sale_price": 100, "sale_from": ENDS, "sale_to": ENDS}, "META-SALE-WINDOW", E),
    ("meta-csv", "quantity below zero", {"quantity": -2}, "META-QUANTITY-NEGATIVE", E),
    ("meta-csv", "in stock and nothing there", {"quantity": 0}, "META-AVAILABILITY-QUANTITY", W),
    ("meta-csv", "no link", {"link": ""}, "META-LINK-REQUIRED", E),
    ("meta-csv", "a relative link", {"link": "/produkt/buty-rysy"}, "META-LINK-ABSOLUTE", E),
    ("meta-csv", "a link of another kind", {"link": "javascript:alert(1)"}, "META-LINK-ABSOLUTE", E),
    ("meta-csv", "a link that is not encrypted", {"link": "http://sklep.example/produkt/buty-rysy"}, "META-LINK-HTTPS", W),
    ("meta-csv", "a link to another shop", {"link": "https://inny.example/produkt/buty-rysy"}, "META-LINK-DOMAIN", W),
    ("meta-csv", "no picture", {"image_link": ""}, "META-IMAGE-REQUIRED", E),
    ("meta-csv", "a relative picture", {"image_link": "obrazy/rysy.jpg"}, "META-IMAGE-ABSOLUTE", E),
    ("meta-csv", "a picture not encrypted", {"image_link": "http://sklep.example/rysy.jpg"}, "META-IMAGE-HTTPS", W),
    ("meta-csv", "a picture that is a drawing", {"image_link": "https://sklep.example/rysy.svg?v=2"}, "META-IMAGE-TYPE", E),
    ("meta-csv", "21 further pictures", {"additional_image_links": tuple(PICTURE % at for at in range(21))}, "META-IMAGES-COUNT", W),
    ("meta-csv", "a further picture without a host", {"additional_image_links": ("https:///a.jpg",)}, "META-IMAGES-ABSOLUTE", W),
    ("meta-csv", "long further pictures", {"additional_image_links": (PICTURE % 1, PICTURE % 10**1960)}, "META-IMAGES-LENGTH", W),
    ("meta-csv", "neither brand nor GTIN nor MPN", {"brand": "", "gtin": "", "mpn": ""}, "META-IDENTIFIERS", E),
    ("meta-csv", "a GTIN of 10 digits", {"gtin": "5901234123"}, "META-GTIN-LENGTH", W),
    ("meta-csv", "a GTIN of letters", {"gtin": "EAN5901234123"}, "META-GTIN-LENGTH", W),
    ("meta-csv", "a wrong check digit", {"gtin": "5901234123458"}, "META-GTIN-CHECKDIGIT", W),
    ("meta-csv", "a GTIN of zeros", {"gtin": "0000000000000"}, "META-GTIN-CHECKDIGIT", W),
    ("meta-csv", "a code of the shop's own scales", {"gtin": "2100042123458"}, "META-GTIN-RESERVED", W),
    ("meta-csv", "a coupon's code", {"gtin": "9900000000004"}, "META-GTIN-RESERVED", W),
    ("meta-csv", "MPN of 101 characters", {"mpn": "m" * 101}, "META-MPN-LENGTH", W),
    ("meta-csv", "group id of 101 characters", {"group_id": "g" * 101}, "META-GROUP-LENGTH", E),
    ("meta-csv", "a variant without options", {"options": ()}, "META-GROUP-OPTIONS", W),
    ("meta-csv", "brand of 101 characters", {"brand": "b" * 101}, "META-BRAND-LENGTH", W),
    ("meta-csv", "product type of 751 characters", {"product_type": "p" * 751}, "META-PRODUCT-TYPE-LENGTH", W),
    ("meta-csv", "a category of one level", {"channel_category": "Obuwie"}, "META-CATEGORY", W),
    ("meta-csv", "a colour as a number", {"color": "#ff8800"}, "META-COLOR-NAME", W),
    ("meta-csv", "colour of 201 characters", {"color": "c" * 201}, "META-COLOR-LENGTH", W),
    ("meta-csv", "size of 201 characters", {"size": "4" * 201}, "META-SIZE-LENGTH", W),
    ("meta-csv", "material of 201 characters", {"material": "m" * 201}, "META-MATERIAL-LENGTH", W),
    ("meta-csv", "pattern of 101 characters", {"pattern": "p" * 101}, "META-PATTERN-LENGTH", W),
    ("meta-csv", "an unknown gender", {"gender": "wszyscy"}, "META-GENDER", W),
    ("meta-csv", "an unknown age group", {"age_group": "seniorzy"}, "META-AGE-GROUP", W),
    ("meta-csv", "label of 101 characters", {"custom_labels": ("", "", "l" * 101, "", "")}, "META-LABEL-LENGTH", W),
    ("meta-csv", "shipping to nowhere", {"shipping": (ShippingPrice("Polska", "Kurier", 0),)}, "META-SHIPPING-COUNTRY", E),
    ("meta-csv", "shipping below zero", {"shipping": (ShippingPrice("PL", "Kurier", -1),)}, "META-SHIPPING-PRICE", E),
    ("meta-csv", "a field that Meta has not", {"extra": {"sztuk_w_kartonie": "4"}}, "META-FIELD-UNKNOWN", W),
    ("meta-csv", "a number that is none", {"extra": {"custom_number_0": "4,5"}}, "META-FIELD-NUMBER", E),
    ("meta-csv", "an unknown status", {"extra": {"status": "hidden"}}, "META-STATUS", E),
    ("meta-rss", "no title", {"title": ""}, "META-TITLE-REQUIRED", E),
    ("meta-update-csv", "price zero", {"price": 0}, "META-PRICE-POSITIVE", E),
    ("meta-country-tsv", "a link to another shop", {"link": "https://inny.example/p"}, "META-LINK-DOMAIN", W),
    ("meta-language-rss", "no title", {"title": ""}, "META-TITLE-REQUIRED", E),
    ("google-rss", "id of 51 characters", {"id": "a" * 51}, "GOOGLE-ID-LENGTH", E),
    ("google-rss", "a space in the id", {"id": "BUT 42"}, "GOOGLE-ID-CHARACTERS", E),
    ("google-rss", "title of 151 characters", {"title": (LONG * 3)[:150] + "x"}, "GOOGLE-TITLE-LENGTH", W),
    ("google-rss", "description of 5,001 characters", {"description": ("Buty. " * 900)[:5000] + "x"}, "GOOGLE-DESCRIPTION-LENGTH", W),
    ("google-rss", "link of 2,001 characters", {"link": "https://sklep.example/" + "p" * 1979}, "GOOGLE-LINK-LENGTH", E),
    ("google-rss", "picture's link of 2,001", {"image_link": "https://sklep.example/" + "p" * 1975 + ".jpg"}, "GOOGLE-IMAGE-LENGTH", E),
    ("google-rss", "11 further pictures", {"additional_image_links": tuple(PICTURE % at for at in range(11))}, "GOOGLE-IMAGES-COUNT", W),
    ("google-rss", "no brand", {"brand": ""}, "GOOGLE-BRAND-REQUIRED", W),
    ("google-rss", "brand of 71 characters", {"brand": "b" * 71}, "GOOGLE-BRAND-LENGTH", W),
    ("google-rss", "neither GTIN nor MPN", {"gtin": "", "mpn": ""}, "GOOGLE-IDENTIFIERS", W),
    ("google-rss", "group id of 51 characters", {"group_id": "g" * 51}, "GOOGLE-GROUP-LENGTH", E),
    ("google-rss", "back-order without a date", {"availability": Availability.BACKORDER}, "GOOGLE-AVAILABILITY-DATE", E),
    ("google-rss", "four colours", {"color": "czarny/biały/szary/złoty"}, "GOOGLE-COLOR-COUNT", W),
    ("google-rss", "a category that ends in nothing", {"channel_category": "Obuwie > "}, "GOOGLE-CATEGORY", W),
    ("google-rss", "a measure in pieces", {"extra": {"unit_pricing_measure": "3 sztuki"}}, "GOOGLE-UNIT-MEASURE", E),
    (
        "google-rss",
        "a base of three",
        {"extra": {"unit_pricing_measure": "750 ml", "unit_pricing_base_measure": "3 l"}},
        "GOOGLE-UNIT-BASE",
        E,
    ),
    ("google-rss", "a base without a measure", {"extra": {"unit_pricing_base_measure": "1 l"}}, "GOOGLE-UNIT-BASE-ALONE", E),
    ("google-rss", "neither yes nor no", {"extra": {"adult": "tak"}}, "GOOGLE-FIELD-YES-NO", E),
    ("google-rss", "half a certificate", {"extra": {"certification": "EC:EPREL"}}, "GOOGLE-CERTIFICATION", E),
    ("google-rss", "a pack of some", {"extra": {"multipack": "kilka"}}, "GOOGLE-FIELD-NUMBER", E),
    ("google-rss", "a field's length", {"extra": {"return_policy_label": "r" * 101}}, "GOOGLE-FIELD-LENGTH", W),
    ("google-tsv", "an age group that only Meta knows", {"age_group": "teen"}, "GOOGLE-AGE-GROUP", W),
    ("tiktok-csv", "emoji in the id", {"id": "BUT-👟"}, "TIKTOK-ID-CHARACTERS", E),
    ("tiktok-csv", "emoji in the title", {"title": "Buty Kowalski 👟"}, "TIKTOK-TITLE-EMOJI", W),
    ("tiktok-csv", "title of 501 characters", {"title": (LONG * 8)[:500] + "x"}, "TIKTOK-TITLE-LENGTH", W),
    ("tiktok-csv", "no brand", {"brand": ""}, "TIKTOK-BRAND-REQUIRED", E),
    ("tiktok-csv", "brand of 151 characters", {"brand": "b" * 151}, "TIKTOK-BRAND-LENGTH", W),
    ("tiktok-csv", "a picture in WebP", {"image_link": "https://sklep.example/rysy.webp"}, "TIKTOK-IMAGE-TYPE", E),
    ("tiktok-xml", "another currency than the catalogue's", {"currency": "CZK"}, "TIKTOK-CURRENCY", E),
    ("tiktok-xml", "high quality", {"title": "High quality buty Kowalski"}, "TIKTOK-TITLE-PROMOTION", W),
    ("tiktok-update-csv", "no price", {"price": None}, "TIKTOK-PRICE-REQUIRED", E),
    ("pinterest-tsv", "page's link of 512", {"link": "https://sklep.example/" + "p" * 490}, "PINTEREST-LINK-LENGTH", E),
    ("pinterest-tsv", "id of 128 characters", {"id": "a" * 128}, "PINTEREST-ID-LENGTH", E),
    ("pinterest-tsv", "levels without spaces", {"product_type": "Obuwie>Buty"}, "PINTEREST-PRODUCT-TYPE-SEPARATOR", W),
    ("pinterest-rss", "label of 512 characters", {"custom_labels": ("l" * 512, "", "", "", "")}, "PINTEREST-LABEL-LENGTH", W),
    ("ceneo-xml", "no id", {"id": " "}, "CENEO-ID-REQUIRED", E),
    ("ceneo-xml", "used goods", {"condition": Condition.USED}, "CENEO-CONDITION", E),
    ("ceneo-xml", "a price in euro", {"currency": "EUR"}, "CENEO-CURRENCY", E),
    ("ceneo-xml", "no category", {"channel_category": "", "category_path": ()}, "CENEO-CATEGORY-REQUIRED", E),
    ("ceneo-xml", "no maker", {"brand": ""}, "CENEO-BRAND-MISSING", W),
    ("ceneo-xml", "no EAN", {"gtin": ""}, "CENEO-GTIN-MISSING", W),
    ("ceneo-xml", "an unknown group", {"extra": {"ceneo_group": "shoes"}}, "CENEO-GROUP", E),
    ("ceneo-xml", "availability of two days", {"extra": {"ceneo_avail": "2"}}, "CENEO-AVAIL", E),
    ("ceneo-xml", "a basket of maybe", {"extra": {"ceneo_basket": "tak"}}, "CENEO-FLAG", E),
    ("ceneo-xml", "an attribute of no group", {"extra": {"Smak": "malina"}}, "CENEO-FIELD-UNKNOWN", W),
    ("allegro-jsonl", "name of 76 characters", {"title": (LONG * 2)[:75] + "x"}, "ALLEGRO-TITLE-LENGTH", W),
    ("allegro-jsonl", "a name of two words", {"title": "Buty trekkingowe"}, "ALLEGRO-TITLE-SHORT", W),
    ("allegro-jsonl", "id of 101 characters", {"id": "a" * 101}, "ALLEGRO-ID-LENGTH", E),
    ("allegro-jsonl", "stock that nobody counts", {"quantity": None}, "ALLEGRO-STOCK-UNKNOWN", E),
    ("allegro-jsonl", "no picture", {"image_link": ""}, "ALLEGRO-IMAGE-REQUIRED", E),
    ("allegro-jsonl", "no GTIN", {"gtin": ""}, "ALLEGRO-GTIN-MISSING", W),
    ("allegro-jsonl", "a refurbished thing without Stan", {"condition": Condition.REFURBISHED}, "ALLEGRO-STATE", E),
    ("allegro-jsonl", "no shipping rates", {"extra": {"shipping_rates": None}}, "ALLEGRO-SHIPPING-RATES", E),
    ("allegro-jsonl", "no handling time", {"extra": {"handling_time": None}}, "ALLEGRO-HANDLING-TIME-REQUIRED", E),
    ("allegro-jsonl", "a handling time of six days", {"extra": {"handling_time": "P6D"}}, "ALLEGRO-HANDLING-TIME", E),
    ("allegro-jsonl", "no city", {"extra": {"city": None}}, "ALLEGRO-CITY", E),
    ("allegro-jsonl", "a province in words", {"extra": {"province": "małopolskie"}}, "ALLEGRO-PROVINCE", E),
    ("allegro-jsonl", "a post code without a dash", {"extra": {"post_code": "30001"}}, "ALLEGRO-POST-CODE", E),
    ("allegro-jsonl", "no return policy", {"extra": {"return_policy": None}}, "ALLEGRO-RETURN-POLICY", W),
    ("allegro-jsonl", "no warranty", {"extra": {"implied_warranty": None}}, "ALLEGRO-IMPLIED-WARRANTY", W),
    ("allegro-jsonl", "nobody answers for it", {"extra": {"responsible_producer": None}}, "ALLEGRO-GPSR", W),
    ("allegro-jsonl", "an unknown invoice", {"extra": {"invoice": "FAKTURA"}}, "ALLEGRO-INVOICE", E),
    ("allegro-jsonl", "an unknown unit", {"extra": {"stock_unit": "KG"}}, "ALLEGRO-STOCK-UNIT", E),
    ("allegro-jsonl", "an unknown message mode", {"extra": {"message_to_seller": "YES"}}, "ALLEGRO-MESSAGE", E),
    ("allegro-jsonl", "a tax rate in per cent", {"extra": {"tax_rate": "23%"}}, "ALLEGRO-TAX-RATE", E),
    ("allegro-jsonl", "a duration in words", {"extra": {"duration": "30 dni"}}, "ALLEGRO-DURATION", E),
    ("allegro-csv", "an unknown field", {"extra": {"kolor": "czarny"}}, "ALLEGRO-FIELD-UNKNOWN", W),
]


@pytest.mark.parametrize(
    ("form", "case", "changes", "rule", "severity"), BROKEN, ids=lambda value: value if isinstance(value, str) else None
)
def test_exactly_its_rule(form, case, changes, rule, severity):
    findings = check_for(definition(form))(sound(channel_of(form), **changes))

    assert [(found.rule, found.severity) for found in findings] == [(rule, severity)]


def test_enough_is_tried():
    assert len({rule for _, _, _, rule, _ in BROKEN}) >= 100


@pytest.mark.parametrize("form", every_format())
def test_nothing_is_wrong_with_what_is_sound(form):
    assert list(check_for(definition(form))(sound(channel_of(form)))) == []


@pytest.mark.parametrize("form", every_format())
def test_each_rule_has_an_id_of_its_own_and_says_its_source(form):
    rules = check_for(definition(form)).rules
    prefix = channel_of(form).upper()

    assert len({rule.id for rule in rules}) == len(rules)
    assert all(rule.id.startswith(f"{prefix}-") and rule.meaning.endswith(")") for rule in rules)


@pytest.mark.parametrize(
    ("form", "changes"),
    [
        ("meta-update-csv", {"title": ""}),
        ("meta-language-rss", {"price": 0}),
        ("meta-country-csv", {"image_link": ""}),
        ("tiktok-update-csv", {"brand": ""}),
    ],
)
def test_a_feed_of_some_fields_is_not_judged_by_the_others(form, changes):
    assert list(check_for(definition(form))(sound(channel_of(form), **changes))) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": 0}, "0.00 PLN, must be above 0"),
        ({"sale_price": -5}, "-0.05 PLN, must be above 0"),
        ({"sale_price": 39900}, "399.00 PLN is not below the regular price, 399.00 PLN"),
        ({"shipping": (ShippingPrice("PL", "Kurier", -1299),)}, "'Kurier' costs -12.99 PLN"),
    ],
)
def test_amounts_are_told_as_people_read_them(changes, message):
    assert [found.message for found in check_for(definition("meta-csv"))(sound(channel_of("meta-csv"), **changes))] == [message]


def test_a_title_of_markup_alone_is_none():
    findings = check_for(definition("meta-csv"))(sound(channel_of("meta-csv"), title="<b> </b>"))

    assert [found.rule for found in findings] == ["META-TITLE-REQUIRED", "META-TITLE-MARKUP"]


def without_gtin(**changes) -> FeedItem:
    return sound(channel_of("allegro-jsonl"), gtin="", **changes)


@pytest.mark.parametrize(
    ("case", "changes", "rules"),
    [
        ("no category", {"channel_category": ""}, ["ALLEGRO-GTIN-MISSING", "ALLEGRO-CATEGORY"]),
        ("a category by name", {"channel_category": "Buty"}, ["ALLEGRO-GTIN-MISSING", "ALLEGRO-CATEGORY"]),
        ("nothing that describes it", {"brand": ""}, ["ALLEGRO-GTIN-MISSING", "ALLEGRO-PARAMETERS"]),
        ("a parameter of the definition's", {"brand": "", "extra": {"product_parameter:Marka": "Inna"}}, ["ALLEGRO-GTIN-MISSING"]),
    ],
)
def test_an_offer_without_a_gtin_has_to_describe_its_product(case, changes, rules):
    assert [found.rule for found in check_for(definition("allegro-jsonl"))(without_gtin(**changes))] == rules


def test_messages_name_the_value_and_the_limit():
    found = check_for(definition("google-rss"))(sound(channel_of("google-rss"), id="a" * 51))

    assert [(each.field, each.message) for each in found] == [("id", "51 characters, at most 50: and it cannot be cut")]


@pytest.mark.parametrize(
    "changes",
    [
        {"sale_price": 29900},
        {"sale_price": 29900, "sale_from": BEGINS, "sale_to": ENDS},
        {"sale_price": 29900, "sale_from": BEGINS + timedelta(days=365)},
        {"sale_price": 29900, "sale_to": ENDS},
        {"availability": Availability.OUT_OF_STOCK, "quantity": 0},
        {"quantity": None},
        {"gtin": "96385074"},
        {"gtin": "036000291452"},
        {"gtin": "10012345678902"},
        {"gtin": "978-83-240-2229-8"},
        {"title": "H&M 100% bawełna, IKEA"},
        {"link": "https://sklep.example/zażółć gęślą"},
        {"image_link": "https://cdn.example/rysy"},
        {"additional_image_links": ()},
        {"group_id": None, "options": ()},
    ],
)
def test_what_is_unusual_may_be_right(changes):
    assert list(check_for(definition("google-rss"))(sound(channel_of("google-rss"), **changes))) == []
