"""How the mirror stands, in one look."""

from datetime import datetime

import msgspec

from spoina.db import Connection
from spoina.jobs import Job, enqueue
from spoina.orders import outbox
from spoina.sync import hints, quarantine, runs
from spoina.sync.types import QuarantineEntry, Run

SOURCE = "woocommerce"
READ_ANEW = ("product", "variation")
"""Kinds that are read again one by one; anything else is read whole by the next full synchronisation."""

_WAITING = """
select (select count(*) from product_hint) + (select count(*) from coupon_hint), (select count(*) from quarantine)
"""
_LAST_SUCCESS = "select kind, max(finished_at) from sync_run where finished_at is not null and error is null group by kind"
_TO_RETRY = """
select external_id from quarantine where source = $1 and kind = any($2::text[]) and ($3::bigint[] = '{}' or external_id = any($3))
"""


class SyncStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`ages`: seconds since the last successful run of each kind ended."""

    at: datetime
    runs: list[Run]
    ages: dict[str, float]
    hints_waiting: int
    quarantined: int


class Retry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The shop's numbers of products, variations or orders; none means all."""

    ids: tuple[int, ...] = ()


class Retried(msgspec.Struct, frozen=True):
    queued: int


async def sync_status(db: Connection, at: datetime) -> SyncStatus:
    ((hinted, quarantined_rows),) = await db.fetch(_WAITING)
    ended = await db.fetch(_LAST_SUCCESS)
    return SyncStatus(
        at=at,
        runs=await runs.latest(db),
        ages={kind: (at - moment).total_seconds() for kind, moment in ended},
        hints_waiting=hinted,
        quarantined=quarantined_rows,
    )


async def quarantined(db: Connection) -> list[QuarantineEntry]:
    return await quarantine.entries(db, SOURCE)


async def retry_quarantined(db: Connection, wanted: Retry, at: datetime) -> Retried:
    """Part of the caller's transaction. Who asks for something that is not in quarantine asks for nothing."""
    numbers = [row[0] for row in await db.fetch(_TO_RETRY, SOURCE, list(READ_ANEW), list(wanted.ids))]
    if numbers:
        await hints.add(db, numbers, "quarantine", at)
        await enqueue(db, Job.READ_HINTED_PRODUCTS)
    orders = [row[0] for row in await db.fetch(_TO_RETRY, SOURCE, ["order"], list(wanted.ids))]
    await outbox.hint(db, orders, "quarantine", at)
    return Retried(len(numbers) + len(orders))
