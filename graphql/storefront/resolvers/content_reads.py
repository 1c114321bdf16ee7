"""Pages and menus, from WordPress. A shop whose menus cannot be read still has a main menu: its category tree."""

from collections.abc import Callable, Sequence

from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.ids import CategoryId, ProductId
from storefront.connections import Connection, Key, slice_of, window
from storefront.context import Context
from storefront.ids import gid, number_of
from storefront.resolvers import Info
from storefront.resolvers.choosing import MaybeGlobalId, require_one
from storefront.resolvers.sorting import PageSortKeys
from storefront.resolvers.texts import SEO, shortened

MAIN_MENU = "main-menu"
SUMMARY_LENGTH = 320
KINDS = {"collection": ("COLLECTION", "Collection"), "page": ("PAGE", "Page"), "product": ("PRODUCT", "Product")}

Resource = catalog.Category | catalog.Page | catalog.Product


def page(info: Info, global_id: MaybeGlobalId = None, handle: str | None = None) -> catalog.Page | None:
    require_one(id=global_id, handle=handle)
    return page_by_handle(info, handle) if handle is not None else _page(info.context, number_of(global_id or "", "Page"))


def page_by_handle(info: Info, handle: str) -> catalog.Page | None:
    return next((one for one in info.context.catalog.pages if one.handle == handle), None)


def pages(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    sort_key: PageSortKeys = PageSortKeys.ID,
    query: str | None = None,
) -> Connection[catalog.Page]:
    words = (query or "").casefold().split()
    key = _PAGE_KEYS[sort_key]
    found = [one for one in info.context.catalog.pages if all(word in one.title.casefold() for word in words)]
    return slice_of(sorted(found, key=lambda one: key(0, one)), window(first, last, after, before, reverse=reverse), key)


def page_id(page: Parent[catalog.Page]) -> str:
    return gid("Page", page.id)


def page_body(page: Parent[catalog.Page]) -> str:
    return page.body_html


def page_seo(page: Parent[catalog.Page]) -> SEO:
    return SEO(page.title, page.summary)


def page_summary(page: Parent[catalog.Page]) -> str:
    return shortened(page.summary, SUMMARY_LENGTH)


def page_url(page: Parent[catalog.Page], info: Info) -> str:
    return f"{info.context.shop.url.rstrip('/')}/{page.handle}/"


def menu(info: Info, handle: str) -> catalog.Menu | None:
    menus = info.context.catalog.menus
    if handle in menus or handle != MAIN_MENU:
        return menus.get(handle)
    tree = info.context.catalog.categories
    return catalog.Menu(handle=MAIN_MENU, title="Menu", items=tuple(_branch(info.context, category) for category in tree.roots))


def menu_id(menu: Parent[catalog.Menu]) -> str:
    return gid("Menu", menu.handle)


def items_count(menu: Parent[catalog.Menu]) -> int:
    return len(menu.items)


def item_id(item: Parent[catalog.MenuItem]) -> str:
    return gid("MenuItem", item.id)


def item_type(item: Parent[catalog.MenuItem]) -> str:
    return KINDS[item.kind][0] if item.kind in KINDS else "HTTP"


def item_tags(_item: Parent[catalog.MenuItem]) -> Sequence[str]:
    return ()


def item_url(item: Parent[catalog.MenuItem]) -> str | None:
    return item.url or None


def item_resource_id(item: Parent[catalog.MenuItem]) -> str | None:
    if item.resource_id is None or item.kind not in KINDS:
        return None
    return gid(KINDS[item.kind][1], item.resource_id)


async def item_resource(item: Parent[catalog.MenuItem], info: Info) -> Resource | None:
    if item.resource_id is None:
        return None
    if item.kind == "product":
        return await info.context.products.one(ProductId(item.resource_id))
    if item.kind == "collection":
        return info.context.catalog.categories.by_id(CategoryId(item.resource_id))
    return _page(info.context, item.resource_id) if item.kind == "page" else None


def _page(context: Context, number: int | None) -> catalog.Page | None:
    return next((one for one in context.catalog.pages if one.id == number), None)


def _branch(context: Context, category: catalog.Category) -> catalog.MenuItem:
    below = context.catalog.categories.children(category.id)
    return catalog.MenuItem(
        id=f"collection-{category.id}",
        title=category.title,
        url=f"{context.shop.url.rstrip('/')}/collections/{category.handle}",
        kind="collection",
        resource_id=category.id,
        items=tuple(_branch(context, child) for child in below),
    )


def _by_title(_index: int, page: catalog.Page) -> Key:
    return (page.title.casefold(), page.id)


_PAGE_KEYS: dict[PageSortKeys, Callable[[int, catalog.Page], Key]] = {
    PageSortKeys.ID: lambda _index, page: (page.id,),
    PageSortKeys.RELEVANCE: _by_title,
    PageSortKeys.TITLE: _by_title,
    PageSortKeys.UPDATED_AT: lambda _index, page: (page.updated_at.isoformat(), page.id),
}
