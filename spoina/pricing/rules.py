"""What is true of prices, as pure functions of schedules and time."""

from datetime import datetime

from spoina.pricing.types import PriceSchedule


def on_sale(schedule: PriceSchedule, at: datetime) -> bool:
    """A sale holds when it is lower than the regular price and its window is open: from `sale_from` on, up to but not at `sale_to`."""
    if schedule.sale is None or schedule.regular is None or schedule.sale >= schedule.regular:
        return False
    started = schedule.sale_from is None or schedule.sale_from <= at
    return started and (schedule.sale_to is None or at < schedule.sale_to)


def effective(schedule: PriceSchedule, at: datetime) -> int | None:
    """The price in force at that moment, in minor units; None when the shop has set none."""
    return schedule.sale if on_sale(schedule, at) else schedule.regular
