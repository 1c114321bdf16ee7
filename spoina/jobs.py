"""Background work: enqueued in the transaction that causes it, so that it exists exactly when its cause does.

PgQueuer keeps the jobs in PostgreSQL. A worker that dies is noticed by its heartbeat and the job is taken again, so every handler is
idempotent. A job that fails for good stays in the queue's table with its error (`on_failure="hold"`), for a person to read and retry.
"""

from datetime import timedelta
from enum import StrEnum

from spoina.db import Connection


class Job(StrEnum):
    """Every job there is, by the name it has in the queue's table."""

    READ_HINTED_PRODUCTS = "woocommerce.read_hinted_products"
    POLL = "woocommerce.poll"
    SWEEP = "woocommerce.sweep"
    CHECK_WEBHOOKS = "woocommerce.check_webhooks"
    DELIVER_TILL_DOCUMENT = "pos.deliver_document"
    """Its payload is the id of a sale, return or void, which becomes an order, a refund or a cancellation."""


# As PgQueuer's own `enqueue` leaves the queue (a test compares): importing it would make up a tenth of what a server's start costs, and
# servers only enqueue.
_ENQUEUE = """
with queued as (
    insert into pgqueuer (priority, entrypoint, payload, execute_after, dedupe_key, headers, status)
    values (0, $1, $2, now() + $3::interval, $4, 'null', 'queued')
    on conflict (dedupe_key) where status in ('queued', 'picked') and dedupe_key is not null do nothing
    returning id, entrypoint, priority
)
insert into pgqueuer_log (job_id, status, entrypoint, priority) select id, 'queued', entrypoint, priority from queued
"""


async def enqueue(
    connection: Connection, job: Job, *, payload: bytes = b"", after: timedelta = timedelta(0), once: str | None = None
) -> None:
    """Part of the caller's transaction. `once`: a key that no waiting or running job may share; a second one is left out."""
    await connection.execute(_ENQUEUE, job.value, payload, after, once)
