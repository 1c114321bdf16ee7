"""How orders, refunds, notes and customers look to a reader."""

from simulators.woocommerce.order_book import EXACT_FIELD
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.views import EVERY_METHOD, ROOT, links

_KEPT = {"_stock_reduced", EXACT_FIELD}
_NEEDS_PAYMENT = ("pending", "failed")
_FIELDS = (
    *("id", "parent_id", "status", "currency", "version", "prices_include_tax", "date_created", "date_modified", "discount_total"),
    *(
        "discount_tax",
        "shipping_total",
        "shipping_tax",
        "cart_tax",
        "total",
        "total_tax",
        "customer_id",
        "order_key",
        "billing",
        "shipping",
    ),
    *("payment_method", "payment_method_title", "transaction_id", "customer_ip_address", "customer_user_agent", "created_via"),
    *("customer_note", "date_completed", "date_paid", "cart_hash", "number", "meta_data", "line_items", "tax_lines", "shipping_lines"),
    *("fee_lines", "coupon_lines", "refunds", "payment_url", "is_editable", "needs_payment", "needs_processing"),
    *("date_created_gmt", "date_modified_gmt", "date_completed_gmt", "date_paid_gmt", "currency_symbol", "_links"),
)
_ITEM_KINDS = ("line_items", "shipping_lines", "fee_lines", "coupon_lines")


def order_view(order: Json, refunds: list[Json]) -> Json:
    own = links("orders", order["id"])
    own["email_templates"] = [{"embeddable": True, "href": f"{ROOT}/orders/{order['id']}/actions/email_templates"}]
    view = order | {
        **{kind: [_item(item) for item in order[kind]] for kind in _ITEM_KINDS},
        "refunds": [{"id": refund["id"], "reason": refund["reason"], "total": f"-{refund['amount']}"} for refund in refunds],
        "payment_url": f"{{origin}}/checkout/order-pay/{order['id']}/?pay_for_order=true&key={order['order_key']}",
        "is_editable": order["status"] in ("pending", "on-hold", "auto-draft"),
        "needs_payment": order["status"] in _NEEDS_PAYMENT and float(order["total"]) > 0,
        "needs_processing": any(line["product_id"] for line in order["line_items"]),
        "currency_symbol": {"PLN": "zł"}.get(order["currency"], order["currency"]),
        "_links": own,
    }
    return {field: view[field] for field in _FIELDS}


def _item(item: Json) -> Json:
    """Without what an item keeps for itself; its meta is told with the words it is shown by."""
    view = {name: value for name, value in item.items() if name not in _KEPT}
    return view | {"meta_data": [{**meta, "display_key": meta["key"], "display_value": meta["value"]} for meta in item["meta_data"]]}


def refund_view(order_id: int, refund: Json) -> Json:
    view = refund | {"line_items": [_item(line) for line in refund["line_items"]]}
    return view | {"_links": links(f"orders/{order_id}/refunds", refund["id"], hints=["GET", "DELETE"]) | _up(order_id)}


def note_view(order_id: int, note: Json) -> Json:
    path = f"orders/{order_id}/notes"
    return note | {"_links": links(path, note["id"], hints=["GET", "DELETE"]) | _up(order_id)}


def customer_view(customer: Json) -> Json:
    return customer | {"_links": links("customers", customer["id"], hints=EVERY_METHOD)}


def _up(order_id: int) -> Json:
    return {"up": [{"href": f"{ROOT}/orders/{order_id}"}]}
