"""How WooCommerce rounds: paragraph 0 of ARITHMETIC.md.

Amounts here are doubles in minor units, with fractions: WooCommerce calculates in binary, and which line gets a grosz depends on it. What
leaves this package is whole minor units (`shown`).
"""

from collections.abc import Iterable
from math import ceil, floor

KEPT_DECIMALS = 6
# Below this, fifteen digits leave three after the point, so only numbers this near a tie need their digits looked at.
_PLAIN_BELOW = 1e12
_NEAR_A_TIE = 0.002


def add_up(values: Iterable[float]) -> float:
    """One after another in doubles, as PHP does. The built-in `sum` compensates from Python 3.12 on and would answer differently."""
    total = 0.0
    for value in values:
        total += value
    return total


def half_away(value: float, decimals: int) -> float:
    """Halves go away from zero, judged on the decimal look (15 digits) of the double: 1966.4999999999998 counts as 1966.5."""
    scale = 10.0**decimals
    scaled = abs(value) * scale
    whole = floor(scaled)
    if scaled >= _PLAIN_BELOW or abs(scaled - whole - 0.5) < _NEAR_A_TIE:
        whole = floor(float(f"{scaled:.15g}") + 0.5)
    elif scaled - whole > 0.5:
        whole += 1
    return -whole / scale if value < 0 else whole / scale


def rounded(value: float, decimals: int = 0) -> float:
    """R(x, n): to six decimals first, then to n, halves away from zero."""
    if value == (whole := float(int(value))):
        return whole
    kept = half_away(value, KEPT_DECIMALS)
    if decimals:
        return half_away(kept, decimals) if decimals < KEPT_DECIMALS else kept
    return float(floor(kept + 0.5)) if kept >= 0 else float(ceil(kept - 0.5))


def rounded_half_down(value: float) -> float:
    """R(x, 0) with halves towards zero: discounts, and the taxes of lines where prices are entered with tax."""
    kept = half_away(value, KEPT_DECIMALS)
    return float(ceil(kept - 0.5)) if kept >= 0 else float(floor(kept + 0.5))


def shown(value: float) -> int:
    """Whole minor units, as an answer shows them."""
    return int(rounded(value))
