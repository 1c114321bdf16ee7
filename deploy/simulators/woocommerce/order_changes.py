"""Creating, changing, trashing and refunding orders, with what each does to stock, notes and webhooks."""

import hashlib
import re
from decimal import Decimal, InvalidOperation

from simulators.woocommerce import fields, order_discounts, order_items, saving
from simulators.woocommerce import order_totals as totals
from simulators.woocommerce.errors import InvalidParameter, Reason, RestError, invalid_id
from simulators.woocommerce.fields import Kind
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.tax_places import setting
from simulators.woocommerce.writing import follow_parent

LOWERING, RAISING, PAID = ("processing", "on-hold", "completed"), ("cancelled", "pending"), ("processing", "completed")
REDUCED = "_reduced_stock"
_EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?!-)[A-Za-z0-9-]+(?<!-)(\.(?!-)[A-Za-z0-9-]+(?<!-))+")
"""WordPress's is_email()."""
_ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "state", "postcode", "country")
_TEXT, _NUMBER, _FLAG, _LIST, _OBJECT = (Kind(kind) for kind in ("string", "integer", "boolean", "array", "object"))
_FIELDS = {
    **dict.fromkeys(("payment_method", "payment_method_title", "transaction_id", "customer_note", "currency", "created_via"), _TEXT),
    **dict.fromkeys(("line_items", "shipping_lines", "fee_lines", "coupon_lines", "meta_data"), _LIST),
    **dict.fromkeys(("billing", "shipping"), _OBJECT),
    "customer_id": _NUMBER,
    "set_paid": _FLAG,
}
_COPIED = ("payment_method", "payment_method_title", "transaction_id", "customer_note", "currency", "created_via", "customer_id")
_SAME = (
    *("name", "product_id", "variation_id", "tax_class", "sku", "global_unique_id", "image", "parent_name"),
    *("method_title", "method_id", "instance_id", "tax_status", "amount"),
)
"""What a refunded item shows of the item of the order."""
_REFUND = {
    **dict.fromkeys(("amount", "reason"), _TEXT),
    **dict.fromkeys(("line_items", "meta_data"), _LIST),
    **dict.fromkeys(("api_refund", "api_restock"), _FLAG),
}


def find(shop: Shop, of: int) -> Json:
    order = shop.orders.get(of)
    if order is None:
        raise invalid_id("shop_order")
    return order


def _checked(shop: Shop, body: Json) -> Json:
    statuses = tuple(status for status in shop.orders.statuses if status != "checkout-draft")
    given = fields.checked(body, {**_FIELDS, "status": Kind("string", (*statuses, "checkout-draft"))})
    email = given.get("billing", {}).get("email")
    if email and not _EMAIL.fullmatch(email):
        raise InvalidParameter({"billing": Reason("rest_invalid_email", "Invalid email address.")})
    return given


def create(shop: Shop, body: Json) -> Json:
    given = _checked(shop, body)
    _check_customer(shop, given)
    order = _blank(shop)
    _apply(shop, order, given)
    shop.orders.put(order)
    order["number"] = str(order["id"])
    try:
        _apply_coupons(shop, order, given)
    except RestError as error:
        order["status"] = "checkout-draft"
        error.data["new_draft_order_id"] = order["id"]
        raise
    order["status"] = "pending"
    _set_status(shop, order, str(given.get("status", "pending")))
    if given.get("set_paid") is True:
        _payment_complete(shop, order)
    _saved(shop, order, "order.created", "order.updated")
    return order


def update(shop: Shop, of: int, body: Json) -> Json:
    given = _checked(shop, body)
    _check_customer(shop, given)
    order = find(shop, of)
    _apply(shop, order, given)
    _apply_coupons(shop, order, given)
    _set_status(shop, order, str(given.get("status", order["status"])))
    if given.get("set_paid") is True and order["status"] in ("pending", "failed"):
        _payment_complete(shop, order)
    _saved(shop, order, "order.updated")
    return order


