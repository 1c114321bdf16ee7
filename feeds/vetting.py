"""What is wrong in a definition, as far as that can be known without the shop: found when it is read, long before anything is built."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from babel.core import get_global
from babel.numbers import list_currencies
from croniter import croniter

from feeds.amounts import exchange_rate
from feeds.filters import compile_filter
from feeds.formats import FORMATS
from feeds.outcomes import HIDDEN, NOT_INCLUDED, NOT_SOLD_HERE, WITHOUT_PRICE
from feeds.steps import compile_steps
from feeds.types import FeedDefinition
from spoina.errors import InvalidInput

LONGEST_LEAD_TIME = 365
"""Days: Google takes no date that is further away than a year."""
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_META_LANGUAGE = re.compile(r"[a-z]{2,3}_[A-Z]{2}")
_ENDING = re.compile(r"[A-Za-z0-9]{1,10}")
_PARAMETER = re.compile(r"[A-Za-z0-9_]+")
_UTM = "utm_"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_BUILT_IN = frozenset({NOT_SOLD_HERE, HIDDEN, WITHOUT_PRICE, NOT_INCLUDED})
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


def vet(definition: FeedDefinition) -> None:
    """Raises InvalidInput for the first field that is wrong."""
    _vet_words(definition)
    _vet_addresses(definition)
    _vet_schedule(definition.schedule)
    _vet_format(definition)
    _vet_override(definition)
    _vet_names(definition)
    _vet_shipping(definition)
    _vet_guards(definition)
    _vet_access(definition)
    _vet_rules(definition)


def _vet_words(definition: FeedDefinition) -> None:
    if not _is_country(definition.country):
        raise InvalidInput("country", f"{definition.country!r} is no ISO 3166 country, such as PL")
    if not _LANGUAGE.fullmatch(definition.language):
        raise InvalidInput("language", f"{definition.language!r} is no ISO 639 language, such as pl")
    if definition.currency not in list_currencies():
        raise InvalidInput("currency", f"{definition.currency!r} is no ISO 4217 currency, such as PLN")
    if definition.exchange_rate:
        exchange_rate(definition.exchange_rate)
    if definition.backorder_days is not None and not 0 <= definition.backorder_days <= LONGEST_LEAD_TIME:
        raise InvalidInput("backorder_days", f"is a number of days from 0 to {LONGEST_LEAD_TIME}")


def _is_country(text: str) -> bool:
    return text in get_global("territory_currencies")


def _vet_addresses(definition: FeedDefinition) -> None:
    _vet_address("base_url", definition.base_url)
    if definition.images_base_url:
        _vet_address("images_base_url", definition.images_base_url)
    if definition.images_extension and not _ENDING.fullmatch(definition.images_extension):
        raise InvalidInput("images_extension", f'{definition.images_extension!r} is no ending alone, such as "jpg"')


def _vet_address(field: str, url: str) -> None:
    if not _is_address(url):
        raise InvalidInput(field, f"{url!r} is no address such as https://shop.example")


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        told = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return bool(told) and not (parts.query or parts.fragment) and not any(sign.isspace() for sign in url)


def _vet_schedule(schedule: str) -> None:
    if len(schedule.split()) != 5 or not croniter.is_valid(schedule):
        raise InvalidInput("schedule", f'{schedule!r} is no cron expression, such as "0 * * * *" for every full hour')
    try:
        croniter(schedule, _ANY_DAY).get_next(datetime)
    except ValueError:
        raise InvalidInput("schedule", f"{schedule!r} never comes: there is no such day") from None


def _vet_format(definition: FeedDefinition) -> None:
    if definition.format not in FORMATS:
        raise InvalidInput("format", f"{definition.format!r} is not known; use one of {', '.join(sorted(FORMATS))}")
    mine = f"{definition.channel.value}-"
    if not definition.format.startswith(mine):
        others = ", ".join(sorted(name for name in FORMATS if name.startswith(mine)))
        raise InvalidInput("format", f"{definition.format!r} is none of channel {definition.channel.value}'s; use one of {others}")
    form = FORMATS[definition.format](definition, definition.title)
    if definition.update and form.update is None:
        raise InvalidInput("update", f"{definition.format} has no update feed")


def _vet_override(definition: FeedDefinition) -> None:
    override = definition.override
    if "-country-" in definition.format:
        if override and not _is_country(override):
            raise InvalidInput("override", f"{override!r} is no ISO 3166 country, such as DE")
    elif "-language-" in definition.format:
        if not _META_LANGUAGE.fullmatch(override):
            raise InvalidInput("override", f"{override!r} is no language as Meta writes it, such as de_DE or en_XX")
    elif override:
        raise InvalidInput("override", f"{definition.format} overrides nothing: it is for meta-country-… and meta-language-…")


def _vet_names(definition: FeedDefinition) -> None:
    named = {
        "filters": [each.name for each in definition.filters],
        "fields": [each.name for each in definition.fields],
        "replacements": [each.name for each in definition.replacements],
        "prices": [each.name for each in definition.prices],
    }
    for kind, names in named.items():
        if any(not name.strip() for name in names):
            raise InvalidInput(f"{kind}.name", "must not be empty: explanations call the rule by it")
        if (repeated := _repeated(names)) is not None:
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


def _vet_shipping(definition: FeedDefinition) -> None:
    for place, each in enumerate(definition.shipping):
        if not _is_country(each.country):
            raise InvalidInput(f"shipping[{place}].country", f"{each.country!r} is no ISO 3166 country, such as PL")
        if each.price < 0:
            raise InvalidInput(f"shipping[{place}].price", f"{each.price} is below zero")


def _vet_guards(definition: FeedDefinition) -> None:
    for name in ("largest_shrink", "most_failing"):
        if not 0 <= getattr(definition.guards, name) <= 100:
            raise InvalidInput(f"guards.{name}", "is a percentage from 0 to 100")


def _vet_access(definition: FeedDefinition) -> None:
    auth = definition.basic_auth
    if auth is not None and (not auth.user or ":" in auth.user or not _SHA256.fullmatch(auth.password_sha256)):
        raise InvalidInput("basic_auth", "needs a user without colon, and password_sha256 of 64 hexadecimal digits in lower case")


def _vet_rules(definition: FeedDefinition) -> None:
    for name in definition.utm:
        if name.startswith(_UTM) or not _PARAMETER.fullmatch(name):
            plain = name.removeprefix(_UTM)
            raise InvalidInput(f"utm.{name}", f"is no name such as source, which becomes utm_source{f'; write {plain}' if plain else ''}")
    compile_steps(definition, _any_branches)
    for each in definition.filters:
        compile_filter(each, f"filters.{each.name}", definition, _any_branches)


def _any_branches(_handles: Sequence[str], _field: str) -> frozenset[int]:
    """Which categories there are, only the shop knows."""
    return frozenset()
