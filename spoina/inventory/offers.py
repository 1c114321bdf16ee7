"""What a channel may sell of a variant right now, and why: shelves, rules and codes from memory, or from the database where memory may not
be trusted.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from spoina.clock import Clock
from spoina.db import Pool
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory.barcodes import InStoreRule, in_store_rules, parse_in_store
from spoina.inventory.code_index import CodeIndex, read_codes
from spoina.inventory.known_codes import Code, CodeKind, KnownCodes, KnownVariant, Sells
from spoina.inventory.opening import Openings
from spoina.inventory.rules import availability
from spoina.inventory.shelves import ShelfSnapshot, Shelves, read_shelves
from spoina.inventory.stock_rules import load_rules
from spoina.inventory.types import Availability, ChannelBuffer, Location, Shelf, ShelfAvailability, StockRules

WEB, POS = Channel("web"), Channel("pos")


class Asked(msgspec.Struct, frozen=True):
    """Who asks. With a `location`, only what may be sold or collected there; tills ask what lies at each location, whether channels that
    ship may sell it or not. `unpublished`: variants of products that shoppers do not see, too."""

    channel: Channel
    location: LocationId | None = None
    unpublished: bool = False


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """`stock` None: it is not counted. `pickup`: what can be collected at each location that hands out orders."""

    variant: KnownVariant
    for_sale: bool
    stock: Availability | None
    pickup: Mapping[LocationId, int]


class ChannelRules:
    """One channel's rules, sorted so that an item's are found without looking at all."""

    def __init__(self, rules: StockRules, channel: Channel) -> None:
        self.rules, self.channel = rules, channel
        self.locations = {each.id: each for each in rules.locations}
        self.ruled = rules.shares is not None or any(each.channel == channel for each in rules.buffers)
        self._of_items: dict[StockItemId, tuple[ChannelBuffer, ...]] = {}
        self._general = tuple(each for each in rules.buffers if each.channel == channel and each.item is None)
        for each in rules.buffers:
            if each.channel == channel and each.item is not None:
                self._of_items[each.item] = (*self._of_items.get(each.item, ()), each)

    def of(self, item: StockItemId) -> StockRules:
        buffers = (*self._of_items.get(item, ()), *self._general)
        return msgspec.structs.replace(self.rules, buffers=buffers) if buffers != self.rules.buffers else self.rules

    def at(self, item: StockItemId, shelf: Shelf, now: datetime) -> ShelfAvailability | None:
        """Asked at the shelf's own location; None where that is not known."""
        (part,) = availability(item, [shelf], self.channel, self.of(item), now, location=shelf.location).shelves or (None,)
        return part

    def left(self, item: StockItemId, shelves: Shelves, now: datetime) -> int | None:
        """What the channel may sell; None: nobody counts it."""
        if not shelves:
            return None
        if self.channel == POS:
            return sum(part.available for shelf in shelves if (part := self.at(item, shelf, now)) is not None)
        if not self.ruled:
            return sum(max(shelf.left, 0) for shelf in shelves if self._ships(shelf.location))
        return availability(item, shelves, self.channel, self.of(item), now).available

    def _ships(self, location: LocationId) -> bool:
        place = self.locations.get(location)
        return place is not None and place.sells_online


def offer(variant: KnownVariant, shelves: Shelves, rules: ChannelRules, asked: Asked, now: datetime) -> Offer:
    if variant.item is None:
        return Offer(variant=variant, for_sale=variant.sells is Sells.ALWAYS, stock=None, pickup={})
    backorders = variant.sells is Sells.ALWAYS
    if asked.location is not None or asked.channel != POS:
        found = availability(
            variant.item, shelves, asked.channel, rules.of(variant.item), now, backorders=backorders, location=asked.location
        )
    else:
        found = _everywhere(variant.item, shelves, rules, now)
    for_sale = variant.sells is not Sells.NEVER and (found.available > 0 or found.backorders)
    return Offer(variant=variant, for_sale=for_sale, stock=found, pickup=_pickup(variant.item, shelves, rules, now))


def _everywhere(item: StockItemId, shelves: Shelves, rules: ChannelRules, now: datetime) -> Availability:
    parts = tuple(part for shelf in shelves if (part := rules.at(item, shelf, now)) is not None)
    return Availability(
        item=item,
        available=sum(part.available for part in parts),
        backorders=False,
        as_of=min((part.as_of for part in parts), default=None),
        shelves=parts,
    )


