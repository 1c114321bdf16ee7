"""Filters as tantivy queries."""

from collections.abc import Iterable, Sequence
from typing import assert_never

import tantivy
from tantivy import FieldType, Occur, Query

from search.embedded.combining import all_of, any_of
from search.embedded.schema import HIGHEST, ID, LOWEST, SEPARATOR, VALUES
from search.types import AVAILABLE, PRICE, Filter, HasValue, IsAvailable, IsOneOf, PriceBetween


def filter_query(schema: tantivy.Schema, filters: Iterable[Filter]) -> Query | None:
    """None: nothing is filtered."""
    queries = [_condition(schema, each) for each in filters]
    return all_of(queries) if queries else None


def filtered(found: Query, narrowing: Query | None) -> Query:
    return found if narrowing is None else all_of([found, narrowing])


def _condition(schema: tantivy.Schema, condition: Filter) -> Query:
    match condition:
        case HasValue(facet, any_of=values):
            return _has_value(schema, facet, values)
        case IsAvailable(available):
            return _has_value(schema, AVAILABLE, ["true" if available else "false"])
        case PriceBetween(lowest, highest):
            return _price(schema, lowest, highest)
        case IsOneOf(ids, negated):
            chosen = Query.term_set_query(schema, ID, [each for each in ids if each >= 0])
            return Query.boolean_query([(Occur.Must, Query.all_query()), (Occur.MustNot, chosen)]) if negated else chosen
        case _:
            assert_never(condition)


def _has_value(schema: tantivy.Schema, facet: str, values: Sequence[str]) -> Query:
    terms = [f"{facet.casefold()}{SEPARATOR}{value.casefold()}" for value in values]
    return any_of([Query.term_query(schema, VALUES, term, "basic") for term in dict.fromkeys(terms)])


def _price(schema: tantivy.Schema, lowest: int | None, highest: int | None) -> Query:
    """What has no price passes no filter on prices."""
    if highest is not None and highest < 0:
        return Query.empty_query()
    return all_of(
        [
            Query.range_query(schema, HIGHEST, FieldType.Unsigned, lower_bound=max(lowest or 0, 0)),
            Query.range_query(schema, LOWEST, FieldType.Unsigned, lower_bound=0, upper_bound=highest),
        ]
    )


def facet_of(condition: Filter) -> str | None:
    """The facet that is counted without it."""
    match condition:
        case HasValue(facet, fixed=False):
            return facet.casefold()
        case IsAvailable():
            return AVAILABLE
        case PriceBetween():
            return PRICE
        case _:
            return None
