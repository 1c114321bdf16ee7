"""`wc/v3/customers`."""

from simulators.woocommerce import fields
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.fields import Kind
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import list_answer, read_paging
from simulators.woocommerce.order_views import customer_view
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop

_ADDRESS = ("first_name", "last_name", "company", "address_1", "address_2", "city", "postcode", "country", "state", "phone")
_FIELDS = {
    **dict.fromkeys(("email", "first_name", "last_name", "username", "password"), Kind("string")),
    **dict.fromkeys(("billing", "shipping"), Kind("object")),
    "meta_data": Kind("array"),
}


def list_customers(shop: Shop, call: Call) -> Answer:
    email, paging = call.one("email"), read_paging(call)
    rows = [row for row in shop.orders.customers.values() if email in (None, row["email"])]
    if call.one("orderby") != "id" or call.one("order") == "desc":
        rows.reverse()
    shown = rows[paging.offset : paging.offset + paging.per_page]
    return list_answer(call, [customer_view(row) for row in shown], len(rows), paging)


def find(shop: Shop, of: int) -> Json:
    customer = shop.orders.customers.get(of)
    if customer is None:
        raise RestError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)
    return customer


def create(shop: Shop, body: Json) -> Json:
    given = fields.checked(body, _FIELDS, ("email",))
    if any(one["email"] == given["email"] for one in shop.orders.customers.values()):
        raise RestError("registration-error-email-exists", "An account is already registered with that email address.", 400)
    customer: Json = {
        "id": max(shop.orders.customers, default=1) + 1,
        **shop.time.stamps("date_created"),
        **shop.time.stamps("date_modified"),
        "email": given["email"],
        "first_name": "",
        "last_name": "",
        "role": "customer",
        "username": given.get("username") or given["email"].partition("@")[0],
        "billing": dict.fromkeys((*_ADDRESS, "email"), ""),
        "shipping": dict.fromkeys(_ADDRESS, ""),
        "is_paying_customer": False,
        "avatar_url": "",
        "meta_data": [],
    }
    _apply(shop, customer, given)
    shop.orders.customers[customer["id"]] = customer
    shop.webhooks.fire("customer.created", customer["id"])
    shop.webhooks.fire("customer.updated", customer["id"])
    return customer


def update(shop: Shop, of: int, body: Json) -> Json:
    customer = find(shop, of)
    _apply(shop, customer, fields.checked(body, _FIELDS))
    customer.update(shop.time.stamps("date_modified"))
    shop.webhooks.fire("customer.updated", of)
    return customer


def _apply(shop: Shop, customer: Json, given: Json) -> None:
    customer |= {field: given[field] for field in ("email", "first_name", "last_name") if field in given}
    for kind in ("billing", "shipping"):
        customer[kind] |= {field: str(value) for field, value in given.get(kind, {}).items() if field in customer[kind]}
    if given.get("password"):
        shop.orders.passwords[customer["id"]] = given["password"]
    shop.revision += 1


def delete(shop: Shop, of: int, *, force: bool) -> Json:
    if not force:
        raise RestError("woocommerce_rest_trash_not_supported", "Customers do not support trashing.", 501)
    customer = find(shop, of)
    del shop.orders.customers[of]
    shop.revision += 1
    shop.webhooks.fire("customer.deleted", of)
    return customer
