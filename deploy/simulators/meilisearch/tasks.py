"""Writes happen later and in their order: each is a task that is enqueued, processed, and succeeds or fails."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulators.meilisearch.errors import ApiError, Json

Work = Callable[[], Json | None]
"""Does the task and tells its details; raises ApiError."""


class Task:
    def __init__(self, uid: int, index: str | None, kind: str, work: Work, now: datetime, details: Json | None) -> None:
        self.uid, self.index, self.kind, self.work = uid, index, kind, work
        self.status = "enqueued"
        self.enqueued_at = now
        self.started_at: datetime | None = None
        self.finished_at: datetime | None = None
        self.details = details
        self.error: Json | None = None

    def summary(self) -> Json:
        """What the route that made it answers."""
        return {
            "taskUid": self.uid,
            "indexUid": self.index,
            "status": self.status,
            "type": self.kind,
            "enqueuedAt": stamp(self.enqueued_at),
        }

    def as_json(self) -> Json:
        seconds = (self.finished_at - self.started_at).total_seconds() if self.finished_at and self.started_at else None
        return {
            "uid": self.uid,
            "batchUid": None if self.started_at is None else self.uid,
            "indexUid": self.index,
            "status": self.status,
            "type": self.kind,
            "canceledBy": None,
            "details": self.details,
            "error": self.error,
            "duration": None if seconds is None else f"PT{seconds:.6f}S",
            "enqueuedAt": stamp(self.enqueued_at),
            "startedAt": stamp(self.started_at),
            "finishedAt": stamp(self.finished_at),
        }


class Queue:
    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self._done = 0

    def add(self, index: str | None, kind: str, work: Work, now: datetime, details: Json | None = None) -> Task:
        task = Task(len(self.tasks), index, kind, work, now, details)
        self.tasks.append(task)
        return task

    def get(self, uid: str) -> Task:
        if not uid.isdecimal():
            raise ApiError("invalid_task_uid", f"Task uid `{uid}` is invalid. It should only contain numeric characters.")
        if int(uid) >= len(self.tasks):
            raise ApiError("task_not_found", f"Task `{uid}` not found.")
        return self.tasks[int(uid)]

    def start_next(self, now: datetime) -> Task | None:
        """The oldest that waits, now being processed."""
        if self._done == len(self.tasks):
            return None
        task = self.tasks[self._done]
        task.status, task.started_at = "processing", now
        return task

    def finish(self, task: Task, now: datetime, *, fails: bool) -> None:
        try:
            if fails:
                raise ApiError("internal", "Internal error: the task was told to fail.")
            task.details = {**(task.details or {}), **(task.work() or {})} or None
            task.status = "succeeded"
        except ApiError as error:
            task.status, task.error = "failed", error.as_json()
        task.finished_at = now
        self._done += 1

    def listed(self, query: dict[str, str]) -> Json:
        wanted = {name: query[name].split(",") for name in ("statuses", "types", "indexUids", "uids") if name in query}
        found = [task for task in reversed(self.tasks) if all(_of(task, name) in values for name, values in wanted.items())]
        limit, start = int(query.get("limit", 20)), int(query["from"]) if "from" in query else None
        shown = [task for task in found if start is None or task.uid <= start]
        page, rest = shown[:limit], shown[limit:]
        following: Any = rest[0].uid if rest else None
        first: Any = page[0].uid if page else None
        return {"results": [task.as_json() for task in page], "total": len(found), "limit": limit, "from": first, "next": following}


def stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _of(task: Task, name: str) -> str | None:
    return {"statuses": task.status, "types": task.kind, "indexUids": task.index, "uids": str(task.uid)}[name]
