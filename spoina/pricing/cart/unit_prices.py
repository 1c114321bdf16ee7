"""Unit prices as the cart displays them: paragraph 15. They are for showing only; a line is not the unit price times the quantity.

Amounts are units of the currency here, not minor ones: WooCommerce keeps six decimals of these.
"""

from spoina.pricing.cart.lines import PricedLine, is_taxed, tax_part
from spoina.pricing.cart.outcome import UnitPrice, UnitPrices
from spoina.pricing.cart.rounding import KEPT_DECIMALS, add_up, rounded, shown
from spoina.pricing.cart.taxes import at_home, taxes_of
from spoina.pricing.cart.types import Shop, TaxRate


def unit_prices(priced: PricedLine, home: tuple[TaxRate, ...], shop: Shop) -> UnitPrices:
    """`home`: the rates of its class at the shop's own place. Without a sale price, the price it is sold for is shown instead."""
    line = priced.line
    texts = {line.price, line.regular_price, line.sale_price or line.price}
    if is_taxed(line, shop):
        displayed = {text: _shown(display_price(float(text), priced.rates, home, shop), shop) for text in texts}
    else:
        displayed = {text: _shown(float(text), shop) for text in texts}
    return UnitPrices(price=displayed[line.price], regular=displayed[line.regular_price], sale=displayed[line.sale_price or line.price])


def display_price(price: float, here: tuple[TaxRate, ...], home: tuple[TaxRate, ...], shop: Shop) -> float:
    """Paragraph 15, for what is taxed, even where no rate holds: with tax, the price at home or with the place's taxes in place of ours;
    without, the unrounded net."""
    if shop.prices_include_tax:
        return _from_gross(price, here, home, shop)
    return rounded(price + _rounded_taxes(price, here, shop), shop.decimals) if shop.cart_shows_tax else price


def _from_gross(price: float, here: tuple[TaxRate, ...], home: tuple[TaxRate, ...], shop: Shop) -> float:
    if shop.cart_shows_tax and at_home(here, home):
        return price
    contained = taxes_of(price, home, included=True)
    net = price - add_up(contained)
    if not shop.cart_shows_tax:
        return net
    return rounded(price - _rounded_sum(contained, shop) + _rounded_taxes(net, here, shop), shop.decimals)


def _rounded_taxes(net: float, rates: tuple[TaxRate, ...], shop: Shop) -> float:
    return _rounded_sum(taxes_of(net, rates, included=False), shop)


def _rounded_sum(taxes: tuple[float, ...], shop: Shop) -> float:
    return add_up(tax_part(tax * shop.minor_units, shop) for tax in taxes) / shop.minor_units


def _shown(price: float, shop: Shop) -> UnitPrice:
    return UnitPrice(shown(price * shop.minor_units), shown(price * 10.0**KEPT_DECIMALS))
