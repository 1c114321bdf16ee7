"""Prices, sales, availability."""

import re
from datetime import datetime

from feeds.checks.rules import Clause, Section, Sound, Writer
from feeds.formats.values import price_text
from feeds.types import Availability, FeedItem

_ISO_4217 = re.compile("[A-Z]{3}")
_TO_COME = (Availability.PREORDER, Availability.BACKORDER)


def prices(write: Writer, currency: str, *, dated: bool = False) -> Section:
    """`currency`: the definition's. `dated`: what is to come needs a date."""

    is_known = _ISO_4217.fullmatch(currency) is not None

    def is_priced(price: int | None, sale_price: int | None, sale_from: datetime | None, sale_to: datetime | None) -> bool:
        return (
            price is not None
            and price > 0
            and (sale_price is None or (0 < sale_price < price and (sale_from is None or sale_to is None or sale_from < sale_to)))
        )

    def is_counted(quantity: int | None, availability: Availability) -> bool:
        return quantity is None or quantity > 0 or (quantity == 0 and availability is not Availability.IN_STOCK)

    def is_dated(availability: Availability, availability_date: datetime | None) -> bool:
        return availability_date is not None or availability not in _TO_COME

    sound: tuple[Sound, ...] = (_is_of(currency) if is_known else _is_not_sure, is_priced, is_counted, *([is_dated] if dated else []))
    return Section(sound, (*of_price(write, currency), *of_sale(write), *of_stock(write), *(_dates(write) if dated else ())))


def _is_of(wanted: str) -> Sound:
    def is_of_feed(currency: str) -> bool:
        return currency == wanted

    return is_of_feed


def _is_not_sure() -> bool:
    return False


def of_price(write: Writer, currency: str, field: str = "price") -> tuple[Clause, ...]:
    def other_currency(item: FeedItem) -> str | None:
        if not _ISO_4217.fullmatch(item.currency):
            return f"{item.currency!r} is no currency of ISO 4217"
        return f"{item.currency}, but the feed's is {currency}" if item.currency != currency else None

    return (
        write.error("PRICE-REQUIRED", field, "every item has a price", lambda item: "there is none" if item.price is None else None),
        write.error(
            "PRICE-POSITIVE",
            field,
            "above zero",
            lambda item: (
                f"{price_text(item.price, item.currency)}, must be above 0" if item.price is not None and item.price <= 0 else None
            ),
        ),
        write.error("CURRENCY", field, "the feed's currency, by ISO 4217", other_currency),
    )


def of_sale(write: Writer, field: str = "sale_price") -> tuple[Clause, ...]:
    def lower(item: FeedItem) -> str | None:
        if item.sale_price is None or item.price is None or item.price <= 0 or item.sale_price < item.price:
            return None
        regular = price_text(item.price, item.currency)
        return f"{price_text(item.sale_price, item.currency)} is not below the regular price, {regular}"

    def window(item: FeedItem) -> str | None:
        begins, ends = item.sale_from, item.sale_to
        if item.sale_price is None or begins is None or ends is None or begins < ends:
            return None
        return f"begins {begins.isoformat()}, which is not before its end {ends.isoformat()}"

    return (
        write.error(
            "SALE-POSITIVE",
            field,
            "above zero",
            lambda item: (
                f"{price_text(item.sale_price, item.currency)}, must be above 0"
                if item.sale_price is not None and item.sale_price <= 0
                else None
            ),
        ),
        write.error("SALE-LOWER", field, "below the regular price", lower),
        write.error("SALE-WINDOW", "sale_price_effective_date", "begins before it ends", window),
    )


def of_stock(write: Writer, field: str = "availability") -> tuple[Clause, ...]:
    def mismatch(item: FeedItem) -> str | None:
        if item.availability is Availability.IN_STOCK and item.quantity == 0:
            return "in stock, but 0 may be sold"
        return None

    return (
        write.error(
            "QUANTITY-NEGATIVE",
            field,
            "zero and more",
            lambda item: f"{item.quantity} may be sold" if item.quantity is not None and item.quantity < 0 else None,
        ),
        write.warning("AVAILABILITY-QUANTITY", field, "says what the quantity says", mismatch),
    )


def _dates(write: Writer) -> tuple[Clause, ...]:
    return (
        write.error(
            "AVAILABILITY-DATE",
            "availability_date",
            "when a pre-ordered or back-ordered item can be sent",
            lambda item: (
                f"{item.availability.value} without a date" if item.availability in _TO_COME and item.availability_date is None else None
            ),
        ),
    )
