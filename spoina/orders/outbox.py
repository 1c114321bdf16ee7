"""What is still to be done between orders and WooCommerce: written in the transaction that causes it, done at least once, in order for each
order, and looked up before anything is sent a second time.

A task is claimed for a LEASE by one worker; a worker that dies loses it when the lease is over. `started_at` is set by the claim, before
anything is sent: whoever claims it again finds it set and knows that the outcome of the earlier attempt is unknown.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import asyncpg
import msgspec

from spoina.db import Connection, Pool
from spoina.errors import NotFound
from spoina.ids import OrderId, OrderTaskId, ReturnId
from spoina.orders.types import OrderTask, TaskKind

ATTEMPT = timedelta(seconds=45)
SETTLE = timedelta(seconds=90)
"""How long a shop may still be at work on a request whose answer was lost: looking before that could find nothing though something is
coming. PHP is given 30 to 60 seconds by every common host."""
LEASE = ATTEMPT + SETTLE + timedelta(seconds=15)
"""Whoever finds a task that a dead worker had claimed may look up at once what became of it."""
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long is waited for what."""

    attempt: timedelta = ATTEMPT
    lease: timedelta = LEASE
    settle: timedelta = SETTLE
    first_wait: timedelta = FIRST_WAIT
    longest_wait: timedelta = LONGEST_WAIT


_COLUMNS = """
id, kind, order_id, external_id, subject, body, times, attempts, created_at, started_at, due_at, dead_at, reason
"""
_ADD = "insert into order_task (kind, order_id, subject, body, created_at, due_at) values ($1, $2, $3, $4, $5, $5)"
_HINT = """
insert into order_task (kind, external_id, body, created_at, due_at)
select $4, external_id, $2, $3, $3 from unnest($1::bigint[]) as hinted (external_id)
on conflict (kind, external_id) where external_id is not null do update
set times = order_task.times + 1, body = excluded.body, dead_at = null, reason = ''
"""
# The old started_at is answered: it says whether somebody was at it before. An order's next task waits until the one before is done. Orders
# that the shop does not have yet go first, in the order of their coming: a customer waits for the payment page, and what the shop tells of
# the orders before, each time it got one, would else come between.
_CLAIM = f"""
with placed as (
    select id as due_id, started_at as before from order_task task
    where dead_at is null and due_at <= $1 and kind = 'create'
        and not exists (select from order_task earlier where earlier.order_id = task.order_id and earlier.id < task.id)
    order by due_at, id limit $3 for update skip locked
), others as (
    select id as due_id, started_at as before from order_task task
    where dead_at is null and due_at <= $1 and kind <> 'create'
        and not exists (select from order_task earlier where earlier.order_id = task.order_id and earlier.id < task.id)
    order by due_at, id limit $3 - (select count(*) from placed) for update skip locked
), due as (
    select * from placed union all select * from others
)
update order_task set due_at = $1 + $2::interval, attempts = attempts + 1, started_at = coalesce(started_at, $1)
from due where id = due_id
returning {_COLUMNS}, before
"""  # noqa: S608
_DONE = "delete from order_task where id = $1 and times = $2 returning id"
_AGAIN = "update order_task set due_at = $2, failures = 0 where id = $1"
_POSTPONE = """
update order_task set failures = failures + 1, reason = $2, started_at = case when $6 then started_at end,
    due_at = greatest($3::timestamptz + least($4::interval * power(2, least(failures, 20)), $5::interval) * (0.5 + 0.5 * random()),
        case when $6 then $7::timestamptz end)
where id = $1
"""
_BURY = "update order_task set dead_at = $2, reason = $3 where id = $1"
_REVIVE = f"""
update order_task set dead_at = null, due_at = $1, failures = 0 where dead_at is not null and order_id = $2 returning
{_COLUMNS}
"""  # noqa: S608
_DEAD = f"select {_COLUMNS} from order_task where dead_at is not null order by dead_at limit $1"  # noqa: S608
_OF_ORDER = f"select {_COLUMNS} from order_task where order_id = $1 order by id"  # noqa: S608


