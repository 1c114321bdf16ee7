"""Scalars and enums on their way out: a test of the class where nothing has to be done, graphql-core's own coercion for all else.

Each test is Python source, so that the usual value costs no call. It names the value `{x}` and the coercion `{c}`.
"""

from collections.abc import Callable, Collection
from enum import Enum
from types import GeneratorType
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)
from graphql.pyutils import is_awaitable, is_collection

from projection.refusals import Unusual

Coerce = Callable[[Any], object]

TEXT = "{x} if {x}.__class__ is str else {c}({x})"
ENUM = "{c}[{x}]"
OTHER = "{c}({x})"

_TESTS: dict[object, str] = {
    GraphQLString.coerce_output_value: TEXT,
    GraphQLID.coerce_output_value: TEXT,
    str: TEXT,
    GraphQLBoolean.coerce_output_value: "{x} if {x}.__class__ is bool else {c}({x})",
    # Python compares numbers of less than 31 bits, and each with one other, the fastest; the coercion knows the whole range.
    GraphQLInt.coerce_output_value: "{x} if {x}.__class__ is int and -1073741823 <= {x} and {x} <= 1073741823 else {c}({x})",
    # What is neither infinite nor no number leaves nothing when it is taken from itself.
    GraphQLFloat.coerce_output_value: "{x} if {x}.__class__ is float and {x} - {x} == 0.0 else {c}({x})",
}

CLASSES_KEPT = 1000


def source_of(leaf: GraphQLLeafType) -> str:
    if isinstance(leaf, GraphQLEnumType):
        return ENUM
    return _TESTS.get(leaf.coerce_output_value, OTHER)


class Ordinary(set[type]):
    """Classes whose values are values: neither null nor an exception that stands for an error, nor anything to wait for."""

    def admit(self, value: object) -> None:
        """Raises Unusual for a value that is none."""
        if value is None or value is Undefined or isinstance(value, Exception | GeneratorType) or is_awaitable(value):
            raise Unusual
        if len(self) >= CLASSES_KEPT:
            self.clear()
        self.add(value.__class__)


class EnumNames(dict[object, object]):
    """The names of an enum's values, each looked up by graphql-core the first time."""

    def __init__(self, coerce: Coerce) -> None:
        super().__init__()
        self._coerce = coerce

    def __missing__(self, value: object) -> object:
        name = self._coerce(value)
        if value is None or isinstance(value, str | Enum):
            self[value] = name
        return name


def coercion(leaf: GraphQLLeafType, *, required: bool, ordinary: Ordinary) -> Coerce | EnumNames:
    """What `{c}` stands for. Raises Unusual, or what the type raises, for a value that does not fit."""
    coerce_output = leaf.coerce_output_value

    def coerce(value: object) -> object:
        if value is None or value is Undefined:
            if required:
                raise Unusual
            return None
        if value.__class__ not in ordinary:
            ordinary.admit(value)
        coerced = coerce_output(value)
        if coerced is None or coerced is Undefined:
            raise Unusual
        return coerced

    return EnumNames(coerce) if isinstance(leaf, GraphQLEnumType) else coerce


def items_of(value: object) -> Collection[object]:
    """A list that is neither a list nor a tuple. An iterator is left alone: it could be read only once."""
    if not is_collection(value) or isinstance(value, Exception) or is_awaitable(value) or hasattr(value, "__aiter__"):
        raise Unusual
    return value
