"""What could not be taken in stays here, whole and with its reason, until its source is mended or a person has it read again."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b

from spoina.db import Connection, Pool
from spoina.sync.types import Quarantined, QuarantineEntry

_PUT = """
insert into quarantine (source, kind, external_id, reason, body, hash, first_at, last_at) values ($1, $2, $3, $4, $5, $6, $7, $7)
on conflict (source, kind, external_id) do update
set reason = excluded.reason, body = excluded.body, hash = excluded.hash, last_at = excluded.last_at, times = quarantine.times + 1
"""


async def put(db: Connection | Pool, source: str, rows: Sequence[Quarantined], at: datetime) -> None:
    await db.executemany(
        _PUT, [(source, row.kind, row.external_id, row.reason, row.body, blake2b(row.body, digest_size=16).digest(), at) for row in rows]
    )


async def clear(db: Connection | Pool, source: str, kind: str, external_ids: Sequence[int]) -> None:
    """These were taken in, or are gone."""
    await db.execute(
        "delete from quarantine where source = $1 and kind = $2 and external_id = any($3::bigint[])", source, kind, external_ids
    )


async def clear_unseen(db: Connection | Pool, source: str, kinds: Sequence[str], since: datetime) -> None:
    """Everything of these kinds has been read since then: what was not refused again is mended or gone."""
    await db.execute("delete from quarantine where source = $1 and kind = any($2::text[]) and last_at < $3", source, kinds, since)


async def not_met(db: Connection | Pool, source: str, kind: str, since: datetime) -> list[int]:
    """Those that were last refused before then, in the order of their numbers."""
    rows = await db.fetch(
        "select external_id from quarantine where source = $1 and kind = $2 and last_at < $3 order by external_id", source, kind, since
    )
    return [row[0] for row in rows]


async def entries(db: Connection, source: str, limit: int = 1000) -> list[QuarantineEntry]:
    rows = await db.fetch(
        "select kind, external_id, reason, first_at, last_at, times from quarantine where source = $1 order by last_at desc limit $2",
        source,
        limit,
    )
    return [QuarantineEntry(kind=row[0], external_id=row[1], reason=row[2], first_at=row[3], last_at=row[4], times=row[5]) for row in rows]


async def ids(db: Connection, source: str, kind: str) -> set[int]:
    return {row[0] for row in await db.fetch("select external_id from quarantine where source = $1 and kind = $2", source, kind)}
