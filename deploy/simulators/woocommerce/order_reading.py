"""Reading orders: lists with the filters that the real shop knows, and what it ignores."""

from typing import Any

from simulators.woocommerce import order_changes
from simulators.woocommerce.errors import InvalidParameter, Reason, invalid_date, not_in_enum
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import Paging, chosen_fields, list_answer
from simulators.woocommerce.order_views import note_view, order_view, refund_view
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.shop_time import parse_given

_ORDERS = ("date", "id", "include", "title", "slug", "modified")
_HIDDEN = ("trash", "auto-draft")


def list_orders(shop: Shop, call: Call) -> Answer:
    refused: dict[str, Reason] = {}
    paging = Paging.read(call, refused)
    by = call.one("orderby") or "date"
    if by not in _ORDERS:
        refused["orderby"] = not_in_enum("orderby", _ORDERS)
    for status in call.several("status"):
        if status not in ("any", "trash", *shop.orders.statuses):
            refused["status"] = not_in_enum("status", ("any", "trash", *shop.orders.statuses))
    bounds = {name: _bound(shop, call, name, refused) for name in ("after", "before", "modified_after", "modified_before")}
    if refused:
        raise InvalidParameter(refused)
    found = [order for order in shop.orders if _fits(order, call, bounds)]
    stamp = {"id": "id", "modified": "date_modified_gmt"}.get(by, "date_created_gmt")
    found.sort(key=lambda order: (order[stamp], order["id"]))
    if call.one("order") != "asc":
        found.reverse()
    page = found[paging.offset : paging.offset + paging.per_page]
    return list_answer(call, [_picked(view(shop, order), call) for order in page], len(found), paging)


def _bound(shop: Shop, call: Call, name: str, refused: dict[str, Reason]) -> str | None:
    text = call.one(name)
    if text is None:
        return None
    given = parse_given(text)
    if given is None:
        refused[name] = invalid_date()
        return None
    return shop.time.gmt_bound(given, dates_are_gmt=call.one("dates_are_gmt") in ("true", "1"))


def _fits(order: Json, call: Call, bounds: dict[str, str | None]) -> bool:
    statuses = call.several("status") or ["any"]
    shown = order["status"] not in _HIDDEN if "any" in statuses else order["status"] in statuses
    include, exclude = call.several("include"), call.several("exclude")
    fits = {
        "include": not include or str(order["id"]) in include,
        "exclude": str(order["id"]) not in exclude,
        "customer": call.one("customer") in (None, str(order["customer_id"])),
        "created_via": not call.several("created_via") or order["created_via"] in call.several("created_via"),
        "search": call.one("search") in (None, "", str(order["id"]), order["transaction_id"]),
    }
    return shown and all(fits.values()) and _within(order, bounds)


def _within(order: Json, bounds: dict[str, str | None]) -> bool:
    created, modified = order["date_created_gmt"], order["date_modified_gmt"]
    sides = ((created, bounds["after"], bounds["before"]), (modified, bounds["modified_after"], bounds["modified_before"]))
    return all((after is None or stamp > after) and (before is None or stamp < before) for stamp, after, before in sides)


def _picked(shown: Json, call: Call) -> Any:
    wanted = chosen_fields(call)
    return shown if wanted is None else {name: value for name, value in shown.items() if name in wanted}


def view(shop: Shop, order: Json) -> Json:
    return order_view(order, shop.orders.refunds_of(order["id"]))


def one_order(shop: Shop, call: Call, of: int) -> Answer:
    return Answer(_picked(view(shop, order_changes.find(shop, of)), call))


def list_refunds(shop: Shop, call: Call, of: int) -> Answer:
    order_changes.find(shop, of)
    return _listed(call, [refund_view(of, refund) for refund in shop.orders.refunds_of(of)])


def list_notes(shop: Shop, call: Call, of: int) -> Answer:
    """All of them, whatever page is asked for."""
    order_changes.find(shop, of)
    return Answer([note_view(of, note) for note in shop.orders.notes_of(of)])


def _listed(call: Call, rows: list[Json]) -> Answer:
    paging = Paging.read(call, {})
    return list_answer(call, list(rows[paging.offset : paging.offset + paging.per_page]), len(rows), paging)