def pay(shop: Shop, of: int, transaction: str = "") -> Json:
    """What a payment plugin does when the money has come."""
    order = find(shop, of)
    order["transaction_id"] = transaction or order["transaction_id"]
    _payment_complete(shop, order)
    _saved(shop, order, "order.updated")
    return order


def delete(shop: Shop, of: int, *, force: bool) -> Json:
    order = find(shop, of)
    if force:
        shop.orders.drop(of)
        shop.revision += 1
        return order
    if order["status"] == "trash":
        raise RestError("woocommerce_rest_already_trashed", "The Order has already been deleted.", 410)
    before = dict(order)
    order["status"] = "trash"
    _saved(shop, order, "order.deleted")
    return before


def _blank(shop: Shop) -> Json:
    of = shop.take_id()
    key = hashlib.md5(f"{shop.settings.seed} {of}".encode(), usedforsecurity=False).hexdigest()[:13]
    return {
        "id": of,
        "parent_id": 0,
        "status": "auto-draft",
        "currency": setting(shop, "general", "woocommerce_currency") or "PLN",
        "version": "10.5.0",
        "prices_include_tax": totals.includes_tax(shop),
        **shop.time.stamps("date_created"),
        **shop.time.stamps("date_modified"),
        "customer_id": 0,
        "order_key": f"wc_order_{key}",
        "billing": dict.fromkeys((*_ADDRESS, "email", "phone"), ""),
        "shipping": dict.fromkeys((*_ADDRESS, "phone"), ""),
        **dict.fromkeys(("payment_method", "payment_method_title", "transaction_id", "customer_ip_address"), ""),
        **dict.fromkeys(("customer_user_agent", "customer_note", "cart_hash"), ""),
        "created_via": "rest-api",
        **dict.fromkeys(("date_completed", "date_completed_gmt", "date_paid", "date_paid_gmt"), None),
        **{kind: [] for kind in ("meta_data", "line_items", "tax_lines", "shipping_lines", "fee_lines", "coupon_lines")},
        "_stock_reduced": False,
    }


def _check_customer(shop: Shop, given: Json) -> None:
    if given.get("customer_id") and given["customer_id"] not in shop.orders.customers:
        raise RestError("woocommerce_rest_invalid_customer_id", "Customer ID is invalid.", 400)


def _apply(shop: Shop, order: Json, given: Json) -> None:
    order |= {field: given[field] for field in _COPIED if field in given}
    for kind in ("billing", "shipping"):
        order[kind] |= {field: str(value) for field, value in given.get(kind, {}).items() if field in order[kind]}
    order["meta_data"] = saving.merged_meta(shop, order["meta_data"], given.get("meta_data", []))
    order_items.apply_items(shop, order, given)
    totals.calculate(shop, order)


def _apply_coupons(shop: Shop, order: Json, given: Json) -> None:
    if "coupon_lines" in given:
        order_discounts.apply_coupons(shop, order, given["coupon_lines"])
        totals.calculate(shop, order)


def _set_status(shop: Shop, order: Json, status: str) -> None:
    before: str = order["status"]
    order["status"] = status
    if before == status:
        return
    if status in PAID and order["date_paid"] is None:
        order.update(shop.time.stamps("date_paid"))
    if status == "completed":
        order.update(shop.time.stamps("date_completed"))
    if status in LOWERING:
        _lower_stock(shop, order)
    elif status in RAISING:
        _raise_stock(shop, order)
    add_note(shop, order, f"Order status changed from {before} to {status}.")


def _payment_complete(shop: Shop, order: Json) -> None:
    if order["status"] in ("on-hold", "pending", "failed", "cancelled"):
        order.update(shop.time.stamps("date_paid"))
        _set_status(shop, order, "processing" if _needs_work(shop, order) else "completed")


def _needs_work(shop: Shop, order: Json) -> bool:
    """Cash that is said to be paid was paid on delivery (WC_Gateway_COD); and nobody packs files."""
    sold = [shop.variations.peek(line["variation_id"]) or shop.products.peek(line["product_id"]) for line in order["line_items"]]
    return order["payment_method"] != "cod" and any(each and not (each["virtual"] and each["downloadable"]) for each in sold)


