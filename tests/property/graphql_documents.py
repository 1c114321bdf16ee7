"""Random documents for any schema: fragments of both kinds, aliases, merged fields, conditions, variables anywhere. Mostly valid ones."""

from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
    is_union_type,
)

SCALARS: dict[str, tuple[list[str], list[object]]] = {
    "Int": (["0", "3", "4", "13", "-7", "2147483647"], [0, 3, 4, 13, -7, 2**31 - 1, 2.0]),
    "Float": (["0", "1.5", "-3"], [0, 1.5, -3]),
    "String": (['"a"', '""', '"żółć \\" "', '"""block"""'], ["a", "", "żółć"]),
    "ID": (['"1"', "7"], ["1", 7]),
    "Boolean": (["true", "false"], [True, False]),
}
WRONG: tuple[object, ...] = (None, "x", 1.5, 2**40, [], {}, True)


class DocumentWriter:
    """Writes one document and the variables it is asked with."""

    def __init__(
        self, random: Random, schema: GraphQLSchema, *, depth: int = 3, wrong: float = 0.03, favoured: frozenset[str] = frozenset()
    ) -> None:
        self._random, self._schema, self._depth, self._wrong, self._favoured = random, schema, depth, wrong, favoured
        self._declared: dict[str, str] = {}
        self._fragments: dict[str, str] = {}
        self.variables: dict[str, object] = {}
        self._aliases = 0

    def text(self) -> str:
        body = self._selections(self._schema.query_type, self._depth)
        declared = ", ".join(f"${name}: {type_}" for name, type_ in self._declared.items())
        return f"query Q{f'({declared})' if declared else ''} {body} " + " ".join(self._fragments.values())

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _selections(self, on: Any, depth: int) -> str:
        parts = [self._selection(on, depth) for _ in range(self._random.randint(1, 4))]
        return "{ " + " ".join(parts) + " }"

    def _selection(self, on: Any, depth: int) -> str:
        if self._chance(0.08):
            return f"__typename{self._condition()}"
        if depth > 0 and self._chance(0.2 if not is_union_type(on) else 0.9):
            return self._fragment(on, depth)
        fields = [] if is_union_type(on) else [(name, field) for name, field in on.fields.items() if depth > 0 or not _is_composite(field)]
        favoured = [(name, field) for name, field in fields if name in self._favoured]
        chosen = favoured if favoured and self._chance(0.4) else fields
        return self._field(*self._random.choice(chosen), depth) if chosen else "__typename"

    def _field(self, name: str, field: Any, depth: int) -> str:
        arguments = self._arguments(field)
        alias = ""
        if arguments or self._chance(0.15):
            self._aliases += 1
            alias = f"a{self._aliases}: "
        inner = f" {self._selections(get_named_type(field.type), depth - 1)}" if _is_composite(field) else ""
        return f"{alias}{name}{arguments}{self._condition()}{inner}"

    def _fragment(self, on: Any, depth: int) -> str:
        target = on
        if is_abstract_type(on):
            possible = self._schema.get_possible_types(on)
            target = self._random.choice([on, *possible, *(each for one in possible for each in one.interfaces)])
        elif self._chance(0.3):
            target = self._random.choice([on, *getattr(on, "interfaces", ())])
        if self._chance(0.4):
            return f"...{self._spread(target, depth)}{self._condition()}"
        condition = f" on {target.name}" if target is not on or self._chance(0.5) else ""
        return f"...{condition}{self._condition()} {self._selections(target, depth - 1)}"

    def _spread(self, on: Any, depth: int) -> str:
        usable = [name for name in self._fragments if name.startswith(f"F{on.name}_{depth}_")]
        if usable and self._chance(0.5):
            return self._random.choice(usable)
        name = f"F{on.name}_{depth}_{len(self._fragments)}_{self._aliases}"
        body = self._selections(on, depth - 1)
        self._fragments[name] = f"fragment {name} on {on.name} {body}"
        return name

    def _condition(self) -> str:
        if not self._chance(0.12):
            return ""
        value = self._flag() if self._chance(0.6) else self._random.choice(["true", "false"])
        both = f" @include(if: {self._flag()})" if self._chance(0.2) else ""
        return f" @skip(if: {value}){both}" if self._chance(0.5) else f" @include(if: {value})"

    def _flag(self) -> str:
        name = self._random.choice(["yes", "no"])
        if name not in self._declared:
            self._declared[name] = self._random.choice(["Boolean!", "Boolean! = true", "Boolean = false"])
            self._give(name, self._random.choice([True, False]), self._declared[name])
        return f"${name}"

    def _arguments(self, field: Any) -> str:
        given = []
        for name, argument in field.args.items():
            if is_required_argument(argument) or self._chance(0.5):
                given.append(f"{name}: {self._value(argument.type, 3)}")
        return f"({', '.join(given)})" if given else ""

    def _value(self, type_: Any, depth: int) -> str:
        if self._chance(0.35):
            return self._variable(type_)
        if not isinstance(type_, GraphQLNonNull) and self._chance(0.1):
            return "null"
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            if self._chance(0.1):
                return self._literal(inner.of_type, depth)
            return f"[{', '.join(self._value(inner.of_type, depth - 1) for _ in range(self._random.randrange(3)))}]"
        return self._literal(inner, depth)

    def _literal(self, type_: Any, depth: int) -> str:
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            return self._value(inner, depth - 1)
        if isinstance(inner, GraphQLEnumType):
            return self._random.choice([*inner.values])
        if isinstance(inner, GraphQLInputObjectType):
            fields = [
                f"{name}: {self._value(field.type, depth - 1)}"
                for name, field in inner.fields.items()
                if is_required_input_field(field) or (depth > 0 and self._chance(0.5))
            ]
            return "{" + ", ".join(fields) + "}"
        return self._random.choice(SCALARS.get(inner.name, SCALARS["String"])[0])

    def _variable(self, type_: Any) -> str:
        name = f"v{len(self._declared)}"
        default = f" = {self._constant(type_)}" if self._chance(0.3) else ""
        self._declared[name] = f"{type_}{default}"
        self._give(name, self._json(type_, 2), self._declared[name])
        return f"${name}"

    def _constant(self, type_: Any) -> str:
        inner = get_named_type(type_)
        if isinstance(inner, GraphQLInputObjectType):
            required = [f"{name}: {self._constant(field.type)}" for name, field in inner.fields.items() if is_required_input_field(field)]
            return "{" + ", ".join(required) + "}"
        return self._literal(inner, 0)

    def _give(self, name: str, value: object, declared: str) -> None:
        may_lack = not declared.endswith("!")
        if may_lack and self._chance(0.25):
            return
        self.variables[name] = self._random.choice(WRONG) if self._chance(self._wrong) else value

    def _json(self, type_: Any, depth: int) -> object:
        if not isinstance(type_, GraphQLNonNull) and self._chance(0.15):
            return None
        inner = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(inner, GraphQLList):
            return [self._json(inner.of_type, depth - 1) for _ in range(self._random.randrange(3))]
        if isinstance(inner, GraphQLEnumType):
            return self._random.choice([*inner.values])
        if isinstance(inner, GraphQLInputObjectType):
            return {
                name: self._json(field.type, depth - 1)
                for name, field in inner.fields.items()
                if is_required_input_field(field) or (depth > 0 and self._chance(0.5))
            }
        return self._random.choice(SCALARS.get(inner.name, SCALARS["String"])[1])


def _is_composite(field: Any) -> bool:
    return is_composite_type(get_named_type(field.type))
