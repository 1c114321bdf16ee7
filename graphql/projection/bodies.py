"""Writes what stands in a function: how a value becomes an answer, and how a parent's fields are read.

A small selection set stands where its value is met; a large one, or one whose type is found by the value's class, is a function of its own.
What is written answers with expressions, which are good until the function ends.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from keyword import iskeyword

import msgspec
from graphql import (
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from projection.arguments import FieldArguments
from projection.collecting import Fields
from projection.leaves import coercion, source_of
from projection.module import Module
from projection.outline import Selections, Staying, key_of
from projection.readings import Attribute, Batch, Call, Standing, is_kept, reading_of, standing_of
from projection.refusals import NotCompilable
from projection.remembering import FIRST, Fragment
from projection.source import Source

MOST_INLINE = 12
"""Fields of a selection set that is no function of its own."""
MOST_LOOPS = 6
"""One in the other. Python has room for twenty, and a list of lists needs more than one."""


def function(module: Module, on: GraphQLObjectType, selections: Selections, *, is_root: bool = False) -> str:
    """The name of the function of (o, run); selection sets that meet the same type twice share one."""
    key = key_of(on, selections)
    if key not in module.functions:
        source = Source(module.function(key), "o, run")
        source.add(f"return {Body(module, source).selected(on, 'o', selections, is_root=is_root)}")
        module.add(source)
    return module.functions[key]


def filling(module: Module, place: str, type_: GraphQLOutputType, nodes: Sequence[FieldNode]) -> str:
    """The name of a function of (a, value, run) that puts what it makes of a value in its place."""
    source = Source(module.constant(None, "fill"), "a, value, run")
    source.add(f"a.{place} = {Body(module, source).completed(type_, 'value', nodes)}")
    module.add(source)
    return source.function


def filling_all(module: Module, place: str, type_: GraphQLOutputType, nodes: Sequence[FieldNode]) -> str:
    """The same for many answers and their values."""
    source = Source(module.constant(None, "fill"), "answers, values, run")
    with source.loop("for a, value in zip(answers, values):"):
        source.add(f"a.{place} = {Body(module, source).completed(type_, 'value', nodes)}")
    module.add(source)
    return source.function


class Body:
    """Writes into one function."""

    def __init__(self, module: Module, source: Source) -> None:
        self.module, self.source = module, source

    def selected(self, on: GraphQLObjectType, parent: str, selections: Selections, *, is_root: bool = False) -> str:
        """What is made of the object named `parent`."""
        return Selection(self, on, parent).written(self.module.outline.fields(on, selections), is_root=is_root)

    def field(self, on: GraphQLObjectType, parent: str, nodes: Sequence[FieldNode], info: str = "run") -> str:
        """What is made of a field that nobody has to wait for. `info` names what its function reads the context of."""
        if nodes[0].name.value == "__typename":
            return repr(on.name)
        field = self.module.outline.field(on, nodes[0])
        value = self.source.name("v")
        self.source.add(f"{value} = {self._reading(on, parent, field, nodes[0], info)}")
        return self.completed(field.type, value, nodes)

    def called(self, call: Call, parent: str, field: GraphQLField, node: FieldNode, info: str = "run") -> str:
        arguments = self.arguments(field, node, null_is_default=call.null_is_default)
        given = [*[parent] * call.parent, *[info] * call.info, *arguments]
        return f"{self.module.constant(call.function, 'read')}({', '.join(given)})"

    def arguments(self, field: GraphQLField, node: FieldNode, *, null_is_default: bool) -> list[str]:
        """What a field's function is called with."""
        if not field.args:
            return []
        arguments = FieldArguments(field, node, null_is_default=null_is_default)
        given = [f"{_identifier(name)}={self.module.constant(value)}" for name, value in arguments.fixed.items()]
        return [*given, f"**{self.module.bound(arguments.bind)}"] if arguments.bind else given

    def completed(self, type_: GraphQLOutputType, value: str, nodes: Sequence[FieldNode]) -> str:
        """What is made of the value named `value`."""
        required = isinstance(type_, GraphQLNonNull)
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            coerce = self.module.constant(coercion(inner, required=required, ordinary=self.module.ordinary))
            return f"({source_of(inner).format(x=value, c=coerce)})"
        return self._made(inner, value, nodes) if required else self._made_or_null(inner, value, nodes)

    def _reading(self, on: GraphQLObjectType, parent: str, field: GraphQLField, node: FieldNode, info: str) -> str:
        match reading_of(field):
            case Attribute(name):
                return f"{parent}.{_identifier(name)}"
            case Call() as call:
                return self.called(call, parent, field, node, info)
        raise NotCompilable(f"nothing says how {on.name}.{node.name.value} is read")

    def _made_or_null(self, type_: GraphQLOutputType, value: str, nodes: Sequence[FieldNode]) -> str:
        answer = self.source.name("r")
        with self.source.block(f"if {value} is None:"):
            self.source.add(f"{answer} = None")
        with self.source.block("else:"):
            self.source.add(f"{answer} = {self._made(type_, value, nodes)}")
        return answer

    def _made(self, type_: GraphQLOutputType, value: str, nodes: Sequence[FieldNode]) -> str:
        """Of a value that is not null."""
        if isinstance(type_, GraphQLList):
            return self._list(type_.of_type, value, nodes)
        selections = self.module.outline.selections(get_named_type(type_), nodes)
        if isinstance(type_, GraphQLObjectType):
            if self.source.loops <= MOST_LOOPS and self.module.outline.size(type_, selections) <= MOST_INLINE:
                return self.selected(type_, value, selections)
            return f"{function(self.module, type_, selections)}({value}, run)"
        if is_abstract_type(type_):
            return f"{self._dispatch(type_, selections)}[{value}.__class__]({value}, run)"
        raise NotCompilable(f"{type_} is of an unknown kind")

    def _list(self, of: GraphQLOutputType, value: str, nodes: Sequence[FieldNode]) -> str:
        """A loop, because a comprehension is a function and costs a call."""
        answer, item = self.source.name("r"), self.source.name("i")
        self.source.add(f"if {value}.__class__ is not tuple and {value}.__class__ is not list: {value} = items_of({value})")
        self.source.add(f"{answer} = []")
        with self.source.loop(f"for {item} in {value}:"):
            self.source.add(f"{answer}.append({self.completed(of, item, nodes)})")
        return answer

    def _dispatch(self, type_: GraphQLAbstractType, selections: Selections) -> str:
        """A table from the value's class to the function of its type; a class that is not in it is graphql-core's to report."""
        possible = {each.name: each for each in self.module.outline.possible(type_)}
        table = self.module.constant({}, "types")
        for kind, name in self.module.outline.classes(type_).names.items():
            if name in possible:
                made = function(self.module, possible[name], selections)
                self.module.add_line(f"{table}[{self.module.constant(kind, 'kind')}] = {made}")
        return table


