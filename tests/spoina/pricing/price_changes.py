"""Prices as a shop changes them, by the clock of Warsaw."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from spoina.pricing.types import PriceChange, PricePoint, PriceSchedule

WARSAW = ZoneInfo("Europe/Warsaw")


def local(text: str, zone: ZoneInfo = WARSAW) -> datetime:
    """A moment as the shop's clock shows it; the first of the two where the clock shows it twice."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def schedule(regular: int | None, sale: int | None = None, sale_from: str | None = None, sale_to: str | None = None) -> PriceSchedule:
    return PriceSchedule(
        regular=regular, sale=sale, sale_from=local(sale_from) if sale_from else None, sale_to=local(sale_to) if sale_to else None
    )


def change(valid_from: str, *asked: int | str | None) -> PriceChange:
    return PriceChange(valid_from=local(valid_from), schedule=schedule(*asked))


def point(since: str, minor: int | None) -> PricePoint:
    return PricePoint(since=local(since), minor=minor)
