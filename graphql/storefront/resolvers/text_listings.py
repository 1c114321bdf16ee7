"""Listings by free text: through the search engine, or through the catalogue's own words where there is no index, no free text, or free
text below OR and NOT."""

from collections.abc import Awaitable, Callable
from functools import partial

import msgspec

from search.types import Filter, HasValue, SearchQuery
from search.types import SortKey as EngineOrder
from spoina.catalog import types as catalog
from spoina.catalog.listing import All, Condition, IsAvailable, SortKey
from spoina.errors import IndexNotBuilt
from storefront.connections import Connection, Window
from storefront.context import Context
from storefront.finding.narrowing import Words, filters_of, words_of
from storefront.finding.products import TextSearch, Unavailable, find
from storefront.query_syntax import parse_query
from storefront.resolvers.conditions import listed
from storefront.search_fields import expressed_condition, search_condition


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """`query` in the dialect's syntax; `going_on`: its last word may still be typed; `relax`: products with most of its words may answer
    where nothing has all."""

    query: str
    filters: Condition = All()
    sort: SortKey
    going_on: bool = False
    relax: bool = False
    unavailable: Unavailable = Unavailable.SHOWN


class Answer(msgspec.Struct, frozen=True):
    """`narrowing`: what is counted for filters; None where only the catalogue can tell what is listed. `relaxed`: as in Finding."""

    connection: Connection[catalog.Product]
    total: Callable[[], Awaitable[int]]
    narrowing: SearchQuery | None
    relaxed: Callable[[], Awaitable[bool]]


async def searched(context: Context, wanted: Wanted, asked: Window) -> Answer:
    """Raises InvalidInput, LimitExceeded, SearchUnavailable."""
    words = words_of(parse_query(wanted.query))
    if words is None:
        return await _by_catalogue(context, wanted, asked)
    try:
        return await _by_engine(context, words, wanted, asked)
    except IndexNotBuilt:
        return await _by_catalogue(context, wanted, asked)


async def _by_engine(context: Context, words: Words, wanted: Wanted, asked: Window) -> Answer:
    beside = expressed_condition(words.rest, wanted.query, context.shop.currency)
    question = TextSearch(
        text=words.text,
        prefix=words.prefix or wanted.going_on,
        relax=wanted.relax,
        condition=All((beside.condition, wanted.filters)),
        sort=wanted.sort,
        unavailable=wanted.unavailable,
    )
    found = await find(context, question, asked)
    connection = await found.chain.page(asked)
    context.search_warnings += beside.unknown
    return Answer(connection, found.chain.total, found.narrowing, found.relaxed)


async def _by_catalogue(context: Context, wanted: Wanted, asked: Window) -> Answer:
    found = search_condition(f"{wanted.query}*" if wanted.going_on else wanted.query, context.shop.currency)
    context.search_warnings += found.unknown
    shown = (IsAvailable(True),) if wanted.unavailable is Unavailable.HIDDEN else ()
    condition = All((found.condition, *shown, wanted.filters))
    connection = await listed(context, condition, wanted.sort, asked, last=wanted.unavailable is Unavailable.LAST)
    return Answer(
        connection, partial(context.catalog.count, condition), narrowing_of(found.condition, All((*shown, wanted.filters))), _never
    )


async def _never() -> bool:
    """The catalogue's own words find what has all of them."""
    return False


def narrowing_of(frame: Condition, chosen: Condition) -> SearchQuery | None:
    """For counting what a listing without free text shows. `frame`: where it lies; `chosen`: what it is narrowed by."""
    fixed, filters = filters_of(frame), filters_of(chosen)
    if fixed is None or filters is None:
        return None
    return SearchQuery(filters=(*map(_fixed, fixed), *filters), sort=EngineOrder.BEST_SELLING)


def _fixed(each: Filter) -> Filter:
    return msgspec.structs.replace(each, fixed=True) if isinstance(each, HasValue) else each
