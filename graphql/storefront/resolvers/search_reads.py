"""Searches: of products by the search engine, of collections and pages by their titles. There are no blogs in this shop.

Before the engine has an index the catalogue's own word search answers.
"""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import TypeVar

import msgspec
import strawberry
from msgspec.structs import replace
from strawberry import Parent

from search.types import SearchQuery
from spoina.catalog import types as catalog
from spoina.catalog.labels import fold
from spoina.catalog.listing import All, HasText, IsAvailable, SortKey
from spoina.errors import IndexNotBuilt, InvalidInput, LimitExceeded
from storefront.connections import Connection, slice_of, window
from storefront.context import Context
from storefront.finding.products import TextSearch, Unavailable, find
from storefront.inputs import ProductFilter
from storefront.limits import SEARCH_TEXT
from storefront.resolvers import Info
from storefront.resolvers.choosing import GlobalId, MaybeGlobalId
from storefront.resolvers.conditions import filter_conditions, listed
from storefront.resolvers.facet_reads import Filter, counted_filters
from storefront.resolvers.query_reads import SuggestedQuery, suggested_queries
from storefront.resolvers.sorting import SearchSortKeys
from storefront.resolvers.text_listings import Wanted, searched

SUGGESTIONS = 10
T = TypeVar("T")


@strawberry.enum
class SearchType(StrEnum):
    ARTICLE = "ARTICLE"
    PAGE = "PAGE"
    PRODUCT = "PRODUCT"


@strawberry.enum
class SearchPrefixQueryType(StrEnum):
    LAST = "LAST"
    NONE = "NONE"


@strawberry.enum(
    description="HIDE leaves out what cannot be bought, LAST puts it behind everything else. Stock is read as it is now: what sold out so "
    "recently that the index has not heard of it is left out by HIDE all the same, and the page filled up; with LAST it stands at the end "
    "of its page, so that no cursor moves, and behind everything else a second or two later."
)
class SearchUnavailableProductsType(StrEnum):
    HIDE = "HIDE"
    LAST = "LAST"
    SHOW = "SHOW"


@strawberry.enum
class PredictiveSearchType(StrEnum):
    ARTICLE = "ARTICLE"
    COLLECTION = "COLLECTION"
    PAGE = "PAGE"
    PRODUCT = "PRODUCT"
    QUERY = "QUERY"


@strawberry.enum
class PredictiveSearchLimitScope(StrEnum):
    ALL = "ALL"
    EACH = "EACH"


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    products: Sequence[catalog.Product] = ()
    collections: Sequence[catalog.Category] = ()
    pages: Sequence[catalog.Page] = ()
    articles: Sequence[object] = ()
    queries: Sequence[SuggestedQuery] = ()
    relaxed: bool = False
    """Of the products."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A connection and how much there is beyond it."""

    slice: Connection[catalog.Product] | Connection[catalog.Page]
    total: Callable[[], Awaitable[int]]
    narrowing: SearchQuery | None = None
    """What is counted for filters; None where only the catalogue can tell what is found."""
    relaxed: Callable[[], Awaitable[bool]]
    hides_unavailable: bool = False

    @property
    def nodes(self) -> Sequence[catalog.Product] | Sequence[catalog.Page]:
        return self.slice.nodes

    @property
    def edges(self) -> Sequence[object]:
        return self.slice.edges()

    @property
    def page_info(self) -> object:
        return self.slice


async def total_count(found: Parent[Found]) -> int:
    return await found.total()


async def relaxed(found: Parent[Found]) -> bool:
    return await found.relaxed()


async def product_filters(found: Parent[Found], info: Info) -> Sequence[Filter]:
    """None before there is an index."""
    try:
        if found.narrowing is None:
            return ()
        return await counted_filters(info.context, found.narrowing, only_available=found.hides_unavailable)
    except IndexNotBuilt:
        return ()


async def search(
    info: Info,
    query: str,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
    types: list[SearchType] | None = None,
    sort_key: SearchSortKeys = SearchSortKeys.RELEVANCE,
    prefix: SearchPrefixQueryType = SearchPrefixQueryType.NONE,
    product_filters: list[ProductFilter] | None = None,
    unavailable_products: SearchUnavailableProductsType = SearchUnavailableProductsType.SHOW,
) -> Found:
    """Products, unless `types` leaves them out: pages are found when they are asked for alone."""
    context = info.context
    asked = window(first, last, after, before, reverse=reverse)
    wanted = types or [SearchType.PRODUCT]
    if SearchType.PRODUCT not in wanted:
        pages = _pages(context, query) if SearchType.PAGE in wanted else []
        shown = slice_of(pages, asked, lambda index, page: (index, page.id))
        return Found(slice=shown, total=partial(_known, len(pages)), relaxed=partial(_known, False))
    going_on = prefix is SearchPrefixQueryType.LAST and query[-1:].isalnum()
    question = Wanted(
        query=query,
        filters=All(tuple(filter_conditions(product_filters or (), context))),
        sort=SortKey[sort_key.value],
        going_on=going_on,
        relax=True,
        unavailable=_UNAVAILABLE[unavailable_products],
    )
    found = await searched(context, question, asked)
    if not (after or before or product_filters):
        context.search.note(query, found=bool(found.connection.nodes) and not await found.relaxed())
    hides = unavailable_products is SearchUnavailableProductsType.HIDE
    return Found(slice=found.connection, total=found.total, narrowing=found.narrowing, relaxed=found.relaxed, hides_unavailable=hides)


