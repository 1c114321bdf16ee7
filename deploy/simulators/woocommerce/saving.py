"""What WooCommerce does to the fields of a product or variation on its way into the database."""

import html
import re
from collections.abc import Callable

from simulators.woocommerce import pictures, prices
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop

_COPIED = (
    "featured",
    "catalog_visibility",
    "external_url",
    "button_text",
    "tax_status",
    "tax_class",
    "sold_individually",
    "weight",
    "reviews_allowed",
    "upsell_ids",
    "cross_sell_ids",
    "purchase_note",
    "grouped_products",
    "menu_order",
    "virtual",
    "downloadable",
    "downloads",
    "download_limit",
    "download_expiry",
    "low_stock_amount",
    "post_password",
    "backorders",
)


def escaped_name(name: str) -> str:
    """A bare ampersand is stored as an entity; quotation marks stay."""
    return re.sub(r"&(?!#?\w+;)", "&amp;", name)


def formatted(text: str) -> str:
    """wpautop for the texts we meet: paragraphs around what is not a block, a line end after what is."""
    without_scripts = re.sub(r"</?script[^>]*>", "", text).strip()
    if not without_scripts:
        return ""
    return f"{without_scripts}\n" if without_scripts.startswith("<") else f"<p>{without_scripts}</p>\n"


def _texts(document: Json, body: Json) -> None:
    for field in ("description", "short_description"):
        if field in body:
            document[field] = formatted(body[field])


def apply_common(shop: Shop, document: Json, body: Json) -> None:
    for field in _COPIED:
        if field in body and field in document:
            document[field] = body[field]
    _texts(document, body)
    if "dimensions" in body:
        document["dimensions"] |= {side: str(size) for side, size in body["dimensions"].items()}
    if "shipping_class" in body:
        _set_shipping_class(shop, document, body["shipping_class"])
    _set_codes(shop, document, body)
    _set_prices(shop, document, body)
    if "meta_data" in body:
        document["meta_data"] = merged_meta(shop, document["meta_data"], body["meta_data"])


def _set_shipping_class(shop: Shop, document: Json, slug: str) -> None:
    found = next((one for one in shop.terms["shipping_classes"] if one["slug"] == slug), None)
    document["shipping_class"] = found["slug"] if found else ""
    document["shipping_class_id"] = found["id"] if found else 0


def _set_codes(shop: Shop, document: Json, body: Json) -> None:
    if "sku" in body:
        _refuse_taken_sku(shop, body["sku"], document["id"])
        document["sku"] = body["sku"]
    code = body.get("global_unique_id")
    if code is None or not re.fullmatch(r"[\d-]*", code):
        return
    holder = _other_holder(shop, "global_unique_id", code, document["id"])
    if holder is not None:
        message = "Invalid or duplicated GTIN, UPC, EAN or ISBN."
        raise RestError("product_invalid_global_unique_id", message, 400, resource_id=holder)
    document["global_unique_id"] = code


def _other_holder(shop: Shop, field: str, value: str, own: int) -> int | None:
    if value == "":
        return None
    holders = (table.holder(field, value) for table in (shop.products, shop.variations))
    return next((holder for holder in holders if holder is not None and holder != own), None)


def _refuse_taken_sku(shop: Shop, sku: str, own: int) -> None:
    holder = _other_holder(shop, "sku", sku, own)
    if holder is None:
        return
    number = 1
    while _other_holder(shop, "sku", f"{sku}-{number}", own) is not None:
        number += 1
    details = {"resource_id": holder, "unique_sku": f"{sku}-{number}"}
    raise RestError("product_invalid_sku", "Invalid or duplicated SKU.", 400, **details)


def _set_prices(shop: Shop, document: Json, body: Json) -> None:
    for field in ("regular_price", "sale_price"):
        if field in body:
            document[field] = prices.decimal_text(body[field])
    for field in ("date_on_sale_from", "date_on_sale_to"):
        _set_sale_date(shop, document, field, body)
    if document["type"] in ("variable", "grouped"):
        return
    now = shop.time.now()
    document["on_sale"] = prices.is_on_sale(document, now)
    document["price"] = prices.asked(document, now)
    document["purchasable"] = document["price"] != "" and document["type"] != "external"
    if "price_html" in document:
        document["price_html"] = prices.html_of_one(document)


