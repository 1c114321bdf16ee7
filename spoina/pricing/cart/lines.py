"""Lines: their price (paragraph 1), where it is taxed and what of it is tax (paragraphs 3 and 5), the same again after discounts (11)."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from spoina.pricing.cart.places import rates_at
from spoina.pricing.cart.rounding import KEPT_DECIMALS, add_up, rounded, rounded_half_down
from spoina.pricing.cart.taxes import price_abroad, taxes_of
from spoina.pricing.cart.types import Line, Place, Shop, TaxClass, TaxRate, TaxStatus

LINES_REMEMBERED: Final = 10_000


class Rates(msgspec.Struct, frozen=True):
    """The rates that hold for each class at the place of taxation and at the shop's own place."""

    here: Mapping[TaxClass, tuple[TaxRate, ...]]
    home: Mapping[TaxClass, tuple[TaxRate, ...]]


class TaxedAmount(msgspec.Struct, frozen=True):
    """A net amount with its taxes, in doubles of minor units. `taxes` are per rate; `parts` are these as they enter every sum:
    rounded per line, unless the shop rounds at the subtotal."""

    net: float
    taxes: tuple[float, ...]
    parts: tuple[float, ...]

    @property
    def tax(self) -> float:
        return add_up(self.parts)


class PricedLine(msgspec.Struct, frozen=True, cache_hash=True):
    """A line with its price before discounts, in the prices that the shop enters, and the rates it is taxed with (none: untaxed)."""

    line: Line
    price: float
    rates: tuple[TaxRate, ...]
    subtotal: TaxedAmount

    @property
    def unit_price(self) -> float:
        return self.price / self.line.quantity


def rates_for(lines: Sequence[Line], place: Place, shop: Shop) -> Rates:
    classes = {line.tax_class for line in lines}
    return Rates(
        here={tax_class: rates_at(place, tax_class, shop) for tax_class in classes},
        home={tax_class: rates_at(shop.base, tax_class, shop) for tax_class in classes},
    )


def price_line(line: Line, rates: Rates, manner: Shop) -> PricedLine:
    """Paragraphs 1, 3 and 5. `manner`: the shop's (Shop.manner)."""
    return _priced(line, rates.here[line.tax_class], rates.home[line.tax_class], manner)


@lru_cache(maxsize=LINES_REMEMBERED)
def _priced(line: Line, here: tuple[TaxRate, ...], home: tuple[TaxRate, ...], shop: Shop) -> PricedLine:
    """Remembered, because a change of a cart leaves most of its lines alone."""
    price = line_price(line, shop)
    if not is_taxed(line, shop):
        return PricedLine(line, price, (), tax_line(price, (), shop))
    if shop.prices_include_tax:
        price = price_abroad(price, here, home)
    return PricedLine(line, price, here, tax_line(price, here, shop))


def is_taxed(line: Line, shop: Shop) -> bool:
    return shop.taxes and line.tax_status is TaxStatus.TAXABLE


def line_price(line: Line, shop: Shop) -> float:
    """Paragraph 1: the price of all pieces, with four decimals of a grosz: the line, never the piece, is what gets rounded later."""
    return rounded(float(line.price) * line.quantity * shop.minor_units, KEPT_DECIMALS - shop.decimals)


def tax_line(price: float, rates: tuple[TaxRate, ...], shop: Shop) -> TaxedAmount:
    """Paragraphs 5 and 11: a line's net amount and taxes. Net and taxes are rounded on their own later, so they may miss the price."""
    taxes = taxes_of(price, rates, shop.prices_include_tax)
    net = price - add_up(taxes) if shop.prices_include_tax else price
    return TaxedAmount(net, taxes, tuple(tax_part(tax, shop) for tax in taxes))


def tax_part(tax: float, shop: Shop) -> float:
    """Paragraph 5: a line's tax as it enters the sums."""
    return tax if shop.round_at_subtotal else round_line_tax(tax, shop)


def round_line_tax(tax: float, shop: Shop) -> float:
    """Paragraph 0: ties of line taxes go down where prices are entered with tax, and up where without."""
    return rounded_half_down(tax) if shop.prices_include_tax else rounded(tax)


def sum_of_nets(amounts: Sequence[TaxedAmount], shop: Shop) -> float:
    """Paragraph 5: nets are rounded per line, unless the shop rounds at the subtotal."""
    return add_up(amount.net if shop.round_at_subtotal else rounded(amount.net) for amount in amounts)
