"""Feed definitions: one TOML file per feed in a folder, its name the feed's name. What is wrong is said with file, field and what is
allowed."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from babel.core import get_global
from babel.numbers import list_currencies
from croniter import croniter

from feeds.formats import FORMATS
from feeds.outcomes import HIDDEN, NOT_INCLUDED, NOT_SOLD_HERE, WITHOUT_PRICE
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
from spoina.errors import InvalidInput, LimitExceeded

MOST_FEEDS = 200
LEAD_TIME = "backorder_days"
LONGEST_LEAD_TIME = 365
"""Days: Google takes no date that is further away than a year."""
UPDATE = "-update"
"""What the name of an update feed ends with; no other's may."""
LONGEST_NAME = 60
_NAME = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_NAME - 1}}}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BUILT_IN = frozenset({NOT_SOLD_HERE, HIDDEN, WITHOUT_PRICE, NOT_INCLUDED})
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
_AT = re.compile(r" - at `\$\.?(.*?)`$")


def load_definitions(folder: Path) -> list[FeedDefinition]:
    """In the order of their names; none where there is no folder. Raises InvalidInput for the first file that is wrong."""
    files = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    if len(files) > MOST_FEEDS:
        raise LimitExceeded(str(folder), MOST_FEEDS, "feeds")
    return [load_definition(file) for file in files]


def load_definition(file: Path) -> FeedDefinition:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(str(file), f"cannot be read: {error}") from None
    return parse_definition(text, file.stem, str(file))


def parse_definition(text: str, name: str, file: str) -> FeedDefinition:
    """Raises InvalidInput whose field is "file: field"."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(file, f"is no TOML: {error}") from None
    if "name" in values:
        raise InvalidInput(f"{file}: name", "is the file's name; leave it out")
    try:
        definition = msgspec.convert({"name": name, **values}, FeedDefinition)
        _check(definition)
    except msgspec.ValidationError as error:
        raise _located(file, str(error)) from None
    except InvalidInput as error:
        raise InvalidInput(f"{file}: {error.field}", error.reason) from None
    return definition


def _located(file: str, message: str) -> InvalidInput:
    """msgspec says where as `$.filters[0].effect`, but not what is allowed for enums and names of fields."""
    found = _AT.search(message)
    where = found[1] if found else ""
    reason = _AT.sub("", message)
    if "unknown field" in reason:
        reason = f"{reason}; use {', '.join(_TABLES.get(where.partition('[')[0], FeedDefinition).__struct_fields__)}"
    elif "enum" in reason:
        reason = f"{reason}; use {', '.join(_CHOICES.get(re.split(r'[.[]', where.rstrip('[.]0123456789'))[-1], ()))}"
    return InvalidInput(f"{file}: {where}" if where else file, reason)


def _check(definition: FeedDefinition) -> None:
    if not _NAME.fullmatch(definition.name) or definition.name.endswith(UPDATE):
        raise InvalidInput("name", f'{definition.name!r} is not made of a-z, 0-9 and "-", at most {LONGEST_NAME}, not ending in "{UPDATE}"')
    _check_words(definition)
    _check_address("base_url", definition.base_url)
    if definition.images_base_url:
        _check_address("images_base_url", definition.images_base_url)
    _check_schedule(definition.schedule)
    _check_format(definition)
    _check_rules(definition)
    _check_guards(definition)
    if definition.backorder_days is not None and not 0 <= definition.backorder_days <= LONGEST_LEAD_TIME:
        raise InvalidInput("backorder_days", f"is a number of days from 0 to {LONGEST_LEAD_TIME}")
    auth = definition.basic_auth
    if auth is not None and (not auth.user or ":" in auth.user or not _SHA256.fullmatch(auth.password_sha256)):
        raise InvalidInput("basic_auth", "needs a user without colon, and password_sha256 of 64 hexadecimal digits in lower case")


def _check_words(definition: FeedDefinition) -> None:
    if definition.country not in get_global("territory_currencies"):
        raise InvalidInput("country", f"{definition.country!r} is no ISO 3166 country, such as PL")
    if not _LANGUAGE.fullmatch(definition.language):
        raise InvalidInput("language", f"{definition.language!r} is no ISO 639 language, such as pl")
    if definition.currency not in list_currencies():
        raise InvalidInput("currency", f"{definition.currency!r} is no ISO 4217 currency, such as PLN")


def _check_address(field: str, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise InvalidInput(field, f"{url!r} is no address such as https://shop.example")


def _check_schedule(schedule: str) -> None:
    if len(schedule.split()) != 5 or not croniter.is_valid(schedule):
        raise InvalidInput("schedule", f'{schedule!r} is no cron expression, such as "0 * * * *" for every full hour')


def next_build(schedule: str, after: datetime) -> datetime:
    moment: datetime = croniter(schedule, after.astimezone(UTC)).get_next(datetime)
    return moment


def _check_format(definition: FeedDefinition) -> None:
    if definition.format not in FORMATS:
        raise InvalidInput("format", f"{definition.format!r} is not known; use one of {', '.join(sorted(FORMATS))}")
    form = make_format(definition, definition.title)
    if definition.update and form.update is None:
        raise InvalidInput("update", f"{definition.format} has no update feed")


def make_format(definition: FeedDefinition, title: str) -> Format:
    return FORMATS[definition.format](definition, title)


def _check_rules(definition: FeedDefinition) -> None:
    named = {
        "filters": [each.name for each in definition.filters],
        "fields": [each.name for each in definition.fields],
        "replacements": [each.name for each in definition.replacements],
        "prices": [each.name for each in definition.prices],
    }
    for kind, names in named.items():
        if any(not name.strip() for name in names):
            raise InvalidInput(f"{kind}.name", "must not be empty: explanations call the rule by it")
        if repeated := _repeated(names):
            raise InvalidInput(f"{kind}.name", f"{repeated!r} is the name of two rules")
    if taken := _BUILT_IN.intersection(named["filters"]):
        raise InvalidInput("filters.name", f"{min(taken)!r} is the name of a rule that every feed has")


def _repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _check_guards(definition: FeedDefinition) -> None:
    for name in ("largest_shrink", "most_failing"):
        if not 0 <= getattr(definition.guards, name) <= 100:
            raise InvalidInput(f"guards.{name}", "is a percentage from 0 to 100")


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
