"""The server in memory: indexes, keys, tasks, and what may go wrong."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from simulators.meilisearch.collection import Collection
from simulators.meilisearch.errors import ApiError, Json, index_not_found
from simulators.meilisearch.faults import Faults
from simulators.meilisearch.filters import compiled
from simulators.meilisearch.keys import Keyring
from simulators.meilisearch.settings import updated
from simulators.meilisearch.tasks import Queue, Task, stamp

VERSION = "1.50.0"
MASTER_KEY = "simulated-master-key"
_UID = re.compile(r"[a-zA-Z0-9_-]{1,512}")
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


class Server:
    def __init__(self, master_key: str | None = MASTER_KEY, clock: Clock = system_clock, faults: Faults | None = None) -> None:
        self.clock = clock
        self.faults = faults or Faults()
        self.keyring = Keyring(master_key)
        self.queue = Queue()
        self.indexes: dict[str, Collection] = {}

    def index(self, uid: str) -> Collection:
        found = self.indexes.get(uid)
        if found is None:
            raise index_not_found(uid)
        return found

    def create_index(self, options: Any) -> Task:
        uid = checked_uid(options.get("uid"))
        primary_key = options.get("primaryKey")

        def work() -> None:
            if uid in self.indexes:
                raise ApiError("index_already_exists", f"Index `{uid}` already exists.")
            self.indexes[uid] = Collection(uid, primary_key, self.clock())

        return self._enqueue(uid, "indexCreation", work, {"primaryKey": primary_key})

    def delete_index(self, uid: str) -> Task:
        def work() -> Json:
            gone = self.index(uid)
            del self.indexes[uid]
            return {"deletedDocuments": len(gone.documents)}

        return self._enqueue(uid, "indexDeletion", work)

    def change_index(self, uid: str, options: Any) -> Task:
        def work() -> None:
            self.index(uid).primary_key = options.get("primaryKey")

        return self._enqueue(uid, "indexUpdate", work, {"primaryKey": options.get("primaryKey")})

    def swap(self, pairs: Any) -> Task:
        swaps = [tuple(pair["indexes"]) for pair in pairs]
        for uids in swaps:
            if len(uids) != 2:
                message = f"Two indexes must be given for each swap. The list `{list(uids)}` contains {len(uids)} indexes."
                raise ApiError("invalid_swap_indexes", message)

        def work() -> None:
            missing = [uid for uids in swaps for uid in uids if uid not in self.indexes]
            if missing:
                raise index_not_found(missing[0])
            for one, other in swaps:
                self.indexes[one], self.indexes[other] = self.indexes[other], self.indexes[one]
                self.indexes[one].uid, self.indexes[other].uid = one, other

        return self._enqueue(None, "indexSwap", work, {"swaps": [{"indexes": list(uids), "rename": False} for uids in swaps]})

    def set_settings(self, uid: str, changes: Json) -> Task:
        checked_uid(uid)
        updated(self._defaults(uid), changes)  # refused before anything is enqueued

        def work() -> None:
            collection = self._index_or_new(uid)
            collection.settings = updated(collection.settings, changes)
            collection.touch(self.clock())

        return self._enqueue(uid, "settingsUpdate", work, dict(changes))

    def add_documents(self, uid: str, documents: list[Json], primary_key: str | None, *, partial: bool) -> Task:
        checked_uid(uid)

        def work() -> Json:
            collection = self._index_or_new(uid)
            return {"indexedDocuments": collection.add(documents, primary_key, self.clock(), partial=partial)}

        return self._enqueue(uid, "documentAdditionOrUpdate", work, {"receivedDocuments": len(documents), "indexedDocuments": None})

    def delete_documents(self, uid: str, *, ids: list[Any] | None = None, by_filter: object = None) -> Task:
        """All of them where neither is given."""

        def work() -> Json:
            collection = self.index(uid)
            chosen: list[Any] = ids if ids is not None else list(collection.documents)
            if by_filter is not None:
                holds = compiled(by_filter, collection.is_filterable, "invalid_document_filter")
                chosen = [key for key, flat in collection.contents.flat.items() if holds(flat)]
            return {"deletedDocuments": collection.remove(chosen, self.clock())}

        details = {"providedIds": len(ids or ()), "originalFilter": by_filter, "deletedDocuments": None}
        return self._enqueue(uid, "documentDeletion", work, details)

    def index_json(self, collection: Collection) -> Json:
        made, changed = stamp(collection.created_at), stamp(collection.updated_at)
        return {"uid": collection.uid, "createdAt": made, "updatedAt": changed, "primaryKey": collection.primary_key}

    def stats(self, collection: Collection) -> Json:
        counts: dict[str, int] = {}
        for document in collection.documents.values():
            for name in document:
                counts[name] = counts.get(name, 0) + 1
        return {"numberOfDocuments": len(collection.documents), "isIndexing": False, "fieldDistribution": dict(sorted(counts.items()))}

    def _defaults(self, uid: str) -> Json:
        known = self.indexes.get(uid)
        return known.settings if known is not None else Collection(uid, None, self.clock()).settings

    def _index_or_new(self, uid: str) -> Collection:
        return self.indexes.setdefault(uid, Collection(uid, None, self.clock()))

    def _enqueue(self, index: str | None, kind: str, work: Callable[[], Json | None], details: Json | None = None) -> Task:
        return self.queue.add(index, kind, work, self.clock(), details)


def checked_uid(uid: object) -> str:
    if not isinstance(uid, str) or not _UID.fullmatch(uid):
        rule = "Index uid can be an integer or a string containing only alphanumeric characters, hyphens (-) and underscores (_)."
        raise ApiError("invalid_index_uid" if uid is not None else "missing_index_uid", f"`{uid}` is not a valid index uid. {rule}")
    return uid
