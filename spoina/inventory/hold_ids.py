"""Ids of the holds that are made here: in the order of time, as RFC 9562 has them in version 7.

New ones lie side by side in the index of all holds. Random ones each touch another page of it: a sixth of PostgreSQL's work on a hold,
and a whole page in the log whenever it is the first change of that page since a checkpoint. An id of a caller's choosing may be any.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from spoina.ids import HoldId

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_VERSION = 7 << 76
_LOWER_HALF = (1 << 64) - 1


def hold_id(random: UUID, now: datetime) -> HoldId:
    """The lower half is that of `random`, an id of version 4; the upper one says when: the milliseconds, and 12 bits of their fraction."""
    milliseconds, microseconds = divmod((now - _EPOCH) // _MICROSECOND, 1000)
    return HoldId(UUID(int=milliseconds << 80 | _VERSION | (microseconds * 4096 // 1000) << 64 | random.int & _LOWER_HALF))
