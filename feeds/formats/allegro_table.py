"""Allegro's offers as a table that a person reads in a spreadsheet: the offers that allegro-jsonl holds, with what Allegro has no field
for."""

from collections.abc import Callable

from feeds.formats.allegro import offer
from feeds.formats.allegro_fields import FIELDS, READERS
from feeds.formats.blocks import Block, MadeFormat, Spec, Values
from feeds.formats.tables import csv_format
from feeds.formats.text import one_line
from feeds.formats.values import web_link
from feeds.port import Field
from feeds.types import FeedDefinition, FeedItem
from spoina.money import decimal_text

VERSION = 1
_FORMULA = ("=", "+", "-", "@")

_OURS: tuple[tuple[Spec, Callable[[FeedItem], str]], ...] = (
    (Spec(name="link", sources=("link",), rule="the page in the shop"), lambda item: web_link(item.link)),
    (
        Spec(
            name="lowest_price_30_days",
            sources=("prior_price", "currency"),
            rule="before the reduction in force (act of 9 May 2014, art. 4(2)); Allegro finds its own",
        ),
        lambda item: "" if item.prior_price is None else decimal_text(item.prior_price, item.currency),
    ),
    (Spec(name="gtin_as_typed", sources=("gtin",), rule="whether or not it is right"), lambda item: one_line(item.gtin)),
    (
        Spec(name="options", sources=("options",), rule="by which siblings differ"),
        lambda item: ", ".join([one_line(f"{name}: {value}") for name, value in item.options]),
    ),
)


def allegro_csv(_definition: FeedDefinition, _title: str) -> MadeFormat:
    specs = (*(_spec(field) for field in FIELDS), *(spec for spec, _ in _OURS))
    offered, ours = [read for _, read in READERS], [read for _, read in _OURS]

    def values(item: FeedItem) -> Values:
        made = offer(item)
        return tuple([harmless(one_line(text)) for text in (*(read(made) for read in offered), *(read(item) for read in ours))])

    return csv_format("allegro-csv", (Block(specs=specs, values=values),), version=VERSION)


def harmless(text: str) -> str:
    """A spreadsheet would take what begins like a formula for one."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _spec(field: Field) -> Spec:
    return Spec(name=field.name, sources=field.sources, rule=field.rule, required=field.required)
