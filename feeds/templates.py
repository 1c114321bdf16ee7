"""The template language of feed definitions: "{brand} {title|truncate:60} {option.Kolor}".

A name in braces stands for its value, followed by filters; "{{" and "}}" are braces. There is nothing else: no expressions, no attributes,
no calls, so that a definition can do no harm. What is empty leaves no double space behind.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from feeds.sources import Subject
from spoina.errors import InvalidInput

Read = Callable[[Subject], str]
Edit = Callable[[str], str]

_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([^{}]+)|([{}])")
LONGEST_TEXT = 100_000


class Template(msgspec.Struct, frozen=True):
    """Compiled. `names` are what it reads."""

    text: str
    names: tuple[str, ...]
    render: Read


def compile_template(text: str, field: str, reader: Callable[[str], Read | None]) -> Template:
    """`reader` says how a name is read, None for an unknown one. Raises InvalidInput naming `field` and what is wrong in the text."""
    parts: list[str | Read] = []
    names: list[str] = []
    for literal, reference in _parts(text, field):
        if reference is None:
            parts.append(literal)
        else:
            name, *edits = reference.split("|")
            parts.append(_edited(_known(reader, name.strip(), field), [_edit(each, field) for each in edits]))
            names.append(name.strip())
    return Template(text, tuple(names), _joined(parts))


def _parts(text: str, field: str) -> Iterator[tuple[str, str | None]]:
    for found in _PART.finditer(text):
        reference, literal, stray = found.groups()
        if stray is not None:
            raise InvalidInput(field, f"in {text!r}: a single {stray!r}; write {stray * 2} for the character itself")
        if reference is not None:
            yield "", reference
        else:
            yield literal if literal is not None else found.group()[0], None


def _known(reader: Callable[[str], Read | None], name: str, field: str) -> Read:
    read = reader(name)
    if read is None:
        raise InvalidInput(field, f"{{{name}}} is not known; use the fields of an item, option.NAME, attribute.KEY or meta.KEY")
    return read


def _joined(parts: Sequence[str | Read]) -> Read:
    match parts:
        case []:
            return lambda _: ""
        case [str() as literal]:
            return lambda _: literal
        case [read] if not isinstance(read, str):
            return read
    form = "".join("%s" if not isinstance(part, str) else part.replace("%", "%%") for part in parts)
    reads = [part for part in parts if not isinstance(part, str)]
    return lambda subject: _tidy(form % tuple([read(subject) for read in reads]))


def _tidy(text: str) -> str:
    return " ".join(text.split()) if "  " in text or text[:1].isspace() or text[-1:].isspace() else text


def _edited(read: Read, edits: Sequence[Edit]) -> Read:
    for edit in edits:
        read = _after(read, edit)
    return read


def _after(read: Read, edit: Edit) -> Read:
    return lambda subject: edit(read(subject))


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
