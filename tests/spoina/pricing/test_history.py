"""The prior price, case by case: UOKiK's explanations of 8 May 2023, judgment C-330/23 (Aldi Süd), and the edges of the calendar."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from spoina.pricing.history import prior_price
from spoina.pricing.types import PriceChange, PriorPrice
from tests.spoina.pricing.price_changes import WARSAW, change, local, point, schedule


class Case(NamedTuple):
    label: str
    changes: list[PriceChange]
    at: str
    minor: int
    since: str
    reduced_at: str
    window_from: str


CASES = [
    Case(
        "one price for months, then a sale",
        [change("2024-01-01", 10000), change("2024-05-31 09:00", 10000, 8000)],
        "2024-06-05", 10000, "2024-01-01", "2024-05-31 09:00", "2024-05-01",
    ),
    Case(
        "the price raised shortly before the promotion: the old one is the lowest",
        [change("2024-01-01", 10000), change("2024-05-20", 15000), change("2024-05-31", 15000, 9000)],
        "2024-06-05", 10000, "2024-01-01", "2024-05-31", "2024-05-01",
    ),
    Case(
        "80, 100, 90: a promotion above the lowest price of the window says so",
        [change("2024-01-01", 10000), change("2024-05-10", 8000), change("2024-05-20", 10000), change("2024-05-31", 10000, 9000)],
        "2024-06-01", 8000, "2024-05-10", "2024-05-31", "2024-05-01",
    ),
    Case(
        "80, 100, 90 where 80 was itself a sale",
        [
            change("2024-01-01", 10000), change("2024-05-10", 10000, 8000), change("2024-05-20", 10000),
            change("2024-05-31", 10000, 9000),
        ],
        "2024-06-01", 8000, "2024-05-10", "2024-05-31", "2024-05-01",
    ),
    Case(
        "C-330/23: the same price as in an earlier week of the window is no reduction",
        [
            change("2024-01-01", 169), change("2024-05-10", 169, 129), change("2024-05-17", 169),
            change("2024-05-31", 169, 129),
        ],
        "2024-06-01", 129, "2024-05-10", "2024-05-31", "2024-05-01",
    ),
    Case(
        "a lower price which ended before the window is forgotten",
        [change("2024-01-01", 10000), change("2024-04-10", 7000), change("2024-04-20", 10000), change("2024-05-31", 10000, 9000)],
        "2024-06-01", 10000, "2024-04-20", "2024-05-31", "2024-05-01",
    ),
    Case(
        "a price in force when the window opens counts, and began when it began",
        [change("2024-01-01", 10000), change("2024-04-10", 7000), change("2024-05-02", 10000), change("2024-05-31", 10000, 9000)],
        "2024-06-01", 7000, "2024-04-10", "2024-05-31", "2024-05-01",
    ),
    Case(
        "the same lowest price twice: since the first time",
        [
            change("2024-01-01", 10000), change("2024-05-05", 8000), change("2024-05-10", 10000), change("2024-05-20", 8000),
            change("2024-05-25", 10000), change("2024-05-31", 10000, 7000),
        ],
        "2024-06-01", 8000, "2024-05-05", "2024-05-31", "2024-05-01",
    ),
    Case(
        "a sale by dates begins on the second, long after the row was written",
        [change("2024-01-01", 10000, 8000, "2024-05-31 18:00:00", "2024-06-10")],
        "2024-05-31 18:00:00", 10000, "2024-01-01", "2024-05-31 18:00:00", "2024-05-01",
    ),
    Case(
        "a sale by dates still holds in its last second",
        [change("2024-01-01", 10000, 8000, "2024-05-31 18:00:00", "2024-06-10")],
        "2024-06-09 23:59:59", 10000, "2024-01-01", "2024-05-31 18:00:00", "2024-05-01",
    ),
    Case(
        "a sale begins with its row, while a later row is known already",
        [change("2024-01-01", 10000), change("2024-05-31", 10000, 8000), change("2024-06-02", 7000)],
        "2024-05-31", 10000, "2024-01-01", "2024-05-31", "2024-05-01",
    ),
    Case(
        "a sale without a first day begins with its row",
        [change("2024-01-01", 10000), change("2024-05-31 12:30", 10000, 8000, None, "2024-06-10")],
        "2024-06-01", 10000, "2024-01-01", "2024-05-31 12:30", "2024-05-01",
    ),
    Case(
        "back-to-back sales, the second deeper: a reduction of its own, from the first sale's price",
        [
            change("2024-01-01", 10000), change("2024-05-20", 10000, 8000, "2024-05-20", "2024-05-31"),
            change("2024-05-31", 10000, 7000, "2024-05-31", "2024-06-10"),
        ],
        "2024-06-01", 8000, "2024-05-20", "2024-05-31", "2024-05-01",
    ),
    Case(
        "back-to-back sales at one price: one reduction",
        [
            change("2024-01-01", 10000), change("2024-05-20", 10000, 8000, "2024-05-20", "2024-05-31"),
            change("2024-05-31", 10000, 8000, "2024-05-31", "2024-06-10"),
        ],
        "2024-06-01", 10000, "2024-01-01", "2024-05-20", "2024-04-20",
    ),
    Case(
        "one second at the regular price between two sales: the second is new, and the first counts",
        [
            change("2024-01-01", 10000), change("2024-05-20", 10000, 8000, "2024-05-20", "2024-05-30 23:59:59"),
            change("2024-05-31", 10000, 8000, "2024-05-31", "2024-06-10"),
        ],
        "2024-06-01", 8000, "2024-05-20", "2024-05-31", "2024-05-01",
    ),
    Case(
        "the sale prolonged: the window stays where it was, even when the sale outlasts thirty days",
        [
            change("2024-01-01", 10000), change("2024-04-01", 10000, 8000, "2024-04-01", "2024-05-01"),
            change("2024-04-28", 10000, 8000, "2024-04-01", "2024-07-01"),
        ],
        "2024-06-30", 10000, "2024-01-01", "2024-04-01", "2024-03-02",
    ),
    Case(
        "the regular price raised under a running sale changes nothing",
        [change("2024-01-01", 10000), change("2024-05-20", 10000, 8000), change("2024-05-31", 12000, 8000)],
        "2024-06-01", 10000, "2024-01-01", "2024-05-20", "2024-04-20",
    ),
    Case(
        "a deeper cut within the sale is a new reduction",
        [change("2024-01-01", 10000), change("2024-05-20", 10000, 8000), change("2024-05-31", 10000, 6000)],
        "2024-06-01", 8000, "2024-05-20", "2024-05-31", "2024-05-01",
    ),
    Case(
        "a raised sale price is a new reduction: from less than it asks",
        [change("2024-01-01", 10000), change("2024-05-20", 10000, 6000), change("2024-05-31", 10000, 8000)],
        "2024-06-01", 6000, "2024-05-20", "2024-05-31", "2024-05-01",
    ),
    Case(
        "a cut of the regular price is no sale; its price counts in the one that follows",
        [change("2024-01-01", 10000), change("2024-05-20", 9000), change("2024-05-31", 9000, 8000)],
        "2024-06-01", 9000, "2024-05-20", "2024-05-31", "2024-05-01",
    ),
    Case(
        "only the regular price is raised, above what was asked all along: announced from then on, and no reduction",
        [change("2024-01-01", 8000, 8000), change("2024-05-31", 12000, 8000)],
        "2024-06-01", 8000, "2024-01-01", "2024-05-31", "2024-05-01",
    ),
    Case(
        "less than thirty days on offer: from the first price",
        [change("2024-05-20 14:00", 10000), change("2024-05-25", 9000), change("2024-05-31", 9000, 8000)],
        "2024-06-01", 9000, "2024-05-25", "2024-05-31", "2024-05-20 14:00",
    ),
    Case(
        "days without a price are not days on offer",
        [change("2024-05-01", None), change("2024-05-20", 10000), change("2024-05-31", 10000, 8000)],
        "2024-06-01", 10000, "2024-05-20", "2024-05-31", "2024-05-20",
    ),
    Case(
        "a gap in the offer is skipped",
        [change("2024-01-01", 9000), change("2024-05-10", None), change("2024-05-20", 10000), change("2024-05-31", 10000, 8000)],
        "2024-06-01", 9000, "2024-01-01", "2024-05-31", "2024-05-01",
    ),
    Case(
        "a sale within one day counts the hours before it",
        [change("2024-01-01", 10000), change("2024-05-31 08:00", 9500), change("2024-05-31 10:00", 9500, 8000)],
        "2024-05-31 11:00", 9500, "2024-05-31 08:00", "2024-05-31 10:00", "2024-05-01",
    ),
    Case(
        "two sales on one day: the morning's counts for the afternoon's",
        [
            change("2024-01-01", 10000, 7000, "2024-05-31 08:00", "2024-05-31 10:00"),
            change("2024-05-31 12:00", 10000, 8000, "2024-05-31 14:00", "2024-05-31 16:00"),
        ],
        "2024-05-31 15:00", 7000, "2024-05-31 08:00", "2024-05-31 14:00", "2024-05-01",
    ),
    Case(
        "a lower price that ended at the very midnight which opens the window is outside",
        [change("2024-01-01", 7000), change("2024-05-01 00:00:00", 10000), change("2024-05-31 15:00", 10000, 9000)],
        "2024-06-01", 10000, "2024-05-01 00:00:00", "2024-05-31 15:00", "2024-05-01",
    ),
    Case(
        "a lower price that ended one second into the window is inside",
        [change("2024-01-01", 7000), change("2024-05-01 00:00:01", 10000), change("2024-05-31 15:00", 10000, 9000)],
        "2024-06-01", 7000, "2024-01-01", "2024-05-31 15:00", "2024-05-01",
    ),
    Case(
        "a reduction one second before midnight belongs to the day before: its window opens a day earlier",
        [change("2024-01-01", 7000), change("2024-04-30 12:00", 10000), change("2024-05-30 23:59:59", 10000, 9000)],
        "2024-06-01", 7000, "2024-01-01", "2024-05-30 23:59:59", "2024-04-30",
    ),
    Case(
        "a reduction at midnight belongs to the new day",
        [change("2024-01-01", 7000), change("2024-04-30 12:00", 10000), change("2024-05-31 00:00:00", 10000, 9000)],
        "2024-06-01", 10000, "2024-04-30 12:00", "2024-05-31 00:00:00", "2024-05-01",
    ),
    Case(
        "a price of the last second before the reduction counts",
        [change("2024-01-01", 10000), change("2024-05-31 11:59:59", 8500), change("2024-05-31 12:00:00", 10000, 9000)],
        "2024-06-01", 8500, "2024-05-31 11:59:59", "2024-05-31 12:00:00", "2024-05-01",
    ),
    Case(
        "clocks forward on 31 March: the window opens at a midnight of winter time, an hour less ago than 30 times 24",
        [change("2024-01-01", 7000), change("2024-03-10 00:00:00", 10000), change("2024-04-09 00:00", 10000, 9000)],
        "2024-04-10", 10000, "2024-03-10 00:00:00", "2024-04-09 00:00", "2024-03-10",
    ),
    Case(
        "clocks back on 27 October: the window opens at a midnight of summer time, an hour more ago than 30 times 24",
        [change("2024-01-01", 7000), change("2024-10-01 00:00:01", 10000), change("2024-10-31 00:00", 10000, 9000)],
        "2024-11-01", 7000, "2024-01-01", "2024-10-31 00:00", "2024-10-01",
    ),
    Case(
        "a reduction in the hour after the clocks went forward",
        [change("2024-01-01", 10000), change("2024-03-31 03:00", 10000, 9000)],
        "2024-03-31 03:00", 10000, "2024-01-01", "2024-03-31 03:00", "2024-03-01",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.label for case in CASES])
def test_the_prior_price(case: Case) -> None:
    found = prior_price(case.changes, local(case.at), timezone=WARSAW)
    assert found is not None
    assert found.minor == case.minor
    assert found.since == local(case.since)
    assert found.reduced_at == local(case.reduced_at)
    assert found.window_from == local(case.window_from)


def test_the_windows_of_days_with_changed_clocks_have_other_lengths() -> None:
    spring = prior_price([change("2024-01-01", 10000), change("2024-04-09", 10000, 9000)], local("2024-04-10"), timezone=WARSAW)
    autumn = prior_price([change("2024-01-01", 10000), change("2024-10-31", 10000, 9000)], local("2024-11-01"), timezone=WARSAW)
    assert spring is not None
    assert autumn is not None
    assert spring.reduced_at - spring.window_from == timedelta(days=30, hours=-1)
    assert autumn.reduced_at - autumn.window_from == timedelta(days=30, hours=1)


def test_the_repeated_hour_is_told_apart() -> None:
    """02:30 comes twice on 27 October 2024: the sale begins the second time, and the price of the first time counts."""
    first, second = datetime(2024, 10, 27, 0, 30, tzinfo=UTC), datetime(2024, 10, 27, 1, 30, tzinfo=UTC)
    changes = [
        change("2024-01-01", 10000),
        PriceChange(valid_from=first, schedule=schedule(8500)),
        PriceChange(valid_from=second, schedule=schedule(10000, 9000)),
    ]
    assert prior_price(changes, first, timezone=WARSAW) is None
    found = prior_price(changes, second, timezone=WARSAW)
    assert found is not None
    assert (found.minor, found.since, found.reduced_at) == (8500, first, second)


def test_the_window_opens_at_the_shops_midnight_not_at_utcs() -> None:
    changes = [change("2024-01-01", 7000), change("2024-05-01 00:00", 10000), change("2024-05-31 01:00", 10000, 9000)]
    warsaw = prior_price(changes, local("2024-06-01"), timezone=WARSAW)
    utc = prior_price(changes, local("2024-06-01"), timezone=ZoneInfo("UTC"))
    assert warsaw is not None
    assert utc is not None
    assert (warsaw.minor, warsaw.window_from) == (10000, datetime(2024, 4, 30, 22, tzinfo=UTC))
    assert (utc.minor, utc.window_from) == (7000, datetime(2024, 4, 30, tzinfo=UTC))


def test_a_midnight_which_the_clock_skips_is_the_moment_it_jumps() -> None:
    """In São Paulo, 4 November 2018 began at 01:00."""
    zone = ZoneInfo("America/Sao_Paulo")
    jump = datetime(2018, 11, 4, 3, tzinfo=UTC)
    reduced = local("2018-12-04 10:00", zone)
    changes = [
        PriceChange(valid_from=local("2018-01-01", zone), schedule=schedule(7000)),
        PriceChange(valid_from=jump, schedule=schedule(10000)),
        PriceChange(valid_from=reduced, schedule=schedule(10000, 9000)),
    ]
    found = prior_price(changes, reduced, timezone=zone)
    assert found is not None
    assert (found.minor, found.window_from) == (10000, jump)


NO_REDUCTION = [
    ("no history", [], "2024-06-01"),
    ("never on sale", [change("2024-01-01", 10000)], "2024-06-01"),
    ("a cut of the regular price", [change("2024-01-01", 10000), change("2024-05-31", 8000)], "2024-06-01"),
    ("one second before the sale by dates", [change("2024-01-01", 10000, 8000, "2024-05-31 18:00:00")], "2024-05-31 17:59:59"),
    ("the moment the sale by dates ends", [change("2024-01-01", 10000, 8000, "2024-05-31", "2024-06-10")], "2024-06-10 00:00:00"),
    ("a sale which ends before it begins", [change("2024-01-01", 10000, 8000, "2024-06-10", "2024-05-31")], "2024-06-05"),
    ("a sale price equal to the regular one", [change("2024-01-01", 10000), change("2024-05-31", 10000, 10000)], "2024-06-01"),
    ("a sale price above the regular one", [change("2024-01-01", 10000), change("2024-05-31", 10000, 12000)], "2024-06-01"),
    ("a sale price without a regular one", [change("2024-01-01", 10000), change("2024-05-31", None, 8000)], "2024-06-01"),
    (
        "the sale was taken back",
        [change("2024-01-01", 10000), change("2024-05-20", 10000, 8000), change("2024-05-31", 10000)],
        "2024-06-01",
    ),
    ("before the history begins", [change("2024-06-02", 10000, 8000)], "2024-06-01"),
    ("the sale comes with a later row", [change("2024-01-01", 10000), change("2024-06-02", 10000, 8000)], "2024-06-01"),
]


@pytest.mark.parametrize(("changes", "at"), [case[1:] for case in NO_REDUCTION], ids=[case[0] for case in NO_REDUCTION])
def test_no_reduction_no_prior_price(changes: list[PriceChange], at: str) -> None:
    assert prior_price(changes, local(at), timezone=WARSAW) is None


NO_EVIDENCE = [
    ("first seen on sale", [change("2024-05-31", 10000, 8000)], "2024-06-01"),
    ("first seen in the middle of a sale by dates", [change("2024-05-31", 10000, 8000, "2024-05-20", "2024-06-10")], "2024-06-01"),
    ("without a price until the sale", [change("2024-01-01", None), change("2024-05-31", 10000, 8000)], "2024-06-01"),
    (
        "no price in the whole window",
        [change("2024-01-01", 9000), change("2024-04-20", None), change("2024-05-31", 10000, 8000)],
        "2024-06-01",
    ),
]


@pytest.mark.parametrize("perishable", [False, True])
@pytest.mark.parametrize(("changes", "at"), [case[1:] for case in NO_EVIDENCE], ids=[case[0] for case in NO_EVIDENCE])
def test_nothing_known_from_before_nothing_made_up(changes: list[PriceChange], at: str, perishable: bool) -> None:
    assert prior_price(changes, local(at), timezone=WARSAW, perishable=perishable) is None


PERISHABLE = [
    (
        "the price before, not the lowest",
        [change("2024-05-01", 800), change("2024-05-10", 1000), change("2024-05-31", 1000, 700)],
        1000, "2024-05-10", "2024-05-31",
    ),
    (
        "cut twice: the price before the first cut",
        [change("2024-05-01", 800), change("2024-05-10", 1000), change("2024-05-30", 1000, 700), change("2024-05-31", 1000, 500)],
        1000, "2024-05-10", "2024-05-30",
    ),
    (
        "off sale in between: the price between",
        [
            change("2024-05-01", 1000), change("2024-05-28", 1000, 700), change("2024-05-29", 900),
            change("2024-05-31", 900, 500),
        ],
        900, "2024-05-29", "2024-05-31",
    ),
    (
        "out of the offer right before: the last price there was",
        [change("2024-05-01", 800), change("2024-05-10", 1000), change("2024-05-30", None), change("2024-05-31", 1000, 700)],
        1000, "2024-05-10", "2024-05-31",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "minor", "since", "reduced_at"), [case[1:] for case in PERISHABLE], ids=[case[0] for case in PERISHABLE]
)
def test_perishable_goods(changes: list[PriceChange], minor: int, since: str, reduced_at: str) -> None:
    found = prior_price(changes, local("2024-06-01"), timezone=WARSAW, perishable=True)
    assert found is not None
    assert (found.minor, found.since, found.reduced_at) == (minor, local(since), local(reduced_at))


def test_the_evidence_is_every_price_of_the_window_oldest_first() -> None:
    changes = [
        change("2024-01-01", 5000),
        change("2024-04-20", 9500),
        change("2024-05-05", 10000, 9000, "2024-05-08 12:00", "2024-05-12 12:00"),
        change("2024-05-20", None),
        change("2024-05-22", 11000),
        change("2024-05-31 10:00", 11000, 8000),
    ]
    assert prior_price(changes, local("2024-06-01"), timezone=WARSAW) == PriorPrice(
        minor=9000,
        since=local("2024-05-08 12:00"),
        window_from=local("2024-05-01"),
        reduced_at=local("2024-05-31 10:00"),
        evidence=(
            point("2024-04-20", 9500),
            point("2024-05-05", 10000),
            point("2024-05-08 12:00", 9000),
            point("2024-05-12 12:00", 10000),
            point("2024-05-20", None),
            point("2024-05-22", 11000),
        ),
    )


def test_a_price_unchanged_by_an_edit_is_one_price_in_the_evidence() -> None:
    changes = [
        change("2024-01-01", 10000),
        change("2024-05-10", 10000, 8000, "2024-05-31"),
        change("2024-05-20", 10000, 7000, "2024-05-31"),
    ]
    found = prior_price(changes, local("2024-06-01"), timezone=WARSAW)
    assert found is not None
    assert found.evidence == (point("2024-01-01", 10000),)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="at has no time zone"):
        prior_price([change("2024-01-01", 10000)], datetime(2024, 6, 1), timezone=WARSAW)  # noqa: DTZ001
