"""The items of an order: product lines, shipping and fees."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from simulators.woocommerce import order_totals as totals
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.saving import merged_meta
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.slugs import slugify


def apply_items(shop: Shop, order: Json, body: Json) -> None:
    """Items with an id change that item, null takes it away, the rest are new."""
    makers: dict[str, Callable[[Shop, Json, Json], Json]] = {
        "line_items": new_line,
        "shipping_lines": new_shipping,
        "fee_lines": new_fee,
    }
    for kind, make in makers.items():
        for given in body.get(kind, []):
            if "id" in given:
                _change(shop, order, kind, given)
            else:
                order[kind].append(make(shop, order, given))


def _change(shop: Shop, order: Json, kind: str, given: Json) -> None:
    item = next((item for item in order[kind] if item["id"] == given["id"]), None)
    if item is None:
        raise RestError("woocommerce_rest_invalid_item_id", "Order item ID provided is not associated with order.", 400)
    name = "method_id" if kind == "shipping_lines" else "product_id" if kind == "line_items" else "name"
    if given.get("quantity") == 0 or (name in given and given[name] is None):
        order[kind].remove(item)
        return
    for field in ("quantity", "name", "method_title", "tax_class"):
        if field in given:
            item[field] = given[field]
    for field in ("subtotal", "total"):
        if field in given:
            totals.keep_exact(item, **{field: _decimal(given[field])})
    item["meta_data"] = _meta(shop, item["meta_data"], given)


def new_line(shop: Shop, order: Json, given: Json) -> Json:
    """An unknown product or SKU is no error: the line is of no product. None at all is."""
    if not any(given.get(name) for name in ("product_id", "variation_id", "sku")):
        raise RestError("woocommerce_rest_required_product_reference", "Product ID or SKU is required.", 400)
    product, variation = _sold(shop, given)
    sold = variation or product
    quantity = int(given.get("quantity", 1))
    tax_class = str(given.get("tax_class", sold["tax_class"] if sold else ""))
    listed = Decimal(sold["price"] or 0) * quantity if sold else Decimal(0)
    taxed = sold is None or sold["tax_status"] == "taxable"
    net = totals.net_of_price(shop, tax_class, listed) if taxed else listed
    line: Json = {
        "id": shop.orders.take("item"),
        "name": given.get("name") or _name(product, variation),
        "product_id": product["id"] if product else 0,
        "variation_id": variation["id"] if variation else 0,
        "quantity": quantity,
        "tax_class": tax_class,
        "subtotal": "",
        "subtotal_tax": "",
        "total": "",
        "total_tax": "",
        "taxes": [],
        "meta_data": _line_meta(shop, variation, given),
        "sku": sold["sku"] if sold else None,
        "global_unique_id": sold["global_unique_id"] if sold else None,
        "price": 0,
        "image": {"id": "" if sold else 0, "src": ""},
        "parent_name": product["name"] if product and variation else None,
    }
    totals.keep_exact(
        line,
        subtotal=_decimal(given["subtotal"]) if "subtotal" in given else net,
        total=_decimal(given["total"]) if "total" in given else net,
    )
    return line


def _sold(shop: Shop, given: Json) -> tuple[Json | None, Json | None]:
    of = int(given.get("variation_id") or given.get("product_id") or 0)
    if given.get("sku"):
        holders = (table.holder("sku", given["sku"]) for table in (shop.products, shop.variations))
        of = next((holder for holder in holders if holder is not None), 0)
    variation = shop.variations.peek(of)
    return (shop.products.peek(variation["parent_id"]), variation) if variation else (shop.products.peek(of), None)


def _name(product: Json | None, variation: Json | None) -> str:
    if product is None:
        return ""
    name: str = product["name"]
    return f"{name} - {variation['name']}" if variation and variation["attributes"] else name


def _line_meta(shop: Shop, variation: Json | None, given: Json) -> list[Json]:
    chosen = [
        {"id": shop.take_meta_id(), "key": attribute["slug"], "value": slugify(attribute["option"])}
        for attribute in (variation["attributes"] if variation else [])
    ]
    return _meta(shop, chosen, given)


def _meta(shop: Shop, kept: list[Json], given: Json) -> list[Json]:
    return merged_meta(shop, kept, given.get("meta_data", []))


def new_shipping(shop: Shop, order: Json, given: Json) -> Json:
    """A `tax_status` is no part of it and always shown like this: the shipping method behind `instance_id` says whether it is taxed."""
    if not given.get("method_id"):
        raise RestError("woocommerce_rest_invalid_shipping_item", "Shipping method ID is required.", 400)
    line: Json = {
        "id": shop.orders.take("item"),
        "method_title": given.get("method_title", ""),
        "method_id": given.get("method_id", ""),
        "instance_id": str(given.get("instance_id", "")),
        "total": "",
        "total_tax": "",
        "taxes": [],
        "tax_status": "taxable",
        "meta_data": _meta(shop, [], given),
    }
    totals.keep_exact(line, total=_decimal(given.get("total", "0")))
    return line


def new_fee(shop: Shop, order: Json, given: Json) -> Json:
    if not given.get("name"):
        raise RestError("woocommerce_rest_invalid_fee_item", "Fee name is required.", 400)
    fee: Json = {
        "id": shop.orders.take("item"),
        "name": given["name"],
        "tax_class": given.get("tax_class", ""),
        "tax_status": given.get("tax_status", "taxable"),
        "amount": "",
        "total": "",
        "total_tax": "",
        "taxes": [],
        "meta_data": _meta(shop, [], given),
    }
    totals.keep_exact(fee, total=_decimal(given.get("total", "0")))
    return fee


def _decimal(value: object) -> Decimal:
    try:
        return Decimal(str(value).replace(",", "."))
    except InvalidOperation:
        return Decimal(0)
