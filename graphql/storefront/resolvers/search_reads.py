"""Search over what the catalogue itself can find: words in products, titles of collections and pages. There are no blogs in this shop."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
import strawberry

from spoina.catalog import types as catalog
from spoina.catalog.listing import All, HasText, IsAvailable, SortKey
from spoina.errors import InvalidInput
from storefront.connections import Connection, slice_of, window
from storefront.context import Context
from storefront.inputs import ProductFilter
from storefront.resolvers import Info
from storefront.resolvers.choosing import GlobalId, MaybeGlobalId
from storefront.resolvers.listings import filter_conditions, listed
from storefront.resolvers.sorting import SearchSortKeys
from storefront.search_fields import search_condition

SUGGESTIONS = 10


@strawberry.enum
class SearchType(StrEnum):
    ARTICLE = "ARTICLE"
    PAGE = "PAGE"
    PRODUCT = "PRODUCT"


@strawberry.enum
class SearchPrefixQueryType(StrEnum):
    LAST = "LAST"
    NONE = "NONE"


@strawberry.enum
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


class Found(msgspec.Struct, frozen=True):
    """A connection and how much there is beyond it."""

    slice: Connection[catalog.Product] | Connection[catalog.Page]
    total_count: int

    @property
    def nodes(self) -> Sequence[catalog.Product] | Sequence[catalog.Page]:
        return self.slice.nodes

    @property
    def edges(self) -> Sequence[object]:
        return self.slice.edges()

    @property
    def page_info(self) -> object:
        return self.slice


class Suggested(msgspec.Struct, frozen=True, kw_only=True):
    products: Sequence[catalog.Product] = ()
    collections: Sequence[catalog.Category] = ()
    pages: Sequence[catalog.Page] = ()
    articles: Sequence[object] = ()
    queries: Sequence[object] = ()


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
        return Found(slice_of(pages, asked, lambda index, page: (index, page.id)), len(pages))
    text = f"{query}*" if prefix is SearchPrefixQueryType.LAST and query[-1:].isalnum() else query
    searched = search_condition(text, context.shop.currency)
    context.search_warnings += searched.unknown
    shown = (IsAvailable(True),) if unavailable_products is SearchUnavailableProductsType.HIDE else ()
    condition = All((searched.condition, *shown, *filter_conditions(product_filters or (), context)))
    return Found(await listed(context, condition, SortKey[sort_key.value], asked), await context.catalog.count(condition))


async def predictive_search(
    info: Info,
    query: str,
    limit: int | None = SUGGESTIONS,
    limit_scope: PredictiveSearchLimitScope = PredictiveSearchLimitScope.ALL,
    types: list[PredictiveSearchType] | None = None,
    unavailable_products: SearchUnavailableProductsType = SearchUnavailableProductsType.LAST,
) -> Suggested:
    """While a shopper types: the last word may go on. Scope ALL shares the limit out, products first."""
    size = SUGGESTIONS if limit is None else limit
    if not 1 <= size <= SUGGESTIONS:
        raise InvalidInput("limit", f"from 1 to {SUGGESTIONS}")
    context, wanted = info.context, types or list(PredictiveSearchType)
    products = await _typed(context, query, size, unavailable_products) if PredictiveSearchType.PRODUCT in wanted else ()
    collections = _collections(context, query) if PredictiveSearchType.COLLECTION in wanted else []
    pages = _pages(context, query) if PredictiveSearchType.PAGE in wanted else []
    if limit_scope is PredictiveSearchLimitScope.EACH:
        return Suggested(products=products, collections=collections[:size], pages=pages[:size])
    left = size - len(products)
    kept = collections[:left]
    return Suggested(products=products, collections=kept, pages=pages[: left - len(kept)])


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


async def _typed(context: Context, query: str, size: int, unavailable: SearchUnavailableProductsType) -> Sequence[catalog.Product]:
    words = query.split()
    if not words:
        return ()
    shown = (IsAvailable(True),) if unavailable is SearchUnavailableProductsType.HIDE else ()
    texts = (*map(HasText, words[:-1]), HasText(words[-1], prefix=True))
    return (await listed(context, All((*texts, *shown)), SortKey.RELEVANCE, window(size, None, None, None))).nodes


def _collections(context: Context, query: str) -> list[catalog.Category]:
    return [one for one in context.catalog.categories if _titled(one.title, query)]


def _pages(context: Context, query: str) -> list[catalog.Page]:
    return [one for one in context.catalog.pages if _titled(one.title, query)]


def _titled(title: str, query: str) -> bool:
    words = query.casefold().split()
    return bool(words) and all(word in title.casefold() for word in words)
