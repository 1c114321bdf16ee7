"""What a mirror of another system keeps beside the mirrored rows: runs, cursors, hints, and what could not be taken in."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

import msgspec


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One pass over the source, running (`finished_at` None) or over. `beat_at` moves while it lives."""

    id: int
    kind: str
    started_at: datetime
    beat_at: datetime
    finished_at: datetime | None
    stage: str
    total: int | None
    read: int
    created: int
    changed: int
    removed: int
    quarantined: int
    error: str | None


class Hinted(StrEnum):
    """What hints are about, by the name its table begins with."""

    PRODUCT = "product"
    COUPON = "coupon"


class Hint(msgspec.Struct, frozen=True):
    """Something to be read again, by the source's number. `times`: how often it was hinted at until it was claimed."""

    number: int
    times: int


class Quarantined(msgspec.Struct, frozen=True, kw_only=True):
    """Something the source has that could not be taken in, and why, in plain words."""

    kind: str
    external_id: int
    reason: str
    body: bytes


class QuarantineEntry(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    external_id: int
    reason: str
    first_at: datetime
    last_at: datetime
    times: int


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stage of a pass has come; `total` None until the source has told."""

    stage: str
    done: int
    total: int | None


ReportProgress = Callable[[Progress], None]
