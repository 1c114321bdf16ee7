"""Money: an integer count of a currency's minor unit. Never a float, not even for display."""

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

import msgspec
from babel.numbers import get_currency_precision

from spoina.errors import InvalidInput, MixedCurrencies

_PLAIN_DECIMAL = re.compile(r"-?(\d+\.?\d*|\.\d+)", re.ASCII)


class Money(msgspec.Struct, frozen=True, order=True):
    """An amount in minor units (grosz, cent) of an ISO 4217 currency."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same_currency(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same_currency(other).minor, self.currency)

    def _same_currency(self, other: "Money") -> "Money":
        if self.currency != other.currency:
            raise MixedCurrencies(self.currency, other.currency)
        return other


@lru_cache(maxsize=65536)
def decimal_text(minor: int, currency: str) -> str:
    """The amount as a plain decimal with the currency's own number of digits: 12999 PLN is "129.99", 500 JPY is "500"."""
    return scaled_text(minor, get_currency_precision(currency))


@lru_cache(maxsize=65536)
def scaled_text(minor: int, digits: int) -> str:
    """12999 with 2 digits is "129.99"."""
    if not digits:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}d}"


def parse_decimal(text: str, field: str) -> Decimal:
    """Reads a plain decimal such as WooCommerce's "129.99"; anything else (NaN, exponents, spaces, "1_000") is refused by field name."""
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise InvalidInput(field, f"{text!r} is not a decimal number")
    return Decimal(text)


def to_minor(amount: Decimal, currency: str) -> int:
    """Rounds half away from zero to the currency's minor unit, as WooCommerce shows prices."""
    scaled = amount.scaleb(get_currency_precision(currency))
    return int(scaled.quantize(Decimal(1), rounding=ROUND_HALF_UP))