def _saved(shop: Shop, order: Json, *topics: str) -> None:
    order.update(shop.time.stamps("date_modified"))
    shop.orders.put(order)
    shop.revision += 1
    for topic in topics:
        shop.webhooks.fire(topic, order["id"])


def _reduced(line: Json) -> str:
    """PHP takes "" and "0" for no, anything else, "0.0" too, for yes."""
    value = next((meta["value"] for meta in line["meta_data"] if meta["key"] == REDUCED), "")
    return "" if value == "0" else str(value)


def _mark(shop: Shop, line: Json, reduced: int | None) -> None:
    line["meta_data"] = [meta for meta in line["meta_data"] if meta["key"] != REDUCED]
    if reduced is not None:
        line["meta_data"].append({"id": shop.take_meta_id(), "key": REDUCED, "value": str(reduced)})


def _lower_stock(shop: Shop, order: Json) -> None:
    if order["_stock_reduced"]:
        return
    for line in order["line_items"]:
        if not _reduced(line) and change_stock(shop, line, -line["quantity"]):
            _mark(shop, line, line["quantity"])
    order["_stock_reduced"] = True


def _raise_stock(shop: Shop, order: Json) -> None:
    if not order["_stock_reduced"]:
        return
    for line in order["line_items"]:
        if (reduced := _reduced(line)) and change_stock(shop, line, int(float(reduced))):
            _mark(shop, line, None)
    order["_stock_reduced"] = False


def change_stock(shop: Shop, line: Json, units: int) -> bool:
    """False: nobody counts what was sold. One SQL statement in the real shop, so that parallel orders never lose one another's."""
    variation = shop.variations.get(line["variation_id"])
    if variation is not None and variation["manage_stock"] is True:
        _count(variation, units)
        shop.save(shop.variations, variation)
        shop.save_family(shop.product(variation["parent_id"]))
        shop.webhooks.fire("product.updated", variation["id"])
        return True
    product = shop.products.get(line["product_id"])
    if product is None or product["manage_stock"] is not True:
        return False
    _count(product, units)
    shop.save(shop.products, product)
    for of in product["variations"]:
        child = shop.variations.get(of)
        if child is not None and child["manage_stock"] == "parent":
            follow_parent(child, product)
            shop.save(shop.variations, child, touch=False)
    shop.webhooks.fire("product.updated", product["id"])
    return True


def _count(document: Json, units: int) -> None:
    document["stock_quantity"] = (document["stock_quantity"] or 0) + units
    saving.derive_stock(document)


def add_note(shop: Shop, order: Json, text: str, *, for_customer: bool = False, author: str = "WooCommerce") -> Json:
    note: Json = {
        "id": shop.orders.take("note"),
        "author": author,
        **shop.time.stamps("date_created"),
        "note": text,
        "customer_note": for_customer,
    }
    shop.orders.notes_of(order["id"]).insert(0, note)
    shop.revision += 1
    if shop.companion:
        shop.companion.note("order.noted", order["id"])
    return note


def refund(shop: Shop, of: int, body: Json) -> Json:
    order, given = find(shop, of), fields.checked(body, _REFUND)
    items = {kind: _refund_items(shop, order, kind, given) for kind in totals.ITEM_KINDS}
    amount = _amount(given, [item for kind in items.values() for item in kind])
    left = Decimal(order["total"]) - sum((Decimal(each["amount"]) for each in shop.orders.refunds_of(of)), Decimal(0))
    if not 0 < amount <= left:
        raise _refund_refused("Invalid refund amount.")
    if given.get("api_refund", True):
        _give_back(shop, order)
    made = _refund(shop, given, items, amount)
    shop.orders.refunds_of(of).insert(0, made)
    if given.get("api_restock", True):
        _restock(shop, order, items["line_items"])
    if amount == left:
        _set_status(shop, order, "refunded")
    _saved(shop, order, "order.updated")
    return made


