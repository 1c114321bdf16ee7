"""TikTok's own rules beside those that all feeds of Google's kind share."""

from feeds.checks.codes import codes
from feeds.checks.limits import TIKTOK
from feeds.checks.links import links
from feeds.checks.prices import prices
from feeds.checks.rules import AnySection, Writer
from feeds.checks.texts import texts
from feeds.checks.traits import traits
from feeds.types import FeedDefinition

_WRITE = Writer(TIKTOK.prefix, TIKTOK.source)


def tiktok(definition: FeedDefinition) -> tuple[AnySection, ...]:
    brand = _WRITE.error("BRAND-REQUIRED", "brand", "every item has a brand", lambda item: None if item.brand.strip() else "there is none")
    return (
        texts(TIKTOK),
        links(TIKTOK, definition.base_url),
        prices(_WRITE, definition.currency),
        codes(TIKTOK),
        *traits(TIKTOK, brand),
    )
