"""A document's projection: its variants, compiled ahead or behind, and what to do about rows that they cannot answer."""

import asyncio
from collections.abc import Mapping
from enum import StrEnum
from itertools import product

import msgspec
from graphql import DocumentNode, GraphQLSchema, OperationDefinitionNode

from projection.arguments import Variables
from projection.collecting import flag_names
from projection.refusals import NotCompilable, Unusual
from projection.remembering import Memory
from projection.running import Serial, Variant
from projection.writing import Writer

MOST_VARIANTS = 16
"""Combinations of `@skip` and `@include` that one document is compiled for; others are left to graphql-core."""
CREDIT = 64.0
EARNED = 8.0
"""By an answer. A run that gives up costs 1: the plan rests when eight of nine runs give up for long. Fewer do not matter, because a run
that gives up costs little beside graphql-core's, and a client with wrong variables must not take the plan away from the others."""
REST = 50
"""Runs that a resting plan leaves to graphql-core before it tries again."""

FAULT = "the compiler failed:"
MEMORY_BYTES = 512 * 1024
"""For what one document remembers of values that stay."""

Combination = tuple[bool, ...]


class State(StrEnum):
    COMPILED = "compiled"
    INTERPRETED = "interpreted"


class Credit(msgspec.Struct):
    left: float = CREDIT
    resting: int = 0

    def spent(self) -> bool:
        if self.resting:
            self.resting -= 1
            return True
        return False

    def answered(self) -> None:
        if self.left < CREDIT:
            self.left = min(CREDIT, self.left + EARNED)

    def gave_up(self) -> None:
        self.left -= 1
        if self.left < 0:
            self.left, self.resting = 0.0, REST


class Projection:
    """One operation of a valid document. Made at once; compiled by `compile`, or in the background from its second run on."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, *, memory_bytes: int = MEMORY_BYTES
    ) -> None:
        self._schema, self._document, self._operation = schema, document, operation
        self._flags = flag_names(document, operation)
        self._variants: dict[Combination, Variant | Serial] = {}
        self._memory = Memory(memory_bytes)
        self._credit = Credit()
        self._runs = 0
        self._compiling: asyncio.Future[None] | None = None
        self._variables: Variables | None = None
        self.reason: str | None = None
        """Why it cannot be compiled."""

    @property
    def state(self) -> State:
        return State.COMPILED if self._variants else State.INTERPRETED

    def compile(self) -> None:
        """Every combination of its flags, as many as are kept. Takes milliseconds for each; never raises for a valid document."""
        for combination in product((True, False), repeat=len(self._flags)):
            if self.reason is None and len(self._variants) < MOST_VARIANTS:
                self._compile(combination)

    async def run(self, given: Mapping[str, object], context: object, root: object = None) -> msgspec.Struct | None:
        """The data, to be encoded. `root` is a subscription's event, or what a mutation remembers (`Performed`). None: graphql-core has
        to answer, with a fresh context, or with the same `root` for a mutation."""
        self._runs += 1
        if self._variables is None:
            self._compile_behind((True,) * len(self._flags))
            return None
        if self._credit.spent():
            return None
        try:
            values = self._variables.coerce(given)
            variant = self._variant(tuple(values[flag] for flag in self._flags) if self._flags else ())
            answer = await variant.run(values, context, root) if variant else None
        except Exception:  # whatever it is: graphql-core finds it again and reports it
            self._credit.gave_up()
            return None
        self._credit.answered()
        return answer

    async def settled(self) -> None:
        """Returns once nothing is being compiled."""
        while self._compiling is not None and not self._compiling.done():
            await asyncio.shield(self._compiling)

    def _variant(self, combination: Combination) -> Variant | Serial | None:
        found = self._variants.get(combination)
        if found is None:
            if not all(flag.__class__ is bool for flag in combination):
                raise Unusual
            self._compile_behind(combination)
        return found

    def _compile_behind(self, combination: Combination) -> None:
        """In a thread, once the document was seen twice: nobody waits for it."""
        busy = self._compiling is not None and not self._compiling.done()
        if self._runs < 2 or busy or self.reason or len(self._variants) >= MOST_VARIANTS:
            return
        self._compiling = asyncio.get_running_loop().run_in_executor(None, self._compile, combination)

    def _compile(self, combination: Combination) -> None:
        try:
            variables = Variables(self._schema, self._operation)
            writer = Writer(self._schema, self._document, dict(zip(self._flags, combination, strict=True)), self._memory)
            self._variants[combination] = writer.variant(self._operation)
            self._variables = variables
        except NotCompilable as refusal:
            self.reason = str(refusal)
        except Exception as failure:  # a fault of the compiler's: the document is answered all the same
            self.reason = f"{FAULT} {failure!r}"
