"""Writes one operation as Python functions.

`{ products { title images { url } } }` becomes

    def on_Query_2(o, run):
     v_2 = read_3(run)
     if v_2.__class__ is not tuple and v_2.__class__ is not list: v_2 = items_of(v_2)
     r_3 = []
     for i_4 in v_2:
      if i_4.__class__ is not seen_Product:
       if i_4.__class__ not in ordinary: ordinary.admit(i_4)
       seen_Product = i_4.__class__
      v_6 = i_4.title
      v_7 = i_4.images
      …
      r_3.append(Answer_9((v_6 if v_6.__class__ is str else c_5(v_6)), r_8))
     return Answer_10(r_3)
"""

from collections.abc import Sequence

from graphql import DocumentNode, FieldNode, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, OperationType

from projection.bodies import Body, filling, function
from projection.collecting import Flags
from projection.module import Module
from projection.outline import Outline
from projection.readings import Call, reading_of
from projection.refusals import NotCompilable
from projection.remembering import Memory
from projection.running import Serial, Step, Variant
from projection.source import Source


class Writer:
    """Compiles one operation with one combination of flags. Raises NotCompilable."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, flags: Flags, memory: Memory) -> None:
        self._schema = schema
        self._outline = Outline(schema, document, flags)
        self._module = Module(self._outline, memory)

    def variant(self, operation: OperationDefinitionNode) -> Variant | Serial:
        root = self._schema.get_root_type(operation.operation)
        if root is None:
            raise NotCompilable(f"the schema has no {operation.operation.value}")
        if operation.operation is OperationType.MUTATION:
            return self._serial(root, operation)
        name = function(self._module, root, [operation.selection_set], is_root=True)
        return Variant(self._module.compiled()[name], tuple(self._module.binds), self._module.slots())

    def _serial(self, root: GraphQLObjectType, operation: OperationDefinitionNode) -> Serial:
        fields = self._outline.fields(root, [operation.selection_set])
        names = {key: root.name for key, nodes in fields.items() if nodes[0].name.value == "__typename"}
        answer = Source(self._module.constant(None, "answer"), "")
        answer.add(f"return {self._module.answer(root, list(fields))}({', '.join(repr(names.get(key)) for key in fields)})")
        self._module.add(answer)
        steps = [(key, *self._step(root, f"f{index}", nodes)) for index, (key, nodes) in enumerate(fields.items()) if key not in names]
        known = self._module.compiled()
        performed = tuple(Step(key, known[start], known[fill]) for key, start, fill in steps)
        return Serial(known[answer.function], performed, tuple(self._module.binds), self._module.slots())

    def _step(self, root: GraphQLObjectType, place: str, nodes: Sequence[FieldNode]) -> tuple[str, str]:
        """The names of the functions that perform a mutation's field and make an answer of it."""
        field = self._outline.field(root, nodes[0])
        call = reading_of(field)
        if not isinstance(call, Call) or call.parent:
            raise NotCompilable(f"{root.name}.{nodes[0].name.value} is no function of the request alone")
        start = Source(self._module.constant(None, "start"), "run")
        start.add(f"return {Body(self._module, start).called(call, '', field, nodes[0])}")
        self._module.add(start)
        return start.function, filling(self._module, place, field.type, nodes)
