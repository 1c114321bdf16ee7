"""Hints worked through: each hinted product is read again, coalesced and one at a time, and what was read is applied with the time its
read began."""

from datetime import timedelta

from channels.woocommerce.mirror import Mirror
from spoina.db import transaction
from spoina.errors import SourceError
from spoina.jobs import Job, enqueue
from spoina.sync import hints
from spoina.sync.runs import Counts
from spoina.sync.types import Hint

_READ_AT_ONCE = 50


async def read_hinted(mirror: Mirror, counts: Counts) -> int:
    """Until no hint is due. Returns how many were read. Hints the shop did not answer for wait, and a job for their time is left behind."""
    done = 0
    while claimed := await _claim(mirror):
        try:
            await mirror.read_products([hint.product_id for hint in claimed], counts)
        except SourceError:
            await _postpone(mirror, claimed)
            return done
        async with transaction(mirror.pool) as db:
            await hints.release(db, claimed, mirror.clock())
        done += len(claimed)
    return done


async def _claim(mirror: Mirror) -> list[Hint]:
    async with transaction(mirror.pool) as db:
        return await hints.claim(db, _READ_AT_ONCE, mirror.clock())


async def _postpone(mirror: Mirror, claimed: list[Hint]) -> None:
    async with transaction(mirror.pool) as db:
        await hints.postpone(db, claimed, mirror.clock())
        due = await hints.next_due(db)
        wait = due - mirror.clock() if due is not None else timedelta(0)
        await enqueue(db, Job.READ_HINTED_PRODUCTS, after=max(wait, timedelta(0)))
