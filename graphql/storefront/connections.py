"""Relay connections: a window of nodes, each with a cursor that stays good when the list around it changes.

Lists in memory are paged here; their cursor is the node's place in the order (its sort values and its id), so a node that is gone does not
lose a client's place. Listings are paged by the catalogue, which makes its own cursors.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from spoina.errors import InvalidInput, LimitExceeded
from storefront.limits import PAGE_SIZE

T = TypeVar("T")
Key = tuple[int | str, ...]


class Window(msgspec.Struct, frozen=True):
    """What of a list is asked for: `size` nodes from its beginning, or with `backward` from its end, between two cursors."""

    size: int
    backward: bool
    after: str | None
    before: str | None
    reverse: bool


def window(first: int | None, last: int | None, after: str | None, before: str | None, *, reverse: bool = False) -> Window:
    """Raises InvalidInput unless exactly one of `first` and `last` is given, LimitExceeded past the largest page."""
    if first is not None and last is not None:
        raise InvalidInput("first", "cannot be combined with last")
    size, field = (last, "last") if first is None else (first, "first")
    if size is None:
        raise InvalidInput("first", "one of first and last is needed")
    if size < 1:
        raise InvalidInput(field, "at least 1")
    if size > PAGE_SIZE:
        raise LimitExceeded(field, PAGE_SIZE, "items")
    return Window(size, first is None, after or None, before or None, reverse)


class Edge(msgspec.Struct, Generic[T], frozen=True):
    cursor: str
    node: T


class Connection(msgspec.Struct, Generic[T], frozen=True):
    """`cursor_at` gives the cursor of the node at an index: most clients read two of them or none."""

    nodes: Sequence[T]
    cursor_at: Callable[[int], str]
    has_next_page: bool
    has_previous_page: bool

    def edges(self) -> list[Edge[T]]:
        return [Edge(self.cursor_at(index), node) for index, node in enumerate(self.nodes)]

    def start_cursor(self) -> str | None:
        return self.cursor_at(0) if self.nodes else None

    def end_cursor(self) -> str | None:
        return self.cursor_at(len(self.nodes) - 1) if self.nodes else None


def slice_of(items: Sequence[T], asked: Window, key: Callable[[int, T], Key]) -> Connection[T]:
    """The window of a list in memory. `key` says where a node stands from its index and itself, and rises along `items`."""
    places = range(len(items) - 1, -1, -1) if asked.reverse else range(len(items))
    low, high = 0, len(places)
    if asked.after:
        low = _passed(items, places, key, _read(asked.after, "after"), asked, inclusive=True)
    if asked.before:
        high = max(low, _passed(items, places, key, _read(asked.before, "before"), asked, inclusive=False))
    if asked.backward:
        low = max(low, high - asked.size)
    else:
        high = min(high, low + asked.size)
    chosen = places[low:high]
    nodes = [items[place] for place in chosen]
    return Connection(nodes, lambda index: _write(key(chosen[index], nodes[index])), high < len(places), low > 0)


def _passed(items: Sequence[T], places: range, key: Callable[[int, T], Key], cursor: Key, asked: Window, *, inclusive: bool) -> int:
    """How many nodes stand before the cursor, the cursor's own counted when `inclusive`."""
    try:
        beyond = [_beyond(key(place, items[place]), cursor, asked, inclusive) for place in places]
    except TypeError:
        raise InvalidInput("after" if inclusive else "before", "is no cursor of this connection") from None
    return beyond.index(True) if True in beyond else len(places)


def _beyond(place: Key, cursor: Key, asked: Window, inclusive: bool) -> bool:
    if place == cursor:
        return not inclusive
    return place < cursor if asked.reverse else place > cursor


def _write(key: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _read(cursor: str, field: str) -> Key:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=Key)
    except (msgspec.DecodeError, binascii.Error, ValueError):
        raise InvalidInput(field, "is no cursor of this connection") from None
