"""Mutations: each field is performed once, one after the other, and answered as graphql-core answers."""

from inspect import isawaitable

import msgspec
import pytest
from graphql import GraphQLSchema, build_schema, execute, parse

from projection import Attribute, Batch, Call, Performed, Projection, State, performed_by, read_by

SDL = """
type Query { total: Int }
type Mutation {
  add(name: String!, count: Int = 1): Basket
  must(name: String!): Basket!
  count: Int!
}
type Basket { name: String! items: [Item!]! note: String slow: String! }
type Item { name: String! maker: Maker }
type Maker { name: String! }
"""


class Item(msgspec.Struct):
    name: str | None
    maker_id: int = 1


class Basket(msgspec.Struct):
    name: str
    items: list[Item]
    note: object = None


class Maker(msgspec.Struct):
    name: str


class Shop:
    """What the mutations of one request did, in their order."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.loaders: dict[object, object] = {}


async def add(info, name: str, count: int = 1) -> Basket | None:
    shop: Shop = info.context
    shop.done.append(f"add {count} {name}")
    match name:
        case "broken":
            raise ValueError("cannot add")
        case "nothing":
            return None
        case "nameless":
            return Basket(name, [Item(None)])
        case "odd":
            return Basket(name, [], note=object())
    return Basket(name, [Item(f"{name} {number}", number) for number in range(count)])


def count(info) -> int:
    info.context.done.append("count")
    return len(info.context.done)


async def slow(basket: Basket, info) -> str:
    info.context.done.append(f"read {basket.name}")
    return basket.name


async def makers(_context: Shop, keys: list[int]) -> list[Maker]:
    return [Maker(f"maker {key}") for key in keys]


def schema_of() -> GraphQLSchema:
    schema = build_schema(SDL)
    fields = schema.mutation_type.fields
    for name, function in (("add", add), ("must", add), ("count", count)):
        performed_by(fields[name], Call(function, parent=False, info=True, null_is_default=True))
    for kind, names in {"Basket": ("name", "items", "note"), "Item": ("name",), "Maker": ("name",)}.items():
        for name in names:
            read_by(schema.type_map[kind].fields[name], Attribute(name))
    read_by(schema.type_map["Basket"].fields["slow"], Call(slow, info=True))
    read_by(schema.type_map["Item"].fields["maker"], Batch(Attribute("maker_id"), makers))
    return schema


SCHEMA = schema_of()
WHOLE = "{ __typename name items { name maker { name } } note slow }"


async def core_answer(document, variables: dict, shop: Shop, performed: Performed) -> dict:
    result = execute(SCHEMA, document, root_value=performed, context_value=shop, variable_values=variables)
    result = await result if isawaitable(result) else result
    return {"data": result.data, "errors": [each.formatted for each in result.errors or ()]}


async def both(text: str, variables: dict) -> tuple[dict, dict, list[str], list[str], bool]:
    """The answers and what was done: with the plan (and graphql-core where it gives up), and by graphql-core alone."""
    document = parse(text)
    plan = Projection(SCHEMA, document, document.definitions[0])
    plan.compile()
    assert plan.state is State.COMPILED, plan.reason
    shop, alone, performed = Shop(), Shop(), Performed()
    data = await plan.run(variables, shop, performed)
    compiled = data is not None
    answer = {"data": data, "errors": []} if compiled else await core_answer(document, variables, shop, performed)
    return answer, await core_answer(document, variables, alone, Performed()), shop.done, alone.done, compiled


@pytest.mark.parametrize(
    ("text", "variables", "compiled"),
    [
        (f'mutation {{ add(name: "a") {WHOLE} }}', {}, True),
        (f"mutation($n: String!, $c: Int) {{ add(name: $n, count: $c) {WHOLE} }}", {"n": "a", "c": 3}, True),
        (f"mutation($n: String!, $c: Int) {{ add(name: $n, count: $c) {WHOLE} }}", {"n": "a", "c": None}, True),
        ("mutation { __typename count again: count kind: __typename }", {}, True),
        (f'mutation {{ b: add(name: "b") {WHOLE} count a: must(name: "a") {WHOLE} last: count }}', {}, True),
        ('mutation($yes: Boolean!) { count add(name: "a") @include(if: $yes) { name } }', {"yes": False}, True),
        ('mutation { add(name: "a") { ...One } add(name: "a") { slow } } fragment One on Basket { name }', {}, True),
        ('mutation { add(name: "nothing") { name } count }', {}, True),
        ('mutation { count add(name: "broken") { name } last: count }', {}, False),
        ('mutation { count must(name: "broken") { name } last: count }', {}, False),
        ('mutation { count must(name: "nothing") { name } last: count }', {}, False),
        ('mutation { count add(name: "nameless") { items { name } } last: count }', {}, False),
        ('mutation { count add(name: "odd") { note slow } last: count }', {}, False),
        ("mutation($n: String!) { count add(name: $n) { name } }", {}, False),
        ("mutation($n: String!) { count add(name: $n) { name } }", {"n": 7}, False),
    ],
)
async def test_a_mutation_is_performed_once_and_answered_as_by_graphql_core(text, variables, compiled) -> None:
    answer, expected, done, alone, was_compiled = await both(text, variables)
    assert (msgspec.json.encode(answer), done) == (msgspec.json.encode(expected), alone)
    assert was_compiled is compiled


async def test_what_was_performed_before_a_plan_gave_up_is_not_performed_again() -> None:
    text = 'mutation { a: add(name: "a") { name } bad: add(name: "broken") { name } b: add(name: "b") { name } }'
    answer, _, done, _, _ = await both(text, {})
    assert done == ["add 1 a", "add 1 broken", "add 1 b"]
    assert (answer["data"], [each["path"] for each in answer["errors"]]) == (
        {"a": {"name": "a"}, "bad": None, "b": {"name": "b"}},
        [["bad"]],
    )


async def test_a_plan_for_a_mutation_does_nothing_without_a_memory() -> None:
    document = parse("mutation { count }")
    plan, shop = Projection(SCHEMA, document, document.definitions[0]), Shop()
    plan.compile()
    assert (await plan.run({}, shop), shop.done) == (None, [])
