"""Variables and arguments on their way in. Arguments depend on variables alone, so each field's are made once for a run."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputType,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_leaf_type,
    is_required_argument,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValues, input_is_nested_too_deeply
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal, coerce_input_value

from projection.refusals import NotCompilable, Unusual

Values = Mapping[str, Any]
"""Variables, coerced."""

Arguments = dict[str, Any]
Bind = Callable[[Values], Arguments]

LARGEST_INT = 2**31 - 1
_FITTING: dict[object, Callable[[Any], bool]] = {
    GraphQLString: lambda value: value.__class__ is str,
    GraphQLID: lambda value: value.__class__ is str,
    GraphQLBoolean: lambda value: value.__class__ is bool,
    GraphQLInt: lambda value: value.__class__ is int and -LARGEST_INT - 1 <= value <= LARGEST_INT,
    GraphQLFloat: lambda value: value.__class__ is float and value - value == 0.0,
}
"""Values that mean themselves; all others are coerced by graphql-core."""


def _never(_value: object) -> bool:
    return False


class Variables:
    """Coerces one operation's variables."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        self._declared: list[tuple[str, GraphQLVariableSignature, Callable[[Any], bool]]] = []
        for node in operation.variable_definitions or ():
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError):
                raise NotCompilable(signature.message)
            self._declared.append((signature.name, signature, _FITTING.get(get_nullable_type(signature.type), _never)))

    def coerce(self, given: Values) -> dict[str, Any]:
        """Raises Unusual when graphql-core has to say what is wrong."""
        coerced: dict[str, Any] = {}
        for name, signature, fits in self._declared:
            value = given.get(name, Undefined)
            if fits(value):
                coerced[name] = value
            elif value is Undefined:
                _leave_out(signature, coerced)
            else:
                coerced[name] = _coerced(value, signature.type)
        return coerced


def _leave_out(signature: GraphQLVariableSignature, coerced: dict[str, Any]) -> None:
    if (default := coerce_default_value(signature)) is not Undefined:
        coerced[signature.name] = default
    elif isinstance(signature.type, GraphQLNonNull):
        raise Unusual


def _coerced(value: object, type_: GraphQLInputType) -> object:
    if not is_leaf_type(get_nullable_type(type_)) and input_is_nested_too_deeply(value, type_):
        raise Unusual
    coerced = coerce_input_value(value, type_)
    if coerced is Undefined:
        raise Unusual
    return coerced


class FieldArguments:
    """What a field is called with: `fixed` whatever the variables are, the rest by `bind` for each run."""

    def __init__(self, field: GraphQLField, node: FieldNode, *, null_is_default: bool) -> None:
        self._null_is_default = null_is_default
        self.fixed: Arguments = {}
        self._varying: list[tuple[str, str, GraphQLArgument, ValueNode]] = []
        """The name, the name of the variable that it is, if it is one, and what it is otherwise."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name, argument in field.args.items():
            self._sort(argument.out_name or name, argument, given.get(name))

    def _sort(self, name: str, argument: GraphQLArgument, node: ValueNode | None) -> None:
        if node is None:
            if (default := coerce_default_value(argument)) is not Undefined:
                self._keep(self.fixed, name, default)
            return
        value = Undefined if _has_variables(node) else coerce_input_literal(node, argument.type)
        if _is_constant(value):
            self._keep(self.fixed, name, value)
        else:
            self._varying.append((name, node.name.value if isinstance(node, VariableNode) else "", argument, node))

    @property
    def bind(self) -> Bind | None:
        """None: nothing varies."""
        return self._bind if self._varying else None

    def _bind(self, values: Values) -> Arguments:
        bound: Arguments = {}
        for name, variable, argument, node in self._varying:
            value = values.get(variable)
            if value is not None:
                bound[name] = value
            elif (value := _value(argument, node, values)) is not Undefined:
                self._keep(bound, name, value)
        return bound

    def _keep(self, arguments: Arguments, name: str, value: object) -> None:
        if value is not None or not self._null_is_default:
            arguments[name] = value


def _value(argument: GraphQLArgument, node: ValueNode, values: Values) -> object:
    """Undefined: as if it were not given. Raises Unusual."""
    if isinstance(node, VariableNode):
        return _variable(argument, node.name.value, values)
    value = coerce_input_literal(node, argument.type, VariableValues({}, dict(values)))
    if value is Undefined:
        raise Unusual
    return value


def _variable(argument: GraphQLArgument, name: str, values: Values) -> object:
    if name in values:
        value = values[name]
        if value is None and isinstance(argument.type, GraphQLNonNull):
            raise Unusual
        return value
    if is_required_argument(argument):
        raise Unusual
    return coerce_default_value(argument)


def _has_variables(node: ValueNode) -> bool:
    if isinstance(node, ListValueNode):
        return any(map(_has_variables, node.values))
    if isinstance(node, ObjectValueNode):
        return any(_has_variables(field.value) for field in node.fields)
    return isinstance(node, VariableNode)


def _is_constant(value: object) -> bool:
    """Whether runs may share it."""
    return value is None or isinstance(value, str | int | float | Enum)
