"""No client spends more than its budget in any span of time, whatever it asks for and when; and what it spends at several processes between
two exchanges is owed: in the long run it gets what comes back, and not a point more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.limits.budgets import Allowance, Budget, Ledger
from spoina.errors import Throttled

ALLOWANCES = st.integers(1, 40).map(lambda rate: Allowance("address", rate, 1))
POINTS = st.integers(1, 500)
PAUSES = st.floats(0, 90, allow_nan=False)
ROUNDING = 0.001


class Spending:
    """What was spent, and when. `sharing`: what Redis holds, as api/limits/sharing.py says."""

    def __init__(self, allowance: Allowance, processes: int = 1) -> None:
        self.now, self.allowance = 1000.0, allowance
        self.spent: list[tuple[float, int]] = []
        self.budgets = [self._budget() for _ in range(processes)]
        self.sharing, self.retry_after = 0.0, 0

    def pay(self, budget: Budget, points: int) -> bool:
        try:
            budget.pay(points)
        except Throttled as refused:
            self.retry_after = refused.retry_after
            return False
        self.spent.append((self.now, min(points, self.allowance.at_once)))
        return True

    def exchange(self, budget: Budget) -> None:
        rate = self.allowance.per_second
        if told := budget.tell():
            self.sharing = max(self.sharing, self.now) + told / rate
            budget.learn((self.sharing - self.now) * rate)

    def most(self) -> float:
        """The most that was spent in any span beyond what came back in it."""
        excess = [
            sum(points for _, points in self.spent[first : last + 1]) - (self.spent[last][0] - start) * self.allowance.per_second
            for first, (start, _) in enumerate(self.spent)
            for last in range(first, len(self.spent))
        ]
        return max(excess, default=0.0)

    def _budget(self) -> Budget:
        return Ledger(lambda: self.now, self).of("address", "an address", self.allowance)

    def note(self, budget: Budget) -> None:
        """Refusals are counted elsewhere."""


@given(ALLOWANCES, st.lists(st.tuples(PAUSES, POINTS), max_size=30))
def test_in_any_span_a_client_spends_its_budget_at_most(allowance, asked):
    spending = Spending(allowance)
    for pause, points in asked:
        spending.now += pause
        spending.pay(spending.budgets[0], points)
    assert spending.most() <= allowance.at_once + allowance.handful + ROUNDING


@given(ALLOWANCES, st.lists(st.tuples(PAUSES, POINTS), max_size=20))
def test_who_waits_as_long_as_it_is_told_is_let_in(allowance, asked):
    spending = Spending(allowance)
    budget = spending.budgets[0]
    for pause, points in asked:
        spending.now += pause
        if not spending.pay(budget, points):
            assert 1 <= spending.retry_after <= 60
            spending.now += spending.retry_after + ROUNDING
            assert spending.pay(budget, points)
    spending.now += 60 + ROUNDING
    assert budget.left >= allowance.at_once


@given(ALLOWANCES, st.lists(st.tuples(PAUSES, POINTS), min_size=1, max_size=20))
def test_nobody_within_the_rate_is_refused(allowance, asked):
    spending = Spending(allowance)
    for pause, points in asked:
        spending.now += max(pause, (points + allowance.handful) / allowance.per_second) + ROUNDING
        assert spending.pay(spending.budgets[0], points)


@given(ALLOWANCES, st.integers(2, 4), st.lists(st.tuples(PAUSES.map(lambda pause: pause / 20), st.integers(0, 3), POINTS), max_size=30))
def test_what_slips_through_between_exchanges_is_bounded(allowance, processes, asked):
    """Each exchanges every five seconds, at a time of its own."""
    spending = Spending(allowance, processes)
    due = [spending.now + number for number in range(processes)]
    for pause, which, points in asked:
        spending.now += pause
        for number, budget in enumerate(spending.budgets):
            if spending.now >= due[number]:
                spending.exchange(budget)
                due[number] = spending.now + 5
        spending.pay(spending.budgets[which % processes], points)
    each = allowance.at_once + allowance.handful + allowance.worth_telling + 10 * allowance.per_second
    assert spending.most() <= processes * each + ROUNDING


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 1.0, 5.0])
def test_what_slipped_through_is_owed(share: float):
    """Ten minutes at four processes, of which each alone would let `share` of the rate through for ever."""
    allowance, processes, minutes = Allowance("address", 20, 1), 4, 10
    spending = Spending(allowance, processes)
    began, points, owed = spending.now, 5, [0.0] * processes
    while spending.now < began + minutes * 60:
        spending.now += 0.05
        for number, budget in enumerate(spending.budgets):
            owed[number] += share * allowance.per_second * 0.05
            while owed[number] >= points:
                owed[number] -= points
                spending.pay(budget, points)
        if round(spending.now / 0.05) % 5 == 0:
            for budget in spending.budgets:
                spending.exchange(budget)
    asked, total = share * processes * 20 * minutes * 60, sum(points for _, points in spending.spent)
    most = allowance.at_once + allowance.per_second * minutes * 60
    assert min(asked, most) * 0.98 <= total + processes * 5
    assert total <= min(asked, most + processes * 2 * allowance.worth_telling)


@given(ALLOWANCES, st.integers(2, 3), st.lists(st.tuples(PAUSES, st.integers(0, 2), POINTS), max_size=20))
def test_where_all_hear_of_everything_the_budget_is_one(allowance, processes, asked):
    spending = Spending(allowance, processes)
    for pause, which, points in asked:
        spending.now += pause
        spending.pay(spending.budgets[which % processes], points)
        for budget in spending.budgets:
            spending.exchange(budget)
        for budget in spending.budgets:
            budget.learn((spending.sharing - spending.now) * allowance.per_second)
    assert spending.most() <= allowance.at_once + processes * allowance.handful + ROUNDING
