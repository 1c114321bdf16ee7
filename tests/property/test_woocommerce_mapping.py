"""Whatever a shop says, mapping gives facts or a reason."""

import json
import re
from decimal import ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from channels.woocommerce.mapping import map_product
from channels.woocommerce.mapping.amounts import Unreadable, price
from channels.woocommerce.mapping.texts import TAGS, decoded, plain, safe_html, titled
from channels.woocommerce.payloads import Unmappable, id_of
from spoina.catalog.facts import ProductFacts
from tests.channels.woocommerce.recordings import AS_OF, context, product_payload

FRAGMENTS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<script>alert(1)</script>",
        "<SCRIPT SRC=x>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">',
        "</a>",
        "<iframe src='https://x'></iframe>",
        "<style>p{}</style>",
        "<svg/onload=alert(1)>",
        "<!-- wp:paragraph -->",
        "&lt;script&gt;",
        "&amp;",
        "&#0;",
        "&nbsp;",
        '<td title="a>b">',
        "<br/>",
        "]]>",
        "<",
        ">",
        "&",
    ]
)
SOUP = st.lists(FRAGMENTS | st.text(max_size=8), max_size=12).map("".join)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


class Tags(HTMLParser):
    """Every tag and attribute a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes += attrs


@given(SOUP)
def test_html_becomes_safe_html(soup: str):
    seen = Tags()
    seen.feed(safe_html(soup))
    seen.close()
    assert seen.names <= TAGS
    assert not [name for name, _ in seen.attributes if name.startswith("on") or name in {"style", "class", "id"}]
    assert not [value for _, value in seen.attributes if (value or "").lower().startswith("javascript:")]


@given(SOUP)
def test_cleaning_what_is_clean_changes_nothing(soup: str):
    assert safe_html(safe_html(soup)) == safe_html(soup)


@given(SOUP.map(lambda soup: soup.replace("&lt;", "")))
def test_plain_text_holds_no_tags(soup: str):
    """Escaped angle brackets aside: those are meant to be read."""
    text = plain(safe_html(soup))
    assert not re.search(r"</?(?:p|a|img|td|br|script|iframe|style|svg)\b[^<>]*>", text, re.IGNORECASE)
    assert not text or all(line == line.strip() != "" and "  " not in line for line in text.split("\n"))


@given(st.text())
def test_plain_text_stays_as_it_is_but_for_its_spaces(text: str):
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert decoded(escaped) == text.strip()
    assert titled(escaped) == text.strip()


@given(st.decimals(min_value=0, max_value=10**9, places=4, allow_nan=False, allow_infinity=False), st.sampled_from([0, 2, 3]))
def test_a_price_is_rounded_half_up_and_kept_exactly_where_it_has_more_digits(amount: Decimal, digits: int):
    minor, exact = price(f"{amount:f}", "price", digits)
    assert minor == int(amount.scaleb(digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert Decimal(exact) == amount if exact is not None else Decimal(minor).scaleb(-digits) == amount


@given(JSON_VALUES.filter(lambda value: not isinstance(value, list | dict)))
def test_a_price_of_any_kind_is_an_amount_none_or_refused(value: Any):
    try:
        minor, _ = price(value, "price", 2)
    except Unreadable:
        minor = None
    assert minor is None or 0 <= minor < 10**14


def mapped(item: bytes) -> ProductFacts | Unmappable:
    try:
        return map_product(item, context(), AS_OF)
    except Unmappable as refused:
        return refused


@given(st.dictionaries(st.sampled_from(sorted(product_payload(242))), JSON_VALUES, max_size=4))
def test_a_product_with_any_field_odd_is_mapped_or_refused(odd: dict[str, Any]):
    item = json.dumps(product_payload(242) | odd).encode()
    outcome = mapped(item)
    if isinstance(outcome, Unmappable):
        assert (bool(outcome.reason), outcome.external_id) == (True, id_of(item))
    else:
        assert outcome.product.id == id_of(item)
        assert b"\\u0000" not in msgspec.json.encode(outcome)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_product_are_refused(garbage: bytes):
    outcome = mapped(garbage)
    assert isinstance(outcome, Unmappable)
    assert outcome.kind == "product"
