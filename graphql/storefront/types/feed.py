"""An item of a product feed, explained."""

import strawberry
from strawberry import ID

from feeds.port import Severity
from feeds.types import Effect
from storefront.resolvers import feed_reads
from storefront.types.reading import read

strawberry.enum(Effect, name="FeedFilterEffect", description="What becomes of an item that a filter fits.")
strawberry.enum(Severity, name="FeedCheckSeverity", description="ERROR: the channel would refuse the item, so it is left out.")


@strawberry.type(description="One filter's word, whether or not one before it had decided.")
class FeedItemFilter:
    rule: str = strawberry.field(description="Its name in the feed's definition.")
    effect: Effect
    fits: bool
    note: str = strawberry.field(description="Why it may have been unable to tell; mostly empty.")


@strawberry.type(description="One of the channel's rules that the item was held against.")
class FeedItemCheck:
    rule: str = strawberry.field(description="Its id, as `spoina feeds check` and builds name it.")
    severity: Severity
    field: str = strawberry.field(description="The channel's name of the field.")
    meaning: str = strawberry.field(description="What it asks for, and where the channel says so.")
    spoke: bool = strawberry.field(description="It is broken: one of the findings says how.")


@strawberry.type(description="How the item breaks one of the channel's rules.")
class FeedItemFinding:
    rule: str
    severity: Severity
    field: str
    message: str = strawberry.field(description="With the value and the limit.")


@strawberry.type(description="What a rule read, and the value that it had at that moment.")
class FeedItemReading:
    name: str
    value: str


@strawberry.type(description="What one of the definition's rules did to a field of the item.")
class FeedItemChange:
    rule: str
    field: str
    before: str
    after: str
    reads: list[FeedItemReading] = read(feed_reads.reads, description="What its template names.")


@strawberry.type(description="A field of the item that a channel's field is made of.")
class FeedItemSource:
    name: str
    value: str
    origin: str = strawberry.field(description="The rule that wrote it last, otherwise the shop's own fact.")


@strawberry.type(description="One field as the channel gets it.")
class FeedItemField:
    name: str = read(feed_reads.field_name, description='As the channel writes it: "g:title".')
    value: str = strawberry.field(description="Exactly what is written, before escaping.")
    sources: list[FeedItemSource] = read(feed_reads.sources, description="None: it is always the same.")
    rule: str = strawberry.field(description="What is made of the sources, and where the channel says so.")
    limit: str = strawberry.field(description="Such as 150 characters; empty without one.")
    required: bool


@strawberry.type(description="An item of a product feed: in or out, by which rule, and where each value comes from.")
class FeedItem:
    feed: str
    sku: str
    variant_id: ID = read(feed_reads.variant_id)
    included: bool
    decided_by: str = strawberry.field(description="The filter, or the checks, that keep it out; empty for one that is in.")
    reason: str = strawberry.field(description="The same in words.")
    filters: list[FeedItemFilter] = strawberry.field(description="All of the definition's.")
    changes: list[FeedItemChange] = strawberry.field(description="In the order in which the definition's rules made them.")
    fields: list[FeedItemField] = strawberry.field(description="All that the channel's format has.")
    checks: list[FeedItemCheck] = strawberry.field(description="All that it was held against.")
    findings: list[FeedItemFinding] = strawberry.field(description="What the checks said that spoke.")
    written: str = strawberry.field(description="As it stands in the file; empty for one that is out.")
