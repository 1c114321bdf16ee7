"""A schema with everything that GraphQL has, over data that is often wrong: nulls, errors as values, values of other types."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from enum import Enum, StrEnum
from random import Random
from types import MappingProxyType
from typing import Any

from graphql import GraphQLEnumType, GraphQLScalarType, build_schema

from projection import Attribute, Batch, ByClass, Call, read_by, typed_by

SDL = """
scalar Anything
enum Colour { RED GREEN BLUE }
interface Thing { id: ID! name: String next: Thing loud(by: Int): String }
interface Weighed { weight: Float heavier: Weighed }
type Stone implements Thing & Weighed {
  id: ID! name: String next: Thing loud(by: Int): String
  weight: Float heavier: Weighed hard: Boolean!
}
type Plant implements Thing { id: ID! name: String next: Thing loud(by: Int): String leaves: [Int!]! colour: Colour! }
type Box implements Weighed {
  label: String! note: String count: Int! ratio: Float! size: Int share: Float full: Boolean open: Boolean! id: ID
  weight: Float heavier: Weighed
  colour: Colour colours: [Colour!] anything: Anything anythings: [Anything!]
  matrix: [[Int!]]! names: [String]! words: [String!] cubes: [[[Box!]!]!]
  inner: Box must: Box! things: [Thing!]! maybe: [Thing] any: Any anys: [Any!] boxes: [Box]!
  slow: Box slowMust: Box! slowCount: Int! slowThings: [Thing!]
  loaded: Box loadedMust: Box! loadedThing(shift: Int = 0): Thing
  echo(text: String, n: Int = 3, must: Int! = 7, deep: Deep, many: [Deep!], colour: Colour = GREEN, ids: [ID!], f: Float): String
  orDefault(text: String, n: Int): String
}
union Any = Stone | Plant | Box
input Deep { text: String = "x" n: Int numbers: [Int!] inner: Deep colours: [Colour!] = [RED] flag: Boolean! = true }
type Query {
  box: Box must: Box! boxes(n: Int = 2): [Box!]! thing: Thing any(n: Int!): Any weighed: Weighed slow: Box echo(deep: [Deep]): String
}
"""


class Colour(Enum):
    RED = 1
    GREEN = "green"
    BLUE = (3, "blue")


class Named(StrEnum):
    ONE = "one"


class Bad(Exception):
    pass


class Odd:
    def __str__(self) -> str:
        return "odd"


class Row:
    """Attributes are set by `Rows`; the class says the type."""


class StoneRow(Row):
    pass


class PlantRow(Row):
    pass


class BoxRow(Row):
    pass


class Foreign(Row):
    """Of no type of the schema."""


SPOILT = (
    "label",
    "note",
    "count",
    "ratio",
    "size",
    "share",
    "full",
    "open",
    "weight",
    "colour",
    "colours",
    "anything",
    "matrix",
    "names",
    "words",
    "inner",
    "things",
    "any",
    "heavier",
    "boxes",
    "name",
    "hard",
    "leaves",
)
NEAR_MISSES: tuple[tuple[str, object], ...] = (
    ("size", 2**31),
    ("size", -(2**31) - 1),
    ("ratio", float("inf")),
    ("share", float("nan")),
    ("words", "text"),
    ("label", None),
    ("count", None),
    ("words", [None]),
    ("leaves", (None,)),
    ("inner", Bad("bad")),
    ("slow", Bad("bad")),
    ("name", Bad("bad")),
)
WEIRD: tuple[object, ...] = (
    None,
    5,
    True,
    2**40,
    2**31,
    -1.5,
    float("nan"),
    float("inf"),
    "text",
    "",
    "7",
    Bad("bad"),
    b"bytes",
    Odd(),
    Named.ONE,
    [],
    ["a"],
    {"a": 1},
    (),
    Foreign(),
)


class Rows:
    """Random rows. `wrong` is the share of values that are of any kind; `spoilt` are attributes that are the same in every row."""

    def __init__(self, random: Random, wrong: float, spoilt: Mapping[str, object] = MappingProxyType({})) -> None:
        self._random, self._wrong, self._spoilt = random, wrong, spoilt

    def box(self, depth: int) -> object:
        row = BoxRow()
        values: dict[str, object] = {
            "label": self._text(),
            "note": self._text(),
            "count": self._int(),
            "ratio": self._float(),
            "size": self._int(),
            "share": self._float(),
            "full": self._bool(),
            "open": self._bool(),
            "id": self._text(),
            "weight": self._float(),
            "colour": self._colour(),
            "colours": self._list(self._colour),
            "anything": self._any(),
            "anythings": self._list(self._any),
            "matrix": self._list(lambda: self._list(self._int)),
            "names": self._list(self._text),
            "words": self._list(self._text),
            "key": self._random.choice([1, 2, 2, 3, 3, 3, None, "lost"]),
            "explodes": self._random.random() < self._wrong / 4,
        }
        for name in ("inner", "must", "slow", "slowMust"):
            values[name] = self._nested(depth, self.box)
        for name in ("any", "heavier"):
            values[name] = self._nested(depth, self.stone if name == "heavier" else self.either)
        for name in ("things", "maybe", "anys", "slowThings"):
            values[name] = self._list(lambda: self._nested(depth, self.thing))
        values["boxes"] = self._list(lambda: self._nested(depth, self.box))
        values["cubes"] = self._list(lambda: self._list(lambda: self._list(lambda: self._nested(depth - 1, self.box))))
        return self._filled(row, values)

    def thing(self, depth: int) -> object:
        return self._random.choice([self.stone, self.plant])(depth)

    def either(self, depth: int) -> object:
        return self._random.choice([self.stone, self.plant, self.box])(depth)

    def stone(self, depth: int) -> object:
        values = {"weight": self._float(), "hard": self._bool(), "heavier": self._nested(depth, self.stone)}
        return self._filled(StoneRow(), {**self._named(depth), **values})

    def plant(self, depth: int) -> object:
        values = {"leaves": self._list(self._int), "colour": self._colour()}
        return self._filled(PlantRow(), {**self._named(depth), **values})

    def _named(self, depth: int) -> dict[str, object]:
        return {"id": self._text(), "name": self._text(), "next": self._nested(depth, self.thing)}

    def _filled(self, row: Row, values: dict[str, object]) -> Row:
        for name, value in values.items():
            if self._random.random() < self._wrong / 8:
                continue
            setattr(row, name, self._spoilt[name] if name in self._spoilt else self._maybe(value))
        return row

    def _maybe(self, value: object) -> object:
        return self._random.choice(WEIRD) if self._random.random() < self._wrong else value

    def _nested(self, depth: int, make: Any) -> object:
        if depth > 0 and self._random.random() < 0.8:
            return self._maybe(make(depth - 1))
        return _ENDS.get(make.__name__)

    def _list(self, make: Any) -> object:
        values = [self._maybe(make()) for _ in range(self._random.randrange(3))]
        return self._random.choice([list, tuple, tuple, deque])(values)

    def _text(self) -> str:
        return self._random.choice(["", "a", "żółć", '"\\', "\u2028", Named.ONE])

    def _int(self) -> int:
        return self._random.choice([0, 1, -5, 2**31 - 1, -(2**31)])

    def _float(self) -> float:
        return self._random.choice([0.0, -0.0, 1.5, 1e300, 3])

    def _bool(self) -> bool:
        return self._random.random() < 0.5

    def _colour(self) -> object:
        return self._random.choice([1, "green", (3, "blue")])

    def _any(self) -> object:
        return self._random.choice([1, "x", [1, {"a": None}], {"k": [2]}, 2.5, False])


def _serialised(value: object) -> object:
    if value == "x":
        return [value, value]
    if isinstance(value, Bad):
        return "an error as a value"
    if isinstance(value, bytes):
        raise TypeError("no bytes")
    if isinstance(value, Odd | Row):
        return None
    return {"is": value} if isinstance(value, bool) else value


async def _slow(row: Any, name: str) -> object:
    await asyncio.sleep(0)
    if row.explodes:
        raise Bad("exploded")
    return getattr(row, name)


def _loud(row: Any, by: int = 2) -> object:
    return row.name * by if isinstance(row.name, str) and 0 <= by < 9 else row.name


def _echo(row: object, **arguments: object) -> str:
    if arguments.get("n") == 13:
        raise Bad("unlucky")
    return repr(sorted(arguments.items(), key=lambda pair: pair[0]))


def _or_default(row: object, text: str = "default", n: int = -1) -> str:
    return f"{text} {n}"


class Context:
    """One request over one set of rows."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self.rows = rows
        self.loaders: dict[Any, Any] = {}
        self.loads: list[list[object]] = []


