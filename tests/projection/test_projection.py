"""Projections one by one: what is compiled, when, and what becomes of runs that give up."""

import asyncio
import time

import msgspec
import pytest
from graphql import GraphQLSchema, build_schema, parse

from projection import Attribute, Batch, Call, Projection, State, bodies, read_by
from projection.projecting import CREDIT, MOST_VARIANTS, REST
from storefront.documents import Prepared
from tests.property.compiled_graphql import core_answer
from tests.storefront.catalogue import BY_NAME, SCHEMA

SDL = """
type Query { shelf: Shelf number: Int! unread: Int }
type Shelf { books: [Book!]! a: Int b: Int c: Int d: Int e: Int }
type Book { title: String! author: Author }
type Author { name: String books: [Book!]! }
type Mutation { add: Int }
"""


class Book(msgspec.Struct):
    title: str | None
    author_id: int | None


class Author(msgspec.Struct):
    name: str


class Shelf(msgspec.Struct):
    books: list[Book]
    a: int = 1


class Context:
    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.loads: list[list[int]] = []
        self.loaders: dict[object, object] = {}


async def authors(context: Context, keys: list[int]) -> list[Author]:
    context.loads.append(list(keys))
    return [Author(f"author {key}") for key in keys]


def schema_of() -> GraphQLSchema:
    schema = build_schema(SDL)
    for parent in ("Shelf", "Book", "Author"):
        for name, field in schema.type_map[parent].fields.items():
            read_by(field, Attribute("a" if len(name) == 1 else name))
    root = schema.query_type.fields
    read_by(root["shelf"], Call(lambda info: info.context.shelf, parent=False, info=True))
    read_by(root["number"], Call(lambda info: len(info.context.shelf.books), parent=False, info=True))
    read_by(schema.type_map["Book"].fields["author"], Batch(lambda book: book.author_id, authors))
    return schema


SCHEMA_OF_BOOKS = schema_of()


def projection(text: str) -> Projection:
    document = parse(text)
    return Projection(SCHEMA_OF_BOOKS, document, document.definitions[0])


def shelf(*titles: str | None) -> Context:
    return Context(Shelf([Book(title, index % 3) for index, title in enumerate(titles)]))


async def test_a_batch_is_one_call_with_each_key_once() -> None:
    text = "{ shelf { books { author { name } } } again: shelf { books { author { name } } } }"
    plan = projection(text)
    plan.compile()
    context = shelf(*"abcdefgh")
    data = await plan.run({}, context)
    expected = await core_answer(SCHEMA_OF_BOOKS, parse(text), {}, shelf(*"abcdefgh"))
    assert (context.loads, msgspec.json.encode(data)) == ([[0, 1, 2]], msgspec.json.encode(expected.data))


async def test_a_batch_that_answers_too_little_is_left_to_graphql_core() -> None:
    schema = schema_of()

    async def nobody(_context: Context, _keys: list[int]) -> list[Author]:
        return []

    read_by(schema.type_map["Book"].fields["author"], Batch(lambda book: book.author_id, nobody))
    document = parse("{ shelf { books { author { name } } } }")
    plan = Projection(schema, document, document.definitions[0])
    plan.compile()
    assert await plan.run({}, shelf("a")) is None


async def test_what_is_asked_for_twice_is_compiled_behind() -> None:
    plan = projection("{ number }")
    assert (await plan.run({}, shelf("a")), plan.state) == (None, State.INTERPRETED)
    await plan.settled()
    assert plan.state is State.INTERPRETED
    assert await plan.run({}, shelf("a")) is None
    await plan.settled()
    assert plan.state is State.COMPILED
    assert msgspec.json.encode(await plan.run({}, shelf("a"))) == b'{"number":1}'


