"""What a client may still spend."""

import pytest

from api.limits.budgets import HELD_SECONDS, MOST_BUDGETS, Allowance
from spoina.errors import Throttled, TooManyStreams
from tests.api.limits.limited import ONE, Seconds, budget, ledger

HUNDRED = Allowance("address", per_second=100, streams=2)


def refusal(of, points: int = 1) -> Throttled:
    with pytest.raises(Throttled) as raised:
        of.pay(points)
    return raised.value


def test_a_minutes_worth_may_be_spent_at_once_and_not_a_point_more():
    for allowance in (ONE, HUNDRED):
        of = budget(Seconds(), allowance)
        for _ in range(allowance.at_once):
            of.pay(1)
        assert refusal(of).retry_after == 1


def test_a_refusal_names_the_limit_and_the_seconds_to_wait():
    of = budget(Seconds(), HUNDRED)
    of.pay(5500)
    refused = refusal(of, 1000)
    assert (refused.policy, refused.limit, refused.left, refused.restore_rate, refused.retry_after) == ("address", 6000, 500, 100, 5)
    assert str(refused) == "at most 6000 points at once, 100 a second come back; try again in 5 seconds"


def test_after_the_wait_it_is_let_in():
    seconds = Seconds()
    of = budget(seconds, HUNDRED)
    of.pay(6000)
    seconds.now += refusal(of, 250).retry_after
    of.pay(250)
    assert of.left == 50


def test_a_refusal_takes_nothing():
    of = budget(Seconds())
    of.pay(50)
    for _ in range(20):
        refusal(of, 11)
    of.pay(10)
    assert of.left == 0


def test_what_costs_more_than_there_ever_is_is_served_to_who_waits():
    seconds = Seconds()
    of = budget(seconds)
    of.pay(1)
    assert refusal(of, 1000).retry_after == 1
    seconds.now += 1
    of.pay(1000)
    assert (of.left, refusal(of).retry_after) == (0, 1)
    assert refusal(of, 1000).retry_after == 60


def test_points_come_back_and_never_more_than_there_were():
    seconds = Seconds()
    of = budget(seconds)
    of.pay(60)
    for moved, left in ((0, 0), (10, 10), (45, 55), (3600, 60)):
        seconds.now += moved
        assert of.left == left


def test_streams_are_bounded_and_come_back():
    of = budget(Seconds())
    with of.stream(), of.stream():
        with pytest.raises(TooManyStreams) as refused, of.stream():
            pass
        assert refused.value.limit == 2
    with of.stream():
        assert of.streams == 1


def test_who_is_not_limited_never_is():
    of = budget(Seconds(), Allowance("own", 0, 0))
    of.pay(10**9)
    with of.stream():
        of.pay(1)
    assert of.tell() == 0


def test_all_that_was_spent_is_told_once():
    """Points come back once, and not at each process by itself."""
    seconds = Seconds()
    of = budget(seconds)
    of.pay(30)
    seconds.now += 20
    assert (of.tell(), of.tell()) == (30, 0)


def test_what_could_not_be_told_comes_back_meanwhile():
    seconds = Seconds()
    of = budget(seconds)
    of.pay(30)
    told = of.tell()
    of.pay(10)
    seconds.now += 25
    of.not_told(told)
    assert (of.tell(), of.tell()) == (15, 0)


def test_a_shopper_who_spends_little_is_not_told_of():
    kept = ledger(Seconds())
    shopper = kept.of("shopper", "a shopper", HUNDRED)
    shopper.pay(80)
    assert kept.drain() == []
    for _ in range(12):
        shopper.pay(10)
    handful = 10
    assert (kept.drain(), kept.drain(), shopper.tell()) == ([shopper], [], 200 + handful)


def test_what_others_spent_counts():
    of = budget(Seconds())
    of.pay(10)
    assert of.tell() == 10
    of.pay(5)
    of.learn(50)
    assert of.left == 5
    of.learn(0)
    assert of.left == 5, "an emptied Redis must not give points back"


def test_a_budget_is_forgotten_once_all_has_come_back_and_never_while_something_is_open():
    seconds = Seconds()
    kept = ledger(seconds)
    spender, streaming, fresh = (kept.of(name, name, ONE) for name in ("spender", "streaming", "fresh"))
    kept.remember(7, spender)
    for each in (spender, streaming):
        each.pay(30)
    kept.forget()
    assert (len(kept), kept.known) == (3, {})
    with streaming.stream():
        for moved, left in ((HELD_SECONDS, {"spender", "streaming"}), (30 - HELD_SECONDS, {"streaming"})):
            seconds.now += moved
            kept.forget()
            assert set(kept._budgets) == left
    assert kept.of("fresh", "fresh", ONE) is not fresh
    kept.forget()
    assert set(kept._budgets) == {"fresh"}


def test_any_number_of_addresses_takes_bounded_memory():
    kept = ledger(Seconds())
    for number in range(MOST_BUDGETS + 10):
        kept.remember(str(number), kept.of(str(number), "an address", ONE))
    assert len(kept) == MOST_BUDGETS
    assert len(kept.known) <= MOST_BUDGETS
    assert kept.drain() == []


def test_what_is_given_back_is_not_told_or_else_kept_for_the_next_time():
    of = budget(Seconds())
    of.pay(2)
    of.give_back(1)
    assert (of.left, of.tell()) == (59, 1)
    of.give_back(1)
    assert of.left == 60
    of.pay(1)
    assert (of.left, of.tell()) == (59, 0)
