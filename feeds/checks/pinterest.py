"""Pinterest's own rules beside those that all feeds of Google's kind share."""

from feeds.checks.codes import codes
from feeds.checks.limits import PINTEREST
from feeds.checks.links import links
from feeds.checks.prices import prices
from feeds.checks.rules import AnySection, Writer
from feeds.checks.texts import texts
from feeds.checks.traits import numbers, traits
from feeds.formats.pinterest import shown_link
from feeds.types import FeedDefinition, FeedItem

_WRITE = Writer(PINTEREST.prefix, PINTEREST.source)


def pinterest(definition: FeedDefinition) -> tuple[AnySection, ...]:
    def separator(item: FeedItem) -> str | None:
        text = item.product_type
        return f"{text!r} has levels without spaces around >" if ">" in text.replace(" > ", "") else None

    return (
        texts(PINTEREST),
        links(PINTEREST, definition.base_url, shown_link=shown_link),
        prices(_WRITE, definition.currency),
        codes(PINTEREST),
        *traits(
            PINTEREST,
            _WRITE.warning("PRODUCT-TYPE-SEPARATOR", "product_type", 'levels stand between " > "', separator),
            numbers(_WRITE, tuple(f"custom_number_{at}" for at in range(5))),
        ),
    )
