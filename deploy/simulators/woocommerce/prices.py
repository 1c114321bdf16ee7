"""Prices as WooCommerce derives them: what is on sale, what is asked now, and the HTML it prints."""

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from simulators.woocommerce.php_json import Json

_CURRENCY = "&nbsp;&#122;&#322;"
_CURRENCY_SPAN = '&nbsp;<span class="woocommerce-Price-currencySymbol">&#122;&#322;</span>'


def decimal_text(given: str) -> str:
    """What WooCommerce keeps of a price: a comma becomes a point, what is not a number becomes ''."""
    kept = re.sub(r"[^0-9.\-]", "", given.replace(",", "."))
    try:
        return format(Decimal(kept), "f")
    except InvalidOperation:
        return ""


def _moment(gmt: str | None) -> datetime | None:
    return datetime.fromisoformat(gmt).replace(tzinfo=UTC) if gmt else None


def sale_window(document: Json) -> tuple[datetime | None, datetime | None]:
    return _moment(document["date_on_sale_from_gmt"]), _moment(document["date_on_sale_to_gmt"])


def is_on_sale(document: Json, now: datetime) -> bool:
    regular, sale = document["regular_price"], document["sale_price"]
    if sale == "" or regular == "" or Decimal(sale) >= Decimal(regular):
        return False
    begins, ends = sale_window(document)
    return (begins is None or begins <= now) and (ends is None or now <= ends)


def next_turn(document: Json, now: datetime) -> datetime | None:
    """When the sale of this product begins or ends next."""
    if document["sale_price"] == "":
        return None
    return min((moment for moment in sale_window(document) if moment is not None and moment >= now), default=None)


def asked(document: Json, now: datetime) -> str:
    price: str = document["sale_price"] if is_on_sale(document, now) else document["regular_price"]
    return price


def is_out_of_date(document: Json, now: datetime) -> bool:
    """Whether the stored price or sale flag is not what the sale's dates ask for."""
    return bool(document["on_sale"] != is_on_sale(document, now) or _differs(document["price"], asked(document, now)))


def _differs(price: str, other: str) -> bool:
    return price.removesuffix(".00") != other.removesuffix(".00")


def bring_up_to_date(document: Json, now: datetime) -> None:
    """As cron does it: the price is stored without the noughts at its end."""
    document["on_sale"] = is_on_sale(document, now)
    document["price"] = asked(document, now).removesuffix(".00")
    if "price_html" in document:
        document["price_html"] = html_of_one(document)


def _shown(price: str) -> str:
    return f"{Decimal(price):,.2f}".replace(",", " ").replace(".", ",")


def _amount(price: str, attributes: str = "") -> str:
    return f'<span class="woocommerce-Price-amount amount"{attributes}><bdi>{_shown(price)}{_CURRENCY_SPAN}</bdi></span>'


def html_of_one(document: Json) -> str:
    if document["price"] == "":
        return ""
    if not document["on_sale"]:
        return _amount(document["price"])
    regular, sale = document["regular_price"], document["sale_price"]
    return (
        f'<del aria-hidden="true">{_amount(regular)}</del> '
        f'<span class="screen-reader-text">Original price was: {_shown(regular)}{_CURRENCY}.</span>'
        f'<ins aria-hidden="true">{_amount(sale)}</ins>'
        f'<span class="screen-reader-text">Current price is: {_shown(sale)}{_CURRENCY}.</span>'
    )


def html_of_range(low: str, high: str) -> str:
    if Decimal(low) == Decimal(high):
        return _amount(low)
    hidden = ' aria-hidden="true"'
    return (
        f'{_amount(low, hidden)} <span aria-hidden="true">&ndash;</span> {_amount(high, hidden)}'
        f'<span class="screen-reader-text">Price range: {_shown(low)}{_CURRENCY} through {_shown(high)}{_CURRENCY}</span>'
    )
