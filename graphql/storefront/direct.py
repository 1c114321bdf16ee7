"""Makes a Strawberry schema run at the speed of graphql-core, and states how its fields are read, so that documents can be compiled.

Strawberry wraps each resolver to build an `Info`, convert arguments and run extensions; we use none of that, and it is most of the time
that a field takes. After this a field is read in one of two ways (projection/readings.py):

* an attribute of the parent Struct;
* a function of (parent), (parent, info) or, at the root, (info), plus arguments under their Python names; of `info` only `.context`
  is read, and of an `info: Settled` only what the parent's standing tells (standing.py).

Arguments that are left out or null take the function's own defaults. Abstract types find the concrete one by the Python class of the value.
"""

from collections.abc import Callable, Mapping
from typing import cast

from graphql import (
    GraphQLAbstractType,
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

from projection import Attribute, ByClass, Call, performed_by, read_by, typed_by
from storefront.standing import Settled

DEFINITION = "strawberry-definition"


def make_direct(schema: GraphQLSchema, names: Mapping[type, str]) -> None:
    """`names` tells the GraphQL type of a value by its Python class; one class may stand for several where no abstract type mixes them."""
    for directive in schema.directives:
        if DEFINITION in directive.extensions:
            _fill_arguments(directive.args)
    for named in schema.type_map.values():
        if isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            typed_by(named, _by_class(schema, named, names))
        if DEFINITION not in named.extensions:
            continue
        if isinstance(named, GraphQLInputObjectType):
            _fill_input(named)
        elif isinstance(named, GraphQLObjectType):
            _fill_object(named)
        elif isinstance(named, GraphQLInterfaceType):
            for field in named.fields.values():
                _fill_arguments(field.args)
    _fill_mutation(schema.mutation_type)
    _fill_subscription(schema.subscription_type)


def _fill_mutation(named: GraphQLObjectType | None) -> None:
    for field in named.fields.values() if named else ():
        performed_by(field, _performing(field))


def _performing(field: GraphQLField) -> Call:
    reading = _reading(field)
    if not isinstance(reading, Call):
        raise TypeError(f"{reading.name}: a mutation needs a function")
    return reading


def _fill_subscription(named: GraphQLObjectType | None) -> None:
    """The function that reads the field answers with the stream of events; each event is then the field's value itself."""
    for field in named.fields.values() if named else ():
        field.subscribe = field.resolve
        read_by(field, Call(_itself))


def _itself(event: object, **_arguments: object) -> object:
    return event


def _fill_object(named: GraphQLObjectType) -> None:
    named.is_type_of = None
    for field in named.fields.values():
        read_by(field, _reading(field))
        _fill_arguments(field.args)


def _reading(field: GraphQLField) -> Attribute | Call:
    definition: StrawberryField = field.extensions[DEFINITION]
    if definition.extensions or definition.permission_classes:
        raise TypeError(f"{definition.python_name}: extensions and permission classes would be passed over; check in the resolver")
    resolver = definition.base_resolver
    if resolver is None:
        return Attribute(definition.python_name)
    return Call(
        cast("Callable[..., object]", resolver.wrapped_func),
        parent=resolver.parent_parameter is not None,
        info=resolver.info_parameter is not None,
        null_is_default=bool(field.args),
        settled=resolver.info_parameter is not None and resolver.info_parameter.annotation == Settled,
    )


def _by_class(schema: GraphQLSchema, abstract: GraphQLAbstractType, names: Mapping[type, str]) -> ByClass:
    possible = {each.name for each in schema.get_possible_types(abstract)}
    return ByClass({kind: name for kind, name in names.items() if name in possible})


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
