"""Queries put together, without the shells that combining one or none would leave."""

from collections.abc import Sequence

from tantivy import Occur, Query


def any_of(queries: Sequence[Query]) -> Query:
    return _joined(Occur.Should, queries)


def all_of(queries: Sequence[Query]) -> Query:
    return _joined(Occur.Must, queries)


def without(query: Query, excluded: Sequence[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, query), *((Occur.MustNot, each) for each in excluded)]) if excluded else query


def _joined(occur: Occur, queries: Sequence[Query]) -> Query:
    if not queries:
        return Query.all_query() if occur is Occur.Must else Query.empty_query()
    return queries[0] if len(queries) == 1 else Query.boolean_query([(occur, query) for query in queries])
