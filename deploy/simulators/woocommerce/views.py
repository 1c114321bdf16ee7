"""How a stored document looks to a reader: sale state at this moment, links, and the two shapes of a variation."""

from datetime import datetime
from typing import Literal

from simulators.woocommerce import blanks, prices
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.slugs import readable_slug, slugify

ROOT = "{origin}/wp-json/wc/v3"
EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE"]
VariationShape = Literal["nested", "global"]


def links(path: str, of: object, *, hints: list[str] | None = EVERY_METHOD) -> Json:
    own: Json = {"href": f"{ROOT}/{path}/{of}"}
    if hints:
        own["targetHints"] = {"allow": hints}
    return {"self": [own], "collection": [{"href": f"{ROOT}/{path}"}]}


def _up(of: int) -> Json:
    return {"up": [{"href": f"{ROOT}/products/{of}"}]}


def coupon_view(coupon: Json) -> Json:
    return {**coupon, "_links": links("coupons", coupon["id"])}


def product_view(document: Json, now: datetime) -> Json:
    """`price` stays what it was at the last save: WooCommerce corrects it when the sale's own action runs."""
    view = dict(document)
    if document["type"] in ("simple", "external") and document["sale_price"] != "":
        view["on_sale"] = prices.is_on_sale(document, now)
        view["price_html"] = prices.html_of_one(view)
    view["_links"] = links("products", document["id"])
    return view


def product_edit_view(document: Json, now: datetime) -> Json:
    """Answers to writes show texts unformatted and two fields more."""
    view = product_view(document, now)
    own_links = view.pop("_links")
    for text in ("description", "short_description"):
        view[text] = view[text].removesuffix("\n")
    view["average_rating"] = "0"
    view["permalink_template"] = "{origin}/product/%pagename%/"
    view["generated_slug"] = readable_slug(document["name"])
    view["_links"] = own_links
    return view


def variation_view(document: Json, shape: VariationShape, now: datetime) -> Json:
    """Unlike a product, a variation shows its sale price from the first second on."""
    view = dict(document)
    if document["sale_price"] != "":
        view["on_sale"] = prices.is_on_sale(document, now)
        view["price"] = prices.asked(document, now)
    if shape == "global":
        view["_links"] = {**links("variations", document["id"], hints=None), **_up(0)}
    else:
        path = f"products/{document['parent_id']}/variations"
        view["_links"] = {**links(path, document["id"]), **_up(document["parent_id"])}
    return view


def variation_edit_view(document: Json, parent: Json, now: datetime) -> Json:
    """Answers to writes say "parent" for a tax class that is not the variation's own."""
    view = variation_view(document, "nested", now)
    view["description"] = view["description"].removesuffix("\n")
    if view["tax_class"] == parent["tax_class"]:
        view["tax_class"] = "parent"
    return view


def variation_as_product(document: Json, parent: Json, now: datetime) -> Json:
    """What `products/{variation id}` and webhooks show: a product's fields, no image, a longer name."""
    own = variation_view(document, "nested", now)
    view = blanks.product(document["id"], {field: own[field] for field in own if field.startswith(("date_created", "date_modified"))})
    view |= {field: own[field] for field in own if field in view}
    named = bool(document["attributes"])
    view["name"] = f"{parent['name']} - {document['name']}" if named else parent["name"]
    view["slug"] = _slug(parent, document)
    view["total_sales"] = "0"
    view["shipping_required"] = not document["virtual"]
    view["shipping_taxable"] = not document["virtual"]
    view["reviews_allowed"] = False
    view["price_html"] = prices.html_of_one(view)
    view["_links"] = {**links("products", document["id"]), **_up(parent["id"])}
    return view


def _slug(parent: Json, document: Json) -> str:
    return "-".join([parent["slug"], *(slugify(attribute["option"]) for attribute in document["attributes"])])
