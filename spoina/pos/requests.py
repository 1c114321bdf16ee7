"""Commands that count once: what was answered to a key is kept, and answered again."""

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import NamedTuple
from uuid import UUID

import msgspec

from spoina.clock import Clock
from spoina.db import Connection, Pool
from spoina.errors import Busy, ReusedKey, WrongState
from spoina.ids import RegisterId

encode = msgspec.json.Encoder().encode

ANSWERS_ARE_KEPT = timedelta(days=30)
_AT_ONCE = 1000

_CLAIM = "select free, kind, digest, answer, recorded from claim_till_request($1)"
_STORE = "insert into pos_request (key, kind, digest, answer, recorded_at) values ($1, $2, $3, $4, $5)"
_FORGET = "delete from pos_request where key in (select key from pos_request where recorded_at < $1 order by recorded_at limit $2)"


class Claimed(NamedTuple):
    """`answer`: the command was done before. Otherwise this transaction alone does it, and stores its answer."""

    key: UUID
    kind: str
    digest: bytes
    answer: bytes | None


async def claim(db: Connection, key: UUID, kind: str, register: RegisterId, body: msgspec.Struct) -> Claimed:
    """Raises Busy while another transaction is at it, ReusedKey when the key came with another body, for something else or from another
    register, WrongState when it was recorded so long ago that the answer is forgotten."""
    digest = blake2b(encode((kind, register, body)), digest_size=16).digest()
    row = await db.fetchrow(_CLAIM, key)
    if row is None or not row["free"]:
        raise Busy("idempotency-key", f"{key} is being recorded: ask again")
    if row["digest"] is not None and row["digest"] != digest:
        raise ReusedKey("idempotency-key", f"{key} was used for another {row['kind']}")
    if row["digest"] is None and row["recorded"]:
        raise WrongState(str(key), "recorded", f"more than {ANSWERS_ARE_KEPT.days} days ago, and what was answered is not known any more")
    return Claimed(key, kind, digest, row["answer"])


async def store(db: Connection, claimed: Claimed, answer: bytes, now: datetime) -> None:
    await db.execute(_STORE, claimed.key, claimed.kind, claimed.digest, answer, now)


async def forget_old_requests(pool: Pool, clock: Clock) -> None:
    """What was answered long ago. The documents themselves stay, and are not recorded twice."""
    before = clock() - ANSWERS_ARE_KEPT
    while await pool.execute(_FORGET, before, _AT_ONCE) == f"DELETE {_AT_ONCE}":
        pass
