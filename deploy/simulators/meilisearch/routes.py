"""Which route does what, and who may call it."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from simulators.meilisearch.collection import Collection, sort_fields
from simulators.meilisearch.errors import ApiError, Json
from simulators.meilisearch.federation import multi_search
from simulators.meilisearch.filters import compiled
from simulators.meilisearch.keys import Grant
from simulators.meilisearch.searching import search
from simulators.meilisearch.server import VERSION, Server
from simulators.meilisearch.settings import DEFAULTS
from simulators.meilisearch.sorting import ordered
from simulators.meilisearch.suggesting import facet_search
from simulators.meilisearch.tasks import Task


class Call(NamedTuple):
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        if not self.body.strip():
            raise ApiError("missing_payload", "A json payload is missing.")
        if "content-type" not in self.headers:
            accepted = "`application/json`, `application/x-ndjson`, `text/csv`"
            raise ApiError("missing_content_type", f"A Content-Type header is missing. Accepted values are: {accepted}")
        try:
            if self.headers["content-type"].startswith("application/x-ndjson"):
                return [json.loads(line) for line in self.body.splitlines() if line.strip()]
            return json.loads(self.body)
        except ValueError as error:
            raise ApiError("malformed_payload", f"The json payload provided is malformed. `{error}`.") from error


class Answer(NamedTuple):
    status: int
    content: Any


class Asked(NamedTuple):
    """`parts` are what the path names."""

    server: Server
    call: Call
    grant: Grant
    parts: Sequence[str]

    @property
    def collection(self) -> Collection:
        return self.server.index(self.parts[0])


Handler = Callable[[Asked], Answer]


def answer(server: Server, call: Call) -> Answer:
    """Raises ApiError."""
    known = [(route, match) for route in _ROUTES if (match := route.pattern.fullmatch(call.path))]
    for route, match in known:
        if route.method == call.method:
            grant = server.keyring.grant(call.headers.get("authorization"), route.action, server.clock()) if route.action else Grant()
            parts = match.groups()
            if parts and call.path.startswith("/indexes/"):
                grant.filter_for(parts[0])
            return route.handler(Asked(server, call, grant, parts))
    return Answer(405 if known else 404, None)


def _enqueued(task: Task) -> Answer:
    return Answer(202, task.summary())


def _health(_: Asked) -> Answer:
    return Answer(200, {"status": "available"})


def _version(_: Asked) -> Answer:
    return Answer(200, {"commitSha": "0" * 40, "commitDate": "2026-07-20", "pkgVersion": VERSION})


def _stats(asked: Asked) -> Answer:
    indexes = {uid: asked.server.stats(collection) for uid, collection in sorted(asked.server.indexes.items())}
    return Answer(200, {"databaseSize": 0, "usedDatabaseSize": 0, "lastUpdate": None, "indexes": indexes})


def _list_indexes(asked: Asked) -> Answer:
    all_of_them = [asked.server.index_json(collection) for _, collection in sorted(asked.server.indexes.items())]
    return Answer(200, _page(all_of_them, asked.call.query))


def _page(items: Sequence[Json], query: Mapping[str, Any]) -> Json:
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", 20))
    return {"results": items[offset : offset + limit], "offset": offset, "limit": limit, "total": len(items)}


def _set_settings(asked: Asked) -> Answer:
    return _enqueued(asked.server.set_settings(asked.parts[0], asked.call.json))


def _get_setting(asked: Asked) -> Answer:
    return Answer(200, asked.collection.settings[_setting(asked.parts[1])])


def _set_one(asked: Asked) -> Answer:
    name = _setting(asked.parts[1])
    return _enqueued(asked.server.set_settings(asked.parts[0], {name: None if asked.call.method == "DELETE" else asked.call.json}))


def _reset_settings(asked: Asked) -> Answer:
    return _enqueued(asked.server.set_settings(asked.parts[0], dict.fromkeys(DEFAULTS)))


def _setting(written: str) -> str:
    first, *rest = written.split("-")
    name = first + "".join(part.capitalize() for part in rest)
    if name not in DEFAULTS:
        raise ApiError("not_found", f"There is no setting `{written}`.")
    return name


def _add_documents(asked: Asked) -> Answer:
    documents = asked.call.json
    listed = documents if isinstance(documents, list) else [documents]
    if not all(isinstance(document, dict) for document in listed):
        raise ApiError("malformed_payload", "The json payload provided is malformed. Documents are objects.")
    partial = asked.call.method == "PUT"
    return _enqueued(asked.server.add_documents(asked.parts[0], listed, asked.call.query.get("primaryKey"), partial=partial))


def _get_document(asked: Asked) -> Answer:
    key = asked.collection.known_key(asked.parts[1])
    document = asked.collection.documents.get(key)
    if document is None:
        raise ApiError("document_not_found", f"Document `{asked.parts[1]}` not found.")
    return Answer(200, asked.collection.shown(document))


def _list_documents(asked: Asked) -> Answer:
    query = asked.call.query
    return _documents(asked.collection, {**query, "fields": query["fields"].split(",") if "fields" in query else None})


def _documents(collection: Collection, wanted: Mapping[str, Any]) -> Answer:
    holds = compiled(wanted.get("filter"), collection.is_filterable, "invalid_document_filter")
    keys = [key for key, flat in collection.contents.flat.items() if holds(flat)]
    sorts = list(sort_fields(wanted.get("sort") or [], collection, "invalid_document_sort"))
    documents = [collection.shown(collection.documents[key], wanted.get("fields")) for key in ordered(keys, collection, sorts)]
    return Answer(200, _page(documents, {name: wanted[name] for name in ("offset", "limit") if wanted.get(name) is not None}))


def _change_index(asked: Asked) -> Answer:
    return _enqueued(asked.server.change_index(asked.parts[0], asked.call.json))


def _delete_all(asked: Asked) -> Answer:
    return _enqueued(asked.server.delete_documents(asked.parts[0]))


def _delete_listed(asked: Asked) -> Answer:
    return _enqueued(asked.server.delete_documents(asked.parts[0], ids=asked.call.json))


def _delete_one(asked: Asked) -> Answer:
    return _enqueued(asked.server.delete_documents(asked.parts[0], ids=[asked.parts[1]]))


def _delete_matching(asked: Asked) -> Answer:
    wanted = asked.call.json.get("filter")
    if not wanted:
        raise ApiError("missing_document_filter", "Sending an empty filter is forbidden.")
    return _enqueued(asked.server.delete_documents(asked.parts[0], by_filter=wanted))


def _search(asked: Asked) -> Answer:
    return Answer(200, search(asked.collection, asked.call.json if asked.call.body else {}, asked.grant.filter_for(asked.parts[0])))


def _facet_search(asked: Asked) -> Answer:
    return Answer(200, facet_search(asked.collection, asked.call.json, asked.grant.filter_for(asked.parts[0])))


def _multi_search(asked: Asked) -> Answer:
    return Answer(200, multi_search(asked.server, asked.call.json, asked.grant))


def _delete_key(asked: Asked) -> Answer:
    asked.server.keyring.delete(asked.parts[0])
    return Answer(204, None)


class Route(NamedTuple):
    method: str
    pattern: re.Pattern[str]
    action: str
    """"" for what anybody may ask."""
    handler: Handler


def _route(method: str, path: str, action: str, handler: Handler) -> Route:
    return Route(method, re.compile(re.sub(r"\{\w+\}", "([^/]+)", path)), action, handler)


_ROUTES = (
    _route("GET", "/health", "", _health),
    _route("GET", "/version", "version", _version),
    _route("GET", "/stats", "stats.get", _stats),
    _route("GET", "/indexes", "indexes.get", _list_indexes),
    _route("POST", "/indexes", "indexes.create", lambda asked: _enqueued(asked.server.create_index(asked.call.json))),
    _route("GET", "/indexes/{uid}", "indexes.get", lambda asked: Answer(200, asked.server.index_json(asked.collection))),
    _route("PATCH", "/indexes/{uid}", "indexes.update", _change_index),
    _route("DELETE", "/indexes/{uid}", "indexes.delete", lambda asked: _enqueued(asked.server.delete_index(asked.parts[0]))),
    _route("GET", "/indexes/{uid}/stats", "stats.get", lambda asked: Answer(200, asked.server.stats(asked.collection))),
    _route("POST", "/swap-indexes", "indexes.swap", lambda asked: _enqueued(asked.server.swap(asked.call.json))),
    _route("GET", "/indexes/{uid}/settings", "settings.get", lambda asked: Answer(200, asked.collection.settings)),
    _route("PATCH", "/indexes/{uid}/settings", "settings.update", _set_settings),
    _route("DELETE", "/indexes/{uid}/settings", "settings.update", _reset_settings),
    _route("GET", "/indexes/{uid}/settings/{name}", "settings.get", _get_setting),
    *(_route(method, "/indexes/{uid}/settings/{name}", "settings.update", _set_one) for method in ("PUT", "PATCH", "DELETE")),
    *(_route(method, "/indexes/{uid}/documents", "documents.add", _add_documents) for method in ("POST", "PUT")),
    _route("GET", "/indexes/{uid}/documents", "documents.get", _list_documents),
    _route("DELETE", "/indexes/{uid}/documents", "documents.delete", _delete_all),
    _route("POST", "/indexes/{uid}/documents/fetch", "documents.get", lambda asked: _documents(asked.collection, asked.call.json)),
    _route("POST", "/indexes/{uid}/documents/delete", "documents.delete", _delete_matching),
    _route("POST", "/indexes/{uid}/documents/delete-batch", "documents.delete", _delete_listed),
    _route("GET", "/indexes/{uid}/documents/{id}", "documents.get", _get_document),
    _route("DELETE", "/indexes/{uid}/documents/{id}", "documents.delete", _delete_one),
    _route("POST", "/indexes/{uid}/search", "search", _search),
    _route("POST", "/indexes/{uid}/facet-search", "search", _facet_search),
    _route("POST", "/multi-search", "search", _multi_search),
    _route("GET", "/tasks", "tasks.get", lambda asked: Answer(200, asked.server.queue.listed(dict(asked.call.query)))),
    _route("GET", "/tasks/{uid}", "tasks.get", lambda asked: Answer(200, asked.server.queue.get(asked.parts[0]).as_json())),
    _route("GET", "/keys", "keys.get", lambda asked: Answer(200, _page(list(asked.server.keyring.keys.values()), asked.call.query))),
    _route("POST", "/keys", "keys.create", lambda asked: Answer(201, asked.server.keyring.create(asked.call.json, asked.server.clock()))),
    _route("GET", "/keys/{uid}", "keys.get", lambda asked: Answer(200, asked.server.keyring.get(asked.parts[0]))),
    _route("DELETE", "/keys/{uid}", "keys.delete", _delete_key),
)
