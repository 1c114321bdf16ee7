"""`wc/v3/taxes` and its classes. Nobody is told when they change."""

from simulators.woocommerce import fields
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import list_answer, read_paging
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.slugs import slugify
from simulators.woocommerce.views import ROOT, links


def view(rate: Json) -> Json:
    return {**rate, "_links": links("taxes", rate["id"])}


def list_rates(shop: Shop, call: Call) -> Answer:
    wanted, paging = call.one("class"), read_paging(call)
    rows = [row for row in shop.conditions.taxes if wanted in (None, row["class"])]
    shown = rows[paging.offset : paging.offset + paging.per_page]
    return list_answer(call, [view(row) for row in shown], len(rows), paging)


def find(shop: Shop, of: int) -> Json:
    for rate in shop.conditions.taxes:
        if rate["id"] == of:
            return rate
    raise RestError("woocommerce_rest_invalid_id", "Invalid resource ID.", 404)


def create(shop: Shop, body: Json) -> Json:
    rate: Json = {
        "id": max((each["id"] for each in shop.conditions.taxes), default=0) + 1,
        "country": "",
        "state": "",
        "postcode": "",
        "city": "",
        "rate": "0.0000",
        "name": "",
        "priority": 1,
        "compound": False,
        "shipping": True,
        "order": 0,
        "class": "standard",
        "postcodes": [],
        "cities": [],
    }
    _apply(rate, fields.checked(body, fields.TAX_RATE))
    shop.conditions.taxes.append(rate)
    shop.revision += 1
    return rate


def update(shop: Shop, of: int, body: Json) -> Json:
    rate = find(shop, of)
    _apply(rate, fields.checked(body, fields.TAX_RATE))
    shop.revision += 1
    return rate


def delete(shop: Shop, of: int, *, force: bool) -> Json:
    _demand_force(force=force, what="Taxes do")
    rate = find(shop, of)
    shop.conditions.taxes.remove(rate)
    shop.revision += 1
    return rate


def _apply(rate: Json, given: Json) -> None:
    """Postcodes and cities may come as a list or, in old clients, as one text; both are shown."""
    for several, one in (("postcodes", "postcode"), ("cities", "city")):
        if one in given and several not in given:
            given[several] = [each.strip() for each in given[one].split(";") if each.strip()]
        if several in given:
            given[several] = [each.upper() for each in given[several]]
            given[one] = given[several][0] if given[several] else ""
    if "rate" in given:
        given["rate"] = f"{float(given['rate'] or 0):.4f}"
    rate |= given


def list_classes(shop: Shop) -> Answer:
    """A list that knows no pages and still counts its rows."""
    rows = [{**row, "_links": {"collection": [{"href": f"{ROOT}/taxes/classes"}]}} for row in shop.conditions.tax_classes]
    return Answer(rows, headers={"x-wp-total": str(len(rows)), "x-wp-totalpages": "1"})


def create_class(shop: Shop, body: Json) -> Json:
    given = fields.checked(body, {"name": fields.TEXT}, required=("name",))
    slug = slugify(given["name"])
    if any(each["slug"] == slug for each in shop.conditions.tax_classes):
        raise RestError("woocommerce_rest_tax_class_exists", "Cannot create existing resource.", 400)
    created = {"slug": slug, "name": given["name"]}
    shop.conditions.tax_classes.append(created)
    shop.revision += 1
    return created


def delete_class(shop: Shop, slug: str, *, force: bool) -> Json:
    _demand_force(force=force, what="Taxes do")
    for each in shop.conditions.tax_classes:
        if each["slug"] == slug:
            shop.conditions.tax_classes.remove(each)
            shop.conditions.taxes = [rate for rate in shop.conditions.taxes if rate["class"] != slug]
            shop.revision += 1
            return each
    raise RestError("woocommerce_rest_tax_class_invalid_slug", "Invalid slug.", 404)


def _demand_force(*, force: bool, what: str) -> None:
    if not force:
        raise RestError("woocommerce_rest_trash_not_supported", f"{what} not support trashing.", 501)
