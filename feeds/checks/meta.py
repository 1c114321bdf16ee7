"""Meta's own rules beside those that all feeds of Google's kind share."""

import re

from feeds.checks.codes import codes
from feeds.checks.limits import META
from feeds.checks.links import links
from feeds.checks.prices import prices
from feeds.checks.rules import AnySection, Clause, Writer
from feeds.checks.texts import texts
from feeds.checks.traits import numbers, traits
from feeds.formats.meta import IMAGES, IMAGES_LENGTH
from feeds.formats.values import sellable_gtin
from feeds.types import FeedDefinition, FeedItem

_HEX = re.compile("#[0-9a-fA-F]{3}|#?[0-9a-fA-F]{6}")
_LEVELS = 2
_FEW = 2
_STATUSES = ("active", "archived")
_WRITE = Writer(META.prefix, META.source)


def meta(definition: FeedDefinition) -> tuple[AnySection, ...]:
    return (
        texts(META),
        links(META, definition.base_url),
        prices(_WRITE, definition.currency),
        codes(META, _identifiers(), _pictures(), sure=(_is_identified, _are_few)),
        *traits(META, *_traits()),
    )


def _is_identified(brand: str, mpn: str, gtin: str) -> bool:
    return brand.strip() != "" or mpn.strip() != "" or sellable_gtin(gtin) != ""


def _are_few(additional_image_links: tuple[str, ...]) -> bool:
    return len(additional_image_links) < _FEW or sum(map(len, additional_image_links)) < IMAGES_LENGTH - IMAGES


def _identifiers() -> Clause:
    def judge(item: FeedItem) -> str | None:
        return None if item.brand.strip() or item.mpn.strip() or sellable_gtin(item.gtin) else "neither a brand nor a GTIN nor an MPN"

    return _WRITE.error("IDENTIFIERS", "brand", "a brand, a GTIN or an MPN", judge)


def _pictures() -> Clause:
    def judge(item: FeedItem) -> str | None:
        length = sum(map(len, item.additional_image_links)) + max(0, len(item.additional_image_links) - 1)
        return f"{length} characters, at most {IMAGES_LENGTH}: the last are left out" if length > IMAGES_LENGTH else None

    return _WRITE.warning("IMAGES-LENGTH", "additional_image_link", f"at most {IMAGES_LENGTH} characters together", judge)


def _traits() -> tuple[Clause, ...]:
    def category(item: FeedItem) -> str | None:
        given = item.channel_category.strip()
        if not given or given.isdigit() or given.count(" > ") >= _LEVELS - 1:
            return None
        return f"{given!r} is neither a number nor a path of {_LEVELS} levels"

    def status(item: FeedItem) -> str | None:
        given = item.extra.get("status", "")
        return None if not given or given in _STATUSES else f"{given!r} is none of {', '.join(_STATUSES)}"

    return (
        _WRITE.warning("CATEGORY", "google_product_category", f"a number or a path of at least {_LEVELS} levels", category),
        _WRITE.warning(
            "COLOR-NAME",
            "color",
            "a name, no hexadecimal number",
            lambda item: f"{item.color!r} is a number" if _HEX.fullmatch(item.color.strip()) else None,
        ),
        _WRITE.error("STATUS", "status", ", ".join(_STATUSES), status),
        numbers(_WRITE, tuple(f"custom_number_{at}" for at in range(5))),
    )
