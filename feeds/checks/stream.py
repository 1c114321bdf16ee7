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
_SMALLEST = 1 << 10
_MASK = (1 << 64) - 1


class SeenIds:
    """Which ids passed, as 64-bit hashes in a table that is never more than three quarters full: 11 to 21 bytes an id.

    Of ten million different ids, two have the same hash with a probability of 3 in a million.
    """

    def __init__(self) -> None:
        self._table, self._count = array("Q", bytes(8 * _SMALLEST)), 0

    def __len__(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self._table) * self._table.itemsize

    def add(self, name: str) -> bool:
        """False: it was there."""
        return self.add_code(hash(name) & _MASK or 1)

    def add_code(self, code: int) -> bool:
        """A hash that somebody else made, not 0. False: it was there."""
        if not _put(self._table, code):
            return False
        self._count += 1
        if self._count * 4 > len(self._table) * 3:
            self._grow()
        return True

    def _grow(self) -> None:
        table = array("Q", bytes(16 * len(self._table)))
        for code in self._table:
            if code:
                _put(table, code)
        self._table = table


def _put(table: "array[int]", code: int) -> bool:
    last = len(table) - 1
    at = code & last
    while there := table[at]:
        if there == code:
            return False
        at = (at + 1) & last
    table[at] = code
    return True


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
