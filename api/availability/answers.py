"""Answers about availability, as JSON. What was encoded of a code is kept until its stock moves, because a basket of a hundred codes is
asked for many times between two changes, and encoding it would cost more than all the rest.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from api.availability.requests import Question
from spoina.ids import LocationId
from spoina.inventory.known_codes import GTIN_LENGTHS, Code, CodeKind, gtin_of
from spoina.inventory.offers import Asked, Offer, OfferReader
from spoina.inventory.types import Availability, Cap, Location, ShelfAvailability

MOST_KEPT = 50_000
"""Encoded entries, of some 300 bytes each."""
MOST_WHOLE_BYTES = 16 * 1024 * 1024


class Parts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """onHand - held - buffer - channelBuffer - shareWithheld - notOffered + oversold = available, at each location and in the sum.

    `inTransit` is on its way from another location and part of nothing yet. `cappedBy`: the rule that decided; null in a sum.
    """

    on_hand: int
    held: int
    buffer: int
    channel_buffer: int
    share_withheld: int
    not_offered: int
    oversold: int
    available: int
    in_transit: int
    capped_by: Cap | None = None


class AtLocation(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`pickup`: what can be collected there, where orders are handed out. `asOf`: when the count was read from its owner."""

    location: str
    available: int
    as_of: datetime
    pickup: int | None = None
    explain: Parts | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A variant that carries the code. `available` is the sum over `locations`; null with `counted` false: the shop does not count it."""

    code: str
    variant_id: int
    sku: str | None
    for_sale: bool
    counted: bool
    available: int | None
    backorders: bool
    as_of: datetime | None
    locations: tuple[AtLocation, ...]
    explain: Parts | msgspec.UnsetType = msgspec.UNSET


class UnknownCode(msgspec.Struct, frozen=True):
    """`reason`: "unknown", or why it is no GTIN: "wrong check digit", "no GTIN"."""

    code: str
    reason: str


class AvailabilityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`items` in the order of the codes; a code that several variants carry stands there once for each. `unknown`: what nobody carries."""

    channel: str
    items: tuple[Entry, ...]
    unknown: tuple[UnknownCode, ...]


_encode = msgspec.json.Encoder().encode


class EncodedAnswers:
    """One per process."""

    def __init__(self, offers: OfferReader) -> None:
        self._offers = offers
        self._kept: dict[Asked, dict[object, bytes]] = {}
        self._of_items: dict[int, list[tuple[Asked, object]]] = {}
        self._size = 0
        self._changes = 0
        self._whole: dict[tuple[object, bytes], tuple[int, bytes]] = {}
        self._whole_bytes = 0
        offers.shelves.watch(self._moved)
        offers.codes.watch(self._recoded)

    def repeated(self, asker: object, body: bytes) -> bytes | None:
        """The answer to these very bytes, if nothing at all has changed since."""
        found = self._whole.get((asker, body))
        return found[1] if found is not None and found[0] == self._changes and self._offers.live else None

    def remember(self, asker: object, body: bytes, answer: bytes) -> None:
        """For `repeated`: an answer that `again` gave, so that it depends on nothing but stock, rules and codes."""
        if self._whole_bytes > MOST_WHOLE_BYTES:
            self._whole.clear()
            self._whole_bytes = 0
        self._whole_bytes += len(body) + len(answer)
        self._whole[asker, body] = (self._changes, answer)

    def again(self, asked: Asked, codes: Sequence[object]) -> bytes | None:
        """The whole answer where every code is spelt as one whose entry is kept; None: it has to be made."""
        kept = self._kept.get(asked)
        if kept is None or not self._offers.live:
            return None
        try:
            parts = [kept[code] for code in codes]
        except KeyError:
            return None
        return b'{"channel":"%s","items":[%s],"unknown":[]}' % (asked.channel.encode(), b",".join(parts))

    async def answer(self, question: Question) -> bytes:
        if not self._offers.live or question.explain:
            found = await self._offers.offers(question.codes, question.asked)
            names = _names(self._offers.locations)
            parts = [_entries(code, offers, names, explain=question.explain) for code, offers in zip(question.codes, found, strict=True)]
        else:
            kept = self._kept.setdefault(question.asked, {})
            parts = [kept.get(_key(code)) or self._made(code, question.asked) for code in question.codes]
        unknown = [unknown_code(code) for code, part in zip(question.codes, parts, strict=True) if not part] if b"" in parts else []
        items = b",".join(filter(None, parts))
        return b'{"channel":"%s","items":[%s],"unknown":%s}' % (question.asked.channel.encode(), items, _encode(unknown))

    def of_codes(self, codes: Iterable[Code], asked: Asked) -> bytes:
        """The entries of codes that are known, from memory."""
        kept = self._kept.setdefault(asked, {})
        parts = [kept.get(_key(code)) or self._made(code, asked) for code in codes]
        return b'{"items":[%s]}' % b",".join(filter(None, parts))

    def of_items(self, items: Iterable[int], asked: Asked) -> bytes:
        """The entries of all variants whose stock is counted as these, under their SKUs, from memory."""
        names = _names(self._offers.locations)
        parts = [_encode(entry(each.sku or "", self._offers.offer(each, asked), names)) for each in self._offers.variants_of(items, asked)]
        return b'{"items":[%s]}' % b",".join(parts)

    def of_location(self, asked: Asked, size: int) -> Iterator[bytes]:
        """Everything at the location that is asked for, in pages of so many items; at least one page."""
        items = self._offers.items_at(asked.location)
        for start in range(0, max(len(items), 1), size):
            yield self.of_items(items[start : start + size], asked)

    def _made(self, code: Code, asked: Asked) -> bytes:
        """Empty for an unknown code."""
        offers = [self._offers.offer(variant, asked) for variant in self._offers.find(code, asked)]
        encoded = _entries(code, offers, _names(self._offers.locations), explain=False)
        if offers and not self._depends_on_time(offers):
            self._keep(code, asked, offers, encoded)
        return encoded

    def _depends_on_time(self, offers: Sequence[Offer]) -> bool:
        items = [each.variant.item for each in offers if each.variant.item is not None]
        return any(shelf.scarce_since is not None for item in items for shelf in self._offers.shelves.of(item))

    def _keep(self, code: Code, asked: Asked, offers: Sequence[Offer], encoded: bytes) -> None:
        if self._size >= MOST_KEPT:
            self._forget_all()
        self._size += 1
        self._kept.setdefault(asked, {})[_key(code)] = encoded
        for item in {each.variant.item for each in offers} - {None}:
            self._of_items.setdefault(item or 0, []).append((asked, _key(code)))

    def _recoded(self, _variants: Collection[int] | None) -> None:
        self._changes += 1
        self._forget_all()

    def _moved(self, items: Collection[int] | None) -> None:
        self._changes += 1
        if items is None:
            self._forget_all()
            return
        for item in items:
            for asked, key in self._of_items.pop(item, ()):
                if self._kept.get(asked, {}).pop(key, None) is not None:
                    self._size -= 1

    def _forget_all(self) -> None:
        self._kept.clear()
        self._of_items.clear()
        self._size = 0


