"""Writes one Python function for each selection set and concrete type.

The function for `{ title images { url } }` on Product reads

    def on_Product_1(o, run):
        if o.__class__ not in ordinary: ordinary.admit(o)
        v_f0 = o.title
        v_f1 = o.images
        return Answer_7((v_f0 if v_f0.__class__ is str else c_4(v_f0)), [on_Image_2(i_5, run) for i_5 in (v_f1 if … else items_of(v_f1))])

Nothing of the document's text becomes source but through repr(): names in the source are made here or are the schema's own.
"""

from collections.abc import Sequence
from keyword import iskeyword
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
)

from projection.arguments import Bind, FieldArguments
from projection.collecting import Collector, Flags
from projection.leaves import Ordinary, coercion, items_of, source_of
from projection.readings import READING, Attribute, Batch, ByClass, Call, is_kept, reading_of
from projection.refusals import NotCompilable
from projection.remembering import Memory
from projection.running import Serial, Slot, Step, Variant

MOST_FUNCTIONS = 400
"""Of one variant. A document that needs more spreads over too many types to be worth its memory."""

GUARD = "if o.__class__ not in ordinary: ordinary.admit(o)"

Selections = Sequence[SelectionSetNode]


class Writer:
    """Compiles one operation with one combination of flags. Raises NotCompilable."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, flags: Flags, memory: Memory) -> None:
        self._schema, self._memory = schema, memory
        self._collector = Collector(schema, document, flags)
        self._ordinary = Ordinary()
        self._known: dict[str, Any] = {"items_of": items_of, "ordinary": self._ordinary}
        self._functions: dict[tuple[str, tuple[int, ...]], str] = {}
        self._pure: set[str] = set()
        """Functions whose answer depends on nothing but the parent."""
        self._source: list[str] = []
        self._binds: list[Bind] = []
        self._slots: list[tuple[Batch, str]] = []

    def variant(self, operation: OperationDefinitionNode) -> Variant | Serial:
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            raise NotCompilable(f"the schema has no {operation.operation.value}")
        if operation.operation is OperationType.MUTATION:
            return self._serial(root, operation)
        name = self._function(root, [operation.selection_set], is_root=True)
        return Variant(self._compiled()[name], tuple(self._binds), self._filled_slots())

    def _serial(self, root: GraphQLObjectType, operation: OperationDefinitionNode) -> Serial:
        fields = self._collector.fields(root, [operation.selection_set])
        names = {key: root.name for key, nodes in fields.items() if nodes[0].name.value == "__typename"}
        answer = _answer_of(root, list(fields))
        made = self.constant(answer, "Answer")
        self._source.append(f"def answer():\n    return {made}({', '.join(repr(names.get(key)) for key in fields)})")
        steps = [(key, *self._step(root, f"f{index}", nodes)) for index, (key, nodes) in enumerate(fields.items()) if key not in names]
        known = self._compiled()
        performed = tuple(Step(key, known[start], known[fill]) for key, start, fill in steps)
        return Serial(known["answer"], performed, tuple(self._binds), self._filled_slots())

    def _step(self, root: GraphQLObjectType, place: str, nodes: Sequence[FieldNode]) -> tuple[str, str]:
        """The names of the functions that perform a mutation's field and make an answer of it."""
        field = self.field(root, nodes[0])
        call = reading_of(field)
        if not isinstance(call, Call) or call.parent:
            raise NotCompilable(f"{root.name}.{nodes[0].name.value} is no function of the request alone")
        given = ["run"] * call.info + self.arguments(field, nodes[0], null_is_default=call.null_is_default)
        start = self.constant(None, "start")
        self._source.append(f"def {start}(run):\n    return {self.constant(call.function, 'read')}({', '.join(given)})")
        return start, self.fill(place, self.completed(field.type, "value", nodes))

    def _compiled(self) -> dict[str, Any]:
        exec(compile("\n".join(self._source), "<projection>", "exec"), self._known)  # noqa: S102 - what a compiler is for
        return self._known

    def _filled_slots(self) -> tuple[Slot, ...]:
        return tuple(Slot(batch, self._known[fill]) for batch, fill in self._slots)

    def _function(self, on: GraphQLObjectType, selections: Selections, *, is_root: bool = False) -> str:
        """The name of the function; selection sets that meet the same type twice share one."""
        key = (on.name, tuple(map(id, selections)))
        if key not in self._functions:
            if len(self._functions) >= MOST_FUNCTIONS:
                raise NotCompilable(f"needs more than {MOST_FUNCTIONS} functions")
            self._functions[key] = f"on_{on.name}_{len(self._functions)}"
            self._source.append(self._written(self._functions[key], on, selections, is_root))
        return self._functions[key]

    def _written(self, name: str, on: GraphQLObjectType, selections: Selections, is_root: bool) -> str:
        if on.is_type_of is not None:
            raise NotCompilable(f"{on.name} tells its values by is_type_of")
        fields = self._collector.fields(on, selections)
        body = Body(self, on)
        for index, nodes in enumerate(fields.values()):
            body.add(f"f{index}", nodes)
        answer = _answer_of(on, list(fields))
        if body.is_pure:
            self._pure.add(name)
        guard = [] if is_root or body.remembers else [GUARD]
        lines = [*guard, *body.source(self.constant(answer, "Answer"))]
        return "\n    ".join([f"def {name}(o, run):", *lines])

    def is_pure(self, type_: GraphQLOutputType, nodes: Sequence[FieldNode]) -> bool:
        named = get_named_type(type_)
        concrete = [named] if isinstance(named, GraphQLObjectType) else self._known_types(named) if is_abstract_type(named) else []
        selections = [node.selection_set for node in nodes if node.selection_set]
        return all(self._function(each, selections) in self._pure for each in concrete)

    def remember(self, lines: Sequence[str], values: Sequence[str]) -> str:
        """The expression for the remembered fields of `o`."""
        table = self._memory.table()
        make, find, keep = self.constant(None, "make"), self.constant(table.entries.get, "find"), self.constant(table.keep, "keep")
        self._source.append("\n    ".join([f"def {make}(o, run):", GUARD, *lines, f"return ({', '.join(values)},)"]))
        return f"{find}(id(o)) or {keep}(o, {make}(o, run))"

    def constant(self, value: object, prefix: str = "c") -> str:
        name = f"{prefix}_{len(self._known)}"
        self._known[name] = value
        return name

    def fill(self, place: str, expression: str) -> str:
        """A function that puts what `expression` makes of a value in its place."""
        name = self.constant(None, "fill")
        self._source.append(f"def {name}(a, value, run):\n    a.{place} = {expression}")
        return name

    def bound(self, bind: Bind) -> str:
        self._binds.append(bind)
        return f"run.arguments[{len(self._binds) - 1}]"

    def slot(self, batch: Batch, place: str, expression: str) -> str:
        """Where the keys of a batch-loaded field are left."""
        fill = self.constant(None, "fill")
        lines = ("    for a, key in places:", "        value = found[key]", f"        a.{place} = {expression}")
        self._source.append("\n".join((f"def {fill}(places, found, run):", *lines)))
        self._slots.append((batch, fill))
        return f"run.places[{len(self._slots) - 1}]"

    def arguments(self, field: GraphQLField, node: FieldNode, *, null_is_default: bool) -> list[str]:
        """What a field's function is called with, as source."""
        if not field.args:
            return []
        arguments = FieldArguments(field, node, null_is_default=null_is_default)
        given = [f"{_identifier(name)}={self.constant(value)}" for name, value in arguments.fixed.items()]
        return [*given, f"**{self.bound(arguments.bind)}"] if arguments.bind else given

    def field(self, on: GraphQLObjectType, node: FieldNode) -> GraphQLField:
        name = node.name.value
        if name.startswith("__"):
            raise NotCompilable(f"{name} is left to graphql-core")
        field: GraphQLField = on.fields[name]
        return field

    def completed(self, type_: GraphQLOutputType, value: str, nodes: Sequence[FieldNode]) -> str:
        """The expression that makes an answer of the value named `value`."""
        required = isinstance(type_, GraphQLNonNull)
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if is_leaf_type(inner):
            coerce = self.constant(coercion(inner, required=required, ordinary=self._ordinary))
            return f"({source_of(inner).format(x=value, c=coerce)})"
        made = self._made(inner, value, nodes)
        return made if required else f"(None if {value} is None else {made})"

    def _made(self, type_: GraphQLOutputType, value: str, nodes: Sequence[FieldNode]) -> str:
        if isinstance(type_, GraphQLList):
            item = self.constant(None, "i")  # a list in a list needs a name of its own
            each = self.completed(type_.of_type, item, nodes)
            return f"[{each} for {item} in ({value} if {value}.__class__ is tuple or {value}.__class__ is list else items_of({value}))]"
        selections = [node.selection_set for node in nodes if node.selection_set]
        if isinstance(type_, GraphQLObjectType):
            return f"{self._function(type_, selections)}({value}, run)"
        if is_abstract_type(type_):
            return f"{self._dispatch(type_, selections)}[{value}.__class__]({value}, run)"
        raise NotCompilable(f"{type_} is of an unknown kind")

    def _dispatch(self, type_: GraphQLAbstractType, selections: Selections) -> str:
        """A table from the value's class to the function of its type; a class that is not in it is graphql-core's to report."""
        classes = type_.extensions.get(READING)
        if not isinstance(classes, ByClass):
            raise NotCompilable(f"nothing says how the type of a {type_.name} is found")
        possible = {each.name: each for each in self._known_types(type_)}
        functions = {kind: self._function(possible[name], selections) for kind, name in classes.names.items() if name in possible}
        table = self.constant({}, "types")
        entries = (f"{table}[{self.constant(kind, 'kind')}] = {function}" for kind, function in functions.items())
        self._source.append("\n".join(entries))
        return table

    def _known_types(self, type_: GraphQLAbstractType) -> list[GraphQLObjectType]:
        """Those that some class stands for."""
        classes = type_.extensions.get(READING)
        names = set(classes.names.values()) if isinstance(classes, ByClass) else set[str]()
        return [each for each in self._schema.get_possible_types(type_) if each.name in names]


