"""Categories, tags, brands, attributes and their terms, shipping classes: none of them tells a webhook anything."""

from simulators.woocommerce import fields, saving
from simulators.woocommerce.errors import RestError, unknown_term
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import Paging, list_answer, read_paging
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop
from simulators.woocommerce.slugs import slugify
from simulators.woocommerce.views import ROOT, links

_BLANKS: dict[str, Json] = {
    "categories": {"parent": 0, "description": "", "display": "default", "image": None, "menu_order": 0, "count": 0},
    "brands": {"parent": 0, "description": "", "display": "default", "image": None, "menu_order": 0, "count": 0},
    "tags": {"description": "", "count": 0},
    "shipping_classes": {"description": "", "count": 0},
    "attributes": {"type": "select", "order_by": "menu_order", "has_archives": False},
}
_TERM_BLANK: Json = {"description": "", "menu_order": 0, "count": 0}


def _of_route(shop: Shop, route: str) -> list[Json]:
    terms = shop.terms.get(route)
    if terms is None:
        raise RestError("woocommerce_rest_taxonomy_invalid", "Resource does not exist.", 404)
    return terms


def view(route: str, term: Json) -> Json:
    shown = dict(term)
    shown["_links"] = links(f"products/{route}", term["id"])
    if term.get("parent"):
        shown["_links"]["up"] = [{"href": f"{ROOT}/products/{route}/{term['parent']}"}]
    return shown


def list_terms(shop: Shop, call: Call, route: str) -> Answer:
    terms = [term for term in _of_route(shop, route) if _wanted(call, term)]
    paging = read_paging(call)
    if route == "attributes":  # this list knows no pages
        paging = Paging(page=1, per_page=max(len(terms), 1), offset=0)
    shown = terms[paging.offset : paging.offset + paging.per_page]
    return list_answer(call, [view(route, term) for term in shown], len(terms), paging)


def _wanted(call: Call, term: Json) -> bool:
    include, exclude = call.several("include"), call.several("exclude")
    if (include and str(term["id"]) not in include) or str(term["id"]) in exclude:
        return False
    for field in ("slug", "parent"):
        value = call.one(field)
        if value is not None and value != str(term.get(field)):
            return False
    search = (call.one("search") or "").casefold()
    hides_empty = call.one("hide_empty") in ("true", "1") and not term.get("count")
    return search in term["name"].casefold() and not hides_empty


def find(shop: Shop, route: str, of: int) -> Json:
    for term in _of_route(shop, route):
        if term["id"] == of:
            return term
    raise unknown_term()


def create(shop: Shop, route: str, body: Json) -> Json:
    terms = _of_route(shop, route)
    given = fields.checked(body, fields.TERM, required=("name",))
    name = saving.escaped_name(given["name"])
    twin = next((term for term in terms if term["name"] == name and term.get("parent", 0) == given.get("parent", 0)), None)
    if twin is not None:
        message = "A term with the name provided already exists with this parent."
        raise RestError("term_exists", message, 400, resource_id=twin["id"])
    slug = given.get("slug") or slugify(given["name"])
    if route == "attributes" and not slug.startswith("pa_"):
        slug = f"pa_{slug}"
    term = {"id": shop.take_id(), "name": name, "slug": slug, **_BLANKS.get(route, _TERM_BLANK)}
    _apply(term, given)
    terms.append(term)
    if route == "attributes":
        shop.terms[f"attributes/{term['id']}/terms"] = []
    shop.revision += 1
    return term


def update(shop: Shop, route: str, of: int, body: Json) -> Json:
    term = find(shop, route, of)
    given = fields.checked(body, fields.TERM)
    if "name" in given:
        term["name"] = saving.escaped_name(given["name"])
    if "slug" in given:
        term["slug"] = given["slug"]
    _apply(term, given)
    shop.revision += 1
    return term


def _apply(term: Json, given: Json) -> None:
    for field in ("description", "parent", "display", "image", "menu_order", "type", "order_by", "has_archives"):
        if field in given and field in term:
            term[field] = given[field]


def delete(shop: Shop, route: str, of: int, *, force: bool) -> Json:
    if not force:
        raise RestError("woocommerce_rest_trash_not_supported", "Resource does not support trashing.", 501)
    term = find(shop, route, of)
    shop.terms[route] = [one for one in shop.terms[route] if one["id"] != of]
    shop.revision += 1
    return term
