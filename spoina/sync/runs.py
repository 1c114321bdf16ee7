"""Runs and cursors: what a pass did, and where the next one goes on."""

from datetime import datetime

from spoina.db import Connection, Pool
from spoina.sync.types import Progress, Run

_SAVE_CURSOR = """
insert into sync_cursor (name, cursor, moved_at) values ($1, $2, $3)
on conflict (name) do update set cursor = excluded.cursor, moved_at = excluded.moved_at
"""

_BEAT = """
update sync_run set beat_at = $2, stage = $3, total = $4, read = $5, created = $6, changed = $7, removed = $8, quarantined = $9 where id
= $1
"""


class Counts:
    """What a run has counted so far."""

    __slots__ = ("changed", "created", "quarantined", "read", "removed")

    def __init__(self) -> None:
        self.read = self.created = self.changed = self.removed = self.quarantined = 0


async def cursor(db: Connection | Pool, name: str) -> str | None:
    text: str | None = await db.fetchval("select cursor from sync_cursor where name = $1", name)
    return text


async def save_cursor(db: Connection | Pool, name: str, text: str, at: datetime) -> None:
    await db.execute(_SAVE_CURSOR, name, text, at)


async def drop_cursor(db: Connection | Pool, name: str) -> None:
    await db.execute("delete from sync_cursor where name = $1", name)


async def start(db: Connection | Pool, kind: str, at: datetime) -> int:
    run_id: int = await db.fetchval("insert into sync_run (kind, started_at, beat_at) values ($1, $2, $2) returning id", kind, at)
    return run_id


async def beat(db: Connection | Pool, run_id: int, at: datetime, counts: Counts, progress: Progress | None = None) -> None:
    """Shows that the run lives and how far it has come."""
    stage, total = (progress.stage, progress.total) if progress else ("", None)
    await db.execute(_BEAT, run_id, at, stage, total, counts.read, counts.created, counts.changed, counts.removed, counts.quarantined)


async def finish(db: Connection | Pool, run_id: int, at: datetime, error: str | None = None) -> None:
    """`error` None: it came to its end."""
    await db.execute("update sync_run set finished_at = $2, beat_at = $2, error = $3 where id = $1", run_id, at, error)


async def has_finished(db: Connection | Pool, kind: str) -> bool:
    """Whether a run of this kind ever came to its end."""
    found: bool = await db.fetchval(
        "select exists (select from sync_run where kind = $1 and finished_at is not null and error is null)", kind
    )
    return found


async def latest(db: Connection | Pool) -> list[Run]:
    """The newest run of each kind."""
    rows = await db.fetch("select distinct on (kind) * from sync_run order by kind, id desc")
    return [Run(**dict(row)) for row in rows]
