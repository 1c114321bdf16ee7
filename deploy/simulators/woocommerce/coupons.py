"""`wc/v3/coupons`: codes in small letters, money with two decimals, and the trash, from which deliveries tell too much."""

from decimal import Decimal

from simulators.woocommerce import fields, prices
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import list_answer, page_of_ids, read_selection
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.views import coupon_view

_ORDERS = ("date", "id", "include", "title", "slug", "modified")
_KEYS = {"date": "date_created_gmt", "modified": "date_modified_gmt", "title": "code", "slug": "code"}
_MONEY = ("amount", "minimum_amount", "maximum_amount")
_TRASHED = "trash"


def list_coupons(shop: Shop, call: Call) -> Answer:
    selection = read_selection(call, shop.time, _ORDERS)
    code = call.one("code")
    found = [coupon for coupon in shop.conditions.coupons if coupon["status"] != _TRASHED and code in (None, coupon["code"])]
    if selection.include:
        found = [coupon for coupon in found if coupon["id"] in selection.include]
    after, before = selection.modified_after, selection.modified_before
    found = [each for each in found if after is None or each["date_modified_gmt"] > after]
    found = [each for each in found if before is None or each["date_modified_gmt"] < before]
    key = _KEYS.get(selection.by, "id")
    found.sort(key=lambda coupon: (coupon[key], coupon["id"]), reverse=selection.descending)
    by_id = {coupon["id"]: coupon for coupon in found}
    page = page_of_ids(list(by_id), selection.paging)
    return list_answer(call, [coupon_view(by_id[of]) for of in page.ids], page.total, selection.paging)


def create(shop: Shop, body: Json) -> Json:
    given = fields.checked(body, fields.COUPON, required=("code",))
    stamps = shop.time.stamps("date_created") | shop.time.stamps("date_modified")
    coupon = _blank(shop.next_id, stamps)
    _apply(shop, coupon, given)
    shop.take_id()
    shop.conditions.coupons.insert(0, coupon)
    shop.revision += 1
    shop.webhooks.fire("coupon.created", coupon["id"])
    return coupon


def update(shop: Shop, of: int, body: Json) -> Json:
    coupon = shop.coupon(of)
    _apply(shop, coupon, fields.checked(body, fields.COUPON))
    coupon |= shop.time.stamps("date_modified")
    shop.revision += 1
    shop.webhooks.fire("coupon.updated", of)
    return coupon


def delete(shop: Shop, of: int, *, force: bool) -> Json:
    """For good, nobody is told; into the trash, product listeners are told too."""
    coupon = shop.coupon(of)
    shop.revision += 1
    if force:
        shop.conditions.coupons.remove(coupon)
        return coupon
    if coupon["status"] == _TRASHED:
        raise RestError("woocommerce_rest_already_trashed", "The Shop_coupon has already been deleted.", 410)
    before = dict(coupon)
    coupon |= {"status": _TRASHED, **shop.time.stamps("date_modified")}
    shop.webhooks.fire("coupon.deleted", of)
    shop.webhooks.fire("product.deleted", of)
    return before


def _apply(shop: Shop, coupon: Json, given: Json) -> None:
    if "code" in given:
        given["code"] = given["code"].strip().lower()
        if any(other["code"] == given["code"] and other["id"] != coupon["id"] for other in shop.conditions.coupons):
            raise RestError("woocommerce_rest_coupon_code_already_exists", "The coupon code already exists", 400)
    for name in _MONEY:
        if name in given:
            given[name] = _with_decimals(given[name])
    if "date_expires" in given:
        _set_expiry(shop, coupon, given.pop("date_expires"))
    coupon |= given


def _with_decimals(text: str) -> str:
    return format(Decimal(prices.decimal_text(text) or "0").quantize(Decimal("0.01")), "f")


def _set_expiry(shop: Shop, coupon: Json, local: str | None) -> None:
    """In the shop's time; its GMT twin cannot be written."""
    if not local:
        coupon |= {"date_expires": None, "date_expires_gmt": None}
        return
    moment = local[:19] if "T" in local else f"{local[:10]}T00:00:00"
    coupon |= shop.time.stamps("date_expires", shop.time.to_gmt(moment))


def _blank(of: int, stamps: Json) -> Json:
    return {
        "id": of,
        "code": "",
        "amount": "0.00",
        "status": "publish",
        **stamps,
        "discount_type": "fixed_cart",
        "description": "",
        "date_expires": None,
        "date_expires_gmt": None,
        "usage_count": 0,
        "individual_use": False,
        "product_ids": [],
        "excluded_product_ids": [],
        "usage_limit": None,
        "usage_limit_per_user": None,
        "limit_usage_to_x_items": None,
        "free_shipping": False,
        "product_categories": [],
        "excluded_product_categories": [],
        "exclude_sale_items": False,
        "minimum_amount": "0.00",
        "maximum_amount": "0.00",
        "email_restrictions": [],
        "used_by": [],
        "meta_data": [],
    }
