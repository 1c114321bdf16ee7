"""The shop's two clocks: GMT and the site's own zone, both in whole seconds, as WordPress stores them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulators.woocommerce.php_json import Json

Clock = Callable[[], datetime]
"""Answers the present moment, aware, in any zone."""

_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}(?::\d{2})?)?",
)


class GivenTime(NamedTuple):
    naive: datetime
    offset: timedelta | None


def parse_given(text: str) -> GivenTime | None:
    """A date as WordPress accepts it in a query: fractions are dropped, a date without a time is refused."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        naive = datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        return None
    return GivenTime(naive, _offset(match[3]))


def _offset(text: str | None) -> timedelta | None:
    if text is None:
        return None
    if text == "Z":
        return timedelta(0)
    hours, _, minutes = text[1:].partition(":")
    size = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return -size if text[0] == "-" else size


class ShopTime:
    def __init__(self, clock: Clock, zone: str) -> None:
        self._clock = clock
        self.zone = ZoneInfo(zone)

    def now(self) -> datetime:
        return self._clock().astimezone(UTC).replace(microsecond=0)

    def gmt(self) -> str:
        return self.now().strftime("%Y-%m-%dT%H:%M:%S")

    def stamps(self, field: str, gmt: str | None = None) -> Json:
        """`date_x` in the shop's zone and its `_gmt` twin."""
        moment = gmt or self.gmt()
        return {field: self.to_local(moment), f"{field}_gmt": moment}

    def to_local(self, gmt: str) -> str:
        aware = datetime.fromisoformat(gmt).replace(tzinfo=UTC)
        return aware.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M:%S")

    def to_gmt(self, local: str) -> str:
        aware = datetime.fromisoformat(local).replace(tzinfo=self.zone)
        return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")

    def gmt_bound(self, given: GivenTime, *, dates_are_gmt: bool) -> str:
        """The GMT second that a `modified_after` really compares with.

        A zone in the text is first turned into shop time. Together with `dates_are_gmt` WooCommerce then compares that
        shop time with the GMT column, so the bound is off by the offset of the shop's zone.
        """
        local = given.naive
        if given.offset is not None:
            aware = (given.naive - given.offset).replace(tzinfo=UTC)
            local = aware.astimezone(self.zone).replace(tzinfo=None)
        text = local.isoformat()
        return text if dates_are_gmt else self.to_gmt(text)

    def midnight_after(self, moment: datetime) -> datetime:
        """The next midnight of the shop: when WooCommerce runs its daily actions."""
        day = moment.astimezone(self.zone).date() + timedelta(days=1)
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)