def _set_sale_date(shop: Shop, document: Json, field: str, body: Json) -> None:
    """'' takes the date away, null changes nothing."""
    local, gmt = body.get(field), body.get(f"{field}_gmt")
    given = gmt if gmt is not None else local
    if given is None:
        return
    if given == "":
        document[field] = document[f"{field}_gmt"] = None
        return
    moment = given[:19] if "T" in given else f"{given[:10]}T00:00:00"
    document.update(shop.time.stamps(field, moment if gmt is not None else shop.time.to_gmt(moment)))


def set_stock(document: Json, body: Json) -> None:
    """Quantities count only where stock is managed; there the status follows from them."""
    if "manage_stock" in body:
        document["manage_stock"] = body["manage_stock"]
    if document["type"] in ("external", "grouped"):
        document["manage_stock"] = False
    if document["manage_stock"] is True:
        quantity = body.get("stock_quantity", document["stock_quantity"])
        document["stock_quantity"] = (quantity or 0) + body.get("inventory_delta", 0)
    elif document["manage_stock"] is False:
        document["stock_quantity"] = None
        document["stock_status"] = body.get("stock_status", document["stock_status"])
    derive_stock(document)


def derive_stock(document: Json) -> None:
    quantity, backorders = document["stock_quantity"], document["backorders"]
    document["backorders_allowed"] = backorders != "no"
    document["backordered"] = bool(document["manage_stock"]) and backorders != "no" and (quantity or 0) < 0
    if not document["manage_stock"]:
        return
    empty = "onbackorder" if backorders != "no" else "outofstock"
    document["stock_status"] = "instock" if (quantity or 0) > 0 else empty


def merged_meta(shop: Shop, kept: list[Json], given: list[Json]) -> list[Json]:
    """By id where one is given, otherwise by key; null takes an entry away."""
    merged = {entry["id"]: dict(entry) for entry in kept}
    by_key: dict[str, int] = {entry["key"]: entry["id"] for entry in kept}
    for entry in given:
        of = entry.get("id") or by_key.get(entry.get("key", ""))
        value = _stored(entry.get("value"))
        if value is None:
            merged.pop(of, None)
        elif of in merged:
            merged[of]["value"] = value
        else:
            new = shop.take_meta_id()
            merged[new] = {"id": new, "key": entry.get("key", ""), "value": value}
    return list(merged.values())


def _stored(value: object) -> object:
    """Scalars become text, an empty object an empty list."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, int | float):
        return str(value)
    return [] if value == {} else value


def picked_terms(shop: Shop, route: str, given: list[Json]) -> list[Json]:
    known = {term["id"]: term for term in shop.terms[route]}
    picked = [known[one["id"]] for one in given if one.get("id") in known]
    return [{field: term[field] for field in ("id", "name", "slug")} for term in picked]


def picked_images(shop: Shop, document: Json, given: list[Json]) -> list[Json]:
    old = {image["id"]: image for image in document["images"]}
    return [old.get(one.get("id")) or new_image(shop, document["slug"], one) for one in given]


def new_image(shop: Shop, slug: str, given: Json) -> Json:
    moment = shop.time.gmt()
    of = shop.take_id()
    image = pictures.image(of, 0, given.get("name") or slug, given.get("alt") or "", shop.time.to_local(moment), moment)
    if given.get("src"):
        image |= {"src": given["src"], "srcset": "", "sizes": "", "thumbnail": given["src"]}
    return image | {"id": of}


def attribute_named(shop: Shop, given: Json) -> Json:
    """id, name and slug of the attribute meant: a global one by its id, else one of the product's own."""
    for attribute in shop.terms["attributes"]:
        if given.get("id") == attribute["id"]:
            return {field: attribute[field] for field in ("id", "name", "slug")}
    name = given.get("name", "")
    return {"id": 0, "name": name, "slug": name}


def option_name(shop: Shop, attribute: int, option: str) -> str:
    """Global options may be named by slug or by name; readers get the name."""
    terms = shop.terms.get(f"attributes/{attribute}/terms", [])
    return next((html.unescape(term["name"]) for term in terms if option in (term["slug"], term["name"])), option)


Unused = Callable[[str], bool]


def unique_slug(taken: Unused, wanted: str) -> str:
    slug, number = wanted, 2
    while taken(slug):
        slug, number = f"{wanted}-{number}", number + 1
    return slug
