"""What the shop only shows."""

from simulators.woocommerce.catalogue import recorded
from simulators.woocommerce.http import Answer
from simulators.woocommerce.views import links


def currency() -> Answer:
    row = recorded("currency")
    return Answer({**row, "_links": links("data/currencies", row["code"], hints=["GET"])})
