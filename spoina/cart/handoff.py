"""A cart goes on at another device: a code that is typed or scanned once, within two minutes."""

from datetime import datetime, timedelta

import msgspec

VALID_FOR = timedelta(seconds=120)


class HandoffCode(msgspec.Struct, frozen=True, kw_only=True):
    """The one time that the code is seen."""

    code: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"HandoffCode(expires_at={self.expires_at!r})"
