"""What is remembered of values that stay, and what is not."""

from collections.abc import Callable

import msgspec
import pytest
from graphql import build_schema, parse

from projection import Attribute, Call, Projection, Standing, keeps, read_by

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


class Price:
    """Reads how much of the context it likes."""

    def __init__(self) -> None:
        self.calls = 0

    def settled(self, thing: Thing, info: object) -> str:
        self.calls += 1
        return f"{thing.title} {info.context.now}"

    def curious(self, thing: Thing, info: object) -> str:
        return f"{info.context.thing.title} {info.context.now}"


class Now(msgspec.Struct, frozen=True):
    now: str


def standing(*covers: str) -> Standing:
    return Standing(lambda _thing, context: (context.now,), lambda _thing, key: Now(*key), frozenset(covers))


def asked_with_standing(text: str, read: Callable[..., object], of_part: Standing | None, *covers: str) -> Callable[[object], object]:
    """`Thing.now` and `Part.name` are settled."""
    schema = build_schema(SDL)
    thing, part = schema.type_map["Thing"], schema.type_map["Part"]
    read_by(schema.query_type.fields["thing"], Call(lambda info: info.context.thing, parent=False, info=True))
    read_by(thing.fields["now"], Call(read, info=True, settled=True))
    read_by(thing.fields["part"], Attribute("part"))
    read_by(part.fields["name"], Call(lambda part, info: f"{part.name} {info.context.now}", info=True, settled=True))
    keeps(thing, standing(*covers))
    if of_part:
        keeps(part, of_part)
    document = parse(text)
    plan = Projection(schema, document, document.definitions[0])
    plan.compile()

    async def ask(context: object) -> object:
        data = await plan.run({}, context)
        return None if data is None else msgspec.json.decode(msgspec.json.encode(data))["thing"]

    return ask


async def test_what_is_settled_is_made_again_when_the_standing_changes() -> None:
    price = Price()
    ask = asked_with_standing("{ thing { now } }", price.settled, None)
    assert [await ask(Context(MUG, now)) for now in ("one", "one", "two", "two")] == [
        {"now": f"mug {now}"} for now in ("one", "one", "two", "two")
    ]
    assert price.calls == 2


async def test_what_is_settled_can_read_nothing_but_the_standing() -> None:
    assert await asked_with_standing("{ thing { now } }", Price().curious, None)(Context(MUG, "one")) is None


@pytest.mark.parametrize("covers", [(), ("Part",)], ids=["alone", "covered"])
@pytest.mark.parametrize("of_part", [None, standing()], ids=["without a standing", "with its own"])
async def test_what_is_settled_below_is_as_the_context_says(of_part, covers) -> None:
    ask = asked_with_standing("{ thing { now part { name } } }", Price().settled, of_part, *(covers if of_part else ()))
    for now in ("one", "two", "two", "one"):
        assert await ask(Context(MUG, now)) == {"now": f"mug {now}", "part": {"name": f"handle {now}"}}


async def test_what_is_made_again_takes_the_room_of_what_was_before() -> None:
    price = Price()
    ask = asked_with_standing("{ thing { now } }", price.settled, None)
    other = Thing("cup", Part("rim"))
    await ask(Context(other, "one"))
    for number in range(5000):
        await ask(Context(MUG, str(number)))
    await ask(Context(other, "one"))
    assert price.calls == 5001
