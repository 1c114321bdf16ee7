"""What depends on nothing but the parent is encoded once for each parent that stays, and copied from then on.

A field is such when it is an attribute, or a function of the parent alone with arguments that no variable changes, and so is everything
below it. It is remembered where the schema says that the type's values stay (`keeps` in readings.py), and only for frozen Structs, by
identity: a product that changed is another object.
"""

from collections.abc import Sequence

import msgspec

Remembered = tuple[object, ...]
"""The parent, which must stay because its id is the key, and its encoded fields."""

ENTRY_BYTES = 200
OF_PARENT = 2
"""A decoded parent, which is kept alive with its fields, takes about as much again as they do."""
_encode = msgspec.json.Encoder().encode


class Memory:
    """Of one document. When it is full it is emptied: what is asked for is soon remembered again."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit, self._used = limit_bytes, 0
        self._tables: list[dict[int, Remembered]] = []

    def table(self) -> "Table":
        entries: dict[int, Remembered] = {}
        self._tables.append(entries)
        return Table(self, entries)

    def take(self, size: int) -> bool:
        """Whether there is room; there is again for the next one."""
        self._used += size
        if self._used <= self._limit:
            return True
        for entries in self._tables:
            entries.clear()
        self._used = 0
        return False


class Table:
    """The remembered fields of one selection set."""

    def __init__(self, memory: Memory, entries: dict[int, Remembered]) -> None:
        self._memory = memory
        self.entries = entries

    def keep(self, parent: object, values: Sequence[object]) -> Remembered:
        if not isinstance(parent, msgspec.Struct) or not parent.__struct_config__.frozen:
            return (parent, *values)
        encoded = [_encode(value) for value in values]
        remembered = (parent, *map(msgspec.Raw, encoded))
        if self._memory.take(ENTRY_BYTES + OF_PARENT * sum(map(len, encoded))):
            self.entries[id(parent)] = remembered
        return remembered
