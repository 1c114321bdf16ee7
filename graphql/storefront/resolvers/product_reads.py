"""A product's own fields."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from strawberry import Parent

from spoina.catalog import types as catalog
from storefront.connections import Connection, Key, slice_of, window
from storefront.ids import gid
from storefront.resolvers import Info
from storefront.resolvers.sorting import ProductImageSortKeys, ProductMediaSortKeys, ProductVariantSortKeys
from storefront.resolvers.texts import SEO, shortened
from storefront.standing import Settled


class Count(msgspec.Struct, frozen=True):
    count: int
    precision: str = "EXACT"


def product_id(product: Parent[catalog.Product]) -> str:
    return gid("Product", product.id)


def description(product: Parent[catalog.Product], truncate_at: int | None = None) -> str:
    return shortened(product.description, truncate_at)


def seo(product: Parent[catalog.Product]) -> SEO:
    return SEO(product.title, product.summary or product.description)


def featured_image(product: Parent[catalog.Product]) -> catalog.Image | None:
    return product.images[0] if product.images else None


def published_at(product: Parent[catalog.Product]) -> datetime:
    return product.created_at


def online_store_url(product: Parent[catalog.Product]) -> str | None:
    return product.permalink or None


def is_never(_source: Parent[object]) -> bool:
    return False


def nothing(_source: Parent[object]) -> None:
    return None


def variants_count(product: Parent[catalog.Product]) -> Count:
    return Count(len(product.variants))


def variants(
    product: Parent[catalog.Product],
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    sort_key: ProductVariantSortKeys = ProductVariantSortKeys.POSITION,
) -> Connection[catalog.Variant]:
    asked = window(first, last, after, before, reverse=reverse)
    if key := _VARIANT_KEYS.get(sort_key):
        return slice_of(sorted(product.variants, key=lambda variant: key(0, variant)), asked, key)
    return slice_of(product.variants, asked, _at_its_place)


def images(
    product: Parent[catalog.Product],
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    sort_key: ProductImageSortKeys = ProductImageSortKeys.POSITION,
) -> Connection[catalog.Image]:
    by_id = sort_key in {ProductImageSortKeys.ID, ProductImageSortKeys.CREATED_AT}
    return _pictures(product.images, by_id, first, after, last, before, reverse)


def media(
    product: Parent[catalog.Product],
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    sort_key: ProductMediaSortKeys = ProductMediaSortKeys.POSITION,
) -> Connection[catalog.Image]:
    return _pictures(product.images, sort_key is ProductMediaSortKeys.ID, first, after, last, before, reverse)


def collections(
    product: Parent[catalog.Product],
    info: Settled,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> Connection[catalog.Category]:
    tree = info.context.categories
    found = [category for category_id in product.category_ids if (category := tree.by_id(category_id))]
    return slice_of(found, window(first, last, after, before, reverse=reverse), _at_its_place)


def selling_plan_groups(
    _product: Parent[catalog.Product],
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> Connection[object]:
    """WooCommerce sells no subscriptions by itself."""
    return slice_of((), window(first, last, after, before, reverse=reverse), _at_its_place)


async def grouped_products(product: Parent[catalog.Product], info: Info) -> Sequence[catalog.Product]:
    return await info.context.products.present(product.grouped_ids) if product.grouped_ids else ()


def _pictures(
    pictures: Sequence[catalog.Image],
    by_id: bool,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    reverse: bool,
) -> Connection[catalog.Image]:
    asked = window(first, last, after, before, reverse=reverse)
    if by_id:
        return slice_of(sorted(pictures, key=lambda picture: picture.id), asked, lambda _index, picture: (picture.id,))
    return slice_of(pictures, asked, _at_its_place)


def _at_its_place(index: int, node: "catalog.Image | catalog.Variant | catalog.Category | object") -> Key:
    return (index, getattr(node, "id", 0))


_VARIANT_KEYS: dict[ProductVariantSortKeys, Callable[[int, catalog.Variant], Key]] = {
    ProductVariantSortKeys.ID: lambda _index, variant: (variant.id,),
    ProductVariantSortKeys.SKU: lambda _index, variant: (variant.sku or "", variant.id),
    ProductVariantSortKeys.TITLE: lambda _index, variant: (variant.title, variant.id),
}
