"""What only a whole feed shows: ids that come twice, and variants of a group that do not differ.

Both are found while items pass by, in the order in which they stand in the feed, with a few bytes for each. `spoina feeds check` looks for
them; a build, which may render only what changed, finds ids that come twice by feeds.claims.
"""

from array import array
from collections.abc import Sequence

from feeds.port import Finding, Rule, Severity
from feeds.types import FeedChannel, FeedDefinition, FeedItem

_GROUPED = frozenset((FeedChannel.META, FeedChannel.GOOGLE, FeedChannel.TIKTOK, FeedChannel.PINTEREST))
_ID_FIELDS = {FeedChannel.CENEO: "o@id", FeedChannel.ALLEGRO: "external.id", FeedChannel.TIKTOK: "sku_id"}
_TABLES, _SMALLEST = 64, 16
_MASK = (1 << 64) - 1


class SeenIds:
    """Which ids passed, as 64-bit hashes in tables that are never more than three quarters full: 11 to 16 bytes an id. They are several, so
    that one that grows is never a large part of all that is held.

    Of ten million different ids, two have the same hash with a probability of 3 in a million.
    """

    def __init__(self) -> None:
        self._tables = [_empty(_SMALLEST) for _ in range(_TABLES)]
        self._counts = [0] * _TABLES

    def __len__(self) -> int:
        return sum(self._counts)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(len(table) * table.itemsize for table in self._tables)

    def add(self, name: str) -> bool:
        """False: it was there."""
        return not self.met(hash(name) & _MASK or 1)

    def met(self, code: int) -> bool:
        """Whether a hash that somebody else made, not 0, was there; from now on it is."""
        which = code % _TABLES
        table = self._tables[which]
        size = len(table)
        at = code // _TABLES % size
        while there := table[at]:
            if there == code:
                return True
            at = (at + 1) % size
        table[at] = code
        self._counts[which] += 1
        if self._counts[which] * 4 > size * 3:
            self._grow(which)
        return False

    def _grow(self, which: int) -> None:
        codes = self._tables[which]
        self._tables[which], self._counts[which] = _empty(len(codes) * 3 // 2), 0
        for code in codes:
            if code:
                self.met(code)


def _empty(size: int) -> "array[int]":
    return array("Q", (0,)) * size


class StreamCheck:
    """For one pass over a feed; `rules` are all that it may find."""

    def __init__(self, definition: FeedDefinition) -> None:
        channel = definition.channel
        prefix = channel.value.upper()
        self._twice = Rule(
            id=f"{prefix}-ID-DUPLICATE",
            severity=Severity.ERROR,
            field=_ID_FIELDS.get(channel, "id"),
            meaning="each id stands in a feed once (every channel: of two items with one id, one is lost)",
        )
        self._alike = Rule(
            id=f"{prefix}-GROUP-ALIKE",
            severity=Severity.WARNING,
            field="item_group_id",
            meaning="variants of a group differ in an option (Google 7052112, item_group_id)",
        )
        self.rules: Sequence[Rule] = (self._twice, self._alike) if channel in _GROUPED else (self._twice,)
        self._grouped = channel in _GROUPED
        self._seen = SeenIds()
        self._group: str | None = None
        self._options: set[tuple[tuple[str, str], ...]] = set()

    def __call__(self, item: FeedItem) -> Sequence[Finding]:
        found: tuple[Finding, ...] = () if self._seen.add(item.id) else (self._finding(self._twice, f"{item.id!r} stood there before"),)
        if self._grouped and item.group_id is not None and self._is_alike(item):
            what = ", ".join(f"{name}: {value}" for name, value in item.options)
            found += (self._finding(self._alike, f"in group {item.group_id} another variant is {what}, too"),)
        return found

    def _is_alike(self, item: FeedItem) -> bool:
        """Variants of a group stand one after the other."""
        if item.group_id != self._group:
            self._group, self._options = item.group_id, set()
        if item.options in self._options:
            return bool(item.options)
        self._options.add(item.options)
        return False

    def _finding(self, rule: Rule, message: str) -> Finding:
        return Finding(rule.id, rule.severity, rule.field, message)
