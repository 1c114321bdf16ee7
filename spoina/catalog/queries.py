"""Listings as SQL: one statement each, by keyset and never by offset, in a total order (the id breaks ties)."""

from collections.abc import Sequence
from typing import NamedTuple

import asyncpg

from spoina.catalog.categories import CategoryTree
from spoina.catalog.conditions import Argument, Parameters, predicate, visible
from spoina.catalog.cursors import decode_cursor, encode_cursor
from spoina.catalog.labels import category
from spoina.catalog.listing import Condition, HasLabel, Listing, ListingQuery
from spoina.catalog.orders import NUMBER, Kind, order_of
from spoina.errors import InvalidInput, LimitExceeded
from spoina.ids import CategoryId

LARGEST_PAGE = 250
"""The dialect's own limit on `first` and `last`."""


class Statement(NamedTuple):
    sql: str
    arguments: Sequence[Argument]


def in_category(tree: CategoryTree, category_id: CategoryId) -> HasLabel:
    """Products of a category are those of its descendants too; of an unknown one there are none."""
    known = tree.by_id(category_id)
    whole = (known, *tree.descendants(category_id)) if known is not None else ()
    return HasLabel(tuple(category(each.id) for each in whole))


_LISTING = """
with page as (
    select p.id{values} from product p
    where {found}{bounds}
    order by {order} limit {limit}
)
select ends.earlier, ends.later, page.*
from (select {earlier} as earlier, {later} as later) ends left join page on true
order by {page_order}
"""


class ListingStatement:
    """One listing: the statement, and how its rows are read. Raises InvalidInput where the query cannot be answered."""

    def __init__(self, query: ListingQuery) -> None:
        _check_limit(query.limit)
        self._query = query
        parameters = Parameters()
        self._found = f"{visible(query.condition)} and ({predicate(query.condition, parameters)})"
        self._order = order_of(query.sort, query.condition, reverse=query.reverse, parameters=parameters)
        self.sql = self._write(parameters)
        self.arguments: Sequence[Argument] = parameters.arguments

    def _write(self, parameters: Parameters) -> str:
        query, columns = self._query, [expression for expression, _ in self._order.columns]
        after = self._place("after", query.after, parameters)
        before = self._place("before", query.before, parameters)
        behind, ahead = ("<", ">") if query.reverse else (">", "<")
        here = f"({', '.join([*columns, 'p.id'])})"
        bounds = [f" and {here} {sign} {place}" for sign, place in ((behind, after), (ahead, before)) if place]
        direction = " desc" if query.reverse != query.backward else ""
        return _LISTING.format(
            values="".join(f", {column} as value_{number}" for number, column in enumerate(columns)),
            found=self._found,
            bounds="".join(bounds),
            order=", ".join(f"{column}{direction}" for column in (*columns, "p.id")),
            limit=parameters.add(query.limit + 1, "bigint"),
            earlier=self._exists(f"{here} {ahead}= {after}") if after else "false",
            later=self._exists(f"{here} {behind}= {before}") if before else "false",
            page_order=", ".join(f"{column}{direction}" for column in (*(f"value_{number}" for number in range(len(columns))), "id")),
        )

    def _place(self, field: str, cursor: str | None, parameters: Parameters) -> str:
        if cursor is None:
            return ""
        kinds: list[Kind] = [kind for _, kind in self._order.columns]
        values = decode_cursor(field, cursor, self._order.sort, [kind.cursor_type for kind in kinds])
        bound = (parameters.add(value, kind.sql_type) for value, kind in zip(values, (*kinds, NUMBER), strict=True))
        return f"({', '.join(bound)})"

    def _exists(self, bound: str) -> str:
        return f"exists (select from product p where {self._found} and {bound})"

    def listing(self, rows: Sequence[asyncpg.Record]) -> Listing:
        query = self._query
        found = [row for row in rows if row["id"] is not None]
        more, found = len(found) > query.limit, found[: query.limit]
        if query.backward:
            found.reverse()
        return Listing(
            ids=tuple(row["id"] for row in found),
            cursors=tuple(encode_cursor(self._order.sort, tuple(row)[3:], row["id"]) for row in found),
            has_next=rows[0]["later"] or (more and not query.backward),
            has_previous=rows[0]["earlier"] or (more and query.backward),
        )


def _check_limit(limit: int) -> None:
    if limit > LARGEST_PAGE:
        raise LimitExceeded("limit", LARGEST_PAGE, "products")
    if limit < 1:
        raise InvalidInput("limit", "at least 1")


def count_statement(condition: Condition, ceiling: int) -> Statement:
    """Counts to one beyond the ceiling at most, so that a search for everything costs no more than it must."""
    parameters = Parameters()
    found = f"{visible(condition)} and ({predicate(condition, parameters)})"
    return Statement(
        f"select count(*) from (select from product p where {found} limit {parameters.add(ceiling + 1, 'bigint')}) counted",  # noqa: S608 - made of constants and placeholders
        parameters.arguments,
    )


USED_TAGS = """
select
    array(select distinct substr(label, 5) from product p, unnest(p.labels) label
          where p.deleted_at is null and p.published and p.listed and starts_with(label, 'tag:')) as used,
    array(select name from term where taxonomy = 'tag') as names
"""
"""Labels are folded; the names as the shop writes them stand in `term`."""

PRODUCT_TYPES = "select distinct product_type from product where deleted_at is null and published and listed and product_type <> ''"

VENDORS = "select distinct vendor from product where deleted_at is null and published and listed and vendor <> ''"

RECOMMENDED = """
select p.id from (
    select id, labels, total_sales from product
    where deleted_at is null and published and listed and labels && $2::text[] and id <> $1
    order by total_sales desc, id limit 500
) p
order by (select count(*) from unnest(p.labels) label where label = any($3::text[])) desc, p.total_sales desc, p.id
limit $4
"""
"""Of the best-selling products of the same categories, those that share most labels. $2: where to look, $3: all labels."""
