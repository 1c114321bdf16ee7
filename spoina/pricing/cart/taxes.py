"""Taxes of an amount: paragraphs 3 and 4. Amounts and taxes are doubles; taxes keep six decimals."""

from collections.abc import Sequence

from spoina.pricing.cart.rounding import KEPT_DECIMALS, add_up, rounded
from spoina.pricing.cart.types import TaxRate


def taxes_of(amount: float, rates: Sequence[TaxRate], included: bool) -> tuple[float, ...]:
    """Paragraph 4: the tax of each rate, in the order of `rates`, contained in the amount or to be added to it."""
    if not amount:
        return (0.0,) * len(rates)
    taxes = _contained(amount, rates) if included else _on_top(amount, rates)
    return tuple(rounded(tax, KEPT_DECIMALS) for tax in taxes)


def _on_top(amount: float, rates: Sequence[TaxRate]) -> list[float]:
    """Plain rates on the amount; then compound ones, one after another, on the amount and all taxes so far."""
    taxes = [0.0 if rate.compound else amount * (rate.percent / 100) for rate in rates]
    for index, rate in enumerate(rates):
        if rate.compound:
            taxes[index] = (amount + add_up(taxes)) * (rate.percent / 100)
    return taxes


def _contained(amount: float, rates: Sequence[TaxRate]) -> list[float]:
    """Compound rates are peeled off from the last to the first; plain rates share what is left."""
    taxes = [0.0] * len(rates)
    left = amount
    for index in reversed(range(len(rates))):
        if rates[index].compound:
            taxes[index] = left - left / (1 + rates[index].percent / 100)
            left -= taxes[index]
    whole = 1 + add_up(rate.percent for rate in rates if not rate.compound) / 100
    for index, rate in enumerate(rates):
        if not rate.compound:
            taxes[index] = left * ((rate.percent / 100) / whole)
    return taxes


def at_home(rates: Sequence[TaxRate], base_rates: Sequence[TaxRate]) -> bool:
    """Whether the very same rates hold as at the shop's own place."""
    return tuple(rates) == tuple(base_rates)


def price_abroad(price: float, rates: Sequence[TaxRate], base_rates: Sequence[TaxRate]) -> float:
    """Paragraph 3: a price entered with the taxes of the shop's place, turned into one with the taxes of another place; not rounded."""
    if at_home(rates, base_rates):
        return price
    home = add_up(taxes_of(price, base_rates, included=True))
    return price - home + add_up(taxes_of(price - home, rates, included=False))