class Selection:
    """One selection set on the object named `parent`."""

    def __init__(self, body: Body, on: GraphQLObjectType, parent: str) -> None:
        self._body, self._on, self._parent = body, on, parent
        self._module, self._source = body.module, body.source
        self._answers: dict[str, str] = {}
        self._later: list[str] = []
        """What can be done once the answer has a name."""
        self._answer = body.source.name("a")

    def written(self, fields: Fields, *, is_root: bool) -> str:
        kept = self._kept(fields)
        if kept and len(kept) == len(fields):
            return self._remembered([fields], kept, whole=True)[0]
        if not kept and not is_root:
            self._source.guard(self._parent, self._module.variable(f"seen_{self._on.name}"))
        runs = [(stays, {key: fields[key] for key in keys}) for stays, keys in groupby(fields, kept.__contains__)]
        remembered = iter(self._remembered([run for stays, run in runs if stays], kept, whole=False))
        for stays, run in runs:
            if stays:
                self._answers[next(iter(run))] = next(remembered)
                continue
            for key, nodes in run.items():
                self._answers[key] = self._field(f"f{len(self._answers)}", nodes)
        return self._finished()

    def _finished(self) -> str:
        made = f"{self._module.answer(self._on, list(self._answers))}({', '.join(self._answers.values())})"
        if not self._later:
            return made
        self._source.add(f"{self._answer} = {made}")
        for line in self._later:
            self._source.add(line)
        return self._answer

    def _kept(self, fields: Fields) -> Mapping[str, Staying]:
        """What is remembered, if that is more than the name of its type."""
        if not is_kept(self._on) or all(nodes[0].name.value == "__typename" for nodes in fields.values()):
            return {}
        found = {key: self._module.outline.stays(self._on, nodes) for key, nodes in fields.items()}
        kept = {key: staying for key, staying in found.items() if staying is not None}
        return kept if any(fields[key][0].name.value != "__typename" for key in kept) else {}

    def _remembered(self, runs: Sequence[Fields], kept: Mapping[str, Staying], *, whole: bool) -> list[str]:
        """For each run of neighbours one piece of text. `whole`: the only run is all that is asked for."""
        if not runs:
            return []
        table = self._module.memory.table([Fragment.of(list(run), whole=whole) for run in runs])
        find, keep = self._module.constant(table.entries.get, "find"), self._module.constant(table.keep, "keep")
        found, parent, make = self._source.name("m"), self._parent, self._making(runs)
        standing = standing_of(self._on)
        if standing is None or Staying.WITH_STANDING not in kept.values():
            self._source.add(f"{found} = {find}(id({parent})) or {keep}({parent}, None, {make}({parent}, run, run))")
        else:
            key, settled = self._source.name("s"), self._module.constant(_giving(standing), "settled")
            self._source.add(f"{key} = {self._module.constant(standing.key, 'key')}({parent}, run.context)")
            self._source.add(f"{found} = {find}(id({parent}))")
            with self._source.block(f"if {found} is None or {found}[1] != {key}:"):
                self._source.add(f"{found} = {keep}({parent}, {key}, {make}({parent}, {settled}({parent}, {key}), run))")
        return [f"{found}[{index}]" for index in range(FIRST, FIRST + len(runs))]

    def _making(self, runs: Sequence[Fields]) -> str:
        """The name of a function of (o, info, run) that makes all values to be remembered."""
        make = Source(self._module.constant(None, "make"), "o, info, run")
        make.guard("o", self._module.variable(f"seen_{self._on.name}"))
        body = Body(self._module, make)
        values = [body.field(self._on, "o", nodes, "info") for run in runs for nodes in run.values()]
        make.add(f"return ({', '.join(values)},)")
        self._module.add(make)
        return make.function

    def _field(self, place: str, nodes: Sequence[FieldNode]) -> str:
        node = nodes[0]
        if node.name.value != "__typename":
            field = self._module.outline.field(self._on, node)
            match reading_of(field):
                case Batch() as batch:
                    return self._batch(place, batch, field, nodes)
                case Call() as call if call.deferred:
                    fill = filling(self._module, place, field.type, nodes)
                    self._later.append(
                        f"run.waiting.append(({self._body.called(call, self._parent, field, node)}, {self._answer}, {fill}))"
                    )
                    return "None"
        return self._body.field(self._on, self._parent, nodes)

    def _batch(self, place: str, batch: Batch, field: GraphQLField, nodes: Sequence[FieldNode]) -> str:
        """Leaves the answer and its key. Null is no key, but a value like any other."""
        fill = filling_all(self._module, place, field.type, nodes)
        slot = self._module.slot(batch, fill)
        key, answer = self._source.name("key"), self._answer
        self._source.add_first(f"answers_{slot}, keys_{slot} = run.places[{slot}]")
        self._source.add(f"{key} = {self._key(batch, field, nodes[0])}")
        self._later += (
            f"if {key} is None: {fill}(({answer},), iter((None,)), run)",
            f"else: answers_{slot}.append({answer}); keys_{slot}.append({key})",
        )
        return "None"

    def _key(self, batch: Batch, field: GraphQLField, node: FieldNode) -> str:
        if isinstance(batch.key, Attribute):
            return f"{self._parent}.{_identifier(batch.key.name)}"
        given = [self._parent, *self._body.arguments(field, node, null_is_default=False)]
        return f"{self._module.constant(batch.key, 'key')}({', '.join(given)})"


class Settled(msgspec.Struct, frozen=True):
    """What settled fields get as `info`."""

    context: object


def _giving(standing: Standing) -> Callable[[object, object], Settled]:
    of = standing.of
    return lambda parent, key: Settled(of(parent, key))


def _identifier(name: str) -> str:
    if not name.isidentifier() or iskeyword(name):
        raise NotCompilable(f"{name!r} is no name in Python")
    return name
