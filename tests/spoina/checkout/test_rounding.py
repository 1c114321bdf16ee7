"""Lines that give way by a grosz, so that together they are what the customer pays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoina.checkout.rounding import levelled
from spoina.orders.types import DraftLine

RATES = (0, 500, 800, 2300)


def line(net: int, tax: int, rate: int = 2300, off: int = 0) -> DraftLine:
    return DraftLine(title="Kubek", quantity=1, subtotal=net + off, subtotal_tax=tax, total=net, total_tax=tax, rate=rate)


def amounts(lines) -> list[tuple[int, int]]:
    return [(each.total, each.total_tax) for each in lines]


@pytest.mark.parametrize(
    ("case", "gross", "after"),
    [
        ("it fits", 3690, [(1000, 230), (2000, 460)]),
        ("one too few", 3691, [(1000, 230), (2001, 460)]),
        ("one too many", 3689, [(1000, 230), (1999, 460)]),
        ("both give way, the dearer first", 3692, [(1001, 230), (2001, 460)]),
        ("and again", 3693, [(1001, 230), (2002, 460)]),
    ],
)
def test_the_dearest_gives_way_first(case: str, gross: int, after: list[tuple[int, int]]) -> None:
    assert amounts(levelled([line(1000, 230), line(2000, 460)], gross)) == after, case


def test_no_line_is_worth_less_than_nothing() -> None:
    """Recorded: a coupon of 5,000 zł on a cart abroad, h/017."""
    found = levelled([line(71279, 16394), line(-242953, -21866, 900, off=270477), line(0, 0, off=79632)], 0)
    assert amounts(found) == [(0, 0)] * 3
    assert [each.subtotal for each in found] == [71279, 27524, 79632]


def test_what_has_no_discount_keeps_none_and_what_has_keeps_its_own() -> None:
    plain, reduced = levelled([line(2000, 460), line(1000, 230, off=500)], 3692)
    assert (plain.subtotal, plain.subtotal_tax) == (plain.total, plain.total_tax)
    assert (reduced.subtotal, reduced.subtotal_tax) == (1500, 230)


_lines = st.lists(st.tuples(st.integers(1, 100_000), st.sampled_from(RATES), st.integers(0, 500)), min_size=1, max_size=12)


@given(_lines, st.integers(-12, 12))
def test_together_they_cost_what_is_asked(found: list[tuple[int, int, int]], missing: int) -> None:
    lines = [line(net, round(net * rate / 10_000), rate, off) for net, rate, off in found]
    gross = max(0, sum(each.gross for each in lines) + missing)
    after = levelled(lines, gross)
    assert sum(each.gross for each in after) == gross
    assert all(each.total <= each.subtotal and each.total >= 0 and each.total_tax >= 0 for each in after)
    assert [each.rate for each in after] == [each.rate for each in lines]
