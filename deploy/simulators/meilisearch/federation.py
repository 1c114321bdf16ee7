"""Multi-search: queries answered one by one, or merged into one answer that shows each document once."""

import contextlib
from collections.abc import Iterator, Sequence
from functools import cmp_to_key
from typing import Any

from simulators.meilisearch.collection import Collection, Key
from simulators.meilisearch.errors import ApiError, Json
from simulators.meilisearch.keys import Grant
from simulators.meilisearch.searching import Ranked, compare, facets, hit, paginated, ranked, search
from simulators.meilisearch.server import Server

Document = tuple[str, Key]
"""(index, key)."""
Best = dict[Document, tuple[Ranked, int]]
"""How each document is best found, and by which of the queries."""
Hit = tuple[Document, tuple[Ranked, int]]
_PAGINATION = ("limit", "offset", "page", "hitsPerPage")


def multi_search(server: Server, body: Any, grant: Grant) -> Json:
    queries = body.get("queries") if isinstance(body, dict) else None
    if not isinstance(queries, list):
        raise ApiError("bad_request", "Missing field `queries`")
    if body.get("federation") is not None:
        return _federated(server, queries, body["federation"], grant)
    return {"results": [_alone(server, place, query, grant) for place, query in enumerate(queries)]}


def _alone(server: Server, place: int, query: Json, grant: Grant) -> Json:
    uid = str(query.get("indexUid"))
    with _inside(place):
        if query.get("federationOptions") is not None:
            raise ApiError("invalid_multi_search_federation_options", "Using `federationOptions` is not allowed in a non-federated search.")
        return {"indexUid": uid, **search(server.index(uid), query, grant.filter_for(uid))}


def _federated(server: Server, queries: list[Json], federation: Json, grant: Grant) -> Json:
    best: Best = {}
    for place, query in enumerate(queries):
        with _inside(place):
            for found in _found(server, query, grant):
                document = str(query["indexUid"]), found.key
                if document not in best or compare(found, best[document][0]) < 0:
                    best[document] = found, place
    merged = sorted(best.items(), key=cmp_to_key(_compared))
    window, pagination = paginated(federation, len(merged), len(merged))
    hits = [_hit(server.index(uid), queries[place], found, place) for (uid, _), (found, place) in _reached(server, merged)[window]]
    counted = _facets(server, federation, best)
    return {"hits": hits, "processingTimeMs": 0, **pagination, **({"facetsByIndex": counted} if counted else {})}


def _reached(server: Server, merged: Sequence[Hit]) -> list[Hit]:
    """Totals are of everything, but no index gives more hits than its `maxTotalHits`."""
    given: dict[str, int] = {}
    reached = []
    for each in merged:
        (uid, _), _ = each
        given[uid] = given.get(uid, 0) + 1
        reached += [each] if given[uid] <= server.index(uid).settings["pagination"]["maxTotalHits"] else []
    return reached


def _found(server: Server, query: Json, grant: Grant) -> list[Ranked]:
    for name in _PAGINATION:
        if query.get(name) is not None:
            message = f"Using pagination options is not allowed in federated queries.\n - Hint: remove `{name}` from the query"
            raise ApiError("invalid_multi_search_query_pagination", message)
    if query.get("facets") is not None:
        message = "Using facet options is not allowed in federated queries.\n - Hint: remove `facets` from the query"
        raise ApiError("invalid_multi_search_query_facets", message)
    uid = str(query.get("indexUid"))
    weight = (query.get("federationOptions") or {}).get("weight", 1.0)
    return ranked(server.index(uid), query, grant.filter_for(uid), weight)


def _compared(one: Hit, other: Hit) -> int:
    return compare(one[1][0], other[1][0])


def _facets(server: Server, federation: Json, found: Best) -> Json:
    by_index: Json = {}
    for uid, wanted in (federation.get("facetsByIndex") or {}).items():
        distribution, stats = facets(server.index(uid), [key for index, key in found if index == uid], wanted or [])
        by_index[uid] = {"distribution": distribution, "stats": stats}
    return by_index


def _hit(collection: Collection, query: Json, found: Ranked, place: int) -> Json:
    placed = {"indexUid": collection.uid, "queriesPosition": place, "weightedRankingScore": found.score}
    return {**hit(collection, query, found), "_federation": placed}


@contextlib.contextmanager
def _inside(place: int) -> Iterator[None]:
    try:
        yield
    except ApiError as error:
        raise ApiError(error.code, f"Inside `.queries[{place}]`: {error.message}") from error
