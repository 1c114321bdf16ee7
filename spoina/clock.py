"""Time is passed in: everything that asks for the moment takes a Clock, so that tests own it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment as an aware UTC datetime."""


def utc_now() -> datetime:
    return datetime.now(UTC)
