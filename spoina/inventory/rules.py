"""What is true of stock, as pure functions."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from spoina.catalog.types import Backorders, StockStatus, Variant
from spoina.ids import Channel, LocationId, StockItemId
from spoina.inventory.types import (
    Availability,
    Cap,
    ChannelBuffer,
    Hold,
    HoldRequest,
    Location,
    SharePolicy,
    Shelf,
    ShelfAvailability,
    StockRules,
)


def available(on_hand: int, held: int, buffer: int) -> int:
    """Below zero after a sale that could not be refused."""
    return on_hand - held - buffer


def is_for_sale(variant: Variant, left: int | None) -> bool:
    """Whether a shopper may order it. `left` is what the snapshot knows of its stock item; nothing known of a counted one: none left."""
    if not variant.purchasable or variant.prices.regular is None:
        return False
    if variant.stock.item is None:
        return variant.stock.status is not StockStatus.OUT_OF_STOCK
    return variant.stock.backorders is not Backorders.NO or (left or 0) > 0


def grants(hold: Hold, request: HoldRequest) -> bool:
    """Whether the hold is what this request, sent again, asks for."""
    taken = iter(hold.lines)
    for line in request.lines:
        missing = line.units
        while missing > 0:
            part = next(taken, None)
            if part is None or part.item != line.item or line.location not in {None, part.location}:
                return False
            missing -= part.units
        if missing:
            return False
    return next(taken, None) is None and (hold.holder, hold.channel) == (request.holder, request.channel)


def quota(pool: int, channel: Channel, weights: Mapping[Channel, int]) -> int:
    """A channel's share of so many units: largest remainders, ties in the order of the channels' names, so that all quotas add up to
    `pool` and no unit is left over. share_quota() in the database is the same rule."""
    if channel not in weights:
        return 0
    total = sum(weights.values())
    parts = {each: divmod(pool * weight, total) for each, weight in weights.items()}
    over = pool - sum(whole for whole, _ in parts.values())
    first = sorted(parts, key=lambda each: (-parts[each][1], each))[:over]
    return parts[channel][0] + (channel in first)


def share(shelf: Shelf, channel: Channel, policy: SharePolicy | None, at: datetime) -> int:
    """How much of `shelf.left` (not below zero) is not kept for other channels.

    With plenty left, everything above the threshold is everybody's and the threshold's units are divided. From the moment the threshold
    is reached, what is left and what was taken since are one pool; each channel may take its quota of that pool, less what it took. When
    `open_after` has passed, the rest is everybody's: no unit is kept for a channel that does not come.
    """
    left = max(shelf.left, 0)
    if policy is None:
        return left
    if left > policy.scarce_at:
        return left - policy.scarce_at + quota(policy.scarce_at, channel, policy.weights)
    if (shelf.scarce_since or at) + policy.open_after <= at:
        return left
    taken = dict(shelf.taken) if shelf.scarce_since is not None else {}
    return min(left, max(quota(left + sum(taken.values()), channel, policy.weights) - taken.get(channel, 0), 0))


def buffer_for(channel: Channel, item: StockItemId, location: LocationId, buffers: Sequence[ChannelBuffer]) -> int:
    """The most specific one: of item and location, of the item, of the location, of neither."""
    fitting = [each for each in buffers if each.channel == channel and each.item in {item, None} and each.location in {location, None}]
    best = max(fitting, key=lambda each: (each.item is not None, each.location is not None), default=None)
    return 0 if best is None else best.units


def shelf_availability(
    item: StockItemId, shelf: Shelf, location: Location, channel: Channel, rules: StockRules, at: datetime, *, at_location: bool
) -> ShelfAvailability:
    """`at_location`: asked by a till or for a pickup there, where it does not matter whether channels that ship may sell it."""
    left = max(shelf.left, 0)
    kept = min(buffer_for(channel, item, location.id, rules.buffers), left)
    withheld = max(left - kept - share(shelf, channel, rules.shares, at), 0)
    offered = location.active and (at_location or location.ships_online)
    result = left - kept - withheld
    return ShelfAvailability(
        location=location.id,
        on_hand=shelf.on_hand,
        held=shelf.held,
        buffer=shelf.buffer,
        channel_buffer=kept,
        share_withheld=withheld,
        not_offered=0 if offered else result,
        oversold=left - shelf.left,
        available=result if offered else 0,
        incoming=shelf.incoming,
        capped_by=_cap(shelf, location, kept=kept, withheld=withheld, at_location=at_location),
        as_of=shelf.as_of,
    )


def _cap(shelf: Shelf, location: Location, *, kept: int, withheld: int, at_location: bool) -> Cap:
    if not location.active:
        return Cap.CLOSED
    if not at_location and not location.ships_online:
        return Cap.NOT_ONLINE
    if withheld:
        return Cap.SHARE
    if kept:
        return Cap.CHANNEL_BUFFER
    return Cap.BUFFER if shelf.buffer and shelf.on_hand > shelf.held else Cap.STOCK


def availability(
    item: StockItemId,
    shelves: Sequence[Shelf],
    channel: Channel,
    rules: StockRules,
    at: datetime,
    *,
    backorders: bool = False,
    location: LocationId | None = None,
) -> Availability:
    """What a channel may sell of an item, and why: everywhere that ships, or at one `location`. Exactly what a hold would be granted."""
    places = {each.id: each for each in rules.locations}
    parts = tuple(
        shelf_availability(item, shelf, places[shelf.location], channel, rules, at, at_location=location is not None)
        for shelf in shelves
        if shelf.location in places and location in {None, shelf.location}
    )
    offered = [part for part in parts if part.capped_by not in {Cap.CLOSED, Cap.NOT_ONLINE}]
    return Availability(
        item=item,
        available=sum(part.available for part in offered),
        backorders=backorders and any(places[part.location].sells_online for part in offered),
        as_of=min((part.as_of for part in offered), default=None),
        shelves=parts,
    )
