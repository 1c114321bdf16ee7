"""The text of one generated function, as it is written."""

from collections.abc import Iterator
from contextlib import contextmanager


class Source:
    """Every name that `name` gives is given once, so that what is written for one selection set can stand inside another's."""

    def __init__(self, function: str, parameters: str) -> None:
        self.function = function
        self._parameters = parameters
        self._assigned: dict[str, None] = {}
        self._first: dict[str, None] = {}
        self._lines: list[str] = []
        self._depth = 1
        self._names = 0
        self.loops = 0
        """How many the next line stands in."""

    def name(self, prefix: str) -> str:
        self._names += 1
        return f"{prefix}_{self._names}"

    def add(self, line: str) -> None:
        self._lines.append(" " * self._depth + line)

    def add_first(self, line: str) -> None:
        """Before all others, and once however often it is added."""
        self._first[line] = None

    def guard(self, value: str, seen: str) -> None:
        """Lets pass what is a value. `seen` is the module's name for the class that came last: asking for it costs a third of asking
        the set."""
        self._assigned[seen] = None
        with self.block(f"if {value}.__class__ is not {seen}:"):
            self.add(f"if {value}.__class__ not in ordinary: ordinary.admit({value})")
            self.add(f"{seen} = {value}.__class__")

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        self.add(header)
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def loop(self, header: str) -> Iterator[None]:
        self.loops += 1
        with self.block(header):
            yield
        self.loops -= 1

    def text(self) -> str:
        assigned = [f" global {', '.join(self._assigned)}"] if self._assigned else []
        first = [f" {line}" for line in self._first]
        return "\n".join([f"def {self.function}({self._parameters}):", *assigned, *first, *self._lines])
