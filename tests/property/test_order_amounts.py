"""Whatever a gross price and its taxes are, WooCommerce comes to the same grosz from what it is sent."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from channels.woocommerce.orders.bodies import net_text
from spoina.orders.types import Charge

GROSZ, EXACT = Decimal("0.01"), Decimal("0.000001")
SEVERAL = [
    (Charge(800), Charge(100)),
    (Charge(2300), Charge(250, compound=True)),
    (Charge(2000), Charge(250, compound=True), Charge(75, compound=True)),
]
"""As in the recorded configurations h and n."""


def shop_comes_to(net: str, *charges: Charge, prices_include_tax: bool) -> tuple[int, int]:
    """As recorded of WooCommerce 10.5 (335, and the simulated shop's order_totals): net and each tax are rounded on their own."""
    how, taxes = ROUND_HALF_DOWN if prices_include_tax else ROUND_HALF_UP, Decimal(0)
    exact: list[Decimal] = []
    for charge in charges:
        exact.append(((Decimal(net) + (sum(exact) if charge.compound else 0)) * charge.rate / 10_000).quantize(EXACT, ROUND_HALF_UP))
    taxes = sum((tax.quantize(GROSZ, how) for tax in exact), Decimal(0))
    return int(Decimal(net).quantize(GROSZ, ROUND_HALF_UP) * 100), int(taxes * 100)


def cart_comes_to(gross: int, charges: tuple[Charge, ...]) -> tuple[int, int]:
    """Net and tax of a price with tax, as WooCommerce's cart has it: compound taxes are taken off from the last to the first."""
    left, taxes = Decimal(gross), []
    for charge in reversed([each for each in charges if each.compound]):
        taxes.append(left - left * 10_000 / (10_000 + charge.rate))
        left -= taxes[-1]
    plain = [each.rate for each in charges if not each.compound]
    taxes += [left * rate / (10_000 + sum(plain)) for rate in plain]
    exact = [tax.quantize(EXACT, ROUND_HALF_UP) for tax in taxes]
    rounded = sum(int(tax.quantize(Decimal(1), ROUND_HALF_DOWN)) for tax in exact)
    return int((gross - sum(exact)).quantize(Decimal(1), ROUND_HALF_UP)), rounded


@given(st.integers(0, 10**8), st.sampled_from([0, 500, 800, 2300, 1900, 2000, 2550]))
def test_a_price_that_holds_its_tax_arrives_to_the_grosz(gross: int, rate: int):
    net = int((Decimal(gross) * 10_000 / (10_000 + rate)).quantize(Decimal(1), ROUND_HALF_UP))
    charge = Charge(rate)
    assert shop_comes_to(net_text(net, gross - net, (charge,), "PLN"), charge, prices_include_tax=True) == (net, gross - net)


@given(st.integers(1, 10**8), st.sampled_from(SEVERAL))
def test_a_price_that_holds_several_taxes_arrives_to_the_grosz(gross: int, charges: tuple[Charge, ...]):
    net, tax = cart_comes_to(gross, charges)
    assert shop_comes_to(net_text(net, tax, charges, "PLN"), *charges, prices_include_tax=True) == (net, tax)


@given(st.integers(0, 10**8), st.sampled_from([0, 500, 800, 2300]))
def test_a_net_price_arrives_to_the_grosz(net: int, rate: int):
    tax = int((Decimal(net) * rate / 10_000).quantize(Decimal(1), ROUND_HALF_UP))
    charge = Charge(rate)
    assert shop_comes_to(net_text(net, tax, (charge,), "PLN"), charge, prices_include_tax=False) == (net, tax)
