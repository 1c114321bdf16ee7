"""What depends on nothing but the parent is encoded once for each parent that stays, and copied from then on.

A field is such when it is an attribute, or a function of the parent alone with arguments that no variable changes, and so is everything
below it. It is remembered where the schema says that the type's values stay (`keeps` in readings.py), and only for frozen Structs, by
identity: a product that changed is another object. A settled field depends on its parent's standing too (its stock, say, and whether a
sale holds): it is made again when the standing's key is another one.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Self

import msgspec

Remembered = tuple[Any, ...]
"""The parent, which must stay because its id is the key, the key of its standing, the size, and the fragments."""

FIRST = 3
"""Where the fragments begin."""

ENTRY_BYTES = 200
OF_PARENT = 2
"""A decoded parent, which is kept alive with its fields, takes about as much again as they do."""
_encode = msgspec.json.Encoder().encode


class Fragment(msgspec.Struct, frozen=True):
    """Neighbouring fields as one piece of text: `before` stands before each value. It begins with a value, because its first key is that of
    the field that it is put in, or it is a whole object."""

    before: Sequence[bytes]
    end: bytes

    @classmethod
    def of(cls, keys: Sequence[str], *, whole: bool) -> Self:
        first, *others = (_encode(key) + b":" for key in keys)
        return cls([b"{" + first if whole else b"", *(b"," + each for each in others)], b"}" if whole else b"")

    def text(self, values: Iterator[object]) -> bytes:
        """Takes as many values as it has fields."""
        return b"".join(part for before in self.before for part in (before, _encode(next(values)))) + self.end


class Memory:
    """Of one document. When it is full it is emptied: what is asked for is soon remembered again."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit, self._used = limit_bytes, 0
        self._tables: list[dict[int, Remembered]] = []

    def table(self, fragments: Sequence[Fragment]) -> "Table":
        entries: dict[int, Remembered] = {}
        self._tables.append(entries)
        return Table(self, entries, fragments)

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

    def __init__(self, memory: Memory, entries: dict[int, Remembered], fragments: Sequence[Fragment]) -> None:
        self._memory, self._fragments = memory, fragments
        self.entries = entries

    def keep(self, parent: object, key: object, values: Sequence[object]) -> Remembered:
        """Only what is frozen is kept: all else may be another thing when it is asked again."""
        given = iter(values)
        texts = [fragment.text(given) for fragment in self._fragments]
        size = ENTRY_BYTES + OF_PARENT * sum(map(len, texts))
        remembered = (parent, key, size, *map(msgspec.Raw, texts))
        if isinstance(parent, msgspec.Struct) and parent.__struct_config__.frozen:
            before = self.entries.get(id(parent))
            if self._memory.take(size - (before[2] if before else 0)):
                self.entries[id(parent)] = remembered
        return remembered
