"""Creating and changing products and variations, with everything each of these sets in motion."""

from urllib.parse import quote_plus

from simulators.woocommerce import blanks, fields, saving
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.saving import Unused
from simulators.woocommerce.shop import Shop, derive_from_variations
from simulators.woocommerce.slugs import slugify
from simulators.woocommerce.trash import UNPUBLISHED_PERMALINK, WANTED_SLUG


def create_product(shop: Shop, body: Json) -> Json:
    given = fields.checked(body, fields.PRODUCT)
    created = given.get("date_created_gmt") or _in_gmt(shop, given.get("date_created")) or shop.time.gmt()
    stamps = shop.time.stamps("date_created", created) | shop.time.stamps("date_modified", created)
    document = blanks.product(shop.next_id, stamps)
    document["type"] = given.get("type", "simple")
    _apply_product(shop, document, given)
    shop.take_id()
    # A back-dated product is born with that date as its date_modified: no watermark ever sees it.
    shop.save(shop.products, document, touch=False)
    shop.webhooks.fire("product.created", document["id"])
    return document


def _in_gmt(shop: Shop, local: str | None) -> str | None:
    return shop.time.to_gmt(local[:19]) if local else None


def update_product(shop: Shop, of: int, body: Json) -> Json:
    given = fields.checked(body, fields.PRODUCT)
    document = shop.product(of)
    document["type"] = given.get("type", document["type"])
    _apply_product(shop, document, given)
    shop.save(shop.products, document)
    _share_stock(shop, document)
    shop.webhooks.fire("product.updated", of)
    return document


def _apply_product(shop: Shop, document: Json, given: Json) -> None:
    if "name" in given:
        document["name"] = saving.escaped_name(given["name"])
    _set_status(shop, document, given)
    saving.apply_common(shop, document, given)
    saving.set_stock(document, given)
    for route in ("categories", "brands", "tags"):
        if route in given:
            document[route] = saving.picked_terms(shop, route, given[route])
    if not document["categories"]:
        document["categories"] = saving.picked_terms(shop, "categories", [{"id": 15}])
    if "images" in given:
        document["images"] = saving.picked_images(shop, document, given["images"])
    if "attributes" in given:
        document["attributes"] = [_product_attribute(shop, one) for one in given["attributes"]]
    if "default_attributes" in given:
        document["default_attributes"] = [
            {**_without_slug(saving.attribute_named(shop, one)), "option": one.get("option", "")} for one in given["default_attributes"]
        ]
    if document["type"] == "variable":
        derive_from_variations(document, [shop.variations.peek(of) for of in document["variations"]])


def _without_slug(attribute: Json) -> Json:
    return {"id": attribute["id"], "name": attribute["name"]}


def _product_attribute(shop: Shop, given: Json) -> Json:
    attribute = saving.attribute_named(shop, given)
    return attribute | {
        "position": given.get("position", 0),
        "visible": bool(given.get("visible", False)),
        "variation": bool(given.get("variation", False)),
        "options": [saving.option_name(shop, attribute["id"], option) for option in given.get("options", [])],
    }


def _set_status(shop: Shop, document: Json, given: Json) -> None:
    """A published product has an address of its own; a draft and one in the trash have none."""
    status = given.get("status", document["status"])
    was_trashed = document["status"] == "trash"
    document["status"] = status
    if was_trashed and status != "trash":
        document["slug"] = document["slug"].removesuffix("__trashed")
        document["meta_data"] = [entry for entry in document["meta_data"] if entry["key"] != WANTED_SLUG]
    wanted = given.get("slug") or document["slug"] or slugify(document["name"])
    if status in ("publish", "private"):
        document["slug"] = saving.unique_slug(_taken(shop, document["id"]), wanted)
        document["permalink"] = f"{{origin}}/product/{document['slug']}/"
    else:
        document["slug"] = given.get("slug", document["slug"])
        document["permalink"] = UNPUBLISHED_PERMALINK % document["id"]


def _taken(shop: Shop, own: int) -> Unused:
    return lambda slug: shop.products.holder("slug", slug) not in (None, own)