def _pickup(item: StockItemId, shelves: Shelves, rules: ChannelRules, now: datetime) -> dict[LocationId, int]:
    found = {}
    for shelf in shelves:
        place = rules.locations.get(shelf.location)
        if place is not None and place.pickup_enabled and (part := rules.at(item, shelf, now)) is not None:
            found[shelf.location] = part.available
    return found


class OfferReader:
    """One per process."""

    def __init__(self, pool: Pool, codes: CodeIndex, shelves: ShelfSnapshot, clock: Clock) -> None:
        self._pool, self.codes, self.shelves, self.clock = pool, codes, shelves, clock
        self._openings = Openings(shelves, clock)
        self._rules: dict[Channel, ChannelRules] = {}

    @property
    def live(self) -> bool:
        """False: memory may be behind, and `offers` asks the database."""
        return self.codes.live and self.shelves.live

    @property
    def locations(self) -> Sequence[Location]:
        return self.shelves.rules.locations

    def rules(self, channel: Channel) -> ChannelRules:
        known = self._rules.get(channel)
        if known is None or known.rules is not self.shelves.rules:
            known = self._rules[channel] = ChannelRules(self.shelves.rules, channel)
        return known

    def find(self, code: Code, asked: Asked) -> list[KnownVariant]:
        """From memory."""
        return _found(self.codes.known, code, self.shelves.in_store, asked)

    def offer(self, variant: KnownVariant, asked: Asked) -> Offer:
        """From memory."""
        shelves = () if variant.item is None else self.shelves.of(variant.item)
        return offer(variant, shelves, self.rules(asked.channel), asked, self.clock())

    def variants_of(self, items: Iterable[int], asked: Asked) -> list[KnownVariant]:
        """Whose stock is counted as these, from memory."""
        return [each for item in items for each in self.codes.known.of_item(item) if each.published or asked.unpublished]

    def items_at(self, location: LocationId | None) -> list[int]:
        """What lies (or lay) there, from memory."""
        every = self.shelves.every
        return sorted(item for item, shelves in every.items() if any(shelf.location == location for shelf in shelves))

    def left(self, item: StockItemId, channel: Channel) -> int | None:
        """From memory."""
        return self.rules(channel).left(item, self.shelves.of(item), self.clock())

    async def offers(self, codes: Sequence[Code], asked: Asked) -> list[list[Offer]]:
        """In the order of the codes; empty for one that nobody carries."""
        if self.live:
            return [[self.offer(variant, asked) for variant in self.find(code, asked)] for code in codes]
        return await read_offers(self._pool, codes, asked, self.clock())


async def read_offers(pool: Pool, codes: Sequence[Code], asked: Asked, now: datetime) -> list[list[Offer]]:
    """From the database; in the order of the codes, empty for one that nobody carries."""
    in_store = await in_store_rules(pool)
    articles = [article for code in codes if (article := _article(code, in_store)) is not None]
    known = await read_codes(pool, [*codes, *articles])
    found = [_found(known, code, in_store, asked) for code in codes]
    items = {variant.item for variants in found for variant in variants if variant.item is not None}
    shelves = await read_shelves(pool, items)
    rules = ChannelRules(await load_rules(pool), asked.channel)
    return [[offer(variant, _of(shelves, variant), rules, asked, now) for variant in variants] for variants in found]


def _found(known: KnownCodes, code: Code, in_store: Mapping[str, InStoreRule], asked: Asked) -> list[KnownVariant]:
    bearers = known.find(code)
    if not bearers and (article := _article(code, in_store)) is not None:
        bearers = known.find(article)
    return [each for each in bearers if each.published or asked.unpublished]


def _article(code: Code, in_store: Mapping[str, InStoreRule]) -> Code | None:
    """What a label of the shop's own scales stands on: the weight or price in its code is not what is asked for here."""
    label = parse_in_store(code.text, in_store) if in_store and code.kind in {None, CodeKind.BARCODE} else None
    return None if label is None else Code(label.article, CodeKind.GTIN)


def _of(shelves: Mapping[int, Shelves], variant: KnownVariant) -> Shelves:
    return () if variant.item is None else shelves.get(variant.item, ())
