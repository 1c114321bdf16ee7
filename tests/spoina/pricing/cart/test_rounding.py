from math import nextafter

import pytest

from spoina.pricing.cart.rounding import add_up, half_away, rounded, rounded_half_down, shown


@pytest.mark.parametrize(
    ("case", "value", "up", "down"),
    [
        ("a whole number", 1966.0, 1966, 1966),
        ("a tie", 1966.5, 1967, 1966),
        ("a tie that binary misses", 1966.4999999999998, 1967, 1966),
        ("a tie that six decimals make", 10.4999996, 11, 10),
        ("not yet a tie", 10.499999, 10, 10),
        ("above a tie", 10.500001, 11, 11),
        ("a negative tie", -10.5, -11, -10),
        ("nothing", 0.0, 0, 0),
        ("a great amount", 62_098_981.5, 62_098_982, 62_098_981),
    ],
)
def test_halves(case: str, value: float, up: int, down: int) -> None:
    assert (shown(value), int(rounded_half_down(value))) == (up, down), case


@pytest.mark.parametrize(
    ("value", "decimals", "expected"), [(1.005, 2, 1.01), (2.675, 2, 2.68), (-1.005, 2, -1.01), (1234.5678915, 6, 1234.567892)]
)
def test_the_decimal_look_decides(value: float, decimals: int, expected: float) -> None:
    assert half_away(value, decimals) == expected


@pytest.mark.parametrize("near", [1.5, 1234.5, 99_999_999.5])
def test_the_neighbours_of_a_tie_look_like_it(near: float) -> None:
    assert rounded(nextafter(near, 0.0)) == rounded(near) == near + 0.5


def test_sums_are_added_in_order_without_compensation() -> None:
    assert add_up([0.1] * 10) == 0.9999999999999999
