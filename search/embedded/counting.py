"""Values of facets, counted exactly by tantivy's aggregations over columns."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import tantivy
from tantivy import Query

from search.embedded.filtering import facet_of, filter_query, filtered
from search.embedded.schema import COUNTED, HIGHEST, LOWEST, SEPARATOR, kind_of
from search.types import ATTRIBUTE_PREFIX, MOST_FACET_VALUES, OPTION_PREFIX, PRICE, FacetCounts, Filter, ValueCount

_ALL_VALUES = 65_000
"""Buckets that tantivy may make of one column in one segment (its own limit for all is 65,535): below that, counts are exact."""
Bucket = tuple[int, str, str]
"""How often, negative so that the most frequent come first; value; label."""
_WHOLE_KINDS = (OPTION_PREFIX[:-1], ATTRIBUTE_PREFIX[:-1])


def count_facets(
    searcher: tantivy.Searcher, schema: tantivy.Schema, found: Query, filters: Sequence[Filter], facets: Sequence[str]
) -> tuple[FacetCounts, ...]:
    """A facet ignores its own filters, so one that is filtered by is counted apart; all others share one question."""
    wanted = tuple(dict.fromkeys(name.casefold() for name in facets))
    apart = {name for each in filters if (name := facet_of(each)) is not None and (name in wanted or kind_of(name) in wanted)}
    shared = [name for name in wanted if name not in apart]
    counted = _counts(searcher, filtered(found, filter_query(schema, filters)), shared) if shared else {}
    for name in apart:
        others = [each for each in filters if facet_of(each) != name]
        among = filtered(found, filter_query(schema, others))
        counted[name] = _counts(searcher, among, [name]).get(name, FacetCounts(facet=name))
    return tuple(_in_order(counted, wanted))


def _in_order(counted: dict[str, FacetCounts], wanted: Iterable[str]) -> Iterator[FacetCounts]:
    """As they were asked for; the axes of "option" and the keys of "attribute" by name."""
    told = set[str]()
    for name in wanted:
        names = sorted(each for each in counted if kind_of(each) == name) if name in _WHOLE_KINDS else [name]
        for each in names:
            if each not in told:
                told.add(each)
                yield counted.get(each, FacetCounts(facet=each))


def _counts(searcher: tantivy.Searcher, among: Query, names: Sequence[str]) -> dict[str, FacetCounts]:
    answer = searcher.aggregate(among, _request(names))
    found: dict[str, list[Bucket]] = {}
    for column in COUNTED.values():
        for bucket in answer[column]["buckets"] if column in answer else ():
            facet, value, label = bucket["key"].split(SEPARATOR)
            found.setdefault(facet, []).append((-bucket["doc_count"], value, label))
    counted = {facet: FacetCounts(facet=facet, values=_told(found[facet])) for facet in found if facet in names or kind_of(facet) in names}
    if PRICE in names:
        counted[PRICE] = FacetCounts(facet=PRICE, lowest=_bound(answer, LOWEST), highest=_bound(answer, HIGHEST))
    return counted


def _request(names: Iterable[str]) -> dict[str, Any]:
    columns = {COUNTED[kind_of(name)] for name in names if name != PRICE}
    request: dict[str, Any] = {
        column: {"terms": {"field": column, "size": _ALL_VALUES, "segment_size": _ALL_VALUES}} for column in sorted(columns)
    }
    if PRICE in names:
        request |= {LOWEST: {"min": {"field": LOWEST}}, HIGHEST: {"max": {"field": HIGHEST}}}
    return request


def _bound(answer: dict[str, Any], column: str) -> int | None:
    value = answer[column]["value"]
    return None if value is None else int(value)


def _told(buckets: list[Bucket]) -> tuple[ValueCount, ...]:
    buckets.sort()
    if len({value for _, value, _ in buckets}) < len(buckets):
        buckets = _merged(buckets)
    return tuple(ValueCount(value, label, -count) for count, value, label in buckets[:MOST_FACET_VALUES])


def _merged(buckets: Iterable[Bucket]) -> list[Bucket]:
    """One value may be written in several ways ("makita", "Makita"): it is one, by its most frequent label."""
    merged: dict[str, Bucket] = {}
    for count, value, label in buckets:
        known = merged.get(value)
        merged[value] = (count, value, label) if known is None else (known[0] + count, value, known[2])
    return sorted(merged.values())
