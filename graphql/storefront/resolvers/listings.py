"""Listings of products: what is asked for becomes one question to the catalogue or to the search engine, the ids it finds become products
in one batch."""

from functools import partial

from strawberry import Parent

from spoina.catalog import types as catalog
from spoina.catalog.listing import All, Condition, HasId, ListingQuery, Not, SortKey
from storefront.connections import Connection, Window, window
from storefront.context import Context
from storefront.finding.segments import Chain, Segment
from storefront.finding.sources import Listed, Named
from storefront.inputs import ProductFilter
from storefront.resolvers import Info
from storefront.resolvers.conditions import filter_conditions, listed, within
from storefront.resolvers.facet_reads import ProductConnection, counted
from storefront.resolvers.sorting import ProductCollectionSortKeys, ProductSortKeys, collection_order, product_order
from storefront.resolvers.text_listings import Wanted, narrowing_of, searched


async def products(
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    sort_key: ProductSortKeys = ProductSortKeys.ID,
    query: str | None = None,
) -> ProductConnection:
    asked = window(first, last, after, before, reverse=reverse)
    found = await searched(info.context, Wanted(query=query or "", sort=product_order(sort_key)), asked)
    return counted(found.connection, found.total, found.narrowing)


async def collection_products(
    collection: Parent[catalog.Category],
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    sort_key: ProductCollectionSortKeys = ProductCollectionSortKeys.COLLECTION_DEFAULT,
    filters: list[ProductFilter] | None = None,
) -> ProductConnection:
    """COLLECTION_DEFAULT heeds what the merchant pinned, boosted and buried."""
    context = info.context
    asked = window(first, last, after, before, reverse=reverse)
    frame, chosen = within(collection.id, context), All(tuple(filter_conditions(filters or (), context)))
    condition, narrowing = All((frame, chosen)), narrowing_of(frame, chosen)
    total = partial(context.catalog.count, condition)
    if sort_key is ProductCollectionSortKeys.COLLECTION_DEFAULT and not reverse:
        arranged = await _arranged(context, collection, condition, asked)
        if arranged is not None:
            return counted(arranged, total, narrowing)
    return counted(await listed(context, condition, collection_order(sort_key), asked), total, narrowing)


async def _arranged(
    context: Context, collection: catalog.Category, condition: Condition, asked: Window
) -> Connection[catalog.Product] | None:
    """None: no rule is in force here."""
    rules = context.arranged(context.search.of_category(collection.id, context.now))
    if not rules.moved:
        return None
    segments: dict[str, Segment] = {}
    if rules.pinned:
        there = await context.catalog.listing(_manual(All((condition, HasId(rules.pinned))), len(rules.pinned)))
        segments["p"] = Named([each for each in rules.pinned if each in there.ids])
    if rules.boosted:
        segments["b"] = Listed(context.catalog, _manual(All((condition, HasId(rules.boosted)))))
    segments["m"] = Listed(context.catalog, _manual(All((condition, Not(HasId(rules.moved))))))
    if rules.buried:
        segments["d"] = Listed(context.catalog, _manual(All((condition, HasId(rules.buried)))))
    return await Chain(segments, context.products.present).page(asked)


def _manual(condition: Condition, limit: int = 1) -> ListingQuery:
    return ListingQuery(condition=condition, sort=SortKey.MANUAL, limit=limit)
