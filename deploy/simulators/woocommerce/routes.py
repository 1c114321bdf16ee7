"""The table of routes: the address and the method decide, as in WordPress, before anybody's permissions do."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from simulators.woocommerce import (
    batches,
    coupons,
    reading,
    shipping,
    shop_settings,
    static_routes,
    taxes,
    terms,
    trash,
    webhook_routes,
    wordpress,
    writing,
)
from simulators.woocommerce.companion import companion_routes
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.notices import Companion
from simulators.woocommerce.order_routes import order_routes
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.views import ROOT, coupon_view, product_edit_view, variation_edit_view
from simulators.woocommerce.webhooks import Sender


class Request(NamedTuple):
    shop: Shop
    call: Call
    parts: tuple[str, ...]
    """What the route's pattern caught."""
    sender: Sender

    def number(self, place: int) -> int:
        return int(self.parts[place])

    @property
    def force(self) -> bool:
        return self.call.one("force") in ("true", "1") or self.call.json.get("force") is True


Handler = Callable[[Request], Answer | Awaitable[Answer]]
_READING = ("GET", "HEAD")
_CHANGING = ("POST", "PUT", "PATCH")
_ITEM_ALLOW = "GET, POST, PUT, PATCH, DELETE"
_LIST_ALLOW = "GET, POST"


class Route(NamedTuple):
    pattern: re.Pattern[str]
    handlers: Mapping[str, Handler]
    allow: str
    public: bool = False


def _route(pattern: str, allow: str, *, public: bool = False, **handlers: Handler) -> Route:
    methods = {"read": _READING, "create": ("POST",), "change": _CHANGING, "delete": ("DELETE",), "batch": _CHANGING}
    table = {method: handler for verb, handler in handlers.items() for method in methods[verb]}
    return Route(re.compile(pattern), table, allow, public)


def _created(request: Request, path: str, view: Json) -> Answer:
    return Answer(view, status=201, headers={"location": f"{ROOT}/{path}/{view['id']}"})


def _product_view(shop: Shop, document: Json) -> Json:
    return product_edit_view(document, shop.time.now())


def _create_product(request: Request) -> Answer:
    document = writing.create_product(request.shop, request.call.json)
    return _created(request, "products", _product_view(request.shop, document))


def _update_product(request: Request) -> Answer:
    document = writing.update_product(request.shop, request.number(0), request.call.json)
    return Answer(_product_view(request.shop, document))


def _delete_product(request: Request) -> Answer:
    document = trash.delete_product(request.shop, request.number(0), force=request.force)
    return Answer(_product_view(request.shop, document))


def _batch_products(request: Request) -> Answer:
    shop = request.shop
    commands = batches.Commands(
        create=lambda body: _product_view(shop, writing.create_product(shop, body)),
        update=lambda of, body: _product_view(shop, writing.update_product(shop, of, body)),
        delete=lambda of: _product_view(shop, trash.delete_product(shop, of, force=True)),
    )
    return Answer(batches.run(request.call.json, commands))


def _variation_view(shop: Shop, document: Json) -> Json:
    return variation_edit_view(document, shop.product(document["parent_id"]), shop.time.now())


def _create_variation(request: Request) -> Answer:
    parent = request.number(0)
    document = writing.create_variation(request.shop, parent, request.call.json)
    return _created(request, f"products/{parent}/variations", _variation_view(request.shop, document))


def _update_variation(request: Request) -> Answer:
    shop, parent, of = request.shop, request.number(0), request.number(1)
    return Answer(_variation_view(shop, writing.update_variation(shop, parent, of, request.call.json)))


def _delete_variation(request: Request) -> Answer:
    shop, parent, of = request.shop, request.number(0), request.number(1)
    return Answer(_variation_view(shop, trash.delete_variation(shop, parent, of, force=request.force)))


def _batch_variations(request: Request) -> Answer:
    shop, parent = request.shop, request.number(0)
    commands = batches.Commands(
        create=lambda body: _variation_view(shop, writing.create_variation(shop, parent, body)),
        update=lambda of, body: _variation_view(shop, writing.update_variation(shop, parent, of, body)),
        delete=lambda of: _variation_view(shop, trash.delete_variation(shop, parent, of, force=True)),
    )
    return Answer(batches.run(request.call.json, commands))


def _create_term(request: Request) -> Answer:
    route = request.parts[0]
    view = terms.view(route, terms.create(request.shop, route, request.call.json))
    return _created(request, f"products/{route}", view)


