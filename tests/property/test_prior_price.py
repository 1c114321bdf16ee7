"""The prior price against an oracle that knows no intervals: it walks half hour by half hour and asks each moment's calendar day."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from spoina.pricing.history import next_boundary, prepared_prior_price, prior_price, segments
from spoina.pricing.types import PriceChange, PricePoint, PriceSchedule, PriorPrice

STEP = timedelta(minutes=30)
STEPS = 50 * 48
STARTS = [datetime(2024, 2, 20, tzinfo=UTC), datetime(2024, 9, 25, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)]
ZONES = [ZoneInfo(name) for name in ("Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")]


class Moment(NamedTuple):
    at: datetime
    day: date
    minor: int | None
    reduced: bool


class History(NamedTuple):
    changes: list[PriceChange]
    end: datetime
    zone: ZoneInfo


@cache
def midnights(start: datetime, zone: ZoneInfo) -> list[int]:
    return [step for step in range(STEPS) if (start + step * STEP).astimezone(zone).time() == time()]


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Up to ten rows within fifty days, on the half hour, often a midnight; few different prices, so that they meet; often a sale last."""
    start, zone = draw(st.sampled_from(STARTS)), draw(st.sampled_from(ZONES))
    steps = st.one_of(st.integers(0, STEPS), st.sampled_from(midnights(start, zone)))
    bounds = st.one_of(st.none(), steps.map(lambda step: start + step * STEP))
    plain = st.builds(PriceSchedule, regular=st.integers(3, 8))
    sales = st.builds(PriceSchedule, regular=st.integers(3, 8), sale=st.integers(1, 4))
    dated = st.builds(PriceSchedule, regular=st.integers(3, 8), sale=st.integers(1, 4), sale_from=bounds, sale_to=bounds)
    priceless = st.builds(PriceSchedule, sale=st.one_of(st.none(), st.just(1)))
    begins = sorted(draw(st.sets(steps, min_size=1, max_size=10)))
    schedules = [draw(st.one_of(plain, plain, sales, dated, priceless)) for _ in begins[1:]]
    schedules.append(draw(st.one_of(sales, dated, plain)))
    changes = [PriceChange(valid_from=start + begin * STEP, schedule=schedule) for begin, schedule in zip(begins, schedules, strict=True)]
    end = draw(st.one_of(st.integers(begins[-1], STEPS), st.integers(begins[0], STEPS)))
    return History(changes, start + end * STEP, zone)


def walked(history: History) -> list[Moment]:
    moments = []
    at, held = history.changes[0].valid_from, None
    rows = {change.valid_from: change.schedule for change in history.changes}
    while at <= history.end:
        held = rows.get(at, held)
        assert held is not None
        reduced = (
            held.sale is not None
            and held.regular is not None
            and held.sale < held.regular
            and not (held.sale_from is not None and at < held.sale_from)
            and not (held.sale_to is not None and at >= held.sale_to)
        )
        moments.append(Moment(at, at.astimezone(history.zone).date(), held.sale if reduced else held.regular, reduced))
        at += STEP
    return moments


def expected(moments: list[Moment], perishable: bool) -> PriorPrice | None:
    first = last = len(moments) - 1
    if not moments[last].reduced:
        return None
    while first > 0 and moments[first - 1].reduced and (perishable or moments[first - 1].minor == moments[last].minor):
        first -= 1
    reduction = moments[first]
    window = [moment for moment in moments[:first] if (reduction.day - moment.day).days <= 30]
    while window and window[0].minor is None:
        del window[0]
    if not window:
        return None
    prices = [moment.minor for moment in window if moment.minor is not None]
    minor = prices[-1] if perishable else min(prices)
    evidence = tuple(points(moments[:first], window[0].at))
    chosen = [point for point in evidence if point.minor == minor][-1 if perishable else 0]
    return PriorPrice(minor=minor, since=chosen.since, window_from=window[0].at, reduced_at=reduction.at, evidence=evidence)


def points(moments: list[Moment], opens: datetime) -> list[PricePoint]:
    found: list[PricePoint] = []
    for before, moment in zip([None, *moments], moments, strict=False):
        if before is None or before.minor != moment.minor:
            found.append(PricePoint(since=moment.at, minor=moment.minor))
        if moment.at == opens:
            found = found[-1:]
    return found


@settings(max_examples=150, deadline=None)
@given(histories(), st.booleans())
def test_the_prior_price_is_what_a_walk_through_time_finds(history: History, perishable: bool) -> None:
    found = prior_price(history.changes, history.end, timezone=history.zone, perishable=perishable)
    assert found == expected(walked(history), perishable)


@settings(max_examples=100, deadline=None)
@given(histories())
def test_the_price_over_time_is_what_a_walk_through_time_finds(history: History) -> None:
    moments = walked(history)
    seen = [point for point in segments(history.changes) if point.since <= history.end]
    assert seen == points(moments, moments[0].at)


@settings(max_examples=100, deadline=None)
@given(histories())
def test_the_next_boundary_is_where_a_walk_through_time_meets_another_price(history: History) -> None:
    change = history.changes[0]
    moments = walked(History([change], history.end, history.zone))
    met = next((moment.at for moment in moments if moment.minor != moments[0].minor), None)
    boundary = next_boundary(change.schedule, change.valid_from)
    assert met == (boundary if boundary is not None and boundary <= history.end else None)


@settings(max_examples=100, deadline=None)
@given(histories(), st.booleans())
def test_a_document_prepared_now_is_right_whenever_its_sale_holds(history: History, perishable: bool) -> None:
    """Written with the last row, read at any later moment."""
    written = history.changes[-1].valid_from
    prepared = prepared_prior_price(history.changes, written, timezone=history.zone, perishable=perishable)
    read = max(written, history.end)
    moments = walked(History(history.changes, read, history.zone))
    if moments[-1].reduced:
        assert prepared == expected(moments, perishable)
