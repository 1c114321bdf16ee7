"""What is known of a document's selection sets before they are written: their fields, their size, and what they depend on."""

from collections.abc import Sequence
from enum import IntEnum

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
)

from projection.arguments import FieldArguments
from projection.collecting import Collector, Fields, Flags
from projection.readings import Attribute, ByClass, Call, classes_of, reading_of, standing_of
from projection.refusals import NotCompilable

Selections = Sequence[SelectionSetNode]

Key = tuple[str, tuple[int, ...]]
"""A concrete type and the selection sets that are merged on it."""


def key_of(on: GraphQLObjectType, selections: Selections) -> Key:
    return on.name, tuple(map(id, selections))


class Staying(IntEnum):
    """How long a field stays as it is, while its parent does."""

    ALWAYS = 0
    WITH_STANDING = 1


class Outline:
    """Of one document with one combination of flags. Raises NotCompilable."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, flags: Flags) -> None:
        self._schema = schema
        self._collector = Collector(schema, document, flags)
        self._fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._fields: dict[Key, Fields] = {}
        self._sizes: dict[Key, int] = {}
        self._staying: dict[tuple[str, tuple[int, ...], frozenset[str]], Staying | None] = {}

    def fields(self, on: GraphQLObjectType, selections: Selections) -> Fields:
        key = key_of(on, selections)
        if key not in self._fields:
            self._fields[key] = self._collector.fields(on, selections)
        return self._fields[key]

    def selections(self, named: GraphQLNamedType, nodes: Sequence[FieldNode]) -> Selections:
        """What is asked of a field's values. Where that is one fragment it is the fragment's own selection set: all of its uses are one."""
        return [self._unwrapped(named, node.selection_set) for node in nodes if node.selection_set]

    def _unwrapped(self, named: GraphQLNamedType, selections: SelectionSetNode) -> SelectionSetNode:
        match selections.selections:
            case [FragmentSpreadNode() as spread] if not spread.directives:
                fragment = self._fragments[spread.name.value]
                if fragment.type_condition.name.value == named.name:
                    return self._unwrapped(named, fragment.selection_set)
        return selections

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
        return 1 + self.size(named, self.selections(named, nodes)) if isinstance(named, GraphQLObjectType) else 1

    def stays(self, on: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Staying | None:
        """How long the field, and all below it, stays as it is. None: it may be another each time."""
        standing = standing_of(on)
        return self._stays(on, nodes, standing.covers if standing else frozenset(), is_settled=standing is not None)

    def _stays(self, on: GraphQLObjectType, nodes: Sequence[FieldNode], covered: frozenset[str], *, is_settled: bool) -> Staying | None:
        """`is_settled`: the fields of `on` that need its standing stay as well."""
        if nodes[0].name.value == "__typename":
            return Staying.ALWAYS
        field = self.field(on, nodes[0])
        own = _staying(field, nodes[0], is_settled=is_settled)
        if own is None:
            return None
        below = [self._all_stay(each, self.selections(get_named_type(field.type), nodes), covered) for each in self._concrete(field)]
        return None if None in below else max((own, *(each for each in below if each is not None)))

    def _all_stay(self, on: GraphQLObjectType, selections: Selections, covered: frozenset[str]) -> Staying | None:
        key = (*key_of(on, selections), covered)
        if key not in self._staying:
            all_ = [self._stays(on, nodes, covered, is_settled=on.name in covered) for nodes in self.fields(on, selections).values()]
            self._staying[key] = None if None in all_ else max((each for each in all_ if each is not None), default=Staying.ALWAYS)
        return self._staying[key]

    def _concrete(self, field: GraphQLField) -> Sequence[GraphQLObjectType]:
        named = get_named_type(field.type)
        if isinstance(named, GraphQLObjectType):
            return [named]
        return self.possible(named) if is_abstract_type(named) else []


def _staying(field: GraphQLField, node: FieldNode, *, is_settled: bool) -> Staying | None:
    match reading_of(field):
        case Attribute():
            return Staying.ALWAYS
        case Call(_, parent, info, null_is_default, settled) as call if (
            parent and not call.deferred and (not info or (settled and is_settled))
        ):
            varies = FieldArguments(field, node, null_is_default=null_is_default).bind is not None
            return None if varies else Staying.WITH_STANDING if info else Staying.ALWAYS
    return None
