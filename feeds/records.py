"""What is kept of feeds in PostgreSQL: what is published, what was built, and who fetched it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import asyncpg
import msgspec

from feeds.index import Totals
from feeds.types import FeedDefinition
from spoina.db import Connection, Pool, transaction
from spoina.errors import NotFound

FEED_PUBLISHED = "feed_published"
BUILDS_KEPT = 10
"""Of each feed, with their files, when the next one begins."""
RECORDS_KEPT = 200
_REASON_LENGTH = 500


class FeedStatus(StrEnum):
    NEW = "new"
    PUBLISHED = "published"
    HELD_BACK = "held_back"
    """A guard kept the newest build from being published; what was published before is still served."""
    FAILED = "failed"
    """The newest build could not be made; what was published before is still served."""


class Build(msgspec.Struct, frozen=True, kw_only=True):
    """`rendered`: how many products were not taken over from the build before. `rules`: how often each filter and check spoke."""

    id: int
    feed: str
    state: str
    reason: str
    incremental: bool
    as_of: datetime | None
    started_at: datetime
    finished_at: datetime | None
    products: int
    rendered: int
    items: int
    failing: int
    excluded: int
    rules: dict[str, int]
    raw_bytes: int
    packed_bytes: int
    digest: str
    """Another for every other file."""


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What a build was made of, so that the next one can tell what changed since."""

    fingerprint: bytes
    database_id: int
    catalog_version: int
    stock_horizon: int
    as_of: datetime

    def fits(self, later: "Seen") -> bool:
        """Whether what changed since can be told: the same rules, the same server."""
        return (self.fingerprint, self.database_id) == (later.fingerprint, later.database_id)


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What crawlers are given, and who may have it. `build` None: nothing yet."""

    name: str
    secret: str
    extension: str
    media_type: str
    auth_user: str | None = None
    auth_password_sha256: str | None = None
    build: int | None = None
    packed_bytes: int = 0
    raw_bytes: int = 0
    digest: bytes = b""
    published_at: datetime | None = None

    def __repr__(self) -> str:
        return f"Published(name={self.name!r}, build={self.build!r})"


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """How a feed stands. `address` is its path, secret included: for staff."""

    name: str
    channel: str
    format: str
    address: str
    status: FeedStatus
    reason: str
    status_at: datetime
    pinned: bool
    build: Build | None = None


def file_of(feed: str, build: int) -> str:
    return f"{feed}/{build}.gz"


def index_of(feed: str, build: int) -> str:
    return f"{feed}/{build}.index"


def address(secret: str, name: str, extension: str) -> str:
    return f"/feeds/{secret}/{name}.{extension}"


class Registered(NamedTuple):
    """What is kept of a definition, in the order of the statements' parameters."""

    name: str
    channel: str
    format: str
    extension: str
    media_type: str
    auth_user: str | None
    auth_password_sha256: str | None

    @classmethod
    def of(cls, definition: FeedDefinition, extension: str, media_type: str) -> "Registered":
        auth = definition.basic_auth
        told = (auth.user, auth.password_sha256) if auth is not None else (None, None)
        return cls(definition.name, definition.channel.value, definition.format, extension, media_type, *told)


_KNOWN = """
name = $1 and (channel, format, extension, media_type, auth_user, auth_password_sha256) is not distinct from
    ($2::text, $3::text, $4::text, $5::text, $6::text, $7::text)
"""
# Of a feed that is known nothing is written, nor its row locked: that would be a commit for the disk to wait for in every build.
_REGISTER = f"""
insert into feed (name, channel, format, extension, media_type, auth_user, auth_password_sha256, secret, status_at)
select $1, $2, $3, $4, $5, $6, $7, $8, $9 where not exists (select from feed where {_KNOWN})
on conflict (name) do update set channel = excluded.channel, format = excluded.format, extension = excluded.extension,
    media_type = excluded.media_type, auth_user = excluded.auth_user, auth_password_sha256 = excluded.auth_password_sha256
"""  # noqa: S608 - made of constants


async def register(db: Pool | Connection, feed: Registered, secret: str, at: datetime) -> None:
    """`secret` counts only for a feed that is not known yet."""
    await db.execute(_REGISTER, *feed, secret, at)


async def renew_secret(db: Pool, name: str, secret: str) -> None:
    if await db.execute("update feed set secret = $2 where name = $1", name, secret) == "UPDATE 0":
        raise NotFound("feed", name)


