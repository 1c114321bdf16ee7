"""What is small and asked for all the time: the shop, its categories, pages and menus, read whole."""

from collections.abc import Mapping

import asyncpg
import msgspec

from spoina.catalog.categories import CategoryTree
from spoina.catalog.frame import load_shop
from spoina.catalog.types import Category, Menu, Page, Shop
from spoina.db import Pool


class ShopSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """`shop` is None until the first synchronisation has read the shop's settings. Pages stand in the order of their titles."""

    shop: Shop | None = None
    categories: CategoryTree = msgspec.field(default_factory=CategoryTree)
    pages: tuple[Page, ...] = ()
    menus: Mapping[str, Menu] = msgspec.field(default_factory=dict)


_PARTS = """
select 'category' as kind, body from term where taxonomy = 'category'
union all select 'page', body from page
union all select 'menu', body from menu
"""

_decode_category = msgspec.json.Decoder(Category).decode
_decode_page = msgspec.json.Decoder(Page).decode
_decode_menu = msgspec.json.Decoder(Menu).decode


async def load_snapshot(pool: Pool) -> ShopSnapshot:
    async with pool.acquire() as connection:
        shop = await load_shop(connection)
        parts = await connection.fetch(_PARTS)
    pages = [_decode_page(body) for body in _bodies(parts, "page")]
    menus = [_decode_menu(body) for body in _bodies(parts, "menu")]
    return ShopSnapshot(
        shop=shop,
        categories=CategoryTree(_decode_category(body) for body in _bodies(parts, "category")),
        pages=tuple(sorted(pages, key=lambda page: (page.title.casefold(), page.id))),
        menus={menu.handle: menu for menu in menus},
    )


def _bodies(parts: list[asyncpg.Record], kind: str) -> list[bytes]:
    return [body for each, body in parts if each == kind]
