"""How the shop misbehaves when told to: settings, and the dice that decide each case."""

from random import Random
from typing import Annotated

import msgspec

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Milliseconds = Annotated[float, msgspec.Meta(ge=0)]


class Faults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything off by default. Shares lie between 0 and 1."""

    latency_ms: Milliseconds = 0
    jitter_ms: Milliseconds = 0
    share_429: Share = 0
    retry_after_seconds: int | None = None
    """What a 429 says in Retry-After; None leaves the header out."""
    share_500: Share = 0
    share_503: Share = 0
    share_dropped: Share = 0
    """Connections cut after half of the body."""
    share_500_after: Share = 0
    """Writes that are done, and then answered with an error."""
    share_lost_after: Share = 0
    """Writes that are done, and then answered with nothing."""
    gateway_refuses: str = ""
    """What the payment plugin says instead of giving money back."""
    write_pause_seconds: Seconds = 0
    """How long a write's answer takes once the work is done."""
    no_pretty_permalinks: bool = False
    """/wp-json is not there: the theme's 404 page answers."""
    html_page: bool = False
    """A maintenance page with status 200 instead of JSON."""
    webhooks_lost: Share = 0
    webhooks_doubled: Share = 0
    webhooks_reordered: bool = False
    webhooks_delay_seconds: Seconds = 0
    stale_seconds: Seconds = 0
    """How long reads answer with what was there before a change."""


class Dice:
    """Decides each single case; the same seed and the same calls give the same decisions."""

    def __init__(self, faults: Faults, randomness: Random) -> None:
        self.faults = faults
        self.randomness = randomness

    def latency(self) -> float:
        """Seconds to wait before this answer."""
        faults = self.faults
        return (faults.latency_ms + self.randomness.uniform(0, faults.jitter_ms)) / 1000

    def error_status(self) -> int | None:
        """The error this answer is replaced by."""
        roll = self.randomness.random()
        for share, status in ((self.faults.share_429, 429), (self.faults.share_500, 500), (self.faults.share_503, 503)):
            if roll < share:
                return status
            roll -= share
        return None

    def fails_after(self) -> bool:
        return self._happens(self.faults.share_500_after)

    def loses_after(self) -> bool:
        return self._happens(self.faults.share_lost_after)

    def _happens(self, share: float) -> bool:
        """What is switched off uses no chance up, so that the other faults fall as they would without it."""
        return share > 0 and self.randomness.random() < share

    def drops(self) -> bool:
        return self.randomness.random() < self.faults.share_dropped

    def copies_of_delivery(self) -> int:
        if self.randomness.random() < self.faults.webhooks_lost:
            return 0
        return 2 if self.randomness.random() < self.faults.webhooks_doubled else 1
