"""Prices, moments, links, codes and measures as channels write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from feeds.formats.google import colors
from feeds.formats.values import (
    centimetres,
    further_links,
    gtin_digits,
    gtin_reserved,
    kilograms,
    moment,
    price_text,
    sale_window,
    sellable_gtin,
    shipping_texts,
    web_link,
)
from feeds.types import ShippingPrice
from tests.feeds.sound_items import BEGINS, ENDS


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [(39900, "PLN", "399.00 PLN"), (5, "PLN", "0.05 PLN"), (500, "JPY", "500 JPY"), (3990125, "KWD", "3990.125 KWD")],
)
def test_price(minor, currency, expected):
    assert price_text(minor, currency) == expected


@pytest.mark.parametrize(
    ("sale", "begins", "ends", "expected"),
    [
        (None, BEGINS, ENDS, ""),
        (100, None, None, ""),
        (100, BEGINS, ENDS, "2026-03-01T00:00+00:00/2026-03-15T22:30+00:00"),
        (100, BEGINS, None, "2026-03-01T00:00+00:00/2038-01-17T00:00+00:00"),
        (100, None, ENDS, "1970-01-29T00:00+00:00/2026-03-15T22:30+00:00"),
    ],
)
def test_sale_window(sale, begins, ends, expected):
    assert sale_window()(sale, begins, ends) == expected


def test_moments_are_told_in_utc():
    assert moment(datetime(2026, 7, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))), "+0000") == "2026-06-30T23:30+0000"
    assert moment(datetime(2026, 7, 1, 1, 30, 59, 999, tzinfo=UTC)) == "2026-07-01T01:30+00:00"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://sklep.example/p?a=1&b=%C5%BC", "https://sklep.example/p?a=1&b=%C5%BC"),
        ("https://sklep.example/żółw i lis", "https://sklep.example/%C5%BC%C3%B3%C5%82w%20i%20lis"),
        ("https://żółw.example/p", "https://xn--w-uga1v8h.example/p"),
        ("https://sklep.example/100% ż", "https://sklep.example/100%25%20%C5%BC"),
        (" https://sklep.example/p\n", "https://sklep.example/p"),
        ("http://[ ż", "http://[%20%C5%BC"),
    ],
)
def test_web_link(link, expected):
    assert web_link(link) == expected


def test_commas_in_further_links_are_encoded():
    assert (
        further_links(("https://a.example/1,2.jpg", "", "https://a.example/3.jpg"), 9)
        == "https://a.example/1%2C2.jpg\nhttps://a.example/3.jpg"
    )
    assert further_links(("https://a.example/1.jpg", "https://a.example/2.jpg"), 1) == "https://a.example/1.jpg"


@given(st.sampled_from([7, 11, 12, 13]).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size)), st.integers(0, 9))
def test_check_digits_are_those_of_gs1(digits, last):
    code = f"{digits}{last}"

    assert (gtin_digits(code) == code) == (ean.is_valid(code) and int(code) > 0)


@pytest.mark.parametrize(
    ("code", "expected"),
    [("590-1234-12345-7", "5901234123457"), (" 5901234123457 ", "5901234123457"), ("59012341234५7", ""), ("", ""), ("590123412345", "")],
)
def test_codes_as_shops_type_them(code, expected):
    assert gtin_digits(code) == expected


@pytest.mark.parametrize(
    ("code", "reserved"),
    [("2100042123458", True), ("0200042123455", True), ("9900000000004", True), ("5901234123457", False), ("9788324022298", False)],
)
def test_codes_that_name_no_goods(code, reserved):
    assert gtin_reserved(code) == reserved


def test_a_reserved_code_is_not_sent():
    assert (sellable_gtin("2100042123458"), sellable_gtin("5901234123457")) == ("", "5901234123457")


@pytest.mark.parametrize(("grams", "expected"), [(1250, "1.25"), (1000, "1"), (5, "0.005"), (12_000, "12"), (100, "0.1")])
def test_kilograms(grams, expected):
    assert kilograms(grams) == expected


def test_centimetres():
    assert (centimetres(320), centimetres(205)) == ("32", "20.5")


def test_shipping_keeps_the_colons_of_what_is_empty():
    prices = (ShippingPrice("PL", "Kurier: jutro", 1299), ShippingPrice("DE", "DHL", 0, "BE"))

    assert shipping_texts(prices, "PLN") == "PL::Kurier jutro:12.99 PLN\nDE:BE:DHL:0.00 PLN"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("czarny", "czarny"), ("czarny, biały", "czarny/biały"), ("a/b/c/d", "a/b/c"), ("", ""), ("c" * 50, "c" * 40)],
)
def test_googles_colours(text, expected):
    assert colors(text) == expected


@given(st.one_of(st.from_regex(r"[0-9]{13}", fullmatch=True), st.integers(0, 10**12 - 1).map(lambda number: gtin_of(f"{number:012}"))))
def test_a_quick_look_at_an_ean_is_a_right_one(typed):
    assert sellable_gtin(typed) == ("" if gtin_reserved(gtin_digits(typed)) else gtin_digits(typed))


def gtin_of(digits: str) -> str:
    return digits + str(-sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits)) % 10)
