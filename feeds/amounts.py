"""Prices of a feed: tax on top where the shop's prices are net, another currency, the definition's own rules."""

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from feeds.frame import Frame
from feeds.types import FeedDefinition, PriceRule, Rounding
from spoina.errors import InvalidInput
from spoina.money import parse_decimal, to_minor

Convert = Callable[[int], int]
_HUNDRED = Decimal(100)
MOST_PERCENT = 10_000
MOST_UNITS = 1_000_000_000


def gross_prices(definition: FeedDefinition, frame: Frame) -> Mapping[str | None, Convert]:
    """By tax class, what makes the feed's price of the shop's; None: of what is not taxed, and of every other class. Empty where all prices
    stay as they are."""
    exchange = _exchange_rate(definition, frame.shop.currency)
    shares = frame.shares_in(definition.country) if frame.shop.adds_tax else {}
    factors = {None: exchange} | {name: exchange * (1 + share) for name, share in shares.items()}
    return {name: _times(factor) for name, factor in factors.items()} if set(factors.values()) != {1} else {}


def price_change(rule: PriceRule, currency: str) -> Convert:
    """Raises InvalidInput for texts that are no decimals."""
    field = f"prices.{rule.name}"
    percent = parse_decimal(rule.percent, f"{field}.percent")
    if not -100 < percent <= MOST_PERCENT:
        raise InvalidInput(f"{field}.percent", f"{rule.percent!r} is not above -100 and at most {MOST_PERCENT}")
    factor = 1 + percent / _HUNDRED
    amount = parse_amount(rule.amount, f"{field}.amount", currency)
    finish = _rounded(rule.rounding, 10 ** get_currency_precision(currency))
    return lambda minor: max(finish(_round(minor * factor) + amount), 0)


def parse_amount(text: str, field: str, currency: str) -> int:
    """Minor units. Raises InvalidInput for what has more digits than the currency, instead of rounding what somebody meant."""
    amount, digits = parse_decimal(text, field), get_currency_precision(currency)
    minor = to_minor(amount, currency)
    if amount.scaleb(digits) != minor:
        raise InvalidInput(field, f"{text!r} has more than the {digits} digits after the dot that {currency} has")
    if abs(amount) > MOST_UNITS:
        raise InvalidInput(field, f"{text!r} is more than {MOST_UNITS}")
    return minor


def exchange_rate(text: str) -> Decimal:
    rate = parse_decimal(text, "exchange_rate")
    if rate <= 0:
        raise InvalidInput("exchange_rate", f"{text!r} is not above zero")
    return rate


def _exchange_rate(definition: FeedDefinition, shops: str) -> Decimal:
    """The factor between minor units of the two currencies."""
    if definition.currency == shops:
        return Decimal(1)
    if not definition.exchange_rate:
        raise InvalidInput("exchange_rate", f"the shop's prices are in {shops}: say how much {definition.currency} one {shops} is")
    return exchange_rate(definition.exchange_rate).scaleb(get_currency_precision(definition.currency) - get_currency_precision(shops))


def _times(factor: Decimal) -> Convert:
    return lambda minor: _round(minor * factor)


def _round(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _rounded(rounding: Rounding, unit: int) -> Convert:
    match rounding:
        case Rounding.NONE:
            return lambda minor: minor
        case Rounding.WHOLE:
            return lambda minor: -(-minor // unit) * unit
        case Rounding.NINETY_NINE:
            last = unit - max(unit // 100, 1)
            return lambda minor: minor if minor <= 0 else -(-(minor - last) // unit) * unit + last