class Body:
    """The lines of one function: a value for each field, and what fills the places that are waited for."""

    def __init__(self, writer: Writer, on: GraphQLObjectType) -> None:
        self._writer, self._on = writer, on
        self._keeps = is_kept(on)
        self._lines: list[str] = []
        self._answers: list[str] = []
        self._later: list[str] = []
        self._kept_lines: list[str] = []
        self._kept: list[str] = []
        self.is_pure = True

    @property
    def remembers(self) -> bool:
        return bool(self._kept)

    def add(self, place: str, nodes: Sequence[FieldNode]) -> None:
        node = nodes[0]
        if node.name.value == "__typename":
            self._answers.append(repr(self._on.name))
            return
        field = self._writer.field(self._on, node)
        match reading_of(field):
            case Attribute(name):
                self._now(place, f"o.{_identifier(name)}", field, nodes, pure=True)
            case Call() as call:
                self._call(place, call, field, nodes)
            case Batch() as batch:
                self._batch(place, batch, field, nodes)
            case None:
                raise NotCompilable(f"nothing says how {self._on.name}.{node.name.value} is read")

    def source(self, answer: str) -> list[str]:
        made = f"{answer}({', '.join(self._answers)})"
        if self._kept:
            self._lines.insert(0, f"m = {self._writer.remember(self._kept_lines, self._kept)}")
        if not self._later:
            return [*self._lines, f"return {made}"]
        return [*self._lines, f"a = {made}", *self._later, "return a"]

    def _now(self, place: str, expression: str, field: GraphQLField, nodes: Sequence[FieldNode], *, pure: bool) -> None:
        value = f"v_{place}"
        answer = self._writer.completed(field.type, value, nodes)
        is_pure = pure and self._writer.is_pure(field.type, nodes)
        self.is_pure = self.is_pure and is_pure
        if is_pure and self._keeps:
            self._kept_lines.append(f"{value} = {expression}")
            self._kept.append(answer)
            self._answers.append(f"m[{len(self._kept)}]")
            return
        self._lines.append(f"{value} = {expression}")
        self._answers.append(answer)

    def _call(self, place: str, call: Call, field: GraphQLField, nodes: Sequence[FieldNode]) -> None:
        arguments = self._writer.arguments(field, nodes[0], null_is_default=call.null_is_default)
        given = ["o"] * call.parent + ["run"] * call.info + arguments
        expression = f"{self._writer.constant(call.function, 'read')}({', '.join(given)})"
        if not call.deferred:
            pure = call.parent and not call.info and not any(each.startswith("**") for each in arguments)
            self._now(place, expression, field, nodes, pure=pure)
            return
        self.is_pure = False
        self._answers.append("None")
        fill = self._writer.fill(place, self._writer.completed(field.type, "value", nodes))
        self._later.append(f"run.waiting.append(({expression}, a, {fill}))")

    def _batch(self, place: str, batch: Batch, field: GraphQLField, nodes: Sequence[FieldNode]) -> None:
        """Null is no key, but a value like any other."""
        self.is_pure = False
        expression = self._writer.completed(field.type, "value", nodes)
        self._lines.append(f"key_{place} = {self._key(batch, field, nodes[0])}")
        self._answers.append("None")
        self._later.append(f"if key_{place} is None: {self._writer.fill(place, expression)}(a, None, run)")
        self._later.append(f"else: {self._writer.slot(batch, place, expression)}.append((a, key_{place}))")

    def _key(self, batch: Batch, field: GraphQLField, node: FieldNode) -> str:
        if isinstance(batch.key, Attribute):
            return f"o.{_identifier(batch.key.name)}"
        given = ["o", *self._writer.arguments(field, node, null_is_default=False)]
        return f"{self._writer.constant(batch.key, 'key')}({', '.join(given)})"


def _answer_of(on: GraphQLObjectType, keys: Sequence[str]) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        f"Answer_{on.name}",
        [(f"f{index}", Any) for index in range(len(keys))],
        rename={f"f{index}": key for index, key in enumerate(keys)},
        gc=False,
    )


def _identifier(name: str) -> str:
    if not name.isidentifier() or iskeyword(name):
        raise NotCompilable(f"{name!r} is no name in Python")
    return name
