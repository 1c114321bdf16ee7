"""A format as data: fields, each with its sources, what is made of them, its rule and its limit.

What explain and the documentation tell, and what a file holds, come from the same values: a syntax (feeds.formats.tables,
feeds.formats.rss) only writes them down.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from feeds.formats.text import cut, is_clean, one_line
from feeds.port import Field
from feeds.types import FeedItem

LIST = "\n"
"""Stands between the values of a field that has several, until a syntax puts its own mark there."""

Make = Callable[..., str]
"""Gets the sources' values in their order; "" where there is none. What it returns holds no control characters but LIST.

Where a field is made of what differs between items, this is a single `return` with the ordinary case in it, which is written out where it
is needed (feeds.compiling)."""


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One field. `rule` says what is made of the sources, and where the channel says so."""

    name: str
    make: Make
    sources: tuple[str, ...] = ()
    described: bool = False
    """Is the item's description wherever that is plain (SourceProduct.plain_description) and not too long."""
    rule: str
    most: int | None = None
    unit: str = "characters"
    required: bool = False
    repeated: bool = False
    """Has few different values in a catalogue: each is made and written down once."""
    plain: bool = False
    """Made of nothing that a syntax has to escape: digits, words of the channel's, moments."""
    several: bool = False
    between: str = ","
    """Stands between several values in a table."""
    parts: tuple[str, ...] = ()
    """In XML the value, whose parts stand between colons, is written as elements of these names."""

    @property
    def limit(self) -> str:
        return "" if self.most is None else f"{self.most} {self.unit}"

    def value(self, item: FeedItem) -> str:
        return self.make(*[getattr(item, name) for name in self.sources])


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Fields that stand together. `shared`: many items have them in common (brand, category, colour), so that what they come to is
    remembered as it was written."""

    specs: tuple[Spec, ...]
    shared: bool = False

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source for spec in self.specs for source in spec.sources))


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """How a syntax writes an item: `cell` makes what writes one field's value down, the rest stands around and between the cells."""

    blocks: tuple[Block, ...]
    cell: Callable[[Spec], Callable[[str], str]]
    before: str = ""
    between: str = ""
    after: str

    def render(self, item: FeedItem) -> bytes:
        cells = [self.cell(spec)(spec.value(item)) for block in self.blocks for spec in block.specs]
        return (self.before + self.between.join(cells) + self.after).encode()


class MadeFormat(msgspec.Struct, frozen=True, kw_only=True):
    """A feeds.port.Format, ready for one definition. `layout`: what `render` follows, None where it does so without."""

    name: str
    version: int
    extension: str
    media_type: str
    fields: Sequence[Field]
    header: bytes
    footer: bytes
    render: Callable[[FeedItem], bytes]
    update: str | None = None
    layout: Layout | None = None


def fields_of(blocks: Sequence[Block], *, prefix: str = "", between: str | None = ", ") -> tuple[Field, ...]:
    """`between` stands between the values of a field that has several; None: what stands there in a table."""
    return tuple(_field(spec, prefix, spec.between if between is None else between) for block in blocks for spec in block.specs)


def _field(spec: Spec, prefix: str, between: str) -> Field:
    def value(item: FeedItem) -> str:
        made = spec.value(item)
        return made.replace(LIST, between) if spec.several else made

    return Field(name=prefix + spec.name, value=value, sources=spec.sources, rule=spec.rule, limit=spec.limit, required=spec.required)


def line(most: int) -> Make:
    """One line of plain text, cut between words."""

    def made(text: str) -> str:
        return text.strip() if len(text) <= most and is_clean(text) else cut(one_line(text), most)

    return made


def label(place: int, most: int) -> Make:
    def made(labels: tuple[str, ...]) -> str:
        return cut(one_line(labels[place]), most)

    return made


def same(text: str) -> str:
    """What stands there already as a file may hold it."""
    return text


def constant(text: str) -> Make:
    def made() -> str:
        return text

    return made


def extra(name: str, rule: str, most: int | None = None, *, unit: str = "characters", parts: tuple[str, ...] = ()) -> Spec:
    """A field that only a definition can fill, under the channel's own name."""
    longest = most if unit == "characters" else None
    make = _with_parts(name, len(parts)) if parts else _given(name, longest)
    return Spec(name=name, make=make, sources=("extra",), rule=rule, most=most, unit=unit, parts=parts)


def _given(name: str, most: int | None) -> Make:
    def made(extra: Mapping[str, str]) -> str:
        return cleaned(extra[name], most) if name in extra else ""

    def cleaned(text: str, most: int | None) -> str:
        return one_line(text) if most is None else cut(one_line(text), most)

    return made


def _with_parts(name: str, count: int) -> Make:
    """Only whole: with as many parts between colons as the field has, none of them empty."""

    def made(extra: Mapping[str, str]) -> str:
        text = one_line(extra.get(name, ""))
        found = text.split(":", count - 1)
        return text if len(found) == count and all(part.strip() for part in found) else ""

    return made