def _give_back(shop: Shop, order: Json) -> None:
    """By the order's payment plugin (wc_refund_payment)."""
    gateway = next((each for each in shop.conditions.gateways if each["id"] == order["payment_method"]), None)
    if gateway is None:
        raise _refund_refused("The payment gateway for this order does not exist.")
    if "refunds" not in gateway["method_supports"]:
        raise _refund_refused("The payment gateway for this order does not support automatic refunds.")
    if shop.dice.faults.gateway_refuses:
        raise _refund_refused(shop.dice.faults.gateway_refuses)


def _refund_refused(message: str) -> RestError:
    return _Refused("woocommerce_rest_cannot_create_order_refund", message, 500)


class _Refused(RestError):
    """A WP_Error whose data is the bare status."""

    def as_json(self, status: int | None = None) -> Json:
        return {"code": self.code, "message": self.message, "data": self.status}


def _amount(given: Json, lines: list[Json]) -> Decimal:
    try:
        return Decimal(given["amount"]) if "amount" in given else sum((_gross(line) for line in lines), Decimal(0))
    except InvalidOperation as error:
        raise RestError("rest_invalid_param", "Invalid parameter(s): amount", 400) from error


def _gross(item: Json) -> Decimal:
    return -Decimal(item["total"]) - Decimal(item["total_tax"])


def _refund(shop: Shop, given: Json, items: dict[str, list[Json]], amount: Decimal) -> Json:
    return {
        "id": shop.take_id(),
        **shop.time.stamps("date_created"),
        "amount": totals.shown(amount),
        "reason": given.get("reason", ""),
        "refunded_by": 1,
        "refunded_payment": bool(given.get("api_refund", True)),
        "meta_data": saving.merged_meta(shop, [], [*given.get("meta_data", []), {"key": "_refund_type", "value": "partial"}]),
        "line_items": items["line_items"],
        "shipping_lines": items["shipping_lines"],
        "tax_lines": totals.refund_tax_lines(shop, items),
        "fee_lines": items["fee_lines"],
    }


def _refund_items(shop: Shop, order: Json, kind: str, given: Json) -> list[Json]:
    """What is no item of the order is ignored."""
    asked = {one.get("id"): one for one in given.get("line_items", [])}
    return [_refund_item(shop, item, asked[item["id"]]) for item in order[kind] if item["id"] in asked]


def _refund_item(shop: Shop, item: Json, given: Json) -> Json:
    net = Decimal(str(given.get("refund_total", 0)))
    taxes = [_refunded_tax(tax, item) for tax in given.get("refund_tax", [])]
    tax = sum((Decimal(each["total"]) for each in taxes), Decimal(0))
    shown: Json = {
        "id": shop.orders.take("item"),
        "quantity": -int(given.get("quantity", 0)),
        **{field: totals.shown(-net) for field in ("subtotal", "total")},
        **{field: totals.shown(tax) for field in ("subtotal_tax", "total_tax")},
        "taxes": taxes,
        "meta_data": [{"id": shop.take_meta_id(), "key": "_refunded_item_id", "value": str(item["id"])}],
        "price": float(net),
    }
    return {field: shown.get(field, item[field]) for field in item if field in shown or field in _SAME}


def _refunded_tax(given: Json, item: Json) -> Json:
    taken = totals.shown(-Decimal(str(given["refund_total"])))
    return {"id": int(given["id"]), "total": taken, "subtotal": taken if "subtotal" in item else ""}


def _restock(shop: Shop, order: Json, lines: list[Json]) -> None:
    """Only what was counted down before: a line's _reduced_stock shrinks by what comes back."""
    for back in lines:
        of = int(back["meta_data"][0]["value"])
        line = next(one for one in order["line_items"] if one["id"] == of)
        counted = int(float(_reduced(line) or 0))
        units = min(-back["quantity"], counted)
        if units and change_stock(shop, line, units):
            _mark(shop, line, counted - units)


def delete_refund(shop: Shop, of: int, refund_of: int) -> Json:
    order, refunds = find(shop, of), shop.orders.refunds_of(of)
    gone = next((each for each in refunds if each["id"] == refund_of), None)
    if gone is None:
        raise invalid_id("shop_order_refund")
    refunds.remove(gone)
    _saved(shop, order, "order.updated")
    return gone
