"""Makes a Strawberry schema run at the speed of graphql-core: Strawberry describes the types, graphql-core calls the resolvers themselves.

Strawberry wraps each resolver to build an `Info`, convert arguments and run extensions; we use none of that, and it is most of the time
that a field takes. After this a field is read in one of two ways, which also makes it plain what a compiler of documents has to do:

* an attribute of the parent Struct;
* a function of (parent), (parent, info) or, at the root, (info), plus arguments under their Python names; of `info` only `.context`
  is read.

Arguments that are left out or null take the function's own defaults. Abstract types find the concrete one by the Python class of the value.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

Resolver = Callable[..., object]
DEFINITION = "strawberry-definition"


def make_direct(schema: GraphQLSchema, names: Mapping[type, str]) -> None:
    """`names` tells the GraphQL type of a value by its Python class; one class may stand for several where no abstract type mixes them."""
    for directive in schema.directives:
        if DEFINITION in directive.extensions:
            _fill_arguments(directive.args)
    for named in schema.type_map.values():
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            named.resolve_type = _by_class(schema, named, names)
        if DEFINITION not in named.extensions:
            continue
        if isinstance(named, GraphQLInputObjectType):
            _fill_input(named)
        elif isinstance(named, GraphQLObjectType):
            _fill_object(named)
        elif isinstance(named, GraphQLInterfaceType):
            for field in named.fields.values():
                _fill_arguments(field.args)


def _fill_object(named: GraphQLObjectType) -> None:
    named.is_type_of = None
    for field in named.fields.values():
        field.resolve = _resolver(field)
        _fill_arguments(field.args)


def _resolver(field: GraphQLField) -> Resolver:
    definition: StrawberryField = field.extensions[DEFINITION]
    resolver = definition.base_resolver
    if resolver is None:
        return _attribute(definition.python_name)
    function = cast("Resolver", resolver.wrapped_func)
    parent, info = resolver.parent_parameter is not None, resolver.info_parameter is not None
    if field.args:
        return _with_arguments(function, parent, info)
    if parent:
        return function if info else lambda source, _info: function(source)
    return (lambda _source, info: function(info)) if info else lambda _source, _info: function()


def _with_arguments(function: Resolver, parent: bool, info: bool) -> Resolver:
    """Null stands for the default, as where an argument is left out."""

    def resolve(source: object, request: object, **arguments: object) -> object:
        given = {name: value for name, value in arguments.items() if value is not None}
        if parent:
            return function(source, request, **given) if info else function(source, **given)
        return function(request, **given) if info else function(**given)

    return resolve


def _attribute(name: str) -> Resolver:
    return lambda source, _info: getattr(source, name)


def _by_class(schema: GraphQLSchema, abstract: Any, names: Mapping[type, str]) -> Callable[..., str | None]:
    possible = {each.name for each in schema.get_possible_types(abstract)}
    chosen = {kind: name for kind, name in names.items() if name in possible}
    return lambda value, _info, _type: chosen.get(type(value))


def _fill_arguments(arguments: Mapping[str, GraphQLArgument]) -> None:
    for argument in arguments.values():
        argument.out_name = argument.extensions[DEFINITION].python_name
        _drop_null_default(argument)
        if argument.default_value is not Undefined and isinstance(argument.type, GraphQLNonNull):
            argument.type = argument.type.of_type


def _fill_input(named: GraphQLInputObjectType) -> None:
    definition: StrawberryObjectDefinition = named.extensions[DEFINITION]
    setattr(named, "out_type", lambda values: definition.origin(**values))  # noqa: B010 - a method that graphql-core lets be replaced
    for field in named.fields.values():
        field.out_name = field.extensions[DEFINITION].python_name
        _drop_null_default(field)


def _drop_null_default(value: GraphQLArgument | GraphQLInputField) -> None:
    """Left out and null mean the same; the schema need not say so for each."""
    if value.default_value is None:
        value.default_value = Undefined
