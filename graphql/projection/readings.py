"""How a field is read and how a value's type is found: stated once, for plans and for graphql-core alike."""

from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from inspect import iscoroutinefunction
from operator import attrgetter
from typing import Any, Protocol

import msgspec
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType
from strawberry.dataloader import DataLoader

from projection.performing import Performed

READING = "projection"
KEPT = "projection-kept"

Resolver = Callable[..., object]


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of the parent."""

    name: str


class Call(msgspec.Struct, frozen=True):
    """A function of (parent, info, **arguments), or of fewer. A coroutine function is waited for.

    `null_is_default`: an argument that is null is left out, so that the function's own default takes its place.
    `settled`: of the context it reads only what the standing of its parent tells as well (`keeps`), which it may be given instead.
    """

    function: Resolver
    parent: bool = True
    info: bool = False
    null_is_default: bool = False
    settled: bool = False

    @property
    def deferred(self) -> bool:
        return iscoroutinefunction(self.function)


class Batch(msgspec.Struct, frozen=True, eq=False):
    """`key` is an attribute of the parent or a function of (parent, **arguments); None means null.

    `load` is given the context and every key once, and answers in their order. On graphql-core the context needs a dict named `loaders`,
    made for one request.
    """

    key: Attribute | Callable[..., Hashable]
    load: Callable[[Any, Sequence[Any]], Awaitable[Sequence[object]]]


Reading = Attribute | Call | Batch


class ByClass(msgspec.Struct, frozen=True):
    """The name of a value's type by its Python class."""

    names: Mapping[type, str]


class Standing(msgspec.Struct, frozen=True, eq=False):
    """What the settled fields of a kept type depend on besides their parent.

    `key` is made for each parent in each run, and compared: it holds all that the fields may read of the context. `of` makes of parent and
    key what those fields get as `info.context`, so that they cannot read anything else. `covers` are kept types whose keys can only change
    when this one does, for values that are reached through this parent.
    """

    key: Callable[[Any, Any], tuple[object, ...]]
    of: Callable[[Any, Any], object]
    covers: frozenset[str] = frozenset()


class Keeper(Protocol):
    loaders: dict[Batch, DataLoader[Any, Any]]


def read_by(field: GraphQLField, reading: Reading) -> None:
    field.extensions[READING] = reading
    field.resolve = _resolver(reading)


def performed_by(field: GraphQLField, call: Call) -> None:
    """For a mutation's root field: what was performed already (performing.py) is not performed again."""
    resolve = _resolver(call)

    def perform(source: object, info: Any, **arguments: object) -> object:
        if isinstance(source, Performed) and info.path.key in source:
            return source.again(info.path.key)
        return resolve(source, info, **arguments)

    field.extensions[READING] = call
    field.resolve = perform


def typed_by(abstract: GraphQLInterfaceType | GraphQLUnionType, classes: ByClass) -> None:
    abstract.extensions[READING] = classes
    names = classes.names
    abstract.resolve_type = lambda value, _info, _type: names.get(type(value))


def keeps(named: GraphQLObjectType, standing: Standing | None = None) -> None:
    """Says that values of the type stay from request to request and never change: what depends on them alone is remembered, and what
    depends on them and their standing."""
    named.extensions[KEPT] = standing


def is_kept(named: GraphQLObjectType) -> bool:
    return KEPT in named.extensions


def standing_of(named: GraphQLObjectType) -> Standing | None:
    standing = named.extensions.get(KEPT)
    return standing if isinstance(standing, Standing) else None


def reading_of(field: GraphQLField) -> Reading | None:
    """None where none is stated."""
    reading = field.extensions.get(READING)
    return reading if isinstance(reading, Attribute | Call | Batch) else None


def classes_of(abstract: GraphQLInterfaceType | GraphQLUnionType) -> ByClass | None:
    """None where nothing is stated."""
    classes = abstract.extensions.get(READING)
    return classes if isinstance(classes, ByClass) else None


def _resolver(reading: Reading) -> Resolver:
    match reading:
        case Attribute(name):
            return lambda source, _info: getattr(source, name)
        case Batch():
            return _loading(reading)
        case Call(function, parent, info, null_is_default, _):
            return _dropping_nulls(_calling(function, parent, info)) if null_is_default else _calling(function, parent, info)


def _calling(function: Resolver, parent: bool, info: bool) -> Resolver:
    if parent and info:
        return function
    if parent:
        return lambda source, _info, **arguments: function(source, **arguments)
    if info:
        return lambda _source, request, **arguments: function(request, **arguments)
    return lambda _source, _info, **arguments: function(**arguments)


def _dropping_nulls(resolve: Resolver) -> Resolver:
    def without_nulls(source: object, info: object, **arguments: object) -> object:
        return resolve(source, info, **{name: value for name, value in arguments.items() if value is not None})

    return without_nulls


def _loading(batch: Batch) -> Resolver:
    key_of: Callable[..., Hashable] = attrgetter(batch.key.name) if isinstance(batch.key, Attribute) else batch.key

    async def load(source: object, info: Any, **arguments: object) -> object:
        key = key_of(source, **arguments)
        return None if key is None else await _loader(batch, info.context).load(key)

    return load


def _loader(batch: Batch, context: Keeper) -> "DataLoader[Any, Any]":
    if batch not in context.loaders:

        async def load(keys: list[Any]) -> Sequence[Any]:
            return await batch.load(context, keys)

        context.loaders[batch] = DataLoader(load_fn=load)
    return context.loaders[batch]
