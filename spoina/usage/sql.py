"""How the ledger is kept: one row for each coordinate, client, version and day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import asyncpg

from spoina.db import Connection, Pool
from spoina.usage.types import Client, DayCount, FieldUse

# In the order of the key, so that two processes never wait for each other in a circle.
_ADD = """
insert into field_use as kept (coordinate, client, version, day, requests, first_seen, last_seen)
select coordinate, client, version, ($1::timestamptz at time zone 'UTC')::date, requests, $1, $1
from unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) as counted (coordinate, client, version, requests)
order by coordinate, client, version
on conflict (coordinate, client, version, day) do update
set requests = kept.requests + excluded.requests, last_seen = greatest(kept.last_seen, excluded.last_seen)
"""
_FORGET = "delete from field_use where day < $1"
_USES = """
select coordinate, client, version, sum(requests)::bigint as requests, min(first_seen) as first_seen, max(last_seen) as last_seen,
    array_agg(day order by day) as days, array_agg(requests order by day) as by_day
from field_use where coordinate = any($1) and day >= $2
group by coordinate, client, version order by coordinate, sum(requests) desc, client, version limit $3
"""
_LAST_SEEN = "select coordinate, max(last_seen) as last_seen from field_use where coordinate = any($1) group by coordinate"
_SINCE = "select min(first_seen) from field_use"


async def add(db: Connection | Pool, at: datetime, requests: Mapping[tuple[str, Client], int]) -> None:
    keys = list(requests)
    coordinates = [coordinate for coordinate, _ in keys]
    names, versions = [client.name for _, client in keys], [client.version for _, client in keys]
    await db.execute(_ADD, at, coordinates, names, versions, list(requests.values()))


async def forget_before(db: Connection | Pool, day: date) -> None:
    await db.execute(_FORGET, day)


async def uses(db: Connection | Pool, coordinates: Sequence[str], since: date, limit: int) -> list[FieldUse]:
    return [_use(row) for row in await db.fetch(_USES, coordinates, since, limit)]


async def last_seen(db: Connection | Pool, coordinates: Sequence[str]) -> dict[str, datetime]:
    return {row["coordinate"]: row["last_seen"] for row in await db.fetch(_LAST_SEEN, coordinates)}


async def counted_since(db: Connection | Pool) -> datetime | None:
    """None while nothing was counted."""
    since: datetime | None = await db.fetchval(_SINCE)
    return since


def _use(row: asyncpg.Record) -> FieldUse:
    return FieldUse(
        coordinate=row["coordinate"],
        client=row["client"],
        version=row["version"],
        requests=row["requests"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        days=tuple(map(DayCount, row["days"], row["by_day"])),
    )
