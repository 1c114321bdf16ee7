"""The dialect's scalars. What leaves is ready to be written: texts, made by the resolvers' types or here."""

from datetime import UTC, datetime
from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

from spoina.errors import InvalidInput

Decimal = NewType("Decimal", str)
URL = NewType("URL", str)
HTML = NewType("HTML", str)
Color = NewType("Color", str)
JSON = NewType("JSON", str)


def timestamp(moment: datetime) -> str:
    """ISO 8601 to the second in UTC: 2026-03-01T12:00:00Z."""
    at = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return f"{at.isoformat(timespec='seconds')[:19]}Z"  # a tenth of strftime's time


def parse_timestamp(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput("DateTime", f"{text!r} is no ISO 8601 time") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(name: str, description: str) -> ScalarDefinition:
    return strawberry.scalar(name=name, description=description, serialize=str, parse_value=str)


SCALARS: dict[object, ScalarDefinition] = {
    Decimal: _text("Decimal", "A signed decimal number, as text, so that no digit is lost: `129.99`."),
    URL: _text("URL", "An address (RFC 3986)."),
    HTML: _text("HTML", "HTML that was sanitised: no scripts, no event handlers, no foreign styles."),
    JSON: _text("JSON", "A value as JSON, as text."),
    Color: _text("Color", "A colour in hexadecimal notation: `#2a7fd4`."),
    datetime: strawberry.scalar(
        name="DateTime", description="A moment in UTC (ISO 8601): `2026-03-01T12:00:00Z`.", serialize=timestamp, parse_value=parse_timestamp
    ),
}