async def _load(context: Context, keys: Sequence[object]) -> Sequence[object]:
    await asyncio.sleep(0)
    context.loads.append(list(keys))
    return [context.rows["loaded"].get(key) for key in keys]


def _shifted(row: Any, shift: int = 0) -> object:
    return row.key + shift if isinstance(row.key, int) else row.key


def _deferred(name: str) -> Call:
    async def slow(row: Any) -> object:
        return await _slow(row, name)

    return Call(slow)


async def _slow_box(info: Any) -> object:
    await asyncio.sleep(0)
    return info.context.rows["slow"]


BY_CLASS = {StoneRow: "Stone", PlantRow: "Plant", BoxRow: "Box", Foreign: "Nothing"}
READ_BY_NAME = {
    "Box.slow": _deferred("slow"),
    "Box.slowMust": _deferred("slowMust"),
    "Box.slowCount": _deferred("count"),
    "Box.slowThings": _deferred("slowThings"),
    "Box.loaded": Batch(Attribute("key"), _load),
    "Box.loadedMust": Batch(lambda row: row.key, _load),
    "Box.loadedThing": Batch(_shifted, _load),
    "Box.echo": Call(_echo),
    "Box.orDefault": Call(_or_default, null_is_default=True),
    "Box.note": Call(lambda row, info: row.note if info.context else None, info=True),
    "Stone.loud": Call(_loud, null_is_default=True),
    "Plant.loud": Call(_loud, null_is_default=True),
    "Query.slow": Call(_slow_box, parent=False, info=True),
    "Query.boxes": Call(lambda info, n: [info.context.rows["box"]] * min(max(n, 0), 5), parent=False, info=True, null_is_default=False),
    "Query.any": Call(lambda info, n: info.context.rows[("box", "thing", "any")[n % 3]], parent=False, info=True),
    "Query.echo": Call(lambda **arguments: repr(arguments), parent=False),
}


