"""The routes of orders, their refunds and notes, and of customers."""

from collections.abc import Callable
from typing import Any

from simulators.woocommerce import customers, order_changes, order_reading
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.http import Answer
from simulators.woocommerce.order_views import customer_view, note_view, refund_view
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.views import ROOT

ITEM, LIST = "GET, POST, PUT, PATCH, DELETE", "GET, POST"
MakeRoute = Callable[..., Any]


def order_routes(route: MakeRoute) -> list[Any]:
    """`route` makes an entry of the table of routes."""
    return [
        route(
            r"/wc/v3/orders",
            LIST,
            read=lambda r: order_reading.list_orders(r.shop, r.call),
            create=lambda r: _created("orders", order_reading.view(r.shop, order_changes.create(r.shop, r.call.json))),
        ),
        route(
            r"/wc/v3/orders/(\d+)",
            ITEM,
            read=lambda r: order_reading.one_order(r.shop, r.call, r.number(0)),
            change=lambda r: Answer(order_reading.view(r.shop, order_changes.update(r.shop, r.number(0), r.call.json))),
            delete=lambda r: Answer(order_reading.view(r.shop, order_changes.delete(r.shop, r.number(0), force=r.force))),
        ),
        route(
            r"/wc/v3/orders/(\d+)/refunds",
            LIST,
            read=lambda r: order_reading.list_refunds(r.shop, r.call, r.number(0)),
            create=lambda r: _created(f"orders/{r.parts[0]}/refunds", _refunded(r)),
        ),
        route(
            r"/wc/v3/orders/(\d+)/refunds/(\d+)",
            "GET, DELETE",
            delete=lambda r: Answer(refund_view(r.number(0), order_changes.delete_refund(r.shop, r.number(0), r.number(1)))),
        ),
        route(
            r"/wc/v3/orders/(\d+)/notes",
            LIST,
            read=lambda r: order_reading.list_notes(r.shop, r.call, r.number(0)),
            create=lambda r: _created(f"orders/{r.parts[0]}/notes", _noted(r)),
        ),
        *_customer_routes(route),
    ]


def _customer_routes(route: MakeRoute) -> list[Any]:
    return [
        route(
            r"/wc/v3/customers",
            LIST,
            read=lambda r: customers.list_customers(r.shop, r.call),
            create=lambda r: _created("customers", customer_view(customers.create(r.shop, r.call.json))),
        ),
        route(
            r"/wc/v3/customers/(\d+)",
            ITEM,
            read=lambda r: Answer(customer_view(customers.find(r.shop, r.number(0)))),
            change=lambda r: Answer(customer_view(customers.update(r.shop, r.number(0), r.call.json))),
            delete=lambda r: Answer(customer_view(customers.delete(r.shop, r.number(0), force=r.force))),
        ),
    ]


def _created(path: str, view: Json) -> Answer:
    return Answer(view, status=201, headers={"location": f"{ROOT}/{path}/{view['id']}"})


def _refunded(request: Any) -> Json:
    return refund_view(request.number(0), order_changes.refund(request.shop, request.number(0), request.call.json))


def _noted(request: Any) -> Json:
    of, body = request.number(0), request.call.json
    if not body.get("note"):
        raise RestError("rest_missing_callback_param", "Missing parameter(s): note", 400, params=["note"])
    order = order_changes.find(request.shop, of)
    return note_view(of, order_changes.add_note(request.shop, order, body["note"], for_customer=bool(body.get("customer_note"))))
