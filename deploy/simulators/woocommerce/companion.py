"""The plugin "Spoina Companion" of this shop, where it is installed: its routes under wc-spoina/v1."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from simulators.woocommerce import order_changes, reading
from simulators.woocommerce.errors import InvalidParameter, Reason, RestError
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.notices import Companion
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop

NAMESPACE = "wc-spoina/v1"
VERSION = "1.0.0"
REFERENCE = "_spoina_reference"
MOST_FAILURES = 10
_MOST_LINES = 200
_EXPORTED_AT_ONCE = 1000


def companion_routes(route: Callable[..., Any], companion: Companion) -> list[Any]:
    """`route` makes an entry of the table of routes."""
    below = rf"/{NAMESPACE}"
    return [
        route(f"{below}/status", "GET", read=lambda _: Answer(_status(companion))),
        route(
            f"{below}/connection",
            "PUT, DELETE",
            change=lambda r: _connect(companion, r.call.json),
            delete=lambda _: _disconnect(companion),
        ),
        route(f"{below}/orders", "GET", read=lambda r: _orders(r.shop, r.call)),
        route(f"{below}/stock", "POST", create=lambda r: _change_stock(companion, r.shop, r.call.json)),
        route(f"{below}/export", "GET", read=lambda r: _export(r.shop, r.call)),
        route(f"{below}/customers/check", "POST", create=lambda r: _check_customer(companion, r.shop, r.call.json)),
    ]


def _status(companion: Companion) -> Json:
    connection = companion.connection
    return {"version": VERSION, "woocommerce": "10.5.0", "notices_to": connection["url"] if connection else None}


def _connect(companion: Companion, body: Json) -> Answer:
    url, secret = _text(body, "url", 1, 2000), _text(body, "secret", 32, 200)
    if not url.startswith(("http://", "https://")):
        raise _invalid("url", "url is no http or https address.")
    companion.connection = {"url": url, "secret": secret}
    return Answer(_status(companion))


def _disconnect(companion: Companion) -> Answer:
    companion.connection = None
    return Answer(_status(companion))


def _orders(shop: Shop, call: Call) -> Answer:
    reference = _text({"reference": call.one("reference")}, "reference", 1, 200)
    shown = ("id", "status", "order_key", "total")
    return Answer([{name: order[name] for name in shown} for order in shop.orders.with_meta(REFERENCE, reference)])


def _change_stock(companion: Companion, shop: Shop, body: Json) -> Answer:
    key, lines = _text(body, "key", 8, 191), _lines(body)
    digest = hashlib.sha256(json.dumps(lines).encode()).hexdigest()
    if key in companion.commands:
        known, answer = companion.commands[key]
        if known != digest:
            raise RestError("spoina_key_reused", "This key came with other lines before.", 409)
        return Answer(answer)
    for line in lines:
        if _counted(shop, line["id"]) is None:
            raise RestError("spoina_not_counted", f"Nobody counts the stock of product {line['id']}.", 404)
    done = {"lines": [_changed(shop, line) for line in sorted(lines, key=lambda line: line["id"])]}
    companion.commands[key] = digest, done
    shop.revision += 1
    return Answer(done)


def _changed(shop: Shop, line: Json) -> Json:
    variation = shop.variations.get(line["id"])
    product = variation["parent_id"] if variation else line["id"]
    order_changes.change_stock(shop, {"product_id": product, "variation_id": line["id"] if variation else 0}, line["delta"])
    counted = _counted(shop, line["id"])
    return {"id": line["id"], "stock_quantity": counted and counted["stock_quantity"]}


def _counted(shop: Shop, of: int) -> Json | None:
    """The document that holds the count: a variation's may be its product's."""
    document = shop.variations.get(of) or shop.products.get(of)
    if document is not None and document["manage_stock"] == "parent":
        document = shop.products.get(document["parent_id"])
    return document if document is not None and document["manage_stock"] is True else None


def _lines(body: Json) -> list[Json]:
    lines = body.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= _MOST_LINES:
        raise _invalid("lines", f"lines must contain between 1 and {_MOST_LINES} items.")
    for place, line in enumerate(lines):
        if not isinstance(line, dict) or {"id", "delta"} != line.keys() or not all(isinstance(value, int) for value in line.values()):
            raise _invalid("lines", f"lines[{place}] does not match its schema.")
    return lines


def _export(shop: Shop, call: Call) -> Answer:
    """JSON Lines, each as the REST API shows it, in the order of numbers; the last line says how far it reaches."""
    kind, after, limit = call.one("kind"), int(call.one("after") or 0), int(call.one("limit") or _EXPORTED_AT_ONCE)
    if kind not in ("products", "variations"):
        raise _invalid("kind", "kind is not one of products and variations.")
    items = reading.exported(shop, call, kind, after, limit)
    last = items[-1][0] if items else after
    lines = [item for _, item in items]
    read_at = shop.time.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    body = b"\n".join([*lines, json.dumps({"last": last}).encode(), b""])
    return Answer(body, headers={"content-type": "application/x-ndjson", "x-spoina-read-at": read_at})


def _check_customer(companion: Companion, shop: Shop, body: Json) -> Answer:
    login, password = _text(body, "login", 1, 200), _text(body, "password", 1, 4096)
    failures = companion.failures.get(login.lower(), 0)
    customer = _named(shop.orders.customers.values(), login) if failures < MOST_FAILURES else None
    if customer is None or shop.orders.passwords.get(customer["id"]) != password:
        companion.failures[login.lower()] = failures + 1
        return Answer({"customer": None})
    companion.failures.pop(login.lower(), None)
    return Answer({"customer": {name: customer[name] for name in ("id", "email", "first_name", "last_name")}})


def _named(customers: Any, login: str) -> Json | None:
    return next((one for one in customers if login.lower() in (one["email"].lower(), one["username"].lower())), None)


def _text(body: Json, name: str, shortest: int, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not shortest <= len(value) <= longest:
        raise _invalid(name, f"{name} must be a text of {shortest} to {longest} characters.")
    return value


def _invalid(name: str, message: str) -> InvalidParameter:
    return InvalidParameter({name: Reason("rest_invalid_param", message)})
