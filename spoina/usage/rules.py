"""When a member of the schema may be removed."""

from datetime import date, datetime, timedelta


def safe_on(last_seen: datetime | None, counted_since: datetime | None, unused_days: int) -> date | None:
    """The first day on which nobody will have used it for so long. What was never seen counts from when counting began; where nothing
    was counted yet, nobody knows."""
    unused_since = last_seen or counted_since
    return None if unused_since is None else (unused_since + timedelta(days=unused_days)).date()
