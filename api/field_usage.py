"""The report on the ledger: who uses a field, and since when a deprecated one may be removed."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import msgspec
from graphql import GraphQLSchema

from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import InvalidInput
from spoina.usage import sql
from spoina.usage.rules import safe_on
from spoina.usage.types import MOST_SHOWN, FieldUse
from storefront.schema import served_schema
from storefront.usage import deprecated, members

UNUSED_DAYS = 30
LONGEST_PERIOD = 400
_TYPE = re.compile(r"(?:type|interface|input|enum) (\w+)")
_MEMBER = re.compile(r"  (\w+)")


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """`field`: a coordinate ("Product.handle") or a type ("Product"), None for all. `days`: uses of so many days are shown, and a
    deprecated member that was unused for so long may be removed."""

    field: str | None = None
    deprecated: bool = False
    days: int = UNUSED_DAYS


class FieldReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`deprecated`: why, where it is. `safe_on`: the first day on which it may be removed, for deprecated ones; None while nothing was
    counted."""

    coordinate: str
    deprecated: str | None
    last_seen: datetime | None
    safe_on: date | None
    safe_to_remove: bool
    uses: tuple[FieldUse, ...]


class UsageReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`counted_since`: what was asked for before is not known. Members that nobody used are shown where they are
    deprecated or asked for."""

    counted_since: datetime | None
    fields: tuple[FieldReport, ...]


class _Known(msgspec.Struct, frozen=True):
    since: datetime | None
    last_seen: Mapping[str, datetime]
    uses: Mapping[str, tuple[FieldUse, ...]]


def dated(sdl: str, report: UsageReport) -> str:
    """The schema's text with a comment behind each deprecated member: the first day on which it may be removed."""
    days = {each.coordinate: each.safe_on for each in report.fields if each.safe_on is not None}
    lines, owner = [], ""
    for line in sdl.splitlines():
        if begun := _TYPE.match(line):
            owner = begun[1]
        member = _MEMBER.match(line) if "@deprecated(" in line else None
        day = days.get(f"{owner}.{member[1]}") if member else None
        lines.append(f"{line}  # safe to remove on {day}" if day else line)
    return "\n".join(lines)


async def usage_report(pool: Pool, question: Question, clock: Clock) -> UsageReport:
    """Raises InvalidInput."""
    schema = served_schema()
    if not 1 <= question.days <= LONGEST_PERIOD:
        raise InvalidInput("days", f"1 to {LONGEST_PERIOD}")
    reasons, today = deprecated(schema), clock().date()
    asked = _asked(schema, question, reasons)
    known = await _known(pool, asked, today - timedelta(days=question.days))
    shown = [each for each in asked if each in reasons or each in known.uses or each == question.field]
    fields = tuple(_field(each, reasons.get(each), known, question.days, today) for each in shown)
    return UsageReport(counted_since=known.since, fields=fields)


def _asked(schema: GraphQLSchema, question: Question, reasons: Mapping[str, str]) -> list[str]:
    known: Iterable[str] = reasons if question.deprecated else members(schema)
    if question.field is None:
        return sorted(known)
    asked = question.field
    if not any(_is_in(each, asked) for each in members(schema)):
        raise InvalidInput("field", f"the schema has no {asked!r}; write Product, Product.handle or Product.variants(first:)")
    return sorted(each for each in known if _is_in(each, asked))


def _is_in(coordinate: str, asked: str) -> bool:
    return coordinate == asked or coordinate.startswith((f"{asked}.", f"{asked}("))


async def _known(pool: Pool, coordinates: list[str], since: date) -> _Known:
    uses: dict[str, tuple[FieldUse, ...]] = {}
    for each in await sql.uses(pool, coordinates, since, MOST_SHOWN):
        uses[each.coordinate] = (*uses.get(each.coordinate, ()), each)
    return _Known(await sql.counted_since(pool), await sql.last_seen(pool, coordinates), uses)


def _field(coordinate: str, reason: str | None, known: _Known, days: int, today: date) -> FieldReport:
    last_seen = known.last_seen.get(coordinate)
    safe = safe_on(last_seen, known.since, days) if reason is not None else None
    return FieldReport(
        coordinate=coordinate,
        deprecated=reason,
        last_seen=last_seen,
        safe_on=safe,
        safe_to_remove=safe is not None and safe <= today,
        uses=known.uses.get(coordinate, ()),
    )
