from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoina.errors import InvalidInput, MixedCurrencies
from spoina.money import Money, decimal_text, parse_decimal, to_minor

CURRENCIES = ["PLN", "EUR", "JPY", "KWD", "HUF"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("129.99", "129.99"), ("0", "0"), ("-12.50", "-12.50"), ("10.", "10"), (".5", "0.5"), ("1.23456", "1.23456"), ("007", "7")],
)
def test_a_plain_decimal_is_read_exactly(text: str, number: str) -> None:
    assert parse_decimal(text, "price") == Decimal(number)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ".", "-", "--1", "1-", "+1", " 1", "1 ", "1\n", "1.2.3", "12,50", "1 000", "1_000", "1e3", "1E3", "0x10", "NaN", "nan",
        "sNaN", "Infinity", "-inf", "１２", "١٢", "½", "129.99 zł", "free", "<b>1</b>",
    ],
)  # fmt: skip
def test_anything_else_is_refused_by_field_name(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_decimal(text, "regular_price")
    assert refusal.value.field == "regular_price"
    assert str(refusal.value) == f"regular_price: {text!r} is not a decimal number"


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("129.99", "PLN", 12999),
        ("129.994999", "PLN", 12999),
        ("129.995", "PLN", 13000),
        ("0.125", "PLN", 13),
        ("0.135", "PLN", 14),
        ("2.675", "PLN", 268),
        ("-0.125", "PLN", -13),
        ("-0.124", "PLN", -12),
        ("0.004", "PLN", 0),
        ("10", "PLN", 1000),
        ("499.5", "JPY", 500),
        ("499.4", "JPY", 499),
        ("1.0005", "KWD", 1001),
        ("1.0004", "KWD", 1000),
    ],
)
def test_amounts_are_rounded_half_away_from_zero(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (12999, "PLN", "129.99"),
        (5, "PLN", "0.05"),
        (0, "PLN", "0.00"),
        (-5, "PLN", "-0.05"),
        (-12999, "PLN", "-129.99"),
        (100, "EUR", "1.00"),
        (500, "JPY", "500"),
        (-500, "JPY", "-500"),
        (1001, "KWD", "1.001"),
        (1, "KWD", "0.001"),
        (-1001, "KWD", "-1.001"),
    ],
)
def test_an_amount_is_printed_with_its_currencys_digits(minor: int, currency: str, text: str) -> None:
    assert decimal_text(minor, currency) == text


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(CURRENCIES))
def test_what_is_printed_reads_back_as_the_same_amount(minor: int, currency: str) -> None:
    assert to_minor(parse_decimal(decimal_text(minor, currency), "price"), currency) == minor


def test_amounts_of_one_currency_add_up() -> None:
    assert Money(12999, "PLN") + Money(1, "PLN") == Money(13000, "PLN")
    assert Money(12999, "PLN") - Money(13000, "PLN") == Money(-1, "PLN")


def test_amounts_of_two_currencies_are_refused() -> None:
    with pytest.raises(MixedCurrencies, match="PLN and EUR cannot be added") as refusal:
        Money(1, "PLN") + Money(1, "EUR")
    assert (refusal.value.left, refusal.value.right) == ("PLN", "EUR")
    with pytest.raises(MixedCurrencies):
        Money(1, "PLN") - Money(1, "EUR")
