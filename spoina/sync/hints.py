"""Hints: products and coupons that may have changed, each once however often it is hinted at, worked through by whoever claims them.

A claim is a lease: who dies with it loses it when it runs out, and nobody reads the same product meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from spoina.db import Connection
from spoina.sync.types import Hint, Hinted

LEASE = timedelta(seconds=60)
_FIRST_WAIT = timedelta(seconds=2)
_LONGEST_WAIT = timedelta(minutes=10)

_ADD = """
insert into product_hint (product_id, reason, first_at, last_at, due_at)
select product_id, $2, $3, $3, $3 from unnest($1::bigint[]) as hinted (product_id)
on conflict (product_id) do update set times = product_hint.times + 1, last_at = excluded.last_at, reason = excluded.reason
"""

_CLAIM = """
update product_hint set due_at = $1 + $2::interval where product_id in (
    select product_id from product_hint where due_at <= $1 order by due_at limit $3 for update skip locked
) returning product_id, times
"""

_RELEASE = """
with settled as (select * from unnest($1::bigint[], $2::integer[]) as claim (product_id, times)), again as (
    update product_hint h set due_at = $3, failures = 0 from settled where h.product_id = settled.product_id and h.times > settled.times
    returning h.product_id
)
delete from product_hint h using settled where h.product_id = settled.product_id and h.times = settled.times
"""

_POSTPONE = """
update product_hint set failures = failures + 1,
    due_at = $2::timestamptz + least($3::interval * power(2, least(failures, 20)) * (0.5 + random()), $4::interval)
where product_id = any($1::bigint[])
"""

_NEXT_DUE = "select min(due_at) from product_hint"


async def add(db: Connection, numbers: Sequence[int], reason: str, at: datetime, what: Hinted = Hinted.PRODUCT) -> None:
    if numbers:
        in_order = sorted(set(numbers))  # so that two deliveries never wait for each other
        await db.execute(_of(what, _ADD), in_order, reason, at)


async def claim(db: Connection, limit: int, at: datetime, what: Hinted = Hinted.PRODUCT) -> list[Hint]:
    return [Hint(row[0], row[1]) for row in await db.fetch(_of(what, _CLAIM), at, LEASE, limit)]


async def release(db: Connection, hints: Sequence[Hint], at: datetime, what: Hinted = Hinted.PRODUCT) -> None:
    """Read and applied. What was hinted at again meanwhile is due at once."""
    await db.execute(_of(what, _RELEASE), [hint.number for hint in hints], [hint.times for hint in hints], at)


async def postpone(db: Connection, hints: Sequence[Hint], at: datetime, what: Hinted = Hinted.PRODUCT) -> None:
    """The source did not answer: later, each time later, with jitter."""
    await db.execute(_of(what, _POSTPONE), [hint.number for hint in hints], at, _FIRST_WAIT, _LONGEST_WAIT)


async def next_due(db: Connection, what: Hinted = Hinted.PRODUCT) -> datetime | None:
    moment: datetime | None = await db.fetchval(_of(what, _NEXT_DUE))
    return moment


def _of(what: Hinted, statement: str) -> str:
    """The tables of all kinds are alike."""
    return statement.replace(Hinted.PRODUCT, what)
