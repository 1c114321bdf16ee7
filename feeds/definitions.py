"""Feed definitions: one TOML file per feed in a folder, its name the feed's name. What is wrong is said with file, field and what is
allowed."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from croniter import croniter

from feeds.formats import FORMATS
from feeds.port import Format
from feeds.types import (
    Availability,
    BasicAuth,
    Condition,
    Effect,
    FeedChannel,
    FeedDefinition,
    FieldRule,
    Filter,
    Guards,
    PriceRule,
    Replacement,
    Rounding,
    ShippingPrice,
    Variants,
)
from feeds.vetting import vet
from spoina.errors import InvalidInput, LimitExceeded

MOST_FEEDS = 200
LEAD_TIME = "backorder_days"
UPDATE = "-update"
"""What the name of an update feed ends with; no other's may."""
LONGEST_NAME = 60
_NAME = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_NAME - 1}}}")
_TABLES: Mapping[str, type[msgspec.Struct]] = {
    "filters": Filter,
    "fields": FieldRule,
    "replacements": Replacement,
    "prices": PriceRule,
    "shipping": ShippingPrice,
    "guards": Guards,
    "basic_auth": BasicAuth,
}
_CHOICES: Mapping[str, Iterable[str]] = {
    "channel": FeedChannel,
    "effect": Effect,
    "availability": Availability,
    "condition": Condition,
    "variants": Variants,
    "rounding": Rounding,
}
_SEVERAL = frozenset({"filters", "fields", "replacements", "prices", "shipping"})
_AT = re.compile(r" - at `\$\.?(.*?)`$")
_NAMES = re.compile("[a-z_0-9]*[a-z]")
_ANY_KEY = "[...]"


def load_definitions(folder: Path) -> list[FeedDefinition]:
    """In the order of their names; none where there is no folder. Raises InvalidInput for the first file that is wrong."""
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if len(files) > MOST_FEEDS:
        raise LimitExceeded(str(folder), MOST_FEEDS, "feeds")
    return [load_definition(file) for file in files]


def load_definition(file: Path) -> FeedDefinition:
    try:
        text = file.read_text("utf-8-sig")  # Windows' editor begins a file with the mark
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(str(file), f"cannot be read: {error}") from None
    return parse_definition(text, file.stem, str(file))


def parse_definition(text: str, name: str, file: str) -> FeedDefinition:
    """Raises InvalidInput whose field is "file: field"."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(file, f"is no TOML: {error}") from None
    if "name" in values:
        raise InvalidInput(f"{file}: name", "is the file's name; leave it out")
    try:
        definition = msgspec.convert({"name": name, **values}, FeedDefinition)
        _check(definition)
    except msgspec.ValidationError as error:
        raise _located(file, values, str(error)) from None
    except InvalidInput as error:
        raise InvalidInput(f"{file}: {error.field}", error.reason) from None
    return definition


def _located(file: str, values: Mapping[str, object], message: str) -> InvalidInput:
    """msgspec says where as `$.filters[0].effect`, but not what is allowed, and not which key of a table with names of one's own."""
    found = _AT.search(message)
    where = found[1] if found else ""
    table, last = where.partition("[")[0], _NAMES.findall(where)[-1:]
    reason = _AT.sub("", message).replace("`array`", "a list").replace("`object`", "a table")
    if where.endswith(_ANY_KEY):
        given = values[table]
        wrong = [key for key, value in given.items() if not isinstance(value, str)] if isinstance(given, dict) else []
        where = f"{table}.{wrong[0]}" if wrong else table
    return InvalidInput(f"{file}: {where}" if where else file, reason + _allowed(table, last[0] if last else "", where, reason))


def _allowed(table: str, last: str, where: str, reason: str) -> str:
    if "unknown field" in reason:
        known = Filter if last == "when" else _TABLES.get(table, FeedDefinition)
        return f"; use {', '.join(name for name in known.__struct_fields__ if table or name != 'name')}"
    if last in _CHOICES and "missing" not in reason:
        return f"; use {', '.join(_CHOICES[last])}"
    if where in _SEVERAL and "Expected a list" in reason:
        return f": begin each with [[{where}]]"
    if last == "price":
        return ", in minor units: 1299 for 12.99"
    return ': write it in quotes, as "5.00"' if "`str" in reason and reason.endswith(("`int`", "`float`")) else ""


def _check(definition: FeedDefinition) -> None:
    if not _NAME.fullmatch(definition.name) or definition.name.endswith(UPDATE):
        raise InvalidInput("name", f'{definition.name!r} is not made of a-z, 0-9 and "-", at most {LONGEST_NAME}, not ending in "{UPDATE}"')
    vet(definition)


def next_build(schedule: str, after: datetime) -> datetime:
    moment: datetime = croniter(schedule, after.astimezone(UTC)).get_next(datetime)
    return moment


def make_format(definition: FeedDefinition, title: str) -> Format:
    return FORMATS[definition.format](definition, title)


def with_updates(definitions: Iterable[FeedDefinition]) -> list[FeedDefinition]:
    """Each feed, followed by its update feed if it wants one: the same items in the channel's update format."""
    found: list[FeedDefinition] = []
    for definition in definitions:
        found.append(definition)
        if definition.update and (update := make_format(definition, "").update) is not None:
            found.append(msgspec.structs.replace(definition, name=definition.name + UPDATE, format=update, update=False))
    return found


def with_lead_time(definition: FeedDefinition, at: datetime) -> FeedDefinition:
    """`backorder_days` as a rule like any other, so that it is explained; with each new day another, so that everything is built anew."""
    if definition.backorder_days is None:
        return definition
    day = (at.astimezone(UTC) + timedelta(days=definition.backorder_days)).date()
    when = Filter(name="back order", availability=(Availability.BACKORDER,))
    rule = FieldRule(name=LEAD_TIME, field="availability_date", template=day.isoformat(), only_if_empty=True, when=when)
    return msgspec.structs.replace(definition, fields=(*definition.fields, rule))


def is_update(definition: FeedDefinition) -> bool:
    return definition.name.endswith(UPDATE)
