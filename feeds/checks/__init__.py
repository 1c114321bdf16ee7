"""What channels refuse, found offline. `check_for(definition)` makes the check of a definition's channel and format."""

from collections.abc import Callable, Mapping

from feeds.checks.allegro import allegro
from feeds.checks.ceneo import ceneo
from feeds.checks.google import google
from feeds.checks.meta import meta
from feeds.checks.pinterest import pinterest
from feeds.checks.rules import AnySection, ItemCheck, about
from feeds.checks.tiktok import tiktok
from feeds.formats import FORMATS
from feeds.types import FeedChannel, FeedDefinition

VERSION = 1

SECTIONS: Mapping[FeedChannel, Callable[[FeedDefinition], tuple[AnySection, ...]]] = {
    FeedChannel.META: meta,
    FeedChannel.GOOGLE: google,
    FeedChannel.TIKTOK: tiktok,
    FeedChannel.PINTEREST: pinterest,
    FeedChannel.CENEO: ceneo,
    FeedChannel.ALLEGRO: allegro,
}
_PARTIAL = ("-update-", "-country-", "-language-")
"""In the names of formats that write some fields only: the rules about the others do not count."""


def check_for(definition: FeedDefinition) -> ItemCheck:
    sections = SECTIONS[definition.channel](definition)
    if any(mark in definition.format for mark in _PARTIAL):
        fields = {field.name.removeprefix("g:") for field in FORMATS[definition.format](definition, "").fields}
        narrowed = [about(section, fields) for section in sections]
        sections = tuple(section for section in narrowed if section.clauses)
    return ItemCheck(sections, VERSION)
