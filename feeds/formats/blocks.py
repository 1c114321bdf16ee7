"""A format as data: blocks of fields, each with its source, its rule and its limit, and beside them the one function that makes their
values.

What explain and the documentation tell, and what a file holds, come from the same values: a syntax (feeds.formats.tables,
feeds.formats.rss)
only writes them down. Values are made a block at a time, because a call per field would cost more than everything else.
"""

from collections.abc import Callable, Hashable, Sequence
from operator import attrgetter

import msgspec

from feeds.formats.text import cut
from feeds.port import Field
from feeds.types import FeedItem

Values = tuple[str, ...]
"""Of one block, in the order of its fields; "" where there is none. They hold no control characters, with the one exception below."""

LIST = "\n"
"""Stands between the values of a field that has several, until a syntax puts its own mark there."""

REMEMBERED = 4096
"""Different values of a shared block that are kept written down: a few megabytes."""


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """One field. `rule` says what is made of the sources, and where the channel says so."""

    name: str
    sources: tuple[str, ...] = ()
    rule: str
    most: int | None = None
    unit: str = "characters"
    required: bool = False
    plain: bool = False
    """Made of nothing that a syntax has to escape: digits, words of the channel's, moments."""
    several: bool = False
    parts: tuple[str, ...] = ()
    """In XML the value, whose parts stand between colons, is written as elements of these names."""

    @property
    def limit(self) -> str:
        return "" if self.most is None else f"{self.most} {self.unit}"


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Values that nearly every item has for itself."""

    specs: tuple[Spec, ...]
    values: Callable[[FeedItem], Values]


class SharedBlock(msgspec.Struct, frozen=True, kw_only=True):
    """Values that many items have in common (brand, category, colour). `key` picks all that they are made of: what came of a key before is
    written down again as it is."""

    specs: tuple[Spec, ...]
    values: Callable[[FeedItem], Values]
    key: Callable[[FeedItem], Hashable]


class CommonBlock(msgspec.Struct, frozen=True, kw_only=True):
    """Values that the variants of a product have in common (description, pictures): what came of the item just before is written down again
    as it is, as long as `key` picks the same."""

    specs: tuple[Spec, ...]
    values: Callable[[FeedItem], Values]
    key: Callable[[FeedItem], Hashable]


AnyBlock = Block | SharedBlock | CommonBlock


def shared(specs: tuple[Spec, ...], values: Callable[[FeedItem], Values]) -> SharedBlock:
    """`values` reads nothing but the sources that the specs name."""
    return SharedBlock(specs=specs, values=values, key=_sources(specs))


def common(specs: tuple[Spec, ...], values: Callable[[FeedItem], Values]) -> CommonBlock:
    """`values` reads nothing but the sources that the specs name."""
    return CommonBlock(specs=specs, values=values, key=_sources(specs))


def _sources(specs: Sequence[Spec]) -> Callable[[FeedItem], Hashable]:
    return attrgetter(*{source: None for spec in specs for source in spec.sources})


class MadeFormat(msgspec.Struct, frozen=True, kw_only=True):
    """A feeds.port.Format, ready for one definition."""

    name: str
    version: int
    extension: str
    media_type: str
    fields: Sequence[Field]
    header: bytes
    footer: bytes
    render: Callable[[FeedItem], bytes]
    update: str | None = None


WriteValues = Callable[[Sequence[Spec], Values], str]
Writer = Callable[[FeedItem], bytes]


def writer(block: AnyBlock, write: WriteValues) -> Writer:
    """Writes what a key stands for once, as long as it is remembered."""
    specs, values = block.specs, block.values
    match block:
        case SharedBlock():
            return _remembering(block.key, lambda item: write(specs, values(item)).encode())
        case CommonBlock():
            return _repeating(block.key, lambda item: write(specs, values(item)).encode())
        case Block():
            return lambda item: write(specs, values(item)).encode()


def _remembering(key: Callable[[FeedItem], Hashable], write: Writer) -> Writer:
    known: dict[Hashable, bytes] = {}

    def written(item: FeedItem) -> bytes:
        of = key(item)
        text = known.get(of)
        if text is None:
            if len(known) >= REMEMBERED:
                known.clear()
            text = known[of] = write(item)
        return text

    return written


def _repeating(key: Callable[[FeedItem], Hashable], write: Writer) -> Writer:
    last: Hashable = object()
    text = b""

    def written(item: FeedItem) -> bytes:
        nonlocal last, text
        of = key(item)
        if of is not last and of != last:
            last, text = of, write(item)
        return text

    return written


def fields_of(blocks: Sequence[AnyBlock], *, prefix: str = "", between: str = ", ") -> tuple[Field, ...]:
    """`between` stands between the values of a field that has several."""
    return tuple(_field(block, at, prefix, between) for block in blocks for at in range(len(block.specs)))


def _field(block: AnyBlock, at: int, prefix: str, between: str) -> Field:
    spec = block.specs[at]

    def value(item: FeedItem) -> str:
        made = block.values(item)[at]
        return made.replace(LIST, between) if spec.several else made

    return Field(name=prefix + spec.name, value=value, sources=spec.sources, rule=spec.rule, limit=spec.limit, required=spec.required)


def extras(specs: Sequence[Spec], clean: Callable[[str], str]) -> SharedBlock:
    """Fields that only a definition can fill, under the channel's own names."""
    nothing = ("",) * len(specs)

    def values(item: FeedItem) -> Values:
        given = item.extra
        if not given:
            return nothing
        return tuple([_limited(clean(given[spec.name]), spec) if spec.name in given else "" for spec in specs])

    return SharedBlock(specs=tuple(specs), values=values, key=lambda item: tuple(item.extra.items()) if item.extra else ())


def _limited(text: str, spec: Spec) -> str:
    if spec.parts:
        return text if all(part.strip() for part in _parts(text, spec)) else ""
    return text if spec.most is None or spec.unit != "characters" else cut(text, spec.most)


def _parts(text: str, spec: Spec) -> list[str]:
    found = text.split(":", len(spec.parts) - 1)
    return found if len(found) == len(spec.parts) else [""]


def extra(name: str, rule: str, most: int | None = None, *, unit: str = "characters", parts: tuple[str, ...] = ()) -> Spec:
    return Spec(name=name, sources=("extra",), rule=rule, most=most, unit=unit, parts=parts)
