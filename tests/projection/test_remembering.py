"""What is remembered of values that stay, and what is not."""

from collections.abc import Callable

import msgspec
from graphql import build_schema, parse

from projection import Attribute, Call, Projection, keeps, read_by

SDL = """
type Query { thing(n: Int): Thing }
type Thing { title: String shout(times: Int = 1): String now: String part: Part }
type Part { name: String }
"""


class Part(msgspec.Struct, frozen=True):
    name: str


class Thing(msgspec.Struct, frozen=True):
    title: str
    part: Part


class Loose(msgspec.Struct):
    title: str
    part: Part


class Context:
    def __init__(self, thing: object, now: str = "now") -> None:
        self.thing, self.now = thing, now


class Counted:
    """Counts how often a field's function is called."""

    def __init__(self) -> None:
        self.calls = 0

    def shout(self, thing: Thing, times: int = 1) -> str:
        self.calls += 1
        return thing.title.upper() * times


def asked(text: str, counted: Counted, memory_bytes: int = 100_000) -> Callable[[object, dict[str, object]], object]:
    schema = build_schema(SDL)
    thing = schema.type_map["Thing"]
    read_by(schema.query_type.fields["thing"], Call(lambda info, n=None: info.context.thing, parent=False, info=True))
    read_by(thing.fields["title"], Attribute("title"))
    read_by(thing.fields["part"], Attribute("part"))
    read_by(thing.fields["shout"], Call(counted.shout))
    read_by(thing.fields["now"], Call(lambda _thing, info: info.context.now, info=True))
    read_by(schema.type_map["Part"].fields["name"], Attribute("name"))
    keeps(thing)
    document = parse(text)
    plan = Projection(schema, document, document.definitions[0], memory_bytes=memory_bytes)
    plan.compile()

    async def ask(context: object, variables: dict[str, object]) -> object:
        return msgspec.json.decode(msgspec.json.encode(await plan.run(variables, context)))["thing"]

    return ask


MUG = Thing("mug", Part("handle"))


async def test_what_depends_on_the_parent_alone_is_made_once() -> None:
    counted = Counted()
    ask = asked("{ thing { now title shout part { name } } }", counted)
    first, second = await ask(Context(MUG, "one"), {}), await ask(Context(MUG, "two"), {})
    assert first == {"now": "one", "title": "mug", "shout": "MUG", "part": {"name": "handle"}}
    assert (second, counted.calls) == ({**first, "now": "two"}, 1)


async def test_another_object_is_another_answer_however_equal() -> None:
    counted = Counted()
    ask = asked("{ thing { shout } }", counted)
    for thing in (MUG, Thing("mug", Part("handle")), Thing("cup", Part("rim"))):
        assert await ask(Context(thing), {}) == {"shout": thing.title.upper()}
    assert counted.calls == 3


async def test_what_variables_change_is_made_each_time() -> None:
    counted = Counted()
    ask = asked("query($n: Int) { thing { shout(times: $n) } }", counted)
    assert [await ask(Context(MUG), {"n": n}) for n in (1, 2)] == [{"shout": "MUG"}, {"shout": "MUGMUG"}]


async def test_values_that_may_change_are_not_remembered() -> None:
    ask = asked("{ thing { title } }", Counted())
    loose = Loose("mug", Part("handle"))
    assert await ask(Context(loose), {}) == {"title": "mug"}
    loose.title = "cup"
    assert await ask(Context(loose), {}) == {"title": "cup"}


async def test_memory_that_is_full_is_emptied() -> None:
    counted = Counted()
    ask = asked("{ thing { shout } }", counted, memory_bytes=1000)
    things = [Thing(f"thing {number}", Part("")) for number in range(50)]
    for thing in (*things, *things):
        assert await ask(Context(thing), {}) == {"shout": thing.title.upper()}
    assert counted.calls == 100
