"""Google's own rules beside those that all feeds of its kind share."""

import re

from feeds.checks.codes import codes
from feeds.checks.limits import GOOGLE
from feeds.checks.links import links
from feeds.checks.prices import prices
from feeds.checks.rules import AnySection, Clause, Writer
from feeds.checks.texts import texts
from feeds.checks.traits import numbers, traits
from feeds.formats.google import COLORS
from feeds.types import FeedDefinition, FeedItem

_UNITS = "oz|lb|mg|g|kg|floz|pt|qt|gal|ml|cl|l|cbm|in|ft|yd|cm|m|sqft|sqm|ct|sheet|item"
_MEASURE = re.compile(rf"\d+(?:\.\d+)? ?(?:{_UNITS})", re.ASCII)
_BASE = re.compile(rf"(?:1|2|4|8|10|100) ?(?:{_UNITS})|75 ?cl|750 ?ml|50 ?kg|1000 ?kg", re.ASCII)
_CATEGORY = re.compile(r"\d+|[^>]+( > [^>]+)*")
_CERTIFICATION = re.compile(r"[^:]+:[^:]+:[^:]+")
_YES_NO = ("is_bundle", "adult")
_WRITE = Writer(GOOGLE.prefix, GOOGLE.source)


def google(definition: FeedDefinition) -> tuple[AnySection, ...]:
    return (
        texts(GOOGLE),
        links(GOOGLE, definition.base_url),
        prices(_WRITE, definition.currency, dated=True),
        codes(GOOGLE, _identifiers(), sure=(_is_identified,)),
        *traits(GOOGLE, *_traits(), *_measures(), *_words()),
    )


def _is_identified(gtin: str, brand: str, mpn: str) -> bool:
    return gtin != "" or (brand != "" and mpn != "")


def _identifiers() -> Clause:
    return _WRITE.warning(
        "IDENTIFIERS",
        "identifier_exists",
        "a GTIN, or a brand with the maker's number",
        lambda item: None if item.gtin or (item.brand and item.mpn) else "neither a GTIN nor a brand with an MPN: the feed says so",
    )


def _traits() -> tuple[Clause, ...]:
    def colors(item: FeedItem) -> str | None:
        names = [name for name in item.color.replace(",", "/").split("/") if name.strip()]
        return f"{len(names)} colours in {item.color!r}, at most {COLORS}: the others are left out" if len(names) > COLORS else None

    return (
        _WRITE.warning(
            "BRAND-REQUIRED", "brand", "every new item has a brand", lambda item: None if item.brand.strip() else "there is none"
        ),
        _WRITE.warning(
            "CATEGORY",
            "google_product_category",
            'a number or a whole path with " > "',
            lambda item: (
                None
                if not item.channel_category or _CATEGORY.fullmatch(item.channel_category)
                else f"{item.channel_category!r} is neither a number nor a path"
            ),
        ),
        _WRITE.warning("COLOR-COUNT", "color", f"at most {COLORS} colours", colors),
    )


def _measures() -> tuple[Clause, ...]:
    def measure(item: FeedItem) -> str | None:
        given = item.extra.get("unit_pricing_measure", "")
        return None if not given or _MEASURE.fullmatch(given) else f"{given!r} is no number with a unit of Google's"

    def base(item: FeedItem) -> str | None:
        given = item.extra.get("unit_pricing_base_measure", "")
        right = not given or _BASE.fullmatch(given)
        return None if right else f"{given!r} is none of 1, 2, 4, 8, 10, 100 and a unit, 75cl, 750ml, 50kg, 1000kg"

    def alone(item: FeedItem) -> str | None:
        if item.extra.get("unit_pricing_base_measure") and not item.extra.get("unit_pricing_measure"):
            return "it stands without unit_pricing_measure"
        return None

    return (
        _WRITE.error("UNIT-MEASURE", "unit_pricing_measure", "a positive number and a unit", measure),
        _WRITE.error("UNIT-BASE", "unit_pricing_base_measure", "a whole number that Google takes, and a unit", base),
        _WRITE.error("UNIT-BASE-ALONE", "unit_pricing_base_measure", "together with unit_pricing_measure", alone),
    )


def _words() -> tuple[Clause, ...]:
    def yes_no(item: FeedItem) -> str | None:
        wrong = [name for name in _YES_NO if item.extra.get(name, "yes") not in ("", "yes", "no")]
        return f"{wrong[0]} is {item.extra[wrong[0]]!r}, must be yes or no" if wrong else None

    def certification(item: FeedItem) -> str | None:
        given = item.extra.get("certification", "")
        return None if not given or _CERTIFICATION.fullmatch(given) else f"{given!r} is not authority:name:code, as EC:EPREL:123456"

    return (
        _WRITE.error("FIELD-YES-NO", "extra", f"yes or no in {', '.join(_YES_NO)}", yes_no),
        _WRITE.error("CERTIFICATION", "certification", "authority:name:code", certification),
        numbers(_WRITE, ("multipack", "min_handling_time", "max_handling_time")),
    )