def nasty_schema() -> Any:
    schema = build_schema(SDL)
    colour, anything = schema.type_map["Colour"], schema.type_map["Anything"]
    assert isinstance(colour, GraphQLEnumType)
    assert isinstance(anything, GraphQLScalarType)
    for name, member in Colour.__members__.items():
        colour.values[name].value = member.value
    colour.__dict__.pop("_value_lookup", None)
    setattr(anything, "coerce_output_value", _serialised)  # noqa: B010
    for name in ("Thing", "Weighed", "Any"):
        typed_by(schema.type_map[name], ByClass(BY_CLASS))
    for parent in ("Stone", "Plant", "Box", "Query"):
        for name, field in schema.type_map[parent].fields.items():
            stated = READ_BY_NAME.get(f"{parent}.{name}")
            at_root = Call(lambda info, name=name: info.context.rows.get(name), parent=False, info=True)
            read_by(field, stated or (at_root if parent == "Query" else Attribute(name)))
    return schema


def random_rows(random: Random) -> dict[str, Any]:
    """A third of them right; the others wrong in one attribute, or now and then."""
    anywhere = (random.choice(SPOILT), random.choice(WEIRD))
    wrong, spoilt = random.choice([(0.0, ()), (0.0, (anywhere,)), (0.0, (random.choice(NEAR_MISSES),)), (0.02, ())])
    rows = Rows(random, wrong, dict(spoilt))
    return {
        "box": rows.box(1),
        "must": rows.box(1),
        "thing": rows.thing(2),
        "any": rows.either(2),
        "weighed": rows.stone(1),
        "slow": rows.box(1),
        "loaded": {1: rows.box(1), 2: rows.box(0), 3: rows.box(1), 4: rows.stone(1), 5: rows.plant(1)},
    }


def _ends() -> dict[str, object]:
    """What stands where rows would go too deep: right ones that lead back to themselves, because some fields are never null."""
    rows = Rows(Random(0), 0.0)
    box, stone, plant = rows.box(0), rows.stone(0), rows.plant(0)
    for name in ("must", "slowMust"):
        setattr(box, name, box)
    return {"box": box, "thing": stone, "either": box, "stone": stone, "plant": plant}


_ENDS: dict[str, object] = {}
_ENDS.update(_ends())