def _key(code: Code) -> object:
    return code.text if code.kind is None else code


def _names(locations: Sequence[Location]) -> Mapping[LocationId, str]:
    return {each.id: each.code for each in locations}


def _entries(code: Code, offers: Sequence[Offer], names: Mapping[LocationId, str], *, explain: bool) -> bytes:
    return b",".join(_encode(entry(code.text, each, names, explain=explain)) for each in offers)


def entry(code: str, offer: Offer, names: Mapping[LocationId, str], *, explain: bool = False) -> Entry:
    stock = offer.stock
    return Entry(
        code=code,
        variant_id=offer.variant.id,
        sku=offer.variant.sku,
        for_sale=offer.for_sale,
        counted=stock is not None,
        available=None if stock is None else stock.available,
        backorders=stock is not None and stock.backorders,
        as_of=None if stock is None else stock.as_of,
        locations=() if stock is None else _locations(stock, offer.pickup, names, explain=explain),
        explain=_sum(stock) if explain and stock is not None else msgspec.UNSET,
    )


def _locations(
    stock: Availability, pickup: Mapping[LocationId, int], names: Mapping[LocationId, str], *, explain: bool
) -> tuple[AtLocation, ...]:
    """Closed ones only where somebody asks why."""
    return tuple(
        AtLocation(
            location=names.get(part.location, str(part.location)),
            available=part.available,
            as_of=part.as_of,
            pickup=pickup.get(part.location),
            explain=_parts(part) if explain else None,
        )
        for part in stock.shelves
        if explain or part.capped_by is not Cap.CLOSED
    )


def _parts(part: ShelfAvailability) -> Parts:
    return Parts(
        on_hand=part.on_hand,
        held=part.held,
        buffer=part.buffer,
        channel_buffer=part.channel_buffer,
        share_withheld=part.share_withheld,
        not_offered=part.not_offered,
        oversold=part.oversold,
        available=part.available,
        in_transit=part.incoming,
        capped_by=part.capped_by,
    )


def _sum(stock: Availability) -> Parts:
    parts = [_parts(part) for part in stock.shelves]
    return Parts(**{field: sum(getattr(part, field) for part in parts) for field in Parts.__struct_fields__ if field != "capped_by"})


def unknown_code(code: Code) -> UnknownCode:
    text = code.text.strip()
    looks_right = len(text) in GTIN_LENGTHS and text.isascii() and text.isdigit()
    wrong = (looks_right or code.kind is CodeKind.GTIN) and gtin_of(text) is None
    return UnknownCode(code.text, "wrong check digit" if looks_right and wrong else "no GTIN" if wrong else "unknown")
