"""An offer against the field table of POST /sale/product-offers: which fields there are, of what type, and how long."""

import re
from html.parser import HTMLParser

import pytest

from feeds.formats.allegro import HANDLING_TIMES, INVOICES, MESSAGES, PROVINCES, UNITS
from feeds.formats.allegro_description import allegro_html
from feeds.types import Availability, Condition, FeedChannel
from tests.feeds.formats.reading import document, made
from tests.feeds.formats.test_reading_back import EXTRA, ODD
from tests.feeds.sound_items import ENDS, sound

REFERENCE = {"id?": str, "name?": str}
PARAMETER = {"id?": str, "name?": str, "values?": [str], "valuesIds?": [str], "rangeValue?": {"from": str, "to": str}}
OFFER = {
    "name": str,
    "external": {"id": str},
    "productSet": [
        {
            "product": {
                "id?": str,
                "idType?": ("GTIN", "MPN"),
                "name?": str,
                "category?": {"id": str},
                "parameters?": [PARAMETER],
                "images?": [str],
            },
            "responsiblePerson?": REFERENCE,
            "responsibleProducer?": REFERENCE,
            "safetyInformation?": {"type": ("TEXT", "ATTACHMENTS", "NO_SAFETY_INFORMATION"), "description?": str},
            "marketedBeforeGPSRObligation?": bool,
        }
    ],
    "category?": {"id": str},
    "parameters?": [PARAMETER],
    "images?": [str],
    "description?": {"sections": [{"items": [{"type": ("TEXT",), "content": str}]}]},
    "sellingMode": {"format": ("BUY_NOW",), "price?": {"amount": re.compile(r"\d+(\.\d+)?"), "currency": re.compile("[A-Z]{3}")}},
    "stock": {"available": int, "unit": UNITS},
    "delivery?": {
        "shippingRates?": REFERENCE,
        "handlingTime?": HANDLING_TIMES,
        "shipmentDate?": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    },
    "afterSalesServices?": {"impliedWarranty?": REFERENCE, "returnPolicy?": REFERENCE, "warranty?": REFERENCE},
    "location?": {"countryCode": re.compile("[A-Z]{2}"), "province?": PROVINCES, "city": str, "postCode?": re.compile(r"\d\d-\d{3}")},
    "payments?": {"invoice": INVOICES},
    "taxSettings?": {"rates?": [{"rate": str, "countryCode": str}], "subject?": str, "exemption?": str},
    "publication": {"status": ("ACTIVE", "INACTIVE"), "duration?": str},
    "messageToSellerSettings?": {"mode": MESSAGES},
    "sizeTable?": REFERENCE,
    "b2b?": {"buyableOnlyByBusiness": bool},
}


def wrong(value: object, wanted: object, where: str = "offer") -> list[str]:
    """What in the value is not as the table wants it. A name that ends in "?" may be missing; nothing may be null."""
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            return [where]
        names = {name.rstrip("?"): kind for name, kind in wanted.items()}
        missing = [f"{where}.{name} is missing" for name in wanted if not name.endswith("?") and name not in value]
        unknown = [f"{where}.{name} is unknown" for name in value if name not in names]
        return [
            *missing,
            *unknown,
            *(each for name in value if name in names for each in wrong(value[name], names[name], f"{where}.{name}")),
        ]
    if isinstance(wanted, list):
        return (
            [each for at, one in enumerate(value) for each in wrong(one, wanted[0], f"{where}[{at}]")]
            if isinstance(value, list)
            else [where]
        )
    if isinstance(wanted, tuple):
        return [] if value in wanted else [f"{where} is {value!r}"]
    if isinstance(wanted, re.Pattern):
        return [] if isinstance(value, str) and wanted.fullmatch(value) else [f"{where} is {value!r}"]
    return [] if type(value) is wanted else [f"{where} is {value!r}"]


def offer(**changes) -> dict:
    return document(made("allegro-jsonl"), sound(FeedChannel.ALLEGRO, **changes))


@pytest.mark.parametrize("case", ODD)
def test_every_offer_is_as_the_table_wants_it(case):
    sent = offer(**ODD[case])

    assert wrong(sent, OFFER) == []
    assert len(sent["name"]) <= 75
    assert len(sent.get("images", ())) <= 16


@pytest.mark.parametrize("gtin", ["5901234123457", ""])
def test_everything_that_a_definition_may_say(gtin):
    said = EXTRA[FeedChannel.ALLEGRO] | {
        "warranty": "7a1b2c3d-0000-4000-8000-1234567890ab",
        "responsible_person": "Jan Kowalski",
        "safety_information": "Nie dla dzieci.",
        "before_gpsr": "no",
        "tax_subject": "GOODS",
        "duration": "P30D",
        "stock_unit": "PAIR",
        "size_table": "12345",
        "message_to_seller": "HIDDEN",
        "buyable_only_by_business": "yes",
    }
    sent = offer(gtin=gtin, extra=said, availability=Availability.PREORDER, availability_date=ENDS)

    assert wrong(sent, OFFER) == []
    assert sent["parameters"] == [{"id": "11323", "valuesIds": ["11323_1"]}, {"name": "Kolor", "values": ["czarny", "biały"]}]
    assert sent["afterSalesServices"]["warranty"] == {"id": "7a1b2c3d-0000-4000-8000-1234567890ab"}
    assert sent["productSet"][0]["marketedBeforeGPSRObligation"] is False
    assert sent["productSet"][0]["safetyInformation"] == {"type": "TEXT", "description": "Nie dla dzieci."}
    assert sent["delivery"] == {"shippingRates": {"name": "Standard"}, "handlingTime": "PT24H", "shipmentDate": "2026-03-15T22:30:00Z"}
    assert sent["sizeTable"] == {"id": "12345"}
    assert sent["taxSettings"] == {"rates": [{"rate": "23.00", "countryCode": "PL"}], "subject": "GOODS"}


