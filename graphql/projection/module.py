"""What the generated functions of one variant share: their text, the values that it names, and the places that batch loads fill."""

from collections.abc import Sequence
from typing import Any

import msgspec
from graphql import GraphQLObjectType

from projection.arguments import Bind
from projection.leaves import Ordinary, items_of
from projection.outline import Key, Outline
from projection.readings import Batch
from projection.refusals import NotCompilable
from projection.remembering import Memory
from projection.running import Slot
from projection.source import Source

MOST_FUNCTIONS = 400
"""Of one variant. A document that needs more spreads over too many types to be worth its memory."""


class Module:
    """Written piece by piece, compiled once. Nothing of the document's text becomes source: names are made here or are the schema's."""

    def __init__(self, outline: Outline, memory: Memory) -> None:
        self.outline, self.memory = outline, memory
        self.ordinary = Ordinary()
        self.functions: dict[Key, str] = {}
        self.binds: list[Bind] = []
        self._known: dict[str, Any] = {"items_of": items_of, "ordinary": self.ordinary}
        self._answers: dict[tuple[str, ...], str] = {}
        self._texts: list[str] = []
        self._batches: list[tuple[Batch, str]] = []

    def constant(self, value: object, prefix: str = "c") -> str:
        name = f"{prefix}_{len(self._known)}"
        self._known[name] = value
        return name

    def variable(self, name: str) -> str:
        """A name that functions give values to. None at first."""
        self._known.setdefault(name, None)
        return name

    def function(self, key: Key) -> str:
        """The name of one that will be added."""
        if len(self.functions) >= MOST_FUNCTIONS:
            raise NotCompilable(f"needs more than {MOST_FUNCTIONS} functions")
        self.functions[key] = self.constant(None, f"on_{key[0]}")
        return self.functions[key]

    def add(self, source: Source) -> None:
        self._texts.append(source.text())

    def add_line(self, text: str) -> None:
        self._texts.append(text)

    def bound(self, bind: Bind) -> str:
        """The expression for the arguments that `bind` makes for each run."""
        self.binds.append(bind)
        return f"run.arguments[{len(self.binds) - 1}]"

    def slot(self, batch: Batch, fill: str) -> int:
        self._batches.append((batch, fill))
        return len(self._batches) - 1

    def answer(self, on: GraphQLObjectType, keys: Sequence[str]) -> str:
        """The name of the class of answers with these keys."""
        shape = (on.name, *keys)
        if shape not in self._answers:
            self._answers[shape] = self.constant(_answer_of(on, keys), "Answer")
        return self._answers[shape]

    def compiled(self) -> dict[str, Any]:
        exec(compile("\n".join(self._texts), "<projection>", "exec"), self._known)  # noqa: S102 - what a compiler is for
        return self._known

    def slots(self) -> tuple[Slot, ...]:
        """Of what is compiled."""
        return tuple(Slot(batch, self._known[fill]) for batch, fill in self._batches)


def _answer_of(on: GraphQLObjectType, keys: Sequence[str]) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        f"Answer_{on.name}",
        [(f"f{index}", Any) for index in range(len(keys))],
        rename={f"f{index}": key for index, key in enumerate(keys)},
        gc=False,
    )
