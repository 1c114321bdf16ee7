"""What is searched for, and how often; nothing of who searched."""

from datetime import timedelta

import msgspec

LONGEST_NOTED = 100
"""Characters of a text; a longer one is not noted."""
MOST_NOTED = 5000
"""Texts that are counted between two writings; further ones are not, until then."""
MOST_OF_A_DAY = 50_000
"""Texts: whoever sends random ones fills no disk."""
KEPT = timedelta(days=90)
LONGEST_PERIOD = KEPT.days
MOST_SHOWN = 1000
"""Rows of one answer to staff."""


class SearchedFor(msgspec.Struct, frozen=True, kw_only=True):
    """`text` as it was typed, with small letters and single spaces."""

    text: str
    searches: int
    without_results: int


def noted_text(text: str) -> str | None:
    """None: nothing that is noted. An address of somebody's mail may be typed by mistake and is nobody's search."""
    plain = " ".join(text.casefold().split())
    if not plain or len(plain) > LONGEST_NOTED or "@" in plain or "\x00" in plain or not any(map(str.isalnum, plain)):
        return None
    return None if any("\ud800" <= letter <= "\udfff" for letter in plain) else plain