class Base(msgspec.Struct, frozen=True, kw_only=True):
    """The published build that a new one starts from."""

    id: int
    seen: Seen
    items: int
    raw_bytes: int
    packed_bytes: int
    digest: bytes


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A build that has begun. `number` None: none has, because the feed is pinned. `abandoned`: builds whose process died. `forgotten`:
    those that are too old to be kept."""

    number: int | None
    abandoned: list[int]
    forgotten: list[int]
    base: Base | None


# The caller is the only one who builds this feed, so that what is still being built is not being built by anybody.
# One statement each for what a build changes in the beginning and in the end, because every question to the server costs a small feed's
# build as much as its products do. What is old is forgotten in the beginning, so that its files go while the build is under way.
_OPEN = f"""
with known as (
    select name, pinned, published from feed where {_KNOWN}
), abandoned as (
    update feed_build set state = 'failed', reason = 'the process died', finished_at = $8
    where feed = (select name from known) and state = 'building'
    returning id
), opened as (
    insert into feed_build (feed, state, started_at, extension, media_type)
    select name, 'building', $8, $4, $5 from known where $9 or not pinned
    returning id
), forgotten as (
    update feed_build set state = 'forgotten' where feed = (select name from known) and state in ('published', 'held_back')
    and id is distinct from (select published from known) and id not in (
        select id from feed_build where feed = (select name from known) and state in ('published', 'held_back')
        order by id desc limit {BUILDS_KEPT}
    )
    returning id
), gone as (
    delete from feed_build where feed = (select name from known) and state in ('forgotten', 'failed')
    and id < (select min(id) from (
        select id from feed_build where feed = (select name from known) order by id desc limit {RECORDS_KEPT}
    ) newest)
)
select (select id from opened) as number, (select coalesce(array_agg(id), '{{}}') from abandoned) as abandoned,
    (select coalesce(array_agg(id), '{{}}') from forgotten) as forgotten, base.id, fingerprint, database_id, catalog_version,
    stock_horizon, as_of, items, raw_bytes, packed_bytes, digest
from known left join feed_build base on base.id = known.published
"""  # noqa: S608 - made of constants


async def open_build(db: Connection, feed: Registered, at: datetime, *, even_pinned: bool) -> Opened | None:
    """None: no such feed is registered, or only one that is defined in another way."""
    row = await db.fetchrow(_OPEN, *feed, at, even_pinned)
    if row is None:
        return None
    base = None if row["id"] is None else _base(row)
    return Opened(number=row["number"], abandoned=row["abandoned"], forgotten=row["forgotten"], base=base)


def _base(row: asyncpg.Record) -> Base:
    seen = Seen(**{field: row[field] for field in Seen.__struct_fields__})
    return Base(seen=seen, **{field: row[field] for field in ("id", "items", "raw_bytes", "packed_bytes", "digest")})


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A build whose files are written."""

    id: int
    seen: Seen
    totals: Totals
    rendered: int
    incremental: bool
    raw_bytes: int
    packed_bytes: int
    digest: bytes


_FINISHED = """
with finished as (
    update feed_build set state = $2, reason = $3, incremental = $4, fingerprint = $5, database_id = $6, catalog_version = $7,
        stock_horizon = $8, as_of = $9, finished_at = $10, products = $11, rendered = $12, items = $13, failing = $14, excluded = $15,
        rules = $16, raw_bytes = $17, packed_bytes = $18, digest = $19
    where id = $1 returning feed
)
"""
_PUBLISH = f"""{_FINISHED}
update feed set published = $1, published_at = $10, pinned = false, status = 'published', reason = '', status_at = $10
from finished where feed.name = finished.feed returning pg_notify('{FEED_PUBLISHED}', feed.name)
"""  # noqa: S608 - made of constants
_HOLD_BACK = f"""{_FINISHED}
update feed set status = '{FeedStatus.HELD_BACK.value}', reason = $3, status_at = $10 from finished where feed.name = finished.feed
"""  # noqa: S608 - made of constants
_TELL = "update feed set status = $2, reason = $3, status_at = $4 where name = $1"


async def finish_build(db: Connection, made: Made, at: datetime, *, held_back: str | None) -> None:
    """Publishes it, or says why not. Whoever serves feeds hears of it with the commit."""
    seen, totals = made.seen, made.totals
    await db.execute(
        _PUBLISH if held_back is None else _HOLD_BACK,
        *(made.id, "published" if held_back is None else "held_back", held_back or "", made.incremental),
        *(seen.fingerprint, seen.database_id, seen.catalog_version, seen.stock_horizon, seen.as_of, at),
        *(totals.products, made.rendered, totals.items, totals.failing, totals.excluded, msgspec.json.encode(totals.rules)),
        *(made.raw_bytes, made.packed_bytes, made.digest),
    )


_CONFIRM = f"""
with gone as (delete from feed_build where id = $12 and id <> $1), confirmed as (
    update feed_build set fingerprint = $2, database_id = $3, catalog_version = $4, stock_horizon = $5, as_of = $6, products = $7,
        items = $8, failing = $9, excluded = $10, rules = $11
    where id = $1 returning feed
)
update feed set pinned = false, status = '{FeedStatus.PUBLISHED.value}', reason = '', status_at = $13
from confirmed where feed.name = confirmed.feed and (feed.pinned or feed.status <> '{FeedStatus.PUBLISHED.value}')
"""  # noqa: S608 - made of constants


