"""The price over time, and the lowest price before a reduction that has to stand beside it: the "Omnibus" prior price.

The rule, and why each choice falls as it does:

- **What begins a reduction.** The variant comes on sale, or its price changes while it is on sale, down or up. Directive 98/6/EC, art.
  6a(5) lets states keep the first prior price while a reduction deepens step by step; Poland did not take that option, so each step has
  a prior price of its own, and the earlier step counts in it. An edit that leaves price and sale as they are (the sale prolonged, the
  regular price raised under it) begins nothing. A sale without a price change (the regular price raised above what was asked all along)
  does begin one: it is announced from then on.
- **The window.** UOKiK's explanations of 8 May 2023 count 30 calendar days that end the day before the reduction; the act says "30 days
  before the reduction". The window holds both: from midnight, in the shop's time zone, of the 30th calendar day before the reduction's
  day, up to the moment of the reduction. More hours can only lower the lowest price, so an error is in the shopper's favour.
- **What counts.** Every price in force in the window, earlier sales included, also one that began before the window; never the reduced
  price itself. Time without a price counts for nothing.
- **Shorter on offer.** The window then begins with the first known price. Nothing known before the reduction: no prior price; none is
  made up.
- **Perishable goods** (art. 4 of the act): the price before the reduction was first applied, so a deepened sale still refers to the
  price before its start.

`changes` are one variant's rows in one currency, oldest first, in UTC; the last row holds for ever, its sale dates included. They must
reach back to 30 days before the current reduction began, however long ago that was (`load_changes` without `since` reads them all).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from spoina.pricing.rules import on_sale
from spoina.pricing.types import PriceChange, PricePoint, PriceSchedule, PriorPrice

WINDOW = timedelta(days=30)


class _Stretch(msgspec.Struct, frozen=True):
    """From `since` to the next stretch neither the price nor whether it is a sale's changes."""

    since: datetime
    minor: int | None
    reduced: bool


def segments(changes: Sequence[PriceChange]) -> list[PricePoint]:
    """The price in force over time, one point per change of it."""
    return _points(_stretches(changes))


def prior_price(changes: Sequence[PriceChange], at: datetime, *, timezone: ZoneInfo, perishable: bool = False) -> PriorPrice | None:
    """The prior price of the reduction in force at `at`; None when there is none, or when no price from before it is known."""
    known = _known(changes, at)
    if not known or not on_sale(known[-1].schedule, at):
        return None
    stretches = [stretch for stretch in _stretches(known) if stretch.since <= at]
    start = len(stretches) - 1
    while perishable and start and stretches[start - 1].reduced:
        start -= 1
    if start == 0:  # the history begins with the reduction
        return None
    reduced_at = stretches[start].since
    opens = _window_opens(reduced_at, timezone)
    evidence = _held_from(opens, _points(stretches[:start]))
    priced = [(point.minor, point.since) for point in evidence if point.minor is not None]
    if not priced:
        return None
    minor, since = priced[-1] if perishable else min(priced)
    window_from = max(opens, evidence[0].since)
    return PriorPrice(minor=minor, since=since, window_from=window_from, reduced_at=reduced_at, evidence=tuple(evidence))


def prepared_prior_price(
    changes: Sequence[PriceChange], at: datetime, *, timezone: ZoneInfo, perishable: bool = False
) -> PriorPrice | None:
    """What a document written at `at` carries: the prior price of the current reduction or, when the sale lies ahead, of the coming one.

    A schedule has one sale, so one prior price serves it to its end: it is right on the second when the sale begins, without another write.
    Readers show it only while the schedule is on sale; any edit before then is a write and prepares it anew.
    """
    known = _known(changes, at)
    if not known or known[-1].schedule.sale is None:
        return None
    schedule = known[-1].schedule
    moment = at if on_sale(schedule, at) else next_boundary(schedule, at)
    return prior_price(known, moment, timezone=timezone, perishable=perishable) if moment is not None else None


def next_boundary(schedule: PriceSchedule, at: datetime) -> datetime | None:
    """The first moment after `at` at which the schedule itself changes the price in force."""
    before = on_sale(schedule, at)
    later = sorted(bound for bound in (schedule.sale_from, schedule.sale_to) if bound is not None and bound > at)
    return next((bound for bound in later if on_sale(schedule, bound) != before), None)


def _known(changes: Sequence[PriceChange], at: datetime) -> Sequence[PriceChange]:
    if at.tzinfo is None:
        raise ValueError("at has no time zone")
    if not changes or changes[-1].valid_from <= at:
        return changes
    return [change for change in changes if change.valid_from <= at]


def _stretches(changes: Sequence[PriceChange]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for change, following in zip(changes, [*changes[1:], None], strict=False):
        schedule = change.schedule
        for since in _moments(change, following):
            reduced = on_sale(schedule, since)
            minor = schedule.sale if reduced else schedule.regular
            if not stretches or stretches[-1].minor != minor or stretches[-1].reduced != reduced:
                stretches.append(_Stretch(since, minor, reduced))
    return stretches


def _moments(change: PriceChange, following: PriceChange | None) -> list[datetime]:
    """When the price may change while the row holds: at its start, and where its sale begins and ends."""
    schedule, start = change.schedule, change.valid_from
    if schedule.sale is None:
        return [start]
    bounds = [bound for bound in (schedule.sale_from, schedule.sale_to) if bound is not None and bound > start]
    return [start, *sorted(bound for bound in bounds if following is None or bound < following.valid_from)]


def _points(stretches: Sequence[_Stretch]) -> list[PricePoint]:
    points: list[PricePoint] = []
    for stretch in stretches:
        if not points or points[-1].minor != stretch.minor:
            points.append(PricePoint(since=stretch.since, minor=stretch.minor))
    return points


def _window_opens(reduced_at: datetime, timezone: ZoneInfo) -> datetime:
    """Calendar days are counted on the shop's calendar: across a change of clocks the window is an hour longer or shorter."""
    first_day = reduced_at.astimezone(timezone).date() - WINDOW
    return datetime.combine(first_day, time(), timezone).astimezone(UTC)


def _held_from(opens: datetime, points: Sequence[PricePoint]) -> list[PricePoint]:
    """The points in force at `opens` and later, from the first one with a price. A later gap stays: a point lasts until the next one."""
    first = max((place for place, point in enumerate(points) if point.since <= opens), default=0)
    while first < len(points) and points[first].minor is None:
        first += 1
    return list(points[first:])
