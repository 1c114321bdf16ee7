"""Asks graphql-core and a compiled document the same, and compares the bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import isawaitable

import msgspec
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, OperationDefinitionNode, execute, parse, print_ast, validate

from projection import Projection
from projection.projecting import FAULT

FAVOURED = frozenset(
    {"loaded", "loadedMust", "loadedThing", "slow", "slowCount", "thing", "size", "ratio", "share", "words", "inner", "label"}
)

MakeContext = Callable[[], object]


class Different(AssertionError):
    pass


@dataclass
class Tally:
    """How many cases were compared: `compiled` were answered by the plan, `given_up` left to graphql-core although it found no error."""

    compiled: int = 0
    given_up: int = 0
    erroneous: int = 0
    refused: int = 0
    invalid: int = 0

    @property
    def cases(self) -> int:
        return self.compiled + self.given_up + self.erroneous + self.refused


async def core_answer(schema: GraphQLSchema, document: DocumentNode, variables: dict[str, object], context: object) -> ExecutionResult:
    result = execute(schema, document, context_value=context, variable_values=variables)
    return await result if isawaitable(result) else result


async def compare(schema: GraphQLSchema, text: str, variables: dict[str, object], context: MakeContext, tally: Tally) -> None:
    """Raises Different when the two answers are not the same bytes, or when the plan answers where there is an error."""
    document = parse(text)
    if validate(schema, document):
        tally.invalid += 1
        return
    projection = compiled(schema, document)
    if await compare_plan(projection, schema, document, variables, context, tally):
        await compare_plan(projection, schema, document, variables, context, Tally())


def compiled(schema: GraphQLSchema, document: DocumentNode) -> Projection:
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    projection = Projection(schema, document, operation)
    projection.compile()
    return projection


async def compare_plan(
    projection: Projection,
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: dict[str, object],
    context: MakeContext,
    tally: Tally,
) -> bool:
    """Whether the plan answered."""
    data = await projection.run(variables, context())
    expected = await core_answer(schema, document, variables, context())
    if projection.reason is not None:
        if projection.reason.startswith(FAULT):
            raise Different(f"{print_ast(document)}\n{projection.reason}")
        tally.refused += 1
    elif data is None:
        tally.erroneous += bool(expected.errors)
        tally.given_up += not expected.errors
    else:
        tally.compiled += 1
        _same(print_ast(document), variables, data, expected)
        return True
    return False


def _same(text: str, variables: dict[str, object], data: msgspec.Struct | None, expected: ExecutionResult) -> None:
    if expected.errors:
        raise Different(f"{text}\n{variables}\nanswered, but graphql-core finds {expected.errors[0]!r}")
    ours, theirs = msgspec.json.encode(data), msgspec.json.encode(expected.data)
    if ours != theirs:
        raise Different(f"{text}\n{variables}\n{ours.decode()}\n{theirs.decode()}")