async def confirm_build(db: Connection, base: int, made: Made, at: datetime) -> None:
    """What was made came to the same bytes as `base`, which stays what is published and has now seen as much."""
    seen, totals = made.seen, made.totals
    await db.execute(
        _CONFIRM,
        *(base, seen.fingerprint, seen.database_id, seen.catalog_version, seen.stock_horizon, seen.as_of),
        *(totals.products, totals.items, totals.failing, totals.excluded, msgspec.json.encode(totals.rules)),
        *(made.id, at),
    )


async def fail_build(pool: Pool, name: str, number: int, reason: str, at: datetime) -> None:
    reason = reason[:_REASON_LENGTH]
    async with transaction(pool) as db:
        await db.execute("update feed_build set state = 'failed', reason = $2, finished_at = $3 where id = $1", number, reason, at)
        await db.execute(_TELL, name, FeedStatus.FAILED.value, reason, at)


async def roll_back(pool: Pool, name: str, number: int | None, at: datetime) -> int:
    """Publishes an older build (None: the last one published before the present one) and pins it: only a build by hand replaces it. Returns
    its number. Raises NotFound."""
    async with transaction(pool) as db:
        row = await db.fetchrow("select published from feed where name = $1 for update", name)
        if row is None:
            raise NotFound("feed", name)
        target = await older_build(db, name, row["published"], number)
        await db.execute(
            "update feed set published = $2, published_at = $3, pinned = true, status = 'published', reason = '', status_at = $3"
            " where name = $1",
            *(name, target, at),
        )
        await db.execute("select pg_notify($1, $2)", FEED_PUBLISHED, name)
    return target


async def older_build(db: Pool | Connection, name: str, published: int | None, number: int | None) -> int:
    """The build of that number, or the last one published before the present one. Raises NotFound, also for one whose files are gone."""
    if number is not None:
        kept = "select id from feed_build where feed = $1 and id = $2 and state in ('published', 'held_back')"
    else:
        kept = "select max(id) from feed_build where feed = $1 and state = 'published' and id < $2"
    found: int | None = await db.fetchval(kept, name, number if number is not None else published or 0)
    if found is None:
        raise NotFound("kept build", f"{number} of feed {name}" if number is not None else f"of feed {name} before the published one")
    return found


_STATES = """
select feed.name, feed.channel, feed.format, feed.secret, coalesce(build.extension, feed.extension) as shown_extension, feed.status,
    feed.reason as feed_reason, feed.status_at, feed.pinned, build.* from feed left join feed_build build on build.id = feed.published
where $1::text is null or feed.name = $1 order by feed.name
"""


async def feed_states(db: Pool | Connection, name: str | None = None) -> list[FeedState]:
    return [
        FeedState(
            name=row["name"],
            channel=row["channel"],
            format=row["format"],
            address=address(row["secret"], row["name"], row["shown_extension"]),
            status=FeedStatus(row["status"]),
            reason=row["feed_reason"],
            status_at=row["status_at"],
            pinned=row["pinned"],
            build=None if row["id"] is None else _build(row),
        )
        for row in await db.fetch(_STATES, name)
    ]


async def builds_of(db: Pool | Connection, name: str) -> list[Build]:
    """The newest first, those whose files are gone too."""
    return [_build(row) for row in await db.fetch("select * from feed_build where feed = $1 order by id desc limit 50", name)]


def _build(row: asyncpg.Record) -> Build:
    plain = ("id", "feed", "state", "reason", "incremental", "as_of", "started_at", "finished_at", "products", "rendered", "items")
    more = ("failing", "excluded", "raw_bytes", "packed_bytes")
    rules = msgspec.json.decode(row["rules"], type=dict[str, int]) if row["rules"] is not None else {}
    return Build(rules=rules, digest=(row["digest"] or b"").hex(), **{name: row[name] for name in (*plain, *more)})


_SERVED = """
select feed.name, secret, coalesce(build.extension, feed.extension) as extension, coalesce(build.media_type, feed.media_type) as media_type,
    auth_user, auth_password_sha256, build.id as build, build.packed_bytes, build.raw_bytes, build.digest, feed.published_at
from feed left join feed_build build on build.id = feed.published where feed.name = $1
"""


async def published(db: Pool | Connection, name: str) -> Published | None:
    row = await db.fetchrow(_SERVED, name)
    if row is None:
        return None
    return Published(**{key: value for key, value in row.items() if value is not None})


async def last_attempt(db: Pool, name: str) -> datetime | None:
    """When the feed was last looked at: a build of any outcome, also one that came to the same bytes as before."""
    moment: datetime | None = await db.fetchval("select greatest(max(started_at), max(as_of)) from feed_build where feed = $1", name)
    return moment
