"""A price over time, when it next changes by itself, and what a document written before then says."""

import pytest

from spoina.pricing.history import next_boundary, prepared_prior_price, prior_price, segments
from spoina.pricing.types import PriceChange, PricePoint, PriceSchedule
from tests.spoina.pricing.price_changes import WARSAW, change, local, point, schedule

SEGMENTS = [
    ("no history", [], []),
    ("one price", [change("2024-01-01", 10000)], [point("2024-01-01", 10000)]),
    (
        "a sale by dates, on the second",
        [change("2024-01-01", 10000, 8000, "2024-05-31 18:00:01", "2024-06-01 23:59:59")],
        [point("2024-01-01", 10000), point("2024-05-31 18:00:01", 8000), point("2024-06-01 23:59:59", 10000)],
    ),
    (
        "the next row cuts the sale short",
        [change("2024-01-01", 10000, 8000, "2024-05-01", "2024-06-01"), change("2024-05-20", 9000)],
        [point("2024-01-01", 10000), point("2024-05-01", 8000), point("2024-05-20", 9000)],
    ),
    (
        "a sale which the next row forestalls never was",
        [change("2024-01-01", 10000, 8000, "2024-05-01", "2024-06-01"), change("2024-05-01", 10000)],
        [point("2024-01-01", 10000)],
    ),
    (
        "a sale which was over before the row",
        [change("2024-01-01", 10000, 8000, "2023-05-01", "2023-06-01")],
        [point("2024-01-01", 10000)],
    ),
    (
        "a row in the middle of its own sale",
        [change("2024-01-01", 10000, 8000, "2023-05-01", "2024-06-01")],
        [point("2024-01-01", 8000), point("2024-06-01", 10000)],
    ),
    (
        "an open end",
        [change("2024-01-01", 10000, 8000, "2024-05-01")],
        [point("2024-01-01", 10000), point("2024-05-01", 8000)],
    ),
    (
        "neighbours at one price are merged",
        [change("2024-01-01", 10000), change("2024-02-01", 12000, 10000), change("2024-03-01", None), change("2024-04-01", None, 5)],
        [point("2024-01-01", 10000), point("2024-03-01", None)],
    ),
]


@pytest.mark.parametrize(("changes", "points"), [case[1:] for case in SEGMENTS], ids=[case[0] for case in SEGMENTS])
def test_the_price_over_time(changes: list[PriceChange], points: list[PricePoint]) -> None:
    assert segments(changes) == points


BOUNDARIES = [
    ("no sale", schedule(10000), "2024-05-01", None),
    ("no price", schedule(None), "2024-05-01", None),
    ("a sale ahead: its start", schedule(10000, 8000, "2024-05-31", "2024-06-10"), "2024-05-30 23:59:59", "2024-05-31"),
    ("at its start: its end", schedule(10000, 8000, "2024-05-31", "2024-06-10"), "2024-05-31", "2024-06-10"),
    ("in the sale: its end", schedule(10000, 8000, None, "2024-06-10"), "2024-06-09 23:59:59", "2024-06-10"),
    ("at its end: nothing more", schedule(10000, 8000, "2024-05-31", "2024-06-10"), "2024-06-10", None),
    ("a sale without end", schedule(10000, 8000, "2024-05-31"), "2024-06-10", None),
    ("a sale without dates", schedule(10000, 8000), "2024-06-10", None),
    ("a sale price above the regular one", schedule(10000, 12000, "2024-05-31", "2024-06-10"), "2024-05-01", None),
    ("a sale which ends before it begins", schedule(10000, 8000, "2024-06-10", "2024-05-31"), "2024-05-01", None),
    ("a sale which ends as it begins", schedule(10000, 8000, "2024-06-10", "2024-06-10"), "2024-05-01", None),
]


@pytest.mark.parametrize(("asked", "at", "expected"), [case[1:] for case in BOUNDARIES], ids=[case[0] for case in BOUNDARIES])
def test_when_the_schedule_next_changes_the_price(asked: PriceSchedule, at: str, expected: str | None) -> None:
    assert next_boundary(asked, local(at)) == (local(expected) if expected else None)


def test_a_document_written_before_the_sale_is_right_when_it_begins() -> None:
    changes = [change("2024-01-01", 9000), change("2024-05-10", 10000, 8000, "2024-05-31 18:00", "2024-06-10")]
    prepared = prepared_prior_price(changes, local("2024-05-10"), timezone=WARSAW)
    assert prepared is not None
    assert (prepared.minor, prepared.reduced_at) == (9000, local("2024-05-31 18:00"))
    assert prior_price(changes, local("2024-05-31 17:59:59"), timezone=WARSAW) is None
    assert prior_price(changes, local("2024-05-31 18:00"), timezone=WARSAW) == prepared
    assert prior_price(changes, local("2024-06-09 23:59:59"), timezone=WARSAW) == prepared


def test_a_document_written_within_the_sale_carries_the_current_reduction() -> None:
    changes = [change("2024-01-01", 10000), change("2024-05-20", 10000, 8000, "2024-05-20", "2024-06-10")]
    prepared = prepared_prior_price(changes, local("2024-06-01"), timezone=WARSAW)
    assert prepared is not None
    assert prepared.reduced_at == local("2024-05-20")
    assert prepared == prior_price(changes, local("2024-06-01"), timezone=WARSAW)


def test_a_document_prepared_from_what_was_known_then_ignores_later_rows() -> None:
    known = [change("2024-01-01", 10000, 8000, "2024-05-31", "2024-06-10")]
    later = change("2024-05-20", 7000)
    assert prepared_prior_price([*known, later], local("2024-05-10"), timezone=WARSAW) == prepared_prior_price(
        known, local("2024-05-10"), timezone=WARSAW
    )


NOTHING_TO_PREPARE = [
    ("no history", []),
    ("no sale", [change("2024-01-01", 10000, 8000), change("2024-02-01", 10000)]),
    ("a sale which is over", [change("2024-01-01", 10000, 8000, "2024-03-01", "2024-04-01")]),
    ("a sale price above the regular one", [change("2024-01-01", 10000, 12000, "2024-07-01")]),
    ("on sale since it was first seen", [change("2024-01-01", 10000, 8000)]),
]


@pytest.mark.parametrize("changes", [case[1] for case in NOTHING_TO_PREPARE], ids=[case[0] for case in NOTHING_TO_PREPARE])
def test_nothing_to_prepare(changes: list[PriceChange]) -> None:
    assert prepared_prior_price(changes, local("2024-06-01"), timezone=WARSAW) is None


def test_perishable_goods_are_prepared_by_their_own_rule() -> None:
    changes = [change("2024-05-01", 800), change("2024-05-10", 1000, 700, "2024-05-31")]
    prepared = prepared_prior_price(changes, local("2024-05-20"), timezone=WARSAW, perishable=True)
    assert prepared is not None
    assert prepared.minor == 1000
