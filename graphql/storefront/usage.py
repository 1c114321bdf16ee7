"""Which members of the schema a document uses, found when it is prepared; what its variables add, found at each request.

Introspection is left out, and so are `@skip` and `@include`: nobody removes them.
"""

from collections.abc import Iterator, Mapping, Sequence

from graphql import (
    ArgumentNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_specified_directive,
    separate_operations,
    type_from_ast,
    visit,
)

from spoina.usage.types import Use

VARIANTS = 64
"""Sets of members that variables named, kept for each operation."""


class OperationUse:
    """What requests of one operation use."""

    def __init__(self, use: Use, inputs: Mapping[str, GraphQLInputType]) -> None:
        self._use, self._inputs = use, inputs
        self._variants: dict[frozenset[str], Use] = {}

    @property
    def coordinates(self) -> frozenset[str]:
        return self._use.coordinates

    def of(self, variables: Mapping[str, object]) -> Use:
        if not self._inputs:
            return self._use
        given = [(type_, variables[name]) for name, type_ in self._inputs.items() if name in variables]
        found = frozenset(each for type_, value in given for each in _named_in(type_, value))
        return self._variants.get(found) or self._variant(found)

    def _variant(self, found: frozenset[str]) -> Use:
        if len(self._variants) >= VARIANTS:
            self._variants.clear()
        made = Use(self._use.operation, self._use.kind, self._use.sha256, self._use.coordinates | found)
        self._variants[found] = made
        return made


def operation_use(schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode, name: str, sha256: str) -> OperationUse:
    alone = separate_operations(document)[node.name.value if node.name else ""]
    use = Use(name, node.operation.value, sha256, _coordinates(schema, alone))
    return OperationUse(use, dict(_inputs(schema, node)))


def deprecated(schema: GraphQLSchema) -> dict[str, str]:
    """Why, by coordinate."""
    return {coordinate: reason for coordinate, reason in _members(schema) if reason is not None}


def members(schema: GraphQLSchema) -> frozenset[str]:
    """The coordinates of everything that can be used."""
    return frozenset(coordinate for coordinate, _ in _members(schema))


def _members(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Each with the reason why it is deprecated."""
    for name, type_ in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(type_, GraphQLEnumType):
            yield from ((f"{name}.{each}", value.deprecation_reason) for each, value in type_.values.items())
        elif isinstance(type_, GraphQLInputObjectType):
            yield from ((f"{name}.{each}", field.deprecation_reason) for each, field in type_.fields.items())
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for each, field in type_.fields.items():
                yield f"{name}.{each}", field.deprecation_reason
                yield from ((f"{name}.{each}({key}:)", argument.deprecation_reason) for key, argument in field.args.items())


class _Collecting(Visitor):
    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self._field = ""
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, name = self._types.get_parent_type(), node.name.value
        self._field = ""
        if parent is not None and not parent.name.startswith("__") and not name.startswith("__"):
            self._field = f"{parent.name}.{name}"
            self.found.add(self._field)

    def enter_argument(self, node: ArgumentNode, *_: object) -> None:
        """A field's arguments come before what is selected below it."""
        directive = self._types.get_directive()
        owner = self._field if directive is None else "" if is_specified_directive(directive) else f"@{directive.name}"
        if owner:
            self.found.add(f"{owner}({node.name.value}:)")

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        parent = get_named_type(self._types.get_parent_input_type())
        if isinstance(parent, GraphQLInputObjectType):
            self.found.add(f"{parent.name}.{node.name.value}")

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        named = get_named_type(self._types.get_input_type())
        if isinstance(named, GraphQLEnumType):
            self.found.add(f"{named.name}.{node.value}")


def _coordinates(schema: GraphQLSchema, document: DocumentNode) -> frozenset[str]:
    types = TypeInfo(schema)
    collecting = _Collecting(types)
    visit(document, TypeInfoVisitor(types, collecting))
    return frozenset(collecting.found)


def _inputs(schema: GraphQLSchema, node: OperationDefinitionNode) -> Iterator[tuple[str, GraphQLInputType]]:
    """The variables whose values name members of the schema."""
    for definition in node.variable_definitions or ():
        named = get_named_type(type_from_ast(schema, definition.type))
        if isinstance(named, GraphQLEnumType | GraphQLInputObjectType):
            yield definition.variable.name.value, named


def _named_in(type_: GraphQLInputType, value: object) -> Iterator[str]:
    """Values that are wrong are somebody else's to refuse; here they name nothing."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            yield from _named_in(type_, each)
    elif isinstance(type_, GraphQLEnumType):
        if isinstance(value, str) and value in type_.values:
            yield f"{type_.name}.{value}"
    elif isinstance(type_, GraphQLInputObjectType) and isinstance(value, Mapping):
        for name in value.keys() & type_.fields.keys():
            yield f"{type_.name}.{name}"
            yield from _named_in(get_named_type(type_.fields[name].type), value[name])
