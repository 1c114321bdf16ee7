"""How keys are kept: the digest, never the token."""

from datetime import datetime

import asyncpg

from spoina.access.types import Key, KeyKind
from spoina.db import Connection, Pool
from spoina.ids import KeyId, TerminalId

KEY_MADE = "key_made"
"""Announced with the commit, without saying which: only a key that was asked for in vain before has to be looked for again."""
INSERT = """
with made as (
    insert into api_key (name, kind, digest, hint, created_at, terminal_id) values ($1, $2, $3, $4, $5, $6)
    returning id, name, kind, hint, created_at, revoked_at, terminal_id
)
select made.* from made, pg_notify('key_made', '')
"""
FIND_ACTIVE = "select id, name, kind, hint, created_at, revoked_at, terminal_id from api_key where digest = $1 and revoked_at is null"
LIST = "select id, name, kind, hint, created_at, revoked_at, terminal_id from api_key order by id"
REVOKE = """
update api_key set revoked_at = $2 where id = $1 and revoked_at is null
returning id, name, kind, hint, created_at, revoked_at, terminal_id
"""


async def insert(
    db: Connection | Pool, name: str, kind: KeyKind, digest: bytes, hint: str, created_at: datetime, terminal: TerminalId | None
) -> Key:
    (row,) = await db.fetch(INSERT, name, kind, digest, hint, created_at, terminal)
    return _key(row)


async def find_active(pool: Pool, digest: bytes) -> Key | None:
    row = await pool.fetchrow(FIND_ACTIVE, digest)
    return _key(row) if row else None


async def every(db: Connection | Pool) -> list[Key]:
    return [_key(row) for row in await db.fetch(LIST)]


async def revoke(db: Connection | Pool, key_id: KeyId, at: datetime) -> Key | None:
    row = await db.fetchrow(REVOKE, key_id, at)
    return _key(row) if row else None


def _key(row: "asyncpg.Record") -> Key:
    return Key(
        id=KeyId(row["id"]),
        name=row["name"],
        kind=KeyKind(row["kind"]),
        hint=row["hint"],
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        terminal=row["terminal_id"],
    )
