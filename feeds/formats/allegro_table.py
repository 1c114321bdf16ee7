"""Allegro's offers as a table that a person reads in a spreadsheet: the offers that allegro-jsonl holds, with what Allegro has no field
for."""

from collections.abc import Callable

import msgspec

from feeds.formats.allegro import offer
from feeds.formats.allegro_fields import FIELDS, READERS
from feeds.formats.blocks import MadeFormat
from feeds.formats.tables import doubled
from feeds.formats.text import one_line
from feeds.formats.values import web_link
from feeds.port import Field
from feeds.types import FeedDefinition, FeedItem
from spoina.money import decimal_text

VERSION = 1
_FORMULA = ("=", "+", "-", "@")

_OURS = (
    Field(name="link", value=lambda item: web_link(item.link), sources=("link",), rule="the page in the shop"),
    Field(
        name="lowest_price_30_days",
        value=lambda item: "" if item.prior_price is None else decimal_text(item.prior_price, item.currency),
        sources=("prior_price", "currency"),
        rule="before the reduction in force (act of 9 May 2014, art. 4(2)); Allegro finds its own",
    ),
    Field(name="gtin_as_typed", value=lambda item: item.gtin, sources=("gtin",), rule="whether or not it is right"),
    Field(
        name="options",
        value=lambda item: ", ".join([one_line(f"{name}: {value}") for name, value in item.options]),
        sources=("options",),
        rule="by which siblings differ",
    ),
)


def allegro_csv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    fields = tuple(msgspec.structs.replace(field, value=_shown(field.value), limit="") for field in (*FIELDS, *_OURS))
    return MadeFormat(
        name="allegro-csv",
        version=VERSION,
        extension="csv",
        media_type="text/csv; charset=utf-8",
        fields=fields,
        header=(",".join(field.name for field in fields) + "\n").encode(),
        footer=b"",
        render=_row,
    )


def _row(item: FeedItem) -> bytes:
    made = offer(item)
    texts = (*(read(made) for _, read in READERS), *(field.value(item) for field in _OURS))
    return (",".join([f'"{doubled(harmless(one_line(text)))}"' for text in texts]) + "\n").encode()


def _shown(value: Callable[[FeedItem], str]) -> Callable[[FeedItem], str]:
    return lambda item: harmless(one_line(value(item)))


def harmless(text: str) -> str:
    """A spreadsheet would take what begins like a formula for one."""
    return f"'{text}" if text.startswith(_FORMULA) else text
