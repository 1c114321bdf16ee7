"""The page of one order, for whoever placed it: where it stands, what is in it, and the way to pay."""

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from string import Template

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency

from api.pages import page
from spoina.catalog.types import Shop
from spoina.money import decimal_text
from spoina.orders.customers import CustomersOrder
from spoina.orders.types import Order, OrderState, PaymentWay, PickupPoint

REFRESH_SECONDS = 4

_POLISH = {
    "order": "Zamówienie",
    "unknown": "Nie ma takiego zamówienia",
    "unknown_more": "Sprawdź, czy adres jest cały: prowadzi do zamówienia tylko razem ze swoim kluczem.",
    "preparing": "Przygotowujemy płatność. Ta strona odświeży się sama.",
    "pending_payment": "Czeka na płatność.",
    "on_hold": "Przyjęte. Sklep czeka na wpłatę lub sprawdza zamówienie.",
    "processing": "Przyjęte do realizacji.",
    "completed": "Zrealizowane.",
    "cancelled": "Anulowane.",
    "refunded": "Pieniądze zostały zwrócone.",
    "failed": "Płatność się nie powiodła.",
    "other": "W realizacji.",
    "pay": "Zapłać",
    "delivery": "Dostawa",
    "pickup_point": "Punkt odbioru",
    "pickup": "Odbiór",
    "pickup_code": "Kod odbioru",
    "payment": "Płatność",
    "total": "Razem z podatkiem",
    "refunded_sum": "Zwrócono",
    "notes": "Wiadomości od sklepu",
    "shop": "Wróć do sklepu",
}
_ENGLISH = {
    "order": "Order",
    "unknown": "There is no such order",
    "unknown_more": "See whether the address is complete: it leads to the order only together with its key.",
    "preparing": "The payment is being prepared. This page refreshes by itself.",
    "pending_payment": "Waiting for payment.",
    "on_hold": "Received. The shop awaits the money or looks at the order.",
    "processing": "Being prepared.",
    "completed": "Completed.",
    "cancelled": "Cancelled.",
    "refunded": "The money was given back.",
    "failed": "The payment failed.",
    "other": "Being prepared.",
    "pay": "Pay",
    "delivery": "Delivery",
    "pickup_point": "Pickup point",
    "pickup": "To be collected",
    "pickup_code": "Code at the counter",
    "payment": "Payment",
    "total": "Total with tax",
    "refunded_sum": "Given back",
    "notes": "Messages from the shop",
    "shop": "Back to the shop",
}

Row = tuple[str, str]


def is_prepared(order: Order) -> bool:
    """Whether nothing has to be waited for before its customer can go on."""
    return not (order.needs_payment and order.content.payment.way is PaymentWay.ONLINE) or payment_address(order) is not None


def payment_address(order: Order) -> str | None:
    """Where it is paid for, while it waits for that."""
    url = order.payment_url
    return url if order.needs_payment and url is not None and url.startswith(("https://", "http://")) else None


def order_page(seen: CustomersOrder, shop: Shop) -> bytes:
    order, words = seen.order, _words(shop)
    url = payment_address(order)
    waiting = not is_prepared(order)
    return _filled(
        shop,
        title=f"{words['order']} #{order.external_number or order.number}",
        refresh=f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}">' if waiting else "",
        state=escape(words["preparing" if waiting else _state_word(order.state)]),
        pay="" if url is None else f'<p><a class="pay" href="{escape(url)}">{escape(words["pay"])}</a></p>',
        rows=_table([*_lines(order, shop), *_sums(seen, shop, words)]),
        notes=_notes(seen, words),
    )


def unknown_page(shop: Shop) -> bytes:
    words = _words(shop)
    return _filled(shop, title=words["unknown"], state=escape(words["unknown_more"]), refresh="", pay="", rows="", notes="")


def page_headers() -> dict[str, str]:
    """The address has the order's key in it: nobody keeps it, and it is told to nobody."""
    return {**page("order").headers, "cache-control": "no-store", "x-robots-tag": "noindex"}


def _filled(shop: Shop, *, title: str, **parts: str) -> bytes:
    words = _words(shop)
    known = {
        "language": escape(shop.language),
        "title": escape(title),
        "shop_name": escape(shop.name),
        "shop_url": escape(shop.url),
        "back": escape(words["shop"]),
    }
    return Template(page("order").body.decode()).substitute(known, **parts).encode()


def _words(shop: Shop) -> Mapping[str, str]:
    return _POLISH if shop.language.startswith("pl") else _ENGLISH


def _state_word(state: OrderState) -> str:
    return state.value if state.value in _ENGLISH else OrderState.OTHER.value


def _lines(order: Order, shop: Shop) -> list[Row]:
    return [(f"{line.quantity} × {line.title}", _amount(line.gross, order, shop)) for line in order.content.lines]


def _sums(seen: CustomersOrder, shop: Shop, words: Mapping[str, str]) -> list[Row]:
    order = seen.order
    content = order.content
    rows = [(each.title or words["delivery"], _amount(each.total + each.tax, order, shop)) for each in content.shipping]
    rows += [(each.title, _amount(each.total + each.tax, order, shop)) for each in content.fees]
    if content.pickup_point is not None:
        rows.append((words["pickup_point"], _place(content.pickup_point)))
    if seen.pickup is not None:
        rows.append((words["pickup"], seen.pickup.place))
        rows += [(words["pickup_code"], seen.pickup.code)] if seen.pickup.code else []
    if content.payment.title:
        rows.append((words["payment"], content.payment.title))
    rows.append((words["total"], _amount(content.total, order, shop)))
    if seen.refunded:
        rows.append((words["refunded_sum"], _amount(seen.refunded, order, shop)))
    return rows


def _place(point: PickupPoint) -> str:
    return point.name if point.code in point.name else f"{point.code} {point.name}".rstrip()


def _table(rows: list[Row]) -> str:
    return "".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in rows)


def _notes(seen: CustomersOrder, words: Mapping[str, str]) -> str:
    if not seen.told:
        return ""
    items = "".join(f"<li>{escape(told.text)}</li>" for told in seen.told)
    return f"<h2>{escape(words['notes'])}</h2><ul>{items}</ul>"


def _amount(minor: int, order: Order, shop: Shop) -> str:
    currency = order.content.currency
    return str(format_currency(Decimal(decimal_text(minor, currency)), currency, locale=_locale(shop.language)))


def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language, sep="-" if "-" in language else "_")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
