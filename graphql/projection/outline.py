"""What is known of a document's selection sets before they are written: their fields, their size, and what they depend on."""

from collections.abc import Sequence

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

from projection.arguments import FieldArguments
from projection.collecting import Collector, Fields, Flags
from projection.readings import Attribute, ByClass, Call, classes_of, reading_of
from projection.refusals import NotCompilable

Selections = Sequence[SelectionSetNode]

Key = tuple[str, tuple[int, ...]]
"""A concrete type and the selection sets that are merged on it."""


def key_of(on: GraphQLObjectType, selections: Selections) -> Key:
    return on.name, tuple(map(id, selections))


def selections_of(nodes: Sequence[FieldNode]) -> Selections:
    return [node.selection_set for node in nodes if node.selection_set]


class Outline:
    """Of one document with one combination of flags. Raises NotCompilable."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, flags: Flags) -> None:
        self._schema = schema
        self._collector = Collector(schema, document, flags)
        self._fields: dict[Key, Fields] = {}
        self._sizes: dict[Key, int] = {}
        self._pure: dict[Key, bool] = {}

    def fields(self, on: GraphQLObjectType, selections: Selections) -> Fields:
        key = key_of(on, selections)
        if key not in self._fields:
            self._fields[key] = self._collector.fields(on, selections)
        return self._fields[key]

    def field(self, on: GraphQLObjectType, node: FieldNode) -> GraphQLField:
        name = node.name.value
        if name.startswith("__"):
            raise NotCompilable(f"{name} is left to graphql-core")
        field: GraphQLField = on.fields[name]
        return field

    def classes(self, type_: GraphQLAbstractType) -> ByClass:
        if (classes := classes_of(type_)) is None:
            raise NotCompilable(f"nothing says how the type of a {type_.name} is found")
        return classes

    def possible(self, type_: GraphQLAbstractType) -> list[GraphQLObjectType]:
        """Those that some class stands for."""
        names = set(self.classes(type_).names.values())
        return [each for each in self._schema.get_possible_types(type_) if each.name in names]

    def size(self, on: GraphQLObjectType, selections: Selections) -> int:
        """How many fields there are, at any depth that needs no look at a value's class."""
        key = key_of(on, selections)
        if key not in self._sizes:
            self._sizes[key] = sum(self._size_of(on, nodes) for nodes in self.fields(on, selections).values())
        return self._sizes[key]

    def _size_of(self, on: GraphQLObjectType, nodes: Sequence[FieldNode]) -> int:
        if nodes[0].name.value == "__typename":
            return 1
        named = get_named_type(self.field(on, nodes[0]).type)
        return 1 + self.size(named, selections_of(nodes)) if isinstance(named, GraphQLObjectType) else 1

    def is_pure(self, on: GraphQLObjectType, nodes: Sequence[FieldNode]) -> bool:
        """Whether the field, and all below it, depends on nothing but the parent."""
        node = nodes[0]
        if node.name.value == "__typename":
            return True
        field = self.field(on, node)
        return _is_read_from_parent(field, node) and all(self._all_pure(each, selections_of(nodes)) for each in self._concrete(field))

    def _all_pure(self, on: GraphQLObjectType, selections: Selections) -> bool:
        key = key_of(on, selections)
        if key not in self._pure:
            self._pure[key] = all(self.is_pure(on, nodes) for nodes in self.fields(on, selections).values())
        return self._pure[key]

    def _concrete(self, field: GraphQLField) -> Sequence[GraphQLObjectType]:
        named = get_named_type(field.type)
        if isinstance(named, GraphQLObjectType):
            return [named]
        return self.possible(named) if is_abstract_type(named) else []


def _is_read_from_parent(field: GraphQLField, node: FieldNode) -> bool:
    match reading_of(field):
        case Attribute():
            return True
        case Call(_, parent, info, null_is_default) as call if parent and not info and not call.deferred:
            return FieldArguments(field, node, null_is_default=null_is_default).bind is None
    return False
