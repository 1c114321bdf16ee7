"""What changed products come to now, held in memory."""

from collections.abc import Iterator, Sequence

import msgspec

from feeds.packing import Entry, deflated, inflated

MOST_UNPACKED = 4 * 1024 * 1024
"""Bytes; what comes after is held packed."""


class News:
    """Entries by product."""

    def __init__(self) -> None:
        self.size = 0
        """Bytes, unpacked, of all that was ever put in."""
        self._entries: dict[int, Entry] = {}
        self._packed: set[int] = set()

    def __contains__(self, product_id: int) -> bool:
        return product_id in self._entries

    def __iter__(self) -> Iterator[int]:
        return iter(self._entries)

    def put(self, product_id: int, entry: Entry) -> None:
        """In place of what there was of the product."""
        self.size += len(entry.written)
        self._packed.discard(product_id)
        if self.size > MOST_UNPACKED:
            self._packed.add(product_id)
            entry = msgspec.structs.replace(entry, written=deflated(entry.written))
        self._entries[product_id] = entry

    def get(self, product_id: int) -> Entry | None:
        entry = self._entries.get(product_id)
        if entry is not None and product_id in self._packed:
            return msgspec.structs.replace(entry, written=inflated(entry.written))
        return entry

    def claims_of(self, product_id: int) -> Sequence[int]:
        """Of one that is there."""
        return self._entries[product_id].claims
