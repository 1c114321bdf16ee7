"""The template language of feed definitions: "{brand} {title|truncate:60} {option.Kolor}".

A name in braces stands for its value, followed by filters; "{{" and "}}" are braces. There is nothing else: no expressions, no attributes,
no calls, so that a definition can do no harm. What is empty leaves no double space behind.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from feeds.nodes import Formula, Node
from spoina.errors import InvalidInput

if TYPE_CHECKING:
    from feeds.compiling import Compiler

Edit = Callable[[str], str]
T = TypeVar("T")

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([^{}]+)|([{}])")
LONGEST_TEXT = 100_000


class Reading(NamedTuple):
    """How the text that a name stands for is made of named values. Without a function it is the one value itself."""

    reads: tuple[str, ...]
    function: Callable[..., str] | None = None


class Template(msgspec.Struct, frozen=True):
    """Compiled. `names` are what it reads."""

    text: str
    names: tuple[str, ...]
    formula: Formula


class Joined:
    """Texts and, where None stands, the values of variables, one after the other. A space before a value that is empty is left out."""

    def __init__(self, parts: Sequence[str | None]) -> None:
        self._parts = tuple(parts)

    def __call__(self, *values: str) -> str:
        return "".join(self._pieces(values, lambda value: value, lambda value: f" {value}" if value else ""))

    def written(self, arguments: Sequence[str], compiler: "Compiler") -> ast.expr:
        def spaced(name: str) -> ast.expr:
            return ast.FormattedValue(ast.parse(f'" " + {name} if {name} else ""', mode="eval").body, -1)

        pieces = self._pieces(arguments, compiler.piece, spaced)
        return ast.JoinedStr([ast.Constant(piece) if isinstance(piece, str) else piece for piece in pieces])

    def _pieces(self, values: Sequence[str], plain: Callable[[str], T], spaced: Callable[[str], T]) -> Iterator[T | str]:
        rest = iter(values)
        for at, part in enumerate(self._parts):
            before = self._parts[at - 1] if at else ""
            after = self._parts[at + 1] if at + 1 < len(self._parts) else ""
            if part is None:
                yield spaced(next(rest)) if before == " " else plain(next(rest))
            elif part != " " or after is not None:
                yield part


def compile_template(text: str, field: str, reader: Callable[[str], Reading | None]) -> Template:
    """`reader` says how a name is read, None for an unknown one. Raises InvalidInput naming `field` and what is wrong in the text."""
    parts: list[str | None] = []
    values: list[str] = []
    names: list[str] = []
    nodes: list[Node] = []
    for literal, reference in _parts(text, field):
        parts.append(None if reference is not None else literal)
        if reference is not None:
            name, *edits = reference.split("|")
            value = _read(_known(reader, name.strip(), field), f"{field}.{len(names)}", nodes)
            values.append(_edited(value, [_edit(each, field) for each in edits], nodes))
            names.append(name.strip())
    if parts == [None]:
        return Template(text, tuple(names), Formula(tuple(nodes), values[0]))
    nodes.append(Node((f"{field}.joined",), Joined(parts), tuple(values)))
    if values:
        nodes.append(Node((f"{field}.tidy",), _tidy, (f"{field}.joined",)))
    return Template(text, tuple(names), Formula(tuple(nodes), nodes[-1].targets[0]))


def _parts(text: str, field: str) -> Iterator[tuple[str, str | None]]:
    for found in _PART.finditer(text):
        reference, literal, stray = found.groups()
        if stray is not None:
            raise InvalidInput(field, f"in {text!r}: a single {stray!r}; write {stray * 2} for the character itself")
        if reference is not None:
            yield "", reference
        else:
            yield literal if literal is not None else found.group()[0], None


def _known(reader: Callable[[str], Reading | None], name: str, field: str) -> Reading:
    reading = reader(name)
    if reading is None:
        raise InvalidInput(field, f"{{{name}}} is not known; use the fields of an item, option.NAME, attribute.KEY or meta.KEY")
    return reading


def _read(reading: Reading, target: str, nodes: list[Node]) -> str:
    """The name of the value."""
    if reading.function is None:
        return reading.reads[0]
    nodes.append(Node((target,), reading.function, reading.reads))
    return target


def _edited(value: str, edits: Sequence[Edit], nodes: list[Node]) -> str:
    for at, edit in enumerate(edits):
        target = f"{value}|{at}"
        nodes.append(Node((target,), edit, (value,)))
        value = target
    return value


def _tidy(text: str) -> str:
    return text if "  " not in text and text.strip() == text else " ".join(text.split())


def _edit(text: str, field: str) -> Edit:
    name, *arguments = (part.strip() if not place else part for place, part in enumerate(text.split(":")))
    make = FILTERS.get(name)
    if make is None:
        raise InvalidInput(field, f"there is no filter {name!r}; use {', '.join(sorted(FILTERS))}")
    try:
        return make(*arguments)
    except TypeError:
        raise InvalidInput(field, f"filter {name!r} has {len(arguments)} arguments: {_USAGE[name]}") from None
    except ValueError:
        raise InvalidInput(field, f"filter {name!r} cannot use {arguments[0]!r}: {_USAGE[name]}") from None


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, ending with a whole word where there is one."""
    if len(text) <= limit:
        return text
    if text[limit].isspace():
        return text[:limit].rstrip()
    kept = text[:limit].rsplit(None, 1)
    return (kept[0] if len(kept) == 2 else text[:limit]).rstrip()


def _truncate(limit: str) -> Edit:
    number = int(limit)
    if not 0 < number <= LONGEST_TEXT:
        raise ValueError(limit)
    return lambda text: cut(text, number)


def _upper() -> Edit:
    return str.upper


def _lower() -> Edit:
    return str.lower


def _capitalize() -> Edit:
    return lambda text: text[:1].upper() + text[1:]


def _default(otherwise: str) -> Edit:
    return lambda text: text or otherwise


def _prefix(before: str) -> Edit:
    return lambda text: before + text if text else ""


def _suffix(after: str) -> Edit:
    return lambda text: text + after if text else ""


def _replace(find: str, put: str) -> Edit:
    if not find:
        raise ValueError(find)
    return lambda text: text.replace(find, put)


FILTERS: Mapping[str, Callable[..., Edit]] = {
    "truncate": _truncate,
    "upper": _upper,
    "lower": _lower,
    "capitalize": _capitalize,
    "default": _default,
    "prefix": _prefix,
    "suffix": _suffix,
    "replace": _replace,
}
_USAGE = {
    "truncate": f"truncate:N, N from 1 to {LONGEST_TEXT}",
    "upper": "upper",
    "lower": "lower",
    "capitalize": "capitalize",
    "default": "default:TEXT, used where the value is empty",
    "prefix": "prefix:TEXT, put before a value that is not empty",
    "suffix": "suffix:TEXT, put after a value that is not empty",
    "replace": "replace:FIND:PUT",
}
