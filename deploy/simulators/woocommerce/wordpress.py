"""The parts of WordPress around the shop: its index, its public pages, its navigation."""

from simulators.woocommerce.catalogue import recorded
from simulators.woocommerce.errors import RestError
from simulators.woocommerce.http import Answer, Call
from simulators.woocommerce.listing import chosen_fields, list_answer, read_paging
from simulators.woocommerce.php_json import Json
from simulators.woocommerce.shop import Shop

_PUBLISHED = "2026-11-21T20:05:00"


def index(shop: Shop, call: Call) -> Answer:
    content = recorded("index") | {"timezone_string": shop.settings.timezone}
    content["gmt_offset"] = _offset_hours(shop)
    if not shop.settings.global_variations:
        content["namespaces"] = [space for space in content["namespaces"] if space != "wc/pos/v1/catalog"]
    if shop.settings.companion:
        content["namespaces"] = [*content["namespaces"], "wc-spoina/v1"]
    wanted = chosen_fields(call)
    return Answer({name: value for name, value in content.items() if wanted is None or name in wanted})


def _offset_hours(shop: Shop) -> float | int:
    offset = shop.time.now().astimezone(shop.time.zone).utcoffset()
    hours = offset.total_seconds() / 3600 if offset else 0
    return int(hours) if hours == int(hours) else hours


def namespace_index(shop: Shop) -> Answer:
    known = recorded("routes")
    names = [name for name in known["routes"] if shop.settings.global_variations or not name.startswith("/wc/v3/variations")]
    return Answer({"namespace": known["namespace"], "routes": {name: {"namespace": "wc/v3"} for name in names}})


def pages(shop: Shop, call: Call) -> Answer:
    slugs = call.several("slug")
    found = [page for page in _pages() if not slugs or page["slug"] in slugs]
    paging = read_paging(call)
    wanted = chosen_fields(call)
    shown: list[object] = []
    for page in found[paging.offset : paging.offset + paging.per_page]:
        view = _page(shop, page)
        shown.append({name: value for name, value in view.items() if wanted is None or name in wanted})
    return list_answer(call, shown, len(found), paging)


def _pages() -> list[Json]:
    return [*recorded("pages"), *recorded("functional_pages")]


def one_page(shop: Shop, of: int) -> Answer:
    for page in _pages():
        if page["id"] == of:
            return Answer(_page(shop, page))
    raise RestError("rest_post_invalid_id", "Invalid post ID.", 404)


def _page(shop: Shop, page: Json) -> Json:
    address = f"{{origin}}/{page['slug']}/"
    return {
        "id": page["id"],
        **shop.time.stamps("date", _PUBLISHED),
        "guid": {"rendered": f"{{site}}/?page_id={page['id']}"},
        **shop.time.stamps("modified", _PUBLISHED),
        "slug": page["slug"],
        "status": "publish",
        "type": "page",
        "link": address,
        "title": {"rendered": page["title"]},
        "content": {"rendered": page["content"], "protected": False},
        "excerpt": {"rendered": page["excerpt"], "protected": False},
        "author": 1,
        "featured_media": 0,
        "parent": 0,
        "menu_order": page["menu_order"],
        "comment_status": "closed",
        "ping_status": "closed",
        "template": "",
        "meta": [],
        "_links": {
            "self": [{"href": f"{{origin}}/wp-json/wp/v2/pages/{page['id']}", "targetHints": {"allow": ["GET"]}}],
            "collection": [{"href": "{origin}/wp-json/wp/v2/pages"}],
        },
    }


def navigation(shop: Shop, call: Call) -> Answer:
    """Published wp_navigation posts are readable by everybody; their content is shown as rendered blocks."""
    post: Json = {
        "id": 90010,
        **shop.time.stamps("date", _PUBLISHED),
        "guid": {"rendered": "{site}/navigation/"},
        **shop.time.stamps("modified", _PUBLISHED),
        "slug": "navigation",
        "status": "publish",
        "type": "wp_navigation",
        "link": "{origin}/navigation/",
        "title": {"rendered": "Nawigacja"},
        "content": {"rendered": _menu(shop), "protected": False},
        "template": "",
        "_links": {
            "self": [{"href": "{origin}/wp-json/wp/v2/navigation/90010", "targetHints": {"allow": ["GET"]}}],
            "collection": [{"href": "{origin}/wp-json/wp/v2/navigation"}],
        },
    }
    return list_answer(call, [post], 1, read_paging(call))


def _menu(shop: Shop) -> str:
    tops = [term for term in shop.terms["categories"] if term["parent"] == 0 and term["count"] and term["id"] != 15]
    entries = [(term["name"], f"product-category/{term['slug']}") for term in tops]
    entries += [(page["title"], page["slug"]) for page in recorded("pages")]
    return "".join(
        '<li class=" wp-block-navigation-item wp-block-navigation-link">'
        f'<a class="wp-block-navigation-item__content" href="{{site}}/{path}/">'
        f'<span class="wp-block-navigation-item__label">{name}</span></a></li>'
        for name, path in entries
    )


def menus() -> Answer:
    """Needs a user who may edit posts; WooCommerce's keys mean nothing outside wc/."""
    raise RestError("rest_cannot_view", "Sorry, you are not allowed to view menus.", 401)
