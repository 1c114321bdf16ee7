"""WooCommerce's categories as the dialect's collections. Each holds its own products and those of the categories below it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.ids import CategoryId
from storefront.connections import Connection, Key, slice_of, window
from storefront.ids import gid, number_of
from storefront.resolvers import Info
from storefront.resolvers.choosing import MaybeGlobalId, require_one
from storefront.resolvers.sorting import CollectionSortKeys
from storefront.resolvers.texts import SEO, shortened


def collection(info: Info, global_id: MaybeGlobalId = None, handle: str | None = None) -> catalog.Category | None:
    require_one(id=global_id, handle=handle)
    tree = info.context.catalog.categories
    if handle is not None:
        return tree.by_handle(handle)
    number = number_of(global_id or "", "Collection")
    return None if number is None else tree.by_id(CategoryId(number))


def collection_by_handle(info: Info, handle: str) -> catalog.Category | None:
    return info.context.catalog.categories.by_handle(handle)


def collections(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    sort_key: CollectionSortKeys = CollectionSortKeys.ID,
    query: str | None = None,
) -> Connection[catalog.Category]:
    asked = window(first, last, after, before, reverse=reverse)
    words = (query or "").casefold().split()
    key = _KEYS[sort_key]
    found = [one for one in info.context.catalog.categories if all(word in f"{one.title} {one.handle}".casefold() for word in words)]
    return slice_of(sorted(found, key=lambda category: key(0, category)), asked, key)


def collection_id(collection: Parent[catalog.Category]) -> str:
    return gid("Collection", collection.id)


def description(collection: Parent[catalog.Category], truncate_at: int | None = None) -> str:
    return shortened(collection.description, truncate_at)


def seo(collection: Parent[catalog.Category]) -> SEO:
    return SEO(collection.title, collection.description)


def updated_at(collection: Parent[catalog.Category]) -> datetime:
    """WooCommerce keeps no such date for categories: when it was read."""
    return collection.as_of


def parent(collection: Parent[catalog.Category], info: Info) -> catalog.Category | None:
    return None if collection.parent_id is None else info.context.catalog.categories.by_id(collection.parent_id)


def children(collection: Parent[catalog.Category], info: Info) -> Sequence[catalog.Category]:
    return info.context.catalog.categories.children(collection.id)


def _by_title(_index: int, category: catalog.Category) -> Key:
    return (category.title.casefold(), category.id)


def _by_id(_index: int, category: catalog.Category) -> Key:
    return (category.id,)


_KEYS: dict[CollectionSortKeys, Callable[[int, catalog.Category], Key]] = {
    CollectionSortKeys.ID: _by_id,
    CollectionSortKeys.RELEVANCE: _by_title,
    CollectionSortKeys.TITLE: _by_title,
    CollectionSortKeys.UPDATED_AT: lambda _index, category: (category.as_of.isoformat(), category.id),
}
