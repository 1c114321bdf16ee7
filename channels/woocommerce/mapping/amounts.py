"""Numbers and moments of a shop: prices in minor units, grams, millimetres, pieces, UTC."""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from babel.numbers import get_currency_precision

from channels.woocommerce.payloads import SellablePayload, Text
from spoina.pricing.types import PriceSchedule

GRAMS: Final = {"kg": 1000.0, "g": 1.0, "lbs": 453.59237, "lb": 453.59237, "oz": 28.349523125}
MILLIMETRES: Final = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "in": 25.4, "yd": 914.4}
LARGEST_COUNT: Final = 2**31 - 1

_DECIMAL: Final = re.compile(r"([0-9]{1,12})(?:\.([0-9]{0,12}))?", re.ASCII)
_ONE_SECOND: Final = timedelta(seconds=1)


class Unreadable(ValueError):
    """A value that decides what is sold and cannot be read; the message names the field in plain words."""


def prices(payload: SellablePayload, currency: str) -> PriceSchedule:
    """The schedule of a variant. `price` counts only where the shop gives no regular and no sale price: a grouped product's lowest one, or
    a price that a plugin makes. Otherwise it may lag behind a sale that has just begun, so it is left alone. Raises Unreadable."""
    digits = get_currency_precision(currency)
    regular, regular_exact = price(payload.regular_price, "regular price", digits)
    sale, sale_exact = price(payload.sale_price, "sale price", digits)
    if regular is None and sale is None:
        regular, regular_exact = price(payload.price, "price", digits)
    if sale is None:
        return PriceSchedule(regular=regular, regular_exact=regular_exact)
    return PriceSchedule(
        regular=regular,
        sale=sale,
        sale_from=moment(payload.date_on_sale_from_gmt, "start of the sale"),
        sale_to=_sale_end(payload.date_on_sale_to_gmt),
        regular_exact=regular_exact,
        sale_exact=sale_exact,
    )


def price(value: Text, name: str, digits: int) -> tuple[int | None, str | None]:
    """Minor units, rounded half up, and the exact text where it has more digits than the currency. "", null and false are no price."""
    if value is None or value == "" or isinstance(value, bool):
        return None, None
    text = str(value).strip()
    if text.startswith("-"):
        raise Unreadable(f"the {name} is negative: {text[:40]}")
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise Unreadable(f"the {name} is not a number: {text[:40]!r}")
    whole, fraction = match[1], (match[2] or "").rstrip("0")
    if len(fraction) <= digits:
        return int(whole + fraction.ljust(digits, "0")), None
    half_up = fraction[digits] >= "5"
    return int(whole + fraction[:digits]) + half_up, f"{whole}.{fraction}"


def decimal(value: Text, name: str) -> str:
    """An amount as the merchant typed it; "0" where there is none. Raises Unreadable."""
    if value is None or value == "" or isinstance(value, bool):
        return "0"
    text = str(value).strip()
    if _DECIMAL.fullmatch(text) is None:
        raise Unreadable(f"the {name} is not a positive number: {text[:40]!r}")
    return text


def _sale_end(value: str | None) -> datetime | None:
    """The first moment after the sale. WooCommerce stores its last second (23:59:59 of the day the merchant picks) and ends it when the
    clock, in whole seconds, has passed that."""
    end = moment(value, "end of the sale")
    return end + _ONE_SECOND if end else None


def moment(value: str | None, name: str) -> datetime | None:
    """A `…_gmt` time, which WooCommerce writes without a zone. MySQL's zero date is none. Raises Unreadable."""
    if not value or value.startswith(("0000-", "-0001-")):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unreadable(f"the {name} is not a date: {value[:40]!r}") from None


def measure(value: Text, factor: float) -> int | None:
    """A weight or length in whole units; what is no positive number is left out, since nothing is sold by it."""
    if not value or isinstance(value, bool):
        return None
    try:
        scaled = float(value.replace(",", ".") if isinstance(value, str) else value) * factor
    except (ValueError, OverflowError):
        return None
    return round(scaled) if math.isfinite(scaled) and 0 < scaled <= LARGEST_COUNT else None


def pieces(value: Text, name: str) -> int | None:
    """A count of pieces; fractions, which plugins sell by, are rounded down to what can be promised. Raises Unreadable."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        count = value if isinstance(value, int) else math.floor(float(value))
    except (ValueError, OverflowError):
        raise Unreadable(f"the {name} is not a number: {str(value)[:40]!r}") from None
    if abs(count) > LARGEST_COUNT:
        raise Unreadable(f"the {name} is larger than {LARGEST_COUNT}: {str(value)[:40]}")
    return count


def count(value: Text) -> int:
    """A figure that only informs (sales, ratings): 0 where it cannot be read."""
    try:
        return max(0, min(int(value or 0), LARGEST_COUNT))
    except (ValueError, OverflowError):
        return 0


def place(value: int) -> int:
    """A position in an order, kept within what the database's column holds."""
    return max(-LARGEST_COUNT, min(value, LARGEST_COUNT))
