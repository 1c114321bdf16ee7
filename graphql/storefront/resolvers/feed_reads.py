"""Why an item is in a feed or not, for staff."""

from collections.abc import Mapping

import msgspec
from strawberry import Parent

from feeds.explain import Change, ExplainedField, Explanation
from spoina.access.types import Scope
from storefront.ids import gid
from storefront.resolvers import Info


class Reading(msgspec.Struct, frozen=True):
    """A field of the item, or whatever a template names, and its value."""

    name: str
    value: str


class Source(msgspec.Struct, frozen=True):
    name: str
    value: str
    origin: str


async def feed_item(info: Info, feed: str, sku: str) -> Explanation:
    """Raises Forbidden, before anything is read; InvalidInput, NotFound."""
    info.context.caller.require(Scope.FEEDS_READ)
    return await info.context.feeds.explain(feed, sku)


def variant_id(told: Parent[Explanation]) -> str:
    return gid("ProductVariant", told.variant)


def reads(change: Parent[Change]) -> list[Reading]:
    return [Reading(name, value) for name, value in change.reads.items()]


def field_name(field: Parent[ExplainedField]) -> str:
    return field.field


def sources(field: Parent[ExplainedField]) -> list[Source]:
    origins: Mapping[str, str] = field.origins
    return [Source(name, value, origins[name]) for name, value in field.sources.items()]
