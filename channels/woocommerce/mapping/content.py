"""WordPress's pages and menus, and menus made of the category tree where WordPress's cannot be read."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from channels.woocommerce.mapping import amounts, variants
from channels.woocommerce.mapping.texts import decoded, plain, safe_html, titled
from channels.woocommerce.payloads import NavigationPayload, PagePayload, Unmappable, payload_of
from spoina.catalog.types import Category, Menu, MenuItem, Page, Shop
from spoina.ids import CategoryId

MAIN_MENU: Final = "main-menu"
FOOTER: Final = "footer"
DEEPEST: Final = 8
"""Levels of a menu; what lies deeper is left out."""

_UNKNOWN_DATE: Final = datetime(1970, 1, 1, tzinfo=UTC)


def map_page(item: bytes | msgspec.Raw, as_of: datetime) -> Page:
    """Raises Unmappable."""
    payload = payload_of("page", PagePayload, item)
    try:
        created, modified = amounts.moment(payload.date_gmt, "date"), amounts.moment(payload.modified_gmt, "date of the last change")
    except amounts.Unreadable as error:
        raise Unmappable("page", payload.id, str(error)) from None
    return Page(
        id=payload.id,
        handle=variants.handle(payload.slug, "page", payload.id),
        title=titled(payload.title.rendered),
        body_html=safe_html(payload.content.rendered),
        summary=plain(safe_html(payload.excerpt.rendered)),
        created_at=created or modified or _UNKNOWN_DATE,
        updated_at=modified or created or _UNKNOWN_DATE,
        as_of=as_of,
    )


def menus(
    navigations: Sequence[NavigationPayload],
    categories: Sequence[Category],
    pages: Sequence[Page],
    shop: Shop,
    left_out: Collection[int] = (),
) -> list[Menu]:
    """The main menu is the newest navigation that has items, else the category tree; the footer lists the pages, without those `left_out`
    (the cart and its like); each navigation is a menu of its own besides."""
    links = _Links(categories, pages, shop)
    found = [Menu(handle=decoded(each.slug), title=decoded(each.title.rendered), items=links.items_in(each)) for each in navigations]
    readable = [menu for menu in found if menu.items and menu.handle not in {"", MAIN_MENU, FOOTER}]
    main = readable[0].items if readable else links.tree()
    footer = tuple(links.to_page(page) for page in pages if page.id not in left_out)
    return [Menu(handle=MAIN_MENU, title="Main menu", items=main), Menu(handle=FOOTER, title="Footer", items=footer), *readable]


class _Links:
    """Menu items that know what they lead to. Addresses of collections and pages follow the storefront dialect's paths."""

    def __init__(self, categories: Sequence[Category], pages: Sequence[Page], shop: Shop) -> None:
        self._shop = shop
        self._categories = {category.handle: category for category in categories}
        self._pages = {page.handle: page for page in pages}
        self._children: defaultdict[CategoryId | None, list[Category]] = defaultdict(list)
        known = {category.id for category in categories}
        for category in sorted(categories, key=lambda each: (each.position, each.title)):
            self._children[category.parent_id if category.parent_id in known else None].append(category)

    def tree(self, parent: CategoryId | None = None, level: int = 1) -> tuple[MenuItem, ...]:
        """A circle of parents has no root, so it is never entered."""
        if level > DEEPEST:
            return ()
        return tuple(self.to_category(child, self.tree(child.id, level + 1)) for child in self._children[parent])

    def to_category(self, category: Category, items: tuple[MenuItem, ...] = ()) -> MenuItem:
        url = f"{self._shop.url}/collections/{category.handle}"
        return MenuItem(
            id=f"category-{category.id}", title=category.title, url=url, kind="collection", resource_id=category.id, items=items
        )

    def to_page(self, page: Page) -> MenuItem:
        url = f"{self._shop.url}/pages/{page.handle}"
        return MenuItem(id=f"page-{page.id}", title=page.title, url=url, kind="page", resource_id=page.id)

    def items_in(self, navigation: NavigationPayload) -> tuple[MenuItem, ...]:
        """The items of a navigation as WordPress renders it, resolved to collections and pages where the address says so."""
        parser = _ListParser()
        parser.feed(str(navigation.content.rendered or ""))
        parser.close()
        return self._resolved(parser.roots, f"navigation-{navigation.id}")

    def _resolved(self, entries: Iterable["_Entry"], prefix: str, level: int = 1) -> tuple[MenuItem, ...]:
        if level > DEEPEST:
            return ()
        named = [entry for entry in entries if entry.title.strip()]
        return tuple(self._item(entry, f"{prefix}-{place}", level) for place, entry in enumerate(named, start=1))

    def _item(self, entry: "_Entry", id_: str, level: int) -> MenuItem:
        items = self._resolved(entry.children, id_, level + 1)
        title = " ".join(entry.title.split())
        parts = urlsplit(entry.url)
        own = not parts.netloc or parts.netloc == urlsplit(self._shop.url).netloc
        segments = [unquote(segment) for segment in parts.path.split("/") if segment] if own else []
        if len(segments) > 1 and (category := self._categories.get(segments[-1])):
            return msgspec.structs.replace(self.to_category(category, items), id=id_, title=title)
        if segments and (page := self._pages.get(segments[-1])):
            return msgspec.structs.replace(self.to_page(page), id=id_, title=title, items=items)
        url = entry.url if parts.scheme in {"http", "https", "mailto", "tel", ""} else ""
        return MenuItem(id=id_, title=title, url=url, items=items)


class _Entry(msgspec.Struct):
    url: str = ""
    title: str = ""
    children: list["_Entry"] = msgspec.field(default_factory=list)


class _ListParser(HTMLParser):
    """Reads nested lists of links: the form in which WordPress renders its navigation blocks, whatever the theme."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.roots: list[_Entry] = []
        self._open: list[_Entry] = []
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "li":
            entry = _Entry()
            (self._open[-1].children if self._open else self.roots).append(entry)
            self._open.append(entry)
        elif tag == "a" and self._open and not self._open[-1].title:
            self._open[-1].url = dict(attrs).get("href") or ""
            self._in_link = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "li" and self._open:
            self._open.pop()
        elif tag == "a":
            self._in_link = False

    def handle_data(self, data: str) -> None:
        if self._in_link and self._open:
            self._open[-1].title += data
