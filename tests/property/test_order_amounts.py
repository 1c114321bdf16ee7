"""Whatever a gross price and its taxes are, WooCommerce comes to the same grosz from what it is sent."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from channels.woocommerce.orders.bodies import net_text

GROSZ = Decimal("0.01")


def shop_comes_to(net: str, rate: int, *, prices_include_tax: bool) -> tuple[int, int]:
    """As recorded of WooCommerce 10.5 (335, and the simulated shop's order_totals): net and tax are rounded on their own."""
    tax = Decimal(net) * rate / 10_000
    rounded = tax.quantize(GROSZ, ROUND_HALF_DOWN if prices_include_tax else ROUND_HALF_UP)
    return int(Decimal(net).quantize(GROSZ, ROUND_HALF_UP) * 100), int(rounded * 100)


@given(st.integers(0, 10**8), st.sampled_from([0, 500, 800, 2300, 1900, 2000, 2550]))
def test_a_price_that_holds_its_tax_arrives_to_the_grosz(gross: int, rate: int):
    net = int((Decimal(gross) * 10_000 / (10_000 + rate)).quantize(Decimal(1), ROUND_HALF_UP))
    assert shop_comes_to(net_text(net, gross - net, rate, "PLN"), rate, prices_include_tax=True) == (net, gross - net)


@given(st.integers(0, 10**8), st.sampled_from([0, 500, 800, 2300]))
def test_a_net_price_arrives_to_the_grosz(net: int, rate: int):
    tax = int((Decimal(net) * rate / 10_000).quantize(Decimal(1), ROUND_HALF_UP))
    assert shop_comes_to(net_text(net, tax, rate, "PLN"), rate, prices_include_tax=False) == (net, tax)
