"""The root fields that find one product, or things by their global ids."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum

import strawberry

from spoina.catalog import types as catalog
from spoina.errors import LimitExceeded
from spoina.ids import CategoryId, ProductId, VariantId
from spoina.inventory.types import Location
from storefront.connections import Connection, slice_of, window
from storefront.context import Context
from storefront.ids import number_of, read_gid
from storefront.limits import PAGE_SIZE, RECOMMENDATIONS
from storefront.resolvers import Info
from storefront.resolvers.choosing import GlobalId, MaybeGlobalId, require_one
from storefront.resolvers.store_reads import location_of

Node = catalog.Product | catalog.Variant | catalog.Category | catalog.Page | catalog.Shop | Location


@strawberry.enum(
    description="COMPLEMENTARY are the cross-sells and upsells that the merchant set; RELATED share a category and most attributes."
)
class ProductRecommendationIntent(StrEnum):
    COMPLEMENTARY = "COMPLEMENTARY"
    RELATED = "RELATED"


async def product(info: Info, global_id: MaybeGlobalId = None, handle: str | None = None) -> catalog.Product | None:
    require_one(id=global_id, handle=handle)
    if handle is not None:
        return await info.context.products.by_handle(handle)
    number = number_of(global_id or "", "Product")
    return None if number is None else await info.context.products.one(ProductId(number))


async def product_by_handle(info: Info, handle: str) -> catalog.Product | None:
    return await info.context.products.by_handle(handle)


async def product_recommendations(
    info: Info,
    product_id: strawberry.ID | None = None,
    product_handle: str | None = None,
    intent: ProductRecommendationIntent = ProductRecommendationIntent.RELATED,
) -> Sequence[catalog.Product] | None:
    """Null: there is no such product."""
    require_one(productId=product_id, productHandle=product_handle)
    seen = await product(info, product_id, product_handle)
    if seen is None:
        return None
    if intent is ProductRecommendationIntent.RELATED:
        ids = await info.context.catalog.recommendations(seen, RECOMMENDATIONS)
    else:
        ids = [*dict.fromkeys((*seen.cross_sell_ids, *seen.upsell_ids))][:RECOMMENDATIONS]
    return await info.context.products.present(ids)


async def product_tags(info: Info, first: int) -> Connection[str]:
    return _names(await info.context.catalog.tags(), first)


async def product_types(info: Info, first: int) -> Connection[str]:
    return _names(await info.context.catalog.product_types(), first)


async def node(info: Info, global_id: GlobalId) -> Node | None:
    return await _node(info.context, global_id, "id")


async def nodes(info: Info, ids: list[strawberry.ID]) -> Sequence[Node | None]:
    """In the order of the ids, null for what there is not."""
    if len(ids) > PAGE_SIZE:
        raise LimitExceeded("ids", PAGE_SIZE, "ids")
    return await asyncio.gather(*(_node(info.context, each, "ids") for each in ids))


async def _node(context: Context, global_id: str, field: str) -> Node | None:
    match read_gid(global_id, field):
        case "Product", int(number):
            return await context.products.one(ProductId(number))
        case "ProductVariant", int(number):
            return await context.products.variant(VariantId(number))
        case "Collection", int(number):
            return context.catalog.categories.by_id(CategoryId(number))
        case "Page", int(number):
            return next((page for page in context.catalog.pages if page.id == number), None)
        case "Location", int(number):
            return location_of(context, number)
        case "Shop", 1:
            return context.shop
    return None


def _names(names: Sequence[str], first: int) -> Connection[str]:
    return slice_of(names, window(first, None, None, None), lambda index, name: (index, name))