async def test_each_combination_of_flags_is_compiled_up_to_a_number() -> None:
    names = "abcde"
    declared = ", ".join(f"${name}: Boolean!" for name in names)
    plan = projection(f"query({declared}) {{ shelf {{ {' '.join(f'{name} @include(if: ${name})' for name in names)} }} }}")
    plan.compile()
    answers = []
    for number in range(2**5):
        flags = {name: not number & 1 << place for place, name in enumerate(reversed(names))}
        data = await plan.run(flags, shelf())
        answers.append(data is not None)
        if data is not None:
            assert msgspec.json.encode(data) == msgspec.json.encode({"shelf": {name: 1 for name in names if flags[name]}})
    assert answers == [True] * MOST_VARIANTS + [False] * (2**5 - MOST_VARIANTS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("mutation { add }", "Mutation.add is no function of the request alone"),
        ("{ unread }", "nothing says how Query.unread is read"),
        ("{ __schema { description } }", "__schema is left to graphql-core"),
        ("{ number @deprecated }", "@deprecated is left to graphql-core"),
    ],
)
async def test_what_cannot_be_compiled_says_why(text, reason) -> None:
    plan = projection(text)
    plan.compile()
    assert (plan.state, plan.reason, await plan.run({}, shelf())) == (State.INTERPRETED, reason, None)


async def test_a_fault_of_the_compiler_leaves_the_document_to_graphql_core(monkeypatch) -> None:
    monkeypatch.setattr(bodies, "source_of", lambda _leaf: "no Python")
    plan = projection("{ number }")
    plan.compile()
    assert (plan.state, str(plan.reason).partition(" S")[0]) == (State.INTERPRETED, "the compiler failed:")
    assert await plan.run({}, shelf()) is None


async def test_a_bad_row_now_and_then_costs_nothing_and_many_make_the_plan_rest() -> None:
    plan = projection("{ shelf { books { title } } }")
    plan.compile()
    good, bad = shelf("a"), shelf(None)
    for _ in range(100):
        assert [await plan.run({}, bad) for _ in range(8)] == [None] * 8
        assert await plan.run({}, good) is not None
    for _ in range(int(CREDIT) + 1):
        assert await plan.run({}, bad) is None
    answered = [await plan.run({}, good) is not None for _ in range(REST + 1)]
    assert answered == [False] * REST + [True]


async def test_what_nobody_waits_for_any_more_is_closed() -> None:
    """Python warns of coroutines that are never awaited, and warnings are errors here."""
    schema = schema_of()

    async def later(info: object) -> int:
        return 1

    def broken(info: object) -> int:
        raise ValueError

    read_by(schema.query_type.fields["unread"], Call(later, parent=False, info=True))
    read_by(schema.query_type.fields["number"], Call(broken, parent=False, info=True))
    document = parse("{ unread shelf { books { title } } number }")
    plan = Projection(schema, document, document.definitions[0])
    plan.compile()
    assert await plan.run({}, shelf("a")) is None


async def test_an_error_waits_until_all_others_have_ended() -> None:
    schema = schema_of()
    ended: list[str] = []

    async def fails(info: object) -> int:
        raise ValueError

    async def ends(info: object) -> int:
        await asyncio.sleep(0.01)
        ended.append("ended")
        return 1

    read_by(schema.query_type.fields["unread"], Call(ends, parent=False, info=True))
    read_by(schema.query_type.fields["number"], Call(fails, parent=False, info=True))
    document = parse("{ number unread }")
    plan = Projection(schema, document, document.definitions[0])
    plan.compile()
    assert (await plan.run({}, shelf()), ended) == (None, ["ended"])


@pytest.mark.parametrize("document", BY_NAME.values(), ids=BY_NAME)
def test_every_trusted_document_is_compiled_within_50_ms(document: Prepared) -> None:
    assert document.operation(None).projection.state is State.COMPILED
    times = []
    for _ in range(3):
        began = time.process_time()
        fresh = Projection(SCHEMA, document.document, document.operation(None).node)
        fresh.compile()
        times.append(time.process_time() - began)
    assert min(times) < 0.05


async def test_the_events_of_a_subscription_are_compiled() -> None:
    schema = build_schema("type Query { a: Int } type Subscription { sold(n: Int): Book } type Book { title: String! }")
    read_by(schema.subscription_type.fields["sold"], Call(lambda event, n=None: event))
    read_by(schema.type_map["Book"].fields["title"], Attribute("title"))
    document = parse("subscription($n: Int) { sold(n: $n) { title } }")
    plan = Projection(schema, document, document.definitions[0])
    plan.compile()
    assert msgspec.json.encode(await plan.run({"n": 1}, None, Book("a", None))) == b'{"sold":{"title":"a"}}'
    assert await plan.run({}, None, Book(None, None)) is None
