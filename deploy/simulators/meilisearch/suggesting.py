"""Facet search: the values of a facet that begin as asked, with how many documents have them."""

from typing import Any

from simulators.meilisearch.collection import Collection
from simulators.meilisearch.errors import ApiError, Json
from simulators.meilisearch.searching import ranked
from simulators.meilisearch.typos import typos
from simulators.meilisearch.words import normalised

_OWN = frozenset({"facetName", "facetQuery", "exhaustiveFacetCount"})


def facet_search(collection: Collection, body: Any, tenant_filter: object) -> Json:
    name = body.get("facetName")
    if not isinstance(name, str):
        raise ApiError("missing_facet_search_facet_name", "Missing field `facetName`")
    if not collection.is_filterable(name):
        known = ", ".join(collection.settings["filterableAttributes"])
        message = f"Attribute `{name}` is not facet-searchable. Available facet-searchable attributes patterns are: `{known}`."
        raise ApiError("invalid_facet_search_facet_name", message)
    found = ranked(collection, {key: value for key, value in body.items() if key not in _OWN}, tenant_filter)
    counted = _counted(collection, [each.key for each in found], name)
    wanted = normalised(body.get("facetQuery") or "")
    sizes = collection.settings["typoTolerance"]["minWordSizeForTypos"]
    forgiven = int(len(wanted) >= sizes["oneTypo"]) + int(len(wanted) >= sizes["twoTypos"])
    hits = [each for each in counted.items() if typos(wanted, normalised(each[0]), forgiven, prefix=True) is not None]
    by_count = collection.settings["faceting"]["sortFacetValuesBy"]
    if by_count.get(name, by_count.get("*")) == "count":
        hits.sort(key=lambda each: (-each[1], each[0]))
    shown = [{"value": value, "count": count} for value, count in hits[: collection.settings["faceting"]["maxValuesPerFacet"]]]
    return {"facetHits": shown, "facetQuery": body.get("facetQuery"), "processingTimeMs": 0}


def _counted(collection: Collection, keys: list[Any], name: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    for key in keys:
        for value in dict.fromkeys(collection.contents.flat[key].get(name, [])):
            counted[str(value)] = counted.get(str(value), 0) + 1
    return dict(sorted(counted.items()))
