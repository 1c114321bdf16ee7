"""What stock is: where it lies, what is kept of it for whom, and how it moves."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from spoina.ids import Channel, HoldId, LocationId, StockExceptionId, StockItemId, TransferId
from spoina.inventory.distance import Point


class LocationOwner(StrEnum):
    """Whose numbers a location's are."""

    WOOCOMMERCE = "woocommerce"
    SPOINA = "spoina"


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """`pickup_minutes`: from an order until it can be collected. `ships_online`: channels that ship may sell what lies here. `latitude` and
    `longitude` in degrees; both or neither."""

    id: LocationId
    code: str
    name: str
    owner: LocationOwner
    address: str
    timezone: str
    pickup_enabled: bool
    pickup_minutes: int
    ships_online: bool
    active: bool
    latitude: float | None = None
    longitude: float | None = None

    @property
    def sells_online(self) -> bool:
        return self.active and self.ships_online

    @property
    def point(self) -> Point | None:
        return None if self.latitude is None or self.longitude is None else Point(self.latitude, self.longitude)


class Shelf(msgspec.Struct, frozen=True, gc=False):
    """One item at one location. `incoming`: on its way from another location. `backordered`: the part of `held` that is promised without
    being there."""

    location: LocationId
    on_hand: int
    held: int
    buffer: int
    incoming: int
    as_of: datetime
    scarce_since: datetime | None = None
    """When its last units began to be shared among the channels."""
    taken: tuple[tuple[Channel, int], ...] = ()
    """What each channel has taken since."""

    @property
    def left(self) -> int:
        """Below zero after a sale that could not be refused."""
        return self.on_hand - self.held - self.buffer


class ChannelBuffer(msgspec.Struct, frozen=True, kw_only=True):
    """Units kept from a channel; None: at every location, of every item. The most specific one counts: an item's before a location's."""

    channel: Channel
    units: int
    item: StockItemId | None = None
    location: LocationId | None = None


class SharePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of an item of which a location has no more than `scarce_at` left, each channel gets a part by weight; a channel without a weight
    gets none. `open_after` that moment, what is left is everybody's."""

    scarce_at: int
    open_after: timedelta
    weights: dict[Channel, int]


class StockRules(msgspec.Struct, frozen=True, kw_only=True):
    """Everything but the shelf itself that decides what a channel may sell."""

    locations: tuple[Location, ...] = ()
    buffers: tuple[ChannelBuffer, ...] = ()
    shares: SharePolicy | None = None


class Cap(StrEnum):
    """The rule that decided how much a channel may sell at a location."""

    CLOSED = "closed"
    """The location is switched off."""
    NOT_ONLINE = "not_online"
    """Channels that ship may not sell what lies here."""
    STOCK = "stock"
    """All that is there and not held."""
    BUFFER = "buffer"
    CHANNEL_BUFFER = "channel_buffer"
    SHARE = "share"


class ShelfAvailability(msgspec.Struct, frozen=True, kw_only=True):
    """on_hand - held - buffer - channel_buffer - share_withheld - not_offered + oversold = available, at every location, always."""

    location: LocationId
    on_hand: int
    held: int
    buffer: int
    channel_buffer: int
    share_withheld: int
    """Kept for other channels while the item is scarce."""
    not_offered: int
    """There, but at a location that is closed, or closed to channels that ship."""
    oversold: int
    """What buffers and holds want beyond what is there."""
    available: int
    incoming: int
    capped_by: Cap
    as_of: datetime


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel may sell of an item: `available` is the sum over `shelves`. `backorders`: more may be sold than that."""

    item: StockItemId
    available: int
    backorders: bool
    as_of: datetime | None
    """Of the oldest count in it; None: nothing is known of the item."""
    shelves: tuple[ShelfAvailability, ...]


class HolderKind(StrEnum):
    CART = "cart"
    CHECKOUT = "checkout"
    POS = "pos"
    ORDER = "order"


class Holder(msgspec.Struct, frozen=True, gc=False):
    """Who a hold is for: `reference` is the cart's, checkout's, sale's or order's own name."""

    kind: HolderKind
    reference: str


class HoldLine(msgspec.Struct, frozen=True, gc=False):
    """`location` None: anywhere that ships online."""

    item: StockItemId
    units: int
    location: LocationId | None = None


class HoldRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`id` is of the caller's choosing: sent again, it is the same hold."""

    id: HoldId
    holder: Holder
    channel: Channel
    lines: tuple[HoldLine, ...]
    ttl: timedelta


class TakenLine(msgspec.Struct, frozen=True, gc=False):
    """`backordered` of the `units` were not there when they were promised."""

    item: StockItemId
    location: LocationId
    units: int
    backordered: int


class HoldStatus(StrEnum):
    ACTIVE = "active"
    SOLD_PENDING = "sold_pending"
    """Sold, and still counted as held at WooCommerce's location until WooCommerce has taken the order over."""
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


class Hold(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`lines` in the order of the request; one that comes from several locations is several."""

    id: HoldId
    holder: Holder
    channel: Channel
    status: HoldStatus
    lines: tuple[TakenLine, ...]
    created_at: datetime
    expires_at: datetime


class ShortLine(msgspec.Struct, frozen=True, kw_only=True):
    """`line` counts from 0."""

    line: int
    item: StockItemId
    location: LocationId | None
    wanted: int
    left: int


class MoveReason(StrEnum):
    SALE = "sale"
    RETURN = "return"
    COUNT = "count"
    TRANSFER_OUT = "transfer_out"
    TRANSFER_IN = "transfer_in"
    RECEIPT = "receipt"
    CORRECTION = "correction"
    WASTE = "waste"
    CHANNEL_SYNC = "channel_sync"


class MoveLine(msgspec.Struct, frozen=True):
    """Units of an item; for a count the number found, for a correction the difference."""

    item: StockItemId
    units: int


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """`source` (pos, staff, allegro, …) and `reference` (its own name for this) are the idempotency key. `occurred_at` by the clock of
    whoever did it; None: now."""

    source: str
    reference: str
    actor: str = ""
    note: str = ""
    occurred_at: datetime | None = None


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger: why `on_hand` of an item at a location changed by `delta`."""

    item: StockItemId
    location: LocationId
    delta: int
    reason: MoveReason
    source: str
    reference: str
    line: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    note: str


class ExceptionKind(StrEnum):
    OVERSOLD = "oversold"
    """A fact (a sale, a count, a correction) left less than what is held, or less than nothing."""
    OVERTAKEN = "overtaken"
    """WooCommerce's own count fell below what is held here."""
    LOST_IN_TRANSIT = "lost_in_transit"


class StockException(msgspec.Struct, frozen=True, kw_only=True):
    """For a person to look at."""

    id: StockExceptionId
    kind: ExceptionKind
    item: StockItemId
    location: LocationId
    units: int
    source: str
    reference: str
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    note: str | None


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """What a command did. `repeated`: it had been done before, and nothing was done now. `pending`: a sale from WooCommerce's stock is held
    under this id until WooCommerce has it."""

    moves: tuple[Move, ...]
    exceptions: tuple[StockException, ...] = ()
    repeated: bool = False
    pending: HoldId | None = None


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """`closed_at`: when nothing more was expected to arrive."""

    id: TransferId
    source: LocationId
    target: LocationId
    lines: tuple["TransferLine", ...]
    sent_at: datetime
    closed_at: datetime | None


class TransferLine(msgspec.Struct, frozen=True):
    item: StockItemId
    sent: int
    received: int