def _read_term(request: Request) -> Answer:
    route = request.parts[0]
    return Answer(terms.view(route, terms.find(request.shop, route, request.number(1))))


def _update_term(request: Request) -> Answer:
    route = request.parts[0]
    return Answer(terms.view(route, terms.update(request.shop, route, request.number(1), request.call.json)))


def _delete_term(request: Request) -> Answer:
    route = request.parts[0]
    return Answer(terms.view(route, terms.delete(request.shop, route, request.number(1), force=request.force)))


_TERMS = r"categories|tags|brands|attributes|shipping_classes|attributes/\d+/terms"
_GLOBAL_VARIATIONS = _route(r"/wc/v3/variations", "GET", read=lambda r: reading.list_all_variations(r.shop, r.call))


def shop_routes(*, global_variations: bool, companion: Companion | None) -> list[Route]:
    """Before WooCommerce 10.3 there was no list of all variations; the companion's routes are there where it is installed."""
    own = companion_routes(_route, companion) if companion else []
    return [*([_GLOBAL_VARIATIONS] if global_variations else []), *_product_routes(), *_other_routes(), *own]


def _product_routes() -> list[Route]:
    variation = r"/wc/v3/products/(\d+)/variations"
    return [
        _route(
            r"/wc/v3/products",
            _LIST_ALLOW,
            read=lambda r: reading.list_products(r.shop, r.call),
            create=_create_product,
        ),
        _route(r"/wc/v3/products/batch", "POST, PUT, PATCH", batch=_batch_products),
        _route(
            r"/wc/v3/products/(\d+)",
            _ITEM_ALLOW,
            read=lambda r: reading.one_product(r.shop, r.call, r.number(0)),
            change=_update_product,
            delete=_delete_product,
        ),
        _route(
            variation,
            _LIST_ALLOW,
            read=lambda r: reading.list_variations(r.shop, r.call, r.number(0)),
            create=_create_variation,
        ),
        _route(f"{variation}/batch", "POST, PUT, PATCH", batch=_batch_variations),
        _route(
            rf"{variation}/(\d+)",
            _ITEM_ALLOW,
            read=lambda r: reading.one_variation(r.shop, r.call, r.number(0), r.number(1)),
            change=_update_variation,
            delete=_delete_variation,
        ),
        _route(
            rf"/wc/v3/products/({_TERMS})",
            _LIST_ALLOW,
            read=lambda r: terms.list_terms(r.shop, r.call, r.parts[0]),
            create=_create_term,
        ),
        _route(
            rf"/wc/v3/products/({_TERMS})/(\d+)",
            _ITEM_ALLOW,
            read=_read_term,
            change=_update_term,
            delete=_delete_term,
        ),
    ]


def _other_routes() -> list[Route]:
    return [
        *_condition_routes(),
        _route(
            r"/wc/v3/webhooks",
            _LIST_ALLOW,
            read=lambda r: webhook_routes.list_webhooks(r.shop, r.call),
            create=lambda r: webhook_routes.create(r.shop, r.call.json, r.sender),
        ),
        _route(
            r"/wc/v3/webhooks/(\d+)",
            _ITEM_ALLOW,
            read=lambda r: Answer(webhook_routes.find(r.shop, r.number(0)).as_json(r.shop.time)),
            change=lambda r: webhook_routes.update(r.shop, r.number(0), r.call.json, r.sender),
            delete=lambda r: webhook_routes.delete(r.shop, r.number(0), force=r.force),
        ),
        _route("", "GET", public=True, read=lambda r: wordpress.index(r.shop, r.call)),
        _route(r"/wc/v3", "GET", public=True, read=lambda r: wordpress.namespace_index(r.shop)),
        _route(r"/wp/v2/pages", "GET", public=True, read=lambda r: wordpress.pages(r.shop, r.call)),
        _route(r"/wp/v2/pages/(\d+)", "GET", public=True, read=lambda r: wordpress.one_page(r.shop, r.number(0))),
        _route(r"/wp/v2/navigation", "GET", public=True, read=lambda r: wordpress.navigation(r.shop, r.call)),
        _route(r"/wp/v2/menus", "GET", public=True, read=lambda _: wordpress.menus()),
    ]


