from datetime import timedelta
from uuid import RFC_4122, UUID, uuid4

from spoina.inventory.hold_ids import hold_id
from tests.spoina.inventory.stocking import NOON


def test_the_time_above_and_the_random_half_below():
    made = hold_id(UUID("11111111-2222-4333-8444-555555555555"), NOON + timedelta(microseconds=1500))
    assert made == UUID("019ca945-0a01-7800-8444-555555555555")
    assert (made.version, made.variant, made.int >> 80) == (7, RFC_4122, 1772366400001)


def test_later_is_greater_from_one_microsecond_to_the_next():
    moments = [NOON + timedelta(microseconds=each) for each in (0, 1, 999, 1000, 1001, 10**6, 10**12)]
    made = [hold_id(uuid4(), moment) for moment in moments]
    assert made == sorted(made)


def test_of_one_moment_no_two_are_the_same():
    assert len({hold_id(uuid4(), NOON) for _ in range(1000)}) == 1000
