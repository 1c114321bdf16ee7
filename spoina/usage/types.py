"""What is counted. A coordinate names a member of the schema as the specification does: "Product.handle", "Product.variants(first:)",
"ProductSortKeys.PRICE", "CartInput.note", "@inContext(country:)".
"""

from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

KEPT = timedelta(days=400)
"""A client that runs once a year is still remembered."""
MOST_SHOWN = 5000
"""Rows of one answer to staff."""


class Client(msgspec.Struct, frozen=True, cache_hash=True):
    """As it names itself, else by the name of its key."""

    name: str
    version: str = ""


UNNAMED = Client("unnamed")


class Path(StrEnum):
    """Where an answer came from."""

    COMPILED = "compiled"
    CORE = "core"
    REUSED = "reused"
    NOWHERE = "nowhere"
    """Refused before it was run."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and every request asks for it


class Ending(StrEnum):
    ANSWERED = "answered"
    WITH_ERRORS = "with_errors"
    REFUSED = "refused"

    __hash__ = str.__hash__  # Enum's own is written in Python, and every request asks for it


class Use(msgspec.Struct, frozen=True, eq=False):
    """What one operation of a document uses; made once and compared by identity. `operation`: a trusted document's name."""

    operation: str
    kind: str
    sha256: str
    coordinates: frozenset[str]


NOTHING = Use("none", "none", "", frozenset())


class DayCount(msgspec.Struct, frozen=True):
    day: date
    requests: int


class FieldUse(msgspec.Struct, frozen=True, kw_only=True):
    """By one client in one version."""

    coordinate: str
    client: str
    version: str
    requests: int
    first_seen: datetime
    last_seen: datetime
    days: tuple[DayCount, ...]
