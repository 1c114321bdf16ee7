"""What a price is over time."""

from datetime import datetime

import msgspec


class PriceSchedule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a shop asks for a variant: the regular price and, in [sale_from, sale_to), the sale price.

    Amounts are minor units of the shop's currency, entered with or without tax as the shop's setting says. None: no such price; a
    missing bound
    is open. WooCommerce keeps more digits than the currency has if a merchant types them; the exact text is kept then, because a line
    is the unit of rounding there, not the piece.
    """

    regular: int | None = None
    sale: int | None = None
    sale_from: datetime | None = None
    sale_to: datetime | None = None
    regular_exact: str | None = None
    sale_exact: str | None = None


class PriceChange(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the append-only history: this schedule holds from `valid_from` until the next row's `valid_from`."""

    valid_from: datetime
    schedule: PriceSchedule


class PricePoint(msgspec.Struct, frozen=True, kw_only=True):
    """The price a shopper paid from `since` until the next point; None: not for sale."""

    since: datetime
    minor: int | None


class PriorPrice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The lowest price of the 30 days before a reduction (act of 9 May 2014 on price information, art. 4(2); Directive 98/6/EC, art.
    6a)."""

    minor: int
    since: datetime
    """When the lowest price began to hold."""
    window_from: datetime
    reduced_at: datetime
    """When the reduction began: the window's end."""
    evidence: tuple[PricePoint, ...]
    """Every price that held in the window, oldest first."""