def _share_stock(shop: Shop, parent: Json) -> None:
    """Variations with manage_stock=parent show the parent's quantity; their own dates stay."""
    for of in parent["variations"]:
        child = shop.variations.get(of)
        if child is not None and child["manage_stock"] == "parent":
            follow_parent(child, parent)
            shop.save(shop.variations, child, touch=False)


def follow_parent(child: Json, parent: Json) -> None:
    for field in ("stock_quantity", "stock_status", "backorders", "backorders_allowed", "backordered"):
        child[field] = parent[field]


def create_variation(shop: Shop, parent_id: int, body: Json) -> Json:
    given = fields.checked(body, fields.VARIATION)
    parent = shop.product(parent_id)
    stamps = shop.time.stamps("date_created") | shop.time.stamps("date_modified")
    document = blanks.variation(shop.next_id, parent_id, stamps)
    for inherited in ("weight", "dimensions", "tax_class", "shipping_class", "shipping_class_id"):
        document[inherited] = parent[inherited]
    _apply_variation(shop, document, parent, given)
    shop.take_id()
    shop.save(shop.variations, document, touch=False)
    parent["variations"] = [*parent["variations"], document["id"]]
    shop.save_family(parent)
    shop.webhooks.fire("product.created", document["id"])
    return document


def update_variation(shop: Shop, parent_id: int, of: int, body: Json) -> Json:
    given = fields.checked(body, fields.VARIATION)
    document = shop.variation(parent_id, of)
    parent = shop.product(parent_id)
    _apply_variation(shop, document, parent, given)
    shop.save(shop.variations, document)
    shop.save_family(parent)
    shop.webhooks.fire("product.updated", of)
    return document


def _apply_variation(shop: Shop, document: Json, parent: Json, given: Json) -> None:
    document["status"] = given.get("status", document["status"])
    saving.apply_common(shop, document, given)
    saving.set_stock(document, given)
    if document["manage_stock"] == "parent" or (document["manage_stock"] is False and parent["manage_stock"]):
        document["manage_stock"] = "parent"
        follow_parent(document, parent)
    if "attributes" in given:
        document["attributes"] = [_chosen(shop, parent, one) for one in given["attributes"]]
    if "image" in given:
        slug = f"{parent['slug']}-{document['id']}"
        document["image"] = saving.new_image(shop, slug, given["image"]) if given["image"] else None
    document["name"] = ", ".join(attribute["option"] for attribute in document["attributes"]) or parent["name"]
    document["permalink"] = _variation_permalink(shop, document, parent)


def _chosen(shop: Shop, parent: Json, given: Json) -> Json:
    attribute = saving.attribute_named(shop, given)
    slug = attribute["slug"] if attribute["id"] else slugify(attribute["name"])
    option = saving.option_name(shop, attribute["id"], str(given.get("option", "")))
    return attribute | {"slug": slug, "option": option}


def _variation_permalink(shop: Shop, document: Json, parent: Json) -> str:
    chosen = []
    for attribute in document["attributes"]:
        terms = shop.terms.get(f"attributes/{attribute['id']}/terms", [])
        option = next((term["slug"] for term in terms if term["name"] == attribute["option"]), attribute["option"])
        chosen.append(f"attribute_{attribute['slug']}={quote_plus(option)}")
    question = f"?{'&'.join(chosen)}" if chosen else ""
    return f"{parent['permalink']}{question}"


def change_silently(shop: Shop, of: int, body: Json) -> None:
    """As a plugin that writes SQL: no webhook, no new date_modified, neither here nor on the parent."""
    variation = shop.variations.get(of)
    if variation is None:
        document = shop.product(of)
        _apply_product(shop, document, fields.checked(body, fields.PRODUCT))
        shop.save(shop.products, document, touch=False)
        return
    parent = shop.product(variation["parent_id"])
    _apply_variation(shop, variation, parent, fields.checked(body, fields.VARIATION))
    shop.save(shop.variations, variation, touch=False)
    shop.save_family(parent, touch=False)
