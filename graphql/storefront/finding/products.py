"""Products by a text: the engine says which and in what order, the catalogue and the shelves what they cost and whether they are there.

What the engine knows may be a moment old. Where somebody asks for what can be bought, products that are sold out by now are left out and
the page is filled up; where they are to come last, they do.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto

import msgspec
from msgspec.structs import replace

from search.merchandising.types import Arrangement
from search.types import Filter, IsOneOf, SearchQuery
from search.types import IsAvailable as MustBeAvailable
from search.types import SortKey as EngineOrder
from spoina.catalog.listing import All, Condition, HasId, ListingQuery, SortKey
from spoina.ids import ProductId
from storefront.connections import Window
from storefront.context import Context
from storefront.finding.narrowing import filters_of, wanted_availability
from storefront.finding.segments import Asked, Chain, Keep, Segment
from storefront.finding.sources import Listed, Named, Searched
from storefront.limits import PAGE_SIZE, SEARCHED_PRODUCTS

NO_RULES = Arrangement()


class Unavailable(Enum):
    SHOWN = auto()
    LAST = auto()
    HIDDEN = auto()


class TextSearch(msgspec.Struct, frozen=True, kw_only=True):
    """`condition` narrows what the text finds. `relax`: products with most of its words may answer where nothing has all."""

    text: str
    prefix: bool = False
    relax: bool = True
    condition: Condition = All()
    sort: SortKey = SortKey.RELEVANCE
    unavailable: Unavailable = Unavailable.SHOWN


_ORDERS = {
    SortKey.RELEVANCE: EngineOrder.RELEVANCE,
    SortKey.PRICE: EngineOrder.PRICE,
    SortKey.TITLE: EngineOrder.TITLE,
    SortKey.CREATED_AT: EngineOrder.CREATED_AT,
    SortKey.UPDATED_AT: EngineOrder.UPDATED_AT,
    SortKey.BEST_SELLING: EngineOrder.BEST_SELLING,
    SortKey.MANUAL: EngineOrder.MANUAL,
}


class Finding(msgspec.Struct, frozen=True):
    """`narrowing`: the same question without order and page, for counting; None where only the catalogue can tell. `relaxed`: whether
    nothing has all words of the text, so that products with most of them answer."""

    chain: Chain
    narrowing: SearchQuery | None
    relaxed: Callable[[], Awaitable[bool]]


async def find(context: Context, wanted: TextSearch, asked: Window) -> Finding:
    """Raises IndexNotBuilt, SearchUnavailable, InvalidInput."""
    filters = filters_of(wanted.condition)
    if filters is None or wanted.sort not in _ORDERS:
        return await _by_both(context, wanted, asked)
    sort = _ORDERS[wanted.sort]
    query = SearchQuery(text=wanted.text, filters=filters, prefix=wanted.prefix, relax=wanted.relax, sort=sort, reverse=asked.reverse)
    arranged = NO_RULES
    if wanted.sort is SortKey.RELEVANCE and not asked.reverse and wanted.text:
        arranged = context.arranged(context.search.of_query(wanted.text, context.now))
    main = Searched(context.search, _narrowed(_there(query, wanted.unavailable), *_but(arranged)))
    segments = await _segments(context, query, arranged, main, wanted.unavailable)
    available = True if wanted.unavailable is Unavailable.HIDDEN else wanted_availability(filters)
    sinks = _lacks(context) if wanted.unavailable is Unavailable.LAST else None
    chain = Chain(segments, context.products.present, keep=_keeping(context, available), sinks=sinks)
    return Finding(chain, _there(query, wanted.unavailable) if wanted.unavailable is Unavailable.HIDDEN else query, main.relaxed)


async def _segments(
    context: Context, query: SearchQuery, arranged: Arrangement, main: Searched, unavailable: Unavailable
) -> dict[str, Segment]:
    search, there = context.search, _there(query, unavailable)
    segments: dict[str, Segment] = {}
    if arranged.pinned:
        segments["p"] = Named(await _pinned(context, there, arranged.pinned))
    if arranged.boosted:
        segments["b"] = Searched(search, _narrowed(there, IsOneOf(arranged.boosted)))
    segments["m"] = main
    if arranged.buried:
        segments["d"] = Searched(search, _narrowed(there, IsOneOf(arranged.buried)))
    if unavailable is Unavailable.LAST and wanted_availability(query.filters) is None:
        segments["u"] = Searched(search, _narrowed(query, MustBeAvailable(False)))
    return segments


async def _pinned(context: Context, query: SearchQuery, pinned: Sequence[ProductId]) -> list[ProductId]:
    """Those that pass the filters, whether the text finds them or not."""
    only = replace(_narrowed(query, IsOneOf(tuple(pinned))), text="", limit=len(pinned))
    found = {hit.id for hit in (await context.search.search(only)).hits}
    return [each for each in pinned if each in found]


async def _by_both(context: Context, wanted: TextSearch, asked: Window) -> Finding:
    """The engine finds by the text, the catalogue narrows and sorts: for conditions and orders that the engine does not know."""
    question = SearchQuery(text=wanted.text, prefix=wanted.prefix, relax=wanted.relax)
    text = Searched(context.search, question)
    ids = await _all_found(text)
    condition = All((HasId(tuple(ids), searched=True), wanted.condition))
    segment: Segment
    if wanted.sort is SortKey.RELEVANCE:
        kept = await _listed(context, condition)
        ordered = [each for each in ids if each in kept]
        segment = Named(ordered[::-1] if asked.reverse else ordered)
    else:
        segment = Listed(context.catalog, ListingQuery(condition=condition, sort=wanted.sort, reverse=asked.reverse, limit=1))
    available = True if wanted.unavailable is Unavailable.HIDDEN else None
    sinks = _lacks(context) if wanted.unavailable is Unavailable.LAST else None
    chain = Chain({"m": segment}, context.products.present, keep=_keeping(context, available), sinks=sinks)
    return Finding(chain, None, text.relaxed)


async def _all_found(text: Searched) -> list[ProductId]:
    """The best SEARCHED_PRODUCTS."""
    part = await text.part(Asked(size=PAGE_SIZE))
    ids = [*part.ids]
    while part.has_next and len(ids) < SEARCHED_PRODUCTS:
        part = await text.part(Asked(size=PAGE_SIZE, after=part.cursors[-1]))
        ids += part.ids
    return ids


async def _listed(context: Context, condition: Condition) -> set[ProductId]:
    found = set[ProductId]()
    query: ListingQuery | None = ListingQuery(condition=condition, limit=PAGE_SIZE)
    while query is not None:
        listing = await context.catalog.listing(query)
        found.update(listing.ids)
        query = replace(query, after=listing.cursors[-1]) if listing.has_next else None
    return found


def _there(query: SearchQuery, unavailable: Unavailable) -> SearchQuery:
    """What stands in front: everything, or what can be bought."""
    return query if unavailable is Unavailable.SHOWN else _narrowed(query, MustBeAvailable())


def _but(arranged: Arrangement) -> tuple[Filter, ...]:
    return (IsOneOf(arranged.moved, negated=True),) if arranged.moved else ()


def _narrowed(query: SearchQuery, *more: Filter) -> SearchQuery:
    return replace(query, filters=(*query.filters, *more))


def _keeping(context: Context, available: bool | None) -> Keep | None:
    return None if available is None else lambda product: context.can_be_bought(product) == available


def _lacks(context: Context) -> Keep:
    return lambda product: not context.can_be_bought(product)
