"""The fields of selection sets, collected for one concrete type: what graphql-core does for every object, done once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
)

from projection.refusals import NotCompilable

Flags = Mapping[str, bool]
"""The values of the variables that `@skip` and `@include` ask for."""

Fields = dict[str, list[FieldNode]]
"""By response key, in the order of the answer; several nodes where fields are merged."""


class Collector:
    """Reads one document with one combination of flags."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, flags: Flags) -> None:
        self._schema, self._flags = schema, flags
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}

    def fields(self, on: GraphQLObjectType, selections: Iterable[SelectionSetNode]) -> Fields:
        found: Fields = {}
        spread: set[str] = set()
        for each in selections:
            self._collect(on, each, found, spread)
        return found

    def _collect(self, on: GraphQLObjectType, selections: SelectionSetNode, found: Fields, spread: set[str]) -> None:
        for node in selections.selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif inner := self._fragment(on, node, spread):
                self._collect(on, inner, found, spread)

    def _fragment(self, on: GraphQLObjectType, node: SelectionNode, spread: set[str]) -> SelectionSetNode | None:
        """What a fragment adds to a type; each named one counts once, and only where its type fits."""
        if isinstance(node, InlineFragmentNode):
            return node.selection_set if self._fits(on, node.type_condition) else None
        if not isinstance(node, FragmentSpreadNode) or node.name.value in spread:
            return None
        fragment = self._fragments[node.name.value]
        if not self._fits(on, fragment.type_condition):
            return None
        spread.add(node.name.value)
        return fragment.selection_set

    def _fits(self, on: GraphQLObjectType, condition: NamedTypeNode | None) -> bool:
        if condition is None:
            return True
        named = self._schema.type_map[condition.name.value]
        return named is on or (is_abstract_type(named) and self._schema.is_sub_type(named, on))

    def _included(self, node: SelectionNode) -> bool:
        said = {directive.name.value: self._condition(directive) for directive in node.directives or ()}
        return said.get("include", True) and not said.get("skip", False)

    def _condition(self, directive: DirectiveNode) -> bool:
        if directive.name.value not in {"skip", "include"}:
            raise NotCompilable(f"@{directive.name.value} is left to graphql-core")
        [value] = (argument.value for argument in directive.arguments or ())
        if isinstance(value, VariableNode):
            return self._flags[value.name.value]
        return isinstance(value, BooleanValueNode) and value.value


def flag_names(document: DocumentNode, operation: OperationDefinitionNode) -> tuple[str, ...]:
    """The variables of the operation that decide what is included."""
    declared = {each.variable.name.value for each in operation.variable_definitions or ()}
    return tuple(sorted(declared.intersection(_conditions(document))))


def _conditions(document: DocumentNode) -> Iterator[str]:
    waiting: list[SelectionNode] = []
    for definition in document.definitions:
        waiting += _within(definition)
    while waiting:
        node = waiting.pop()
        waiting += _within(node)
        for directive in node.directives or ():
            if directive.name.value in {"skip", "include"}:
                yield from (each.value.name.value for each in directive.arguments or () if isinstance(each.value, VariableNode))


def _within(node: object) -> Sequence[SelectionNode]:
    selections: SelectionSetNode | None = getattr(node, "selection_set", None)
    return selections.selections if selections else ()