async def add(db: Connection, kind: TaskKind, order_id: OrderId, now: datetime, *, subject: ReturnId | None = None, body: str = "") -> None:
    """Part of the caller's transaction."""
    await db.execute(_ADD, kind.value, order_id, subject, body, now)


async def hint(db: Connection | Pool, external_ids: Sequence[int], reason: str, now: datetime, kind: TaskKind = TaskKind.READ) -> None:
    """WooCommerce's orders, or customers, that may have changed. Each waits once, however often it is hinted at."""
    if external_ids:
        await db.execute(_HINT, sorted(set(external_ids)), reason, now, kind.value)


async def claim(db: Connection | Pool, limit: int, now: datetime, patience: Patience) -> list[OrderTask]:
    """`started_at` of each is that of an attempt before this one."""
    rows = await db.fetch(_CLAIM, now, patience.lease, limit)
    return [_task(row, row["before"]) for row in rows]


async def finish(db: Connection | Pool, task: OrderTask, now: datetime) -> None:
    """Done. A read that was hinted at meanwhile is due again."""
    if await db.fetchval(_DONE, task.id, task.times) is None:
        await db.execute(_AGAIN, task.id, now)


async def postpone(db: Connection | Pool, task: OrderTask, reason: str, now: datetime, patience: Patience, *, unknown: bool) -> None:
    """Later, each time later, with jitter. `unknown`: the shop may have done it, so that it is given time to finish first."""
    waits = (patience.first_wait, patience.longest_wait)
    await db.execute(_POSTPONE, task.id, reason, now, *waits, unknown, now + patience.settle)


async def bury(db: Connection | Pool, task: OrderTask, reason: str, now: datetime) -> None:
    """For a person: it cannot be done as it is."""
    await db.execute(_BURY, task.id, now, reason)


async def revive(db: Connection | Pool, order_id: OrderId, now: datetime) -> OrderTask:
    """A person mended what was wrong. Raises NotFound when nothing of that order is dead."""
    row = await db.fetchrow(_REVIVE, now, order_id)
    if row is None:
        raise NotFound("undeliverable task of order", str(order_id))
    await db.execute("select pg_notify('order_task', '')")
    return _task(row, row["started_at"])


async def dead(db: Connection | Pool, limit: int = 1000) -> list[OrderTask]:
    """Longest dead first."""
    return [_task(row, row["started_at"]) for row in await db.fetch(_DEAD, limit)]


async def tasks_of(db: Connection | Pool, order_id: OrderId) -> list[OrderTask]:
    return [_task(row, row["started_at"]) for row in await db.fetch(_OF_ORDER, order_id)]


async def withdraw(db: Connection, order_id: OrderId) -> bool:
    """Takes the order's creation back, if nobody can have sent it, or the shop refused it for good."""
    gone = await db.fetchval(
        "delete from order_task where order_id = $1 and kind = 'create' and (started_at is null or dead_at is not null) returning true",
        order_id,
    )
    return bool(gone)


async def next_due(db: Connection | Pool) -> datetime | None:
    moment: datetime | None = await db.fetchval("select min(due_at) from order_task where dead_at is null")
    return moment


def _task(row: asyncpg.Record, started_at: datetime | None) -> OrderTask:
    return OrderTask(
        id=OrderTaskId(row["id"]),
        kind=TaskKind(row["kind"]),
        order_id=None if row["order_id"] is None else OrderId(row["order_id"]),
        external_id=row["external_id"],
        subject=None if row["subject"] is None else ReturnId(row["subject"]),
        body=row["body"],
        times=row["times"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        started_at=started_at,
        due_at=row["due_at"],
        dead_at=row["dead_at"],
        reason=row["reason"],
    )
