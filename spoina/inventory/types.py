"""What is known of stock where it is only looked at."""

from datetime import datetime

import msgspec


class StockLevel(msgspec.Struct, frozen=True, gc=False):
    """What may be sold of an item, over all locations, and the second in which the oldest of those counts was read from its
    owner."""

    left: int
    as_of: datetime
