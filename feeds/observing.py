"""What is noted of feeds for those who watch them: how fresh they are, and who fetched them."""

from datetime import datetime, timedelta

import msgspec

from spoina.db import Connection, Pool

FETCHES_ARE_KEPT = timedelta(days=90)
LONGEST_USER_AGENT = 300
FRESHNESS_SECONDS = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0, float("inf"))
"""Upper bounds of the histogram's buckets."""

_FRESHNESS = """
insert into feed_freshness (feed, seconds, changes, total_seconds) values ($1, $2, 1, $3)
on conflict (feed, seconds) do update set changes = feed_freshness.changes + 1, total_seconds = feed_freshness.total_seconds + $3
"""


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """How long the oldest change of each build had waited when it was published: builds by upper bound, and the sum."""

    feed: str
    buckets: dict[float, int]
    total_seconds: float


async def note_freshness(db: Pool, name: str, seconds: float) -> None:
    await db.execute(_FRESHNESS, name, next(bound for bound in FRESHNESS_SECONDS if seconds <= bound), seconds)


async def freshness(db: Pool | Connection) -> list[Freshness]:
    found: dict[str, Freshness] = {}
    for feed, bound, changes, total in await db.fetch("select feed, seconds, changes, total_seconds from feed_freshness order by feed"):
        before = found.get(feed) or Freshness(feed=feed, buckets=dict.fromkeys(FRESHNESS_SECONDS, 0), total_seconds=0.0)
        found[feed] = msgspec.structs.replace(
            before, buckets={**before.buckets, bound: before.buckets[bound] + changes}, total_seconds=before.total_seconds + total
        )
    return list(found.values())


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to a crawler. `size`: bytes sent of the content."""

    build: int | None
    at: datetime
    method: str
    status: int
    size: int
    user_agent: str


async def note_fetch(db: Pool, name: str, fetch: Fetch) -> None:
    await db.execute(
        "insert into feed_fetch (feed, build, at, method, status, bytes, user_agent) values ($1, $2, $3, $4, $5, $6, $7)",
        *(name, fetch.build, fetch.at, fetch.method, fetch.status, fetch.size, fetch.user_agent[:LONGEST_USER_AGENT]),
    )


async def fetches_of(db: Pool | Connection, name: str) -> list[Fetch]:
    """The newest hundred."""
    rows = await db.fetch(
        "select build, at, method, status, bytes as size, user_agent from feed_fetch where feed = $1 order by id desc limit 100", name
    )
    return [Fetch(**dict(row)) for row in rows]


async def forget_old_fetches(db: Pool, now: datetime) -> None:
    await db.execute("delete from feed_fetch where at < $1", now - FETCHES_ARE_KEPT)
