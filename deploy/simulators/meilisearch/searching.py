"""Searches: one query at a time, several at once, and several with one merged answer."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cmp_to_key
from typing import Any, NamedTuple, cast

from simulators.meilisearch.collection import Collection, Key, sort_fields
from simulators.meilisearch.errors import ApiError, Json
from simulators.meilisearch.filters import compiled
from simulators.meilisearch.highlighting import marked
from simulators.meilisearch.matching import Fit, limits, matched
from simulators.meilisearch.reading import read
from simulators.meilisearch.settings import names_match

DEFAULT_LIMIT = 20
_RANKS = {
    "words": ("words",),
    "typo": ("typo",),
    "proximity": ("proximity",),
    "attribute": ("attribute", "position"),
    "attributeRank": ("attribute",),
    "wordPosition": ("position",),
    "exactness": ("exactness",),
}
_PARAMETERS = frozenset(
    [
        "indexUid",
        "q",
        "offset",
        "limit",
        "page",
        "hitsPerPage",
        "attributesToRetrieve",
        "attributesToHighlight",
        "highlightPreTag",
        "highlightPostTag",
        "filter",
        "sort",
        "facets",
        "distinct",
        "matchingStrategy",
        "attributesToSearchOn",
        "showRankingScore",
        "federationOptions",
        "showMatchesPosition",
        "rankingScoreThreshold",
    ]
)


_SHOWN_ONLY = frozenset(["offset", "limit", "page", "hitsPerPage", "attributesToRetrieve", "attributesToHighlight", "facets"])
"""Parameters that change what is shown of what was found."""


class Sorted(NamedTuple):
    value: object
    downwards: bool


class Ranked(NamedTuple):
    """`values` decide the order one after the other: scores (the higher first) and what is sorted by."""

    key: Key
    values: tuple[float | Sorted, ...]
    score: float


def ranked(collection: Collection, query: Json, tenant_filter: object = None, weight: float = 1.0) -> list[Ranked]:
    """Every document that the query finds, best first; remembered until the index changes. Raises ApiError."""
    asked = json.dumps([{name: value for name, value in query.items() if name not in _SHOWN_ONLY}, tenant_filter, weight], sort_keys=True)
    known = collection.contents.remembered.get(asked)
    if known is None:
        known = collection.contents.remembered[asked] = _ranked_all(collection, query, tenant_filter, weight)
    return cast("list[Ranked]", known)


def _ranked_all(collection: Collection, query: Json, tenant_filter: object, weight: float) -> list[Ranked]:
    for name in query:
        if name not in _PARAMETERS:
            raise ApiError(
                "bad_request", f"Unknown field `{name}`: expected one of {', '.join(f'`{each}`' for each in sorted(_PARAMETERS))}"
            )
    contents = collection.contents
    filters = [compiled(each, collection.is_filterable) for each in (query.get("filter"), tenant_filter)]
    sorts = list(sort_fields(query.get("sort") or [], collection, "invalid_search_sort"))
    text = read(str(query.get("q") or ""), collection.settings, contents)
    by_attribute = collection.settings["proximityPrecision"] == "byAttribute"
    fields = _fields(collection, query.get("attributesToSearchOn"))
    found = matched(text, contents, fields, _strategy(query), by_attribute=by_attribute)
    most = limits(len(text.terms), len(contents.searchable), by_attribute=by_attribute)
    scored = (
        _ranked(collection, key, found[key], most, sorts, weight)
        for key, flat in contents.flat.items()  # those that are alike by all rules in the order in which they came
        if key in found and all(holds(flat) for holds in filters)
    )
    ordered = sorted(scored, key=cmp_to_key(compare))
    return _distinct(ordered, collection, query.get("distinct") or collection.settings["distinctAttribute"])


def compare(one: Ranked, other: Ranked) -> int:
    for left, right in zip(one.values, other.values, strict=False):
        difference = _compared(left, right)
        if difference:
            return difference
    return 0


def facets(collection: Collection, keys: Iterable[Key], wanted: Sequence[str]) -> tuple[Json, Json]:
    """(distribution, statistics). Raises ApiError."""
    for pattern in wanted:
        if pattern != "*" and not collection.is_filterable(pattern.removesuffix("*").removesuffix(".")):
            known = ", ".join(collection.settings["filterableAttributes"])
            reason = f"Attribute `{pattern}` is not filterable. Available filterable attributes patterns are: `{known}`."
            raise ApiError("invalid_search_facets", f"Invalid facet distribution: {reason}")
    distribution: dict[str, dict[str, int]] = {name: {} for name in wanted if "*" not in name}
    numbers: dict[str, list[Any]] = {}
    for key in keys:
        for name, values in collection.contents.flat[key].items():
            if collection.is_filterable(name) and names_match(name, list(wanted)):
                _count(values, distribution.setdefault(name, {}))
                numbers.setdefault(name, []).extend(each for each in values if _is_number(each))
    stats = {name: {"min": min(found), "max": max(found)} for name, found in sorted(numbers.items()) if found}
    return {name: _cut(collection, name, counted) for name, counted in sorted(distribution.items())}, stats


def search(collection: Collection, query: Json, tenant_filter: object = None) -> Json:
    found = ranked(collection, query, tenant_filter)
    window, pagination = paginated(query, len(found), collection.settings["pagination"]["maxTotalHits"])
    hits = [hit(collection, query, each) for each in found[window]]
    answer: Json = {"hits": hits, "query": query.get("q") or "", "processingTimeMs": 0, **pagination}
    if query.get("facets") is not None:
        answer["facetDistribution"], answer["facetStats"] = facets(collection, (each.key for each in found), query["facets"])
    return answer


def paginated(asked: Json, total: int, most: int) -> tuple[slice, Json]:
    """With a page or its size Meilisearch counts to the end; otherwise its total is called an estimate."""
    for name, code in (("page", "page"), ("hitsPerPage", "hits_per_page"), ("offset", "offset"), ("limit", "limit")):
        value = asked.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
            raise ApiError(f"invalid_search_{code}", f"Invalid value type at `.{name}`: expected a positive integer, but found `{value}`")
    total = min(total, most)
    if asked.get("page") is None and asked.get("hitsPerPage") is None:
        start, limit = asked.get("offset") or 0, DEFAULT_LIMIT if asked.get("limit") is None else asked["limit"]
        return slice(start, min(start + limit, most)), {"limit": limit, "offset": start, "estimatedTotalHits": total}
    page = 1 if asked.get("page") is None else asked["page"]
    size = DEFAULT_LIMIT if asked.get("hitsPerPage") is None else asked["hitsPerPage"]
    start = max(page - 1, 0) * size
    window = slice(start, min(start + size, most)) if page else slice(0, 0)
    return window, {"hitsPerPage": size, "page": page, "totalPages": -(-total // size) if size else 0, "totalHits": total}


def hit(collection: Collection, query: Json, found: Ranked) -> Json:
    document = collection.documents[found.key]
    shown = collection.shown(document, query.get("attributesToRetrieve"))
    if query.get("attributesToHighlight"):
        from_highlighting = _highlighted(collection, query, document)
        shown = {**shown, "_formatted": {name: from_highlighting.get(name, value) for name, value in shown.items()}}
    return {**shown, "_rankingScore": found.score} if query.get("showRankingScore") else shown


def _highlighted(collection: Collection, query: Json, document: Json) -> Json:
    text = read(str(query.get("q") or ""), collection.settings, collection.contents)
    wanted = query["attributesToHighlight"]
    names = [name for name in document if wanted == ["*"] or name in wanted]
    tags = query.get("highlightPreTag", "<em>"), query.get("highlightPostTag", "</em>")
    return {name: marked(document[name], text.terms, *tags) for name in names}


def _fields(collection: Collection, wanted: Any) -> frozenset[int]:
    searchable = collection.contents.searchable
    if wanted is None or wanted == ["*"]:
        return frozenset(range(len(searchable)))
    if not isinstance(wanted, list):
        raise ApiError("invalid_search_attributes_to_search_on", "Invalid value type at `.attributesToSearchOn`: expected an array")
    for name in wanted:
        if name not in searchable and collection.settings["searchableAttributes"] != ["*"]:
            reason = f"Attribute `{name}` is not searchable. Available searchable attributes are: `{', '.join(searchable)}`."
            raise ApiError("invalid_search_attributes_to_search_on", f"Index `{collection.uid}`: {reason}")
    return frozenset(place for place, name in enumerate(searchable) if name in wanted)


def _strategy(query: Json) -> str:
    strategy = query.get("matchingStrategy") or "last"
    if strategy not in {"last", "all", "frequency"}:
        message = f"Unknown value `{strategy}` at `.matchingStrategy`: expected one of `last`, `all`, `frequency`"
        raise ApiError("invalid_search_matching_strategy", message)
    return str(strategy)


def _ranked(collection: Collection, key: Key, fit: Fit, most: Fit, sorts: Sequence[tuple[str, bool]], weight: float) -> Ranked:
    values: list[float | Sorted] = []
    rank, highest, total_rank, total_highest = 0, 1, 0, 1
    for rule in collection.settings["rankingRules"]:
        ranks = _RANKS.get(rule)
        if ranks:
            for name in ranks:
                size = getattr(most, name) + 1
                reached = size - 1 - min(getattr(fit, name), size - 1)
                rank, highest = rank * size + reached, highest * size
                total_rank, total_highest = total_rank * size + reached, total_highest * size
            continue
        if highest > 1:
            values.append(weight * (rank + 1) / highest)
            rank, highest = 0, 1
        fields = sorts if rule == "sort" else [(rule.rpartition(":")[0], rule.endswith(":desc"))]
        values += [sort_value(collection, key, name, downwards=downwards) for name, downwards in fields]
    if highest > 1:
        values.append(weight * (rank + 1) / highest)
    return Ranked(key, tuple(values), weight * (total_rank + 1) / total_highest)


def sort_value(collection: Collection, key: Key, name: str, *, downwards: bool) -> Sorted:
    values = collection.contents.flat[key].get(name, [])
    return Sorted(next((each for each in values if each is not None), None), downwards)


def _compared(left: float | Sorted, right: float | Sorted) -> int:
    if not isinstance(left, Sorted) or not isinstance(right, Sorted):
        one, other = (each if not isinstance(each, Sorted) else 0.0 for each in (left, right))
        return (one < other) - (one > other)
    kinds = _kind(left.value), _kind(right.value)
    if kinds[0] != kinds[1]:
        return kinds[0] - kinds[1]
    if kinds[0] == 2 or left.value == right.value:
        return 0
    smaller = left.value < right.value  # type: ignore[operator] # of one kind
    return -1 if smaller != left.downwards else 1


def _kind(value: object) -> int:
    """Numbers before texts, and what is not there after both, whatever the direction."""
    return 0 if _is_number(value) else 2 if value is None else 1


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _distinct(found: list[Ranked], collection: Collection, name: str | None) -> list[Ranked]:
    if name is None:
        return found
    seen: set[object] = set()
    kept = []
    for each in found:
        values = collection.contents.flat[each.key].get(name, [])
        if seen.isdisjoint(values):
            kept.append(each)
        seen.update(values)
    return kept


def _count(values: Sequence[object], counted: dict[str, int]) -> None:
    for text in dict.fromkeys(_written(values)):
        counted[text] = counted.get(text, 0) + 1


def _written(values: Sequence[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, bool):
            yield "true" if value else "false"
        elif value is not None:
            yield str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _cut(collection: Collection, name: str, counted: dict[str, int]) -> dict[str, int]:
    faceting = collection.settings["faceting"]
    orders = faceting["sortFacetValuesBy"]
    by_count = orders.get(name, orders.get("*", "alpha")) == "count"
    ordered = sorted(counted.items(), key=lambda each: (-each[1] if by_count else 0, each[0]))
    return dict(ordered[: faceting["maxValuesPerFacet"]])