async def predictive_search(
    info: Info,
    query: str,
    limit: int | None = SUGGESTIONS,
    limit_scope: PredictiveSearchLimitScope = PredictiveSearchLimitScope.ALL,
    types: list[PredictiveSearchType] | None = None,
    unavailable_products: SearchUnavailableProductsType = SearchUnavailableProductsType.LAST,
) -> Suggested:
    """While a shopper types: the last word may go on. Scope ALL shares the limit out: products first, and one place for a query."""
    size = SUGGESTIONS if limit is None else limit
    if not 1 <= size <= SUGGESTIONS:
        raise LimitExceeded("limit", SUGGESTIONS, "suggestions") if size > SUGGESTIONS else InvalidInput("limit", "at least 1")
    if len(query) > SEARCH_TEXT:
        raise LimitExceeded("query", SEARCH_TEXT, "characters")
    context, wanted = info.context, types or list(PredictiveSearchType)
    products, relaxed = await _typed(context, query, size, unavailable_products) if PredictiveSearchType.PRODUCT in wanted else ((), False)
    collections = _collections(context, query) if PredictiveSearchType.COLLECTION in wanted else []
    pages = _pages(context, query) if PredictiveSearchType.PAGE in wanted else []
    queries = await suggested_queries(context, query, size) if PredictiveSearchType.QUERY in wanted else []
    if limit_scope is PredictiveSearchLimitScope.EACH:
        found = Suggested(products=products, collections=collections[:size], pages=pages[:size], queries=queries)
    else:
        found = _shared_out(size, products, collections, pages, queries)
    return replace(found, relaxed=relaxed)


def _shared_out(
    size: int,
    products: Sequence[catalog.Product],
    collections: Sequence[catalog.Category],
    pages: Sequence[catalog.Page],
    queries: Sequence[SuggestedQuery],
) -> Suggested:
    """In this order, but for a limit above one the last place is a query's if there is any."""
    reserved = min(len(queries), 1) if size > 1 else 0
    left = size - reserved
    products = products[:left]
    collections = collections[: left - len(products)]
    pages = pages[: left - len(products) - len(collections)]
    taken = len(products) + len(collections) + len(pages)
    return Suggested(products=products, collections=collections, pages=pages, queries=queries[: size - taken])


def blog(handle: str | None = None, global_id: MaybeGlobalId = None) -> None:
    """WordPress's posts are not mirrored."""


def article(global_id: GlobalId) -> None:
    """WordPress's posts are not mirrored."""


def article_by_handle(handle: str) -> None:
    """WordPress's posts are not mirrored."""


def blogs(
    first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None, reverse: bool = False
) -> Connection[object]:
    """WordPress's posts are not mirrored."""
    return slice_of((), window(first, last, after, before, reverse=reverse), lambda index, _none: (index,))


async def _typed(
    context: Context, query: str, size: int, unavailable: SearchUnavailableProductsType
) -> tuple[Sequence[catalog.Product], bool]:
    """Products, and whether they have only some of the words."""
    if not query.split():
        return (), False
    asked, shown = window(size, None, None, None), _UNAVAILABLE[unavailable]
    try:
        found = await find(context, TextSearch(text=query, prefix=query[-1:].isalnum(), unavailable=shown), asked)
        return (await found.chain.page(asked)).nodes, await found.relaxed()
    except IndexNotBuilt:
        words = query.split()
        texts = (*map(HasText, words[:-1]), HasText(words[-1], prefix=True))
        kept = (IsAvailable(True),) if shown is Unavailable.HIDDEN else ()
        return (await listed(context, All((*texts, *kept)), SortKey.RELEVANCE, asked, last=shown is Unavailable.LAST)).nodes, False


async def _known(value: T) -> T:
    return value


def _collections(context: Context, query: str) -> list[catalog.Category]:
    return [one for one in context.catalog.categories if _titled(one.title, query)]


def _pages(context: Context, query: str) -> list[catalog.Page]:
    return [one for one in context.catalog.pages if _titled(one.title, query)]


def _titled(title: str, query: str) -> bool:
    words, within = fold(query).split(), fold(title)
    return bool(words) and all(word in within for word in words)


_UNAVAILABLE = {
    SearchUnavailableProductsType.SHOW: Unavailable.SHOWN,
    SearchUnavailableProductsType.LAST: Unavailable.LAST,
    SearchUnavailableProductsType.HIDE: Unavailable.HIDDEN,
}
