"""Background work: enqueued in the transaction that causes it, so that it exists exactly when its cause does.

PgQueuer keeps the jobs in PostgreSQL. A worker that dies is noticed by its heartbeat and the job is taken again, so every handler is
idempotent. A job that fails for good stays in the queue's table with its error (`on_failure="hold"`), for a person to read and retry.
"""

from datetime import timedelta
from enum import StrEnum

from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries

from spoina.db import Connection


class Job(StrEnum):
    """Every job there is, by the name it has in the queue's table."""

    READ_HINTED_PRODUCTS = "woocommerce.read_hinted_products"
    POLL = "woocommerce.poll"
    SWEEP = "woocommerce.sweep"
    CHECK_WEBHOOKS = "woocommerce.check_webhooks"
    DELIVER_TILL_DOCUMENT = "pos.deliver_document"
    """Its payload is the id of a sale, return or void, which becomes an order, a refund or a cancellation."""


async def enqueue(
    connection: Connection, job: Job, *, payload: bytes = b"", after: timedelta = timedelta(0), once: str | None = None
) -> None:
    """Part of the caller's transaction. `once`: a key that no waiting or running job may share; a second one is left out."""
    queue = Queries(AsyncpgDriver(connection))  # type: ignore[arg-type]  # a pooled connection is a proxy of one
    await queue.enqueue(job.value, payload, execute_after=after, dedupe_key=once, on_conflict="skip")