def _condition_routes() -> list[Route]:
    return [
        *_tax_routes(),
        *_shipping_routes(),
        _route(r"/wc/v3/settings/([a-z]+)", "GET", read=lambda r: shop_settings.list_group(r.shop, r.parts[0])),
        _route(
            r"/wc/v3/settings/([a-z]+)/(\w+)",
            "GET, POST, PUT, PATCH",
            read=lambda r: Answer(shop_settings.view(r.parts[0], shop_settings.find(r.shop, r.parts[0], r.parts[1]))),
            change=lambda r: Answer(shop_settings.view(r.parts[0], shop_settings.update(r.shop, r.parts[0], r.parts[1], r.call.json))),
        ),
        _route(r"/wc/v3/payment_gateways", "GET", read=lambda r: static_routes.payment_gateways(r.shop)),
        _route(r"/wc/v3/data/continents/(\w+)", "GET", read=lambda r: static_routes.continent(r.parts[0])),
        _route(r"/wc/v3/data/currencies/current", "GET", read=lambda _: static_routes.currency()),
        _route(
            r"/wc/v3/coupons",
            _LIST_ALLOW,
            read=lambda r: coupons.list_coupons(r.shop, r.call),
            create=lambda r: _created(r, "coupons", coupon_view(coupons.create(r.shop, r.call.json))),
        ),
        _route(
            r"/wc/v3/coupons/(\d+)",
            _ITEM_ALLOW,
            read=lambda r: Answer(coupon_view(r.shop.coupon(r.number(0)))),
            change=lambda r: Answer(coupon_view(coupons.update(r.shop, r.number(0), r.call.json))),
            delete=lambda r: Answer(coupon_view(coupons.delete(r.shop, r.number(0), force=r.force))),
        ),
        *order_routes(_route),
    ]


def _tax_routes() -> list[Route]:
    return [
        _route(
            r"/wc/v3/taxes",
            _LIST_ALLOW,
            read=lambda r: taxes.list_rates(r.shop, r.call),
            create=lambda r: _created(r, "taxes", taxes.view(taxes.create(r.shop, r.call.json))),
        ),
        _route(
            r"/wc/v3/taxes/(\d+)",
            _ITEM_ALLOW,
            read=lambda r: Answer(taxes.view(taxes.find(r.shop, r.number(0)))),
            change=lambda r: Answer(taxes.view(taxes.update(r.shop, r.number(0), r.call.json))),
            delete=lambda r: Answer(taxes.view(taxes.delete(r.shop, r.number(0), force=r.force))),
        ),
        _route(
            r"/wc/v3/taxes/classes",
            _LIST_ALLOW,
            read=lambda r: taxes.list_classes(r.shop),
            create=lambda r: Answer(taxes.create_class(r.shop, r.call.json), status=201),
        ),
        _route(
            r"/wc/v3/taxes/classes/([\w-]+)",
            "GET, DELETE",
            delete=lambda r: Answer(taxes.delete_class(r.shop, r.parts[0], force=r.force)),
        ),
    ]


def _shipping_routes() -> list[Route]:
    zone = r"/wc/v3/shipping/zones/(\d+)"
    return [
        _route(
            r"/wc/v3/shipping/zones",
            _LIST_ALLOW,
            read=lambda r: shipping.list_zones(r.shop),
            create=lambda r: _created(r, "shipping/zones", shipping.view(shipping.create(r.shop, r.call.json))),
        ),
        _route(
            zone,
            _ITEM_ALLOW,
            read=lambda r: Answer(shipping.view(shipping.find(r.shop, r.number(0)))),
            change=lambda r: Answer(shipping.view(shipping.update(r.shop, r.number(0), r.call.json))),
            delete=lambda r: Answer(shipping.view(shipping.delete(r.shop, r.number(0), force=r.force))),
        ),
        _route(
            f"{zone}/locations",
            "GET, POST, PUT, PATCH",
            read=lambda r: shipping.locations(r.shop, r.number(0)),
            change=lambda r: shipping.set_locations(r.shop, r.number(0), r.call),
        ),
        _route(
            f"{zone}/methods",
            _LIST_ALLOW,
            read=lambda r: shipping.list_methods(r.shop, r.number(0)),
            create=lambda r: Answer(shipping.method_view(r.number(0), shipping.add_method(r.shop, r.number(0), r.call.json))),
        ),
        _route(
            rf"{zone}/methods/(\d+)",
            _ITEM_ALLOW,
            read=lambda r: Answer(shipping.method_view(r.number(0), shipping.find_method(r.shop, r.number(0), r.number(1)))),
            change=lambda r: Answer(
                shipping.method_view(r.number(0), shipping.update_method(r.shop, r.number(0), r.number(1), r.call.json))
            ),
            delete=lambda r: Answer(
                shipping.method_view(r.number(0), shipping.delete_method(r.shop, r.number(0), r.number(1), force=r.force))
            ),
        ),
    ]
