"""What a document may cost, before it runs: the number of objects it can bring into the answer.

Scalars are free. An object costs 1, or what DEAR says; what stands under a connection counts once for each item asked for (`first`,
`last`), under a plain list of objects LIST_ESTIMATE times, or as often as ids are given. Fragments are measured once each, so no document
makes measuring dear.
"""

from collections.abc import Mapping

import msgspec
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
    value_from_ast_untyped,
)

LIST_ESTIMATE = 3
DEAR = {"FeedItem": 5000}
"""Objects that are worked out for who asks, in units of those that are only shown: a feed's item is read, rendered and checked anew."""
SIZED_BY = ("first", "last", "ids", "identifiers")


class FromVariable(msgspec.Struct, frozen=True):
    name: str
    default: object = None


Size = int | FromVariable


class Measure(msgspec.Struct, frozen=True):
    """`weight` plus, `size` times over, everything in `parts`."""

    weight: int
    size: Size
    parts: "tuple[Measure, ...]"

    def cost(self, variables: Mapping[str, object]) -> int:
        each = sum(part.cost(variables) for part in self.parts)
        return self.weight + (each * _count(self.size, variables) if each else 0)


def _folded(weight: int, size: Size, parts: "tuple[Measure, ...]") -> Measure:
    """The same with everything added up that no variable changes: most documents ask for most of their things in fixed numbers."""
    fixed = sum(part.weight for part in parts if not part.parts)
    varying = tuple(part for part in parts if part.parts)
    if isinstance(size, FromVariable) or varying:
        return Measure(weight, size, (Measure(fixed, 1, ()), *varying) if fixed else varying)
    return Measure(weight + max(size, 0) * fixed, 1, ())


def _count(size: Size, variables: Mapping[str, object]) -> int:
    given = variables.get(size.name, size.default) if isinstance(size, FromVariable) else size
    if isinstance(given, list):
        return len(given)
    return max(given, 0) if isinstance(given, int) else 0


class Measurer:
    """Measures the operations of one valid document."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], operation: OperationDefinitionNode) -> None:
        self._schema, self._fragments = schema, fragments
        self._defaults = {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value) if definition.default_value else None
            for definition in operation.variable_definitions or ()
        }
        self._measured: dict[str, Measure] = {}

    def measure(self, operation: OperationDefinitionNode) -> Measure:
        root = self._schema.get_root_type(operation.operation)
        return _folded(0, 1, self._selections(root, operation.selection_set))

    def _selections(self, parent: object, selections: SelectionSetNode) -> tuple[Measure, ...]:
        parts: list[Measure] = []
        for node in selections.selections:
            if isinstance(node, FieldNode):
                parts += self._field(parent, node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = self._schema.type_map[condition.name.value] if condition else parent
                parts += self._selections(inner, node.selection_set)
            elif isinstance(node, FragmentSpreadNode):
                parts.append(self._fragment(node.name.value))
        return tuple(parts)

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            fragment = self._fragments[name]
            on = self._schema.type_map[fragment.type_condition.name.value]
            self._measured[name] = _folded(0, 1, self._selections(on, fragment.selection_set))
        return self._measured[name]

    def _field(self, parent: object, node: FieldNode) -> list[Measure]:
        field = _definition(parent, node)
        if field is None or node.selection_set is None or not is_composite_type(named := get_named_type(field.type)):
            return []
        size = self._size(field, node)
        if not named.name.endswith("Connection"):
            return [_folded(0, size, (_folded(DEAR.get(named.name, 1), 1, self._selections(named, node.selection_set)),))]
        return [_folded(1, size, self._selections(named, node.selection_set))]

    def _size(self, field: GraphQLField, node: FieldNode) -> Size:
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = [self._value(given[name]) for name in SIZED_BY if name in given and name in field.args]
        if sizes:
            return sizes[0]
        if node.name.value in {"edges", "nodes"}:
            return 1
        return LIST_ESTIMATE if _is_list(field.type) else 1

    def _value(self, node: ValueNode) -> Size:
        if isinstance(node, VariableNode):
            return FromVariable(node.name.value, self._defaults.get(node.name.value))
        if isinstance(node, IntValueNode):
            return int(node.value)
        return len(node.values) if isinstance(node, ListValueNode) else 0


def _definition(parent: object, node: FieldNode) -> GraphQLField | None:
    return parent.fields.get(node.name.value) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _is_list(type_: GraphQLOutputType) -> bool:
    return isinstance(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, GraphQLList)
