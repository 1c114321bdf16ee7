"""What is true of orders, whatever the numbers."""

from hypothesis import given
from hypothesis import strategies as st

from spoina.ids import LocationId, StockItemId
from spoina.inventory.types import TakenLine
from spoina.orders.rules import ENDED, may_follow, with_own_units
from spoina.orders.types import OrderState
from tests.spoina.orders.placing import MUG, line

amounts = st.integers(0, 10**7)


@given(st.integers(1, 50), amounts, amounts, st.integers(0, 60))
def test_a_line_from_two_owners_keeps_its_units_and_its_money(quantity: int, net: int, tax: int, own: int):
    whole = line(MUG, quantity, subtotal=net * 2, subtotal_tax=tax * 2, total=net, total_tax=tax)
    parts = with_own_units([whole], [TakenLine(StockItemId(MUG), LocationId(2), own, 0)])
    for field in ("quantity", "subtotal", "subtotal_tax", "total", "total_tax"):
        assert sum(getattr(part, field) for part in parts) == getattr(whole, field)
    assert sum(part.own_units for part in parts) == min(own, quantity)
    assert all(part.own_units in {0, part.quantity} for part in parts)


@given(st.lists(st.sampled_from(OrderState), min_size=2, max_size=8))
def test_no_command_brings_back_what_has_ended(states: list[OrderState]):
    here = states[0]
    for state in states[1:]:
        if may_follow(here, state):
            assert here not in ENDED
            assert state not in {OrderState.DELETED, OrderState.REFUNDED}
            here = state
