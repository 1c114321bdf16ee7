"""What each sort key means in SQL: expressions over `product p`, all ascending, so that one row comparison finds the place of a cursor."""

from datetime import datetime
from typing import Annotated, NamedTuple, assert_never

import msgspec

from spoina.catalog.conditions import Parameters, words_query
from spoina.catalog.cursors import Whole
from spoina.catalog.labels import fold
from spoina.catalog.listing import All, AnyOf, Condition, HasText, SortKey


class Kind(NamedTuple):
    """What a value is in a cursor and in SQL."""

    cursor_type: object
    sql_type: str


NUMBER = Kind(Whole, "bigint")
MOMENT = Kind(Annotated[datetime, msgspec.Meta(tz=True)], "timestamptz")
TEXT = Kind(str, "text")

_LOWEST, _HIGHEST = -1, 2**63 - 1
# Collation "C" is the same on every server; sort_title is folded, so it reads as a shopper expects.
_TITLE = ('p.sort_title collate "C"', TEXT)
_BEST_SELLING = ("-p.total_sales", NUMBER)


class Order(NamedTuple):
    """The columns before the id, which is always the last. `sort` names what it is in cursors."""

    sort: SortKey
    columns: tuple[tuple[str, Kind], ...]


def order_of(sort: SortKey, condition: Condition, *, reverse: bool, parameters: Parameters) -> Order:
    if sort is SortKey.RELEVANCE and (texts := sought_texts(condition)):
        return Order(sort, ((_relevance(texts, parameters), NUMBER), _BEST_SELLING))
    sort = SortKey.BEST_SELLING if sort is SortKey.RELEVANCE else sort
    return Order(sort, _columns(sort, reverse=reverse))


def _columns(sort: SortKey, *, reverse: bool) -> tuple[tuple[str, Kind], ...]:
    match sort:
        case SortKey.ID:
            return ()
        case SortKey.TITLE:
            return (_TITLE,)
        case SortKey.PRICE:  # what has no price comes last, in either direction
            return ((f"coalesce(p.price_min, {_LOWEST if reverse else _HIGHEST})", NUMBER),)
        case SortKey.BEST_SELLING | SortKey.RELEVANCE:
            return (_BEST_SELLING,)
        case SortKey.CREATED_AT:
            return (("p.created_at", MOMENT),)
        case SortKey.UPDATED_AT:
            return (("p.updated_at", MOMENT),)
        case SortKey.VENDOR:
            return (('lower(p.vendor collate "C")', TEXT),)
        case SortKey.PRODUCT_TYPE:
            return (('lower(p.product_type collate "C")', TEXT),)
        case SortKey.MANUAL:
            return (("p.position", NUMBER), _TITLE)
        case _:
            assert_never(sort)


def sought_texts(condition: Condition) -> list[HasText]:
    """What a search looks for anywhere or in titles; not what it must not find."""
    match condition:
        case HasText(field=None | "title"):
            return [condition]
        case All(conditions) | AnyOf(conditions):
            return [text for one in conditions for text in sought_texts(one)]
        case _:
            return []


def _relevance(texts: list[HasText], parameters: Parameters) -> str:
    """0: the title begins with the first text; 1: every text stands in the title; 2: elsewhere."""
    begins = f"starts_with(p.sort_title, {parameters.text(fold(texts[0].text))})"
    within = " && ".join(words_query(text, parameters) for text in texts)
    return f"case when {begins} then 0 when to_tsvector('simple', p.sort_title) @@ ({within}) then 1 else 2 end"