def test_a_product_is_named_by_its_gtin():
    sent = offer()

    assert sent["productSet"][0]["product"] == {"id": "5901234123457", "idType": "GTIN"}
    assert "category" not in sent
    assert sent["parameters"] == [{"name": "Stan", "values": ["Nowy"]}]


def test_a_product_without_a_gtin_is_described():
    sent = offer(gtin="5901234123458", extra={"product_parameter:Długość": "10..20"})

    assert sent["category"] == {"id": "187"}
    assert sent["productSet"][0]["product"] == {
        "name": "Buty trekkingowe Kowalski Rysy czarne",
        "category": {"id": "187"},
        "parameters": [
            {"name": "Marka", "values": ["Kowalski"]},
            {"name": "Kod producenta", "values": ["RYSY-42"]},
            {"name": "Długość", "rangeValue": {"from": "10", "to": "20"}},
        ],
        "images": sent["images"],
    }


@pytest.mark.parametrize(("quantity", "available", "status"), [(7, 7, "ACTIVE"), (0, 0, "INACTIVE"), (None, 0, "INACTIVE")])
def test_an_offer_is_active_as_long_as_there_is_stock(quantity, available, status):
    sent = offer(quantity=quantity)

    assert (sent["stock"], sent["publication"]) == ({"available": available, "unit": "UNIT"}, {"status": status})


def test_the_price_is_what_is_to_be_paid_now():
    to_come = {"sale_price": 29900, "on_sale": False}

    assert offer(**to_come)["sellingMode"]["price"] == {"amount": "399.00", "currency": "PLN"}
    assert offer(**to_come | {"on_sale": True})["sellingMode"]["price"] == {"amount": "299.00", "currency": "PLN"}


def test_a_refurbished_item_says_its_state_itself():
    assert "parameters" not in offer(condition=Condition.REFURBISHED)
    assert offer(condition=Condition.USED)["parameters"] == [{"name": "Stan", "values": ["Używany"]}]


@pytest.mark.parametrize(
    ("html", "plain", "expected"),
    [
        ("", "Kubek < 5 & więcej", "<p>Kubek &lt; 5 &amp; więcej</p>"),
        ("", "", ""),
        ("<p>a</p><p></p>b", "", "<p>a</p><p>b</p>"),
        ("a<br>b", "", "<p>a</p><p>b</p>"),
        ("<h1 class='x'>a <b>b</b></h1><h4>c</h4>", "", "<h1>a b</h1><h2>c</h2>"),
        ("<p>a <strong>b <b>c</b></strong> d</p>", "", "<p>a <b>b c</b> d</p>"),
        ("<p><b>a</p><p>b</b> c</p>", "", "<p><b>a</b></p><p><b>b</b> c</p>"),
        ("<ul><li>a<ol><li>b</li></ol></li><li>c</li></ul>d", "", "<ul><li>a</li><li>b</li><li>c</li></ul><p>d</p>"),
        ("<ol><li>a", "", "<ol><li>a</li></ol>"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "", "<p>a</p><p>b</p>"),
        ("<script>alert(1)</script><style>p{}</style><p onclick='x'>a<img src='x'></p>", "", "<p>a</p>"),
        ("<p>a &lt; b &amp; c</p>", "", "<p>a &lt; b &amp; c</p>"),
        ("<p>a\x00\x02b</p>", "", "<p>ab</p>"),
    ],
)
def test_the_description_keeps_to_allegros_subset(html, plain, expected):
    assert allegro_html(html, plain) == expected


def test_a_long_description_ends_with_a_whole_paragraph():
    paragraphs = "".join(f"<p>Akapit {at}, zażółć gęślą jaźń</p>" for at in range(2000))

    content = allegro_html(paragraphs, "")

    assert 39_900 < len(content.encode()) <= 40_000
    assert paragraphs.startswith(content)


def test_a_long_plain_description_is_cut_between_words():
    content = allegro_html("", "zażółć & gęślą " * 5000)

    assert 39_900 < len(content.encode()) <= 40_000
    assert re.fullmatch("<p>(zażółć &amp; gęślą ?)+(zażółć( &amp;)?)?</p>", content)


class _Nesting(HTMLParser):
    """Which tag stands in which."""

    def __init__(self) -> None:
        super().__init__()
        self.stack, self.found = ["top"], set()

    def handle_starttag(self, tag, attrs):
        self.found.add((self.stack[-1], tag))
        assert not attrs
        self.stack.append(tag)

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag


ALLOWED = {("top", tag) for tag in ("h1", "h2", "p", "ul", "ol")} | {("ul", "li"), ("ol", "li"), ("p", "b"), ("li", "b")}


def assert_subset(content: str) -> None:
    parser = _Nesting()
    parser.feed(content)
    parser.close()
    assert parser.stack == ["top"]
    assert parser.found <= ALLOWED
    assert len(content.encode()) <= 40_000


@pytest.mark.parametrize("case", ODD)
def test_the_subset_holds_for_odd_items(case):
    for section in offer(**ODD[case]).get("description", {}).get("sections", ()):
        assert_subset(section["items"][0]["content"])
