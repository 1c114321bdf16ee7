"""Hints worked through: each hinted product or coupon is read again, coalesced and one at a time, and what was read is applied with the
time
its read began."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from channels.woocommerce.coupons import Coupons
from channels.woocommerce.mirror import Mirror
from spoina.db import transaction
from spoina.errors import SourceError
from spoina.jobs import Job, enqueue
from spoina.sync import hints
from spoina.sync.runs import Counts
from spoina.sync.types import Hint, Hinted

_READ_AT_ONCE = 50


async def read_hinted(mirror: Mirror, counts: Counts) -> int:
    """Until no hint is due. Returns how many were read. Hints the shop did not answer for wait, and a job for their time is left behind."""
    products = await _work_through(mirror, Hinted.PRODUCT, lambda numbers: mirror.read_products(numbers, counts))
    return products + await _work_through(mirror, Hinted.COUPON, Coupons(mirror, counts).read)


async def _work_through(mirror: Mirror, what: Hinted, read: Callable[[Sequence[int]], Awaitable[None]]) -> int:
    done = 0
    while claimed := await _claim(mirror, what):
        try:
            await read([hint.number for hint in claimed])
        except SourceError:
            await _postpone(mirror, what, claimed)
            return done
        async with transaction(mirror.pool) as db:
            await hints.release(db, claimed, mirror.clock(), what)
        done += len(claimed)
    return done


async def _claim(mirror: Mirror, what: Hinted) -> list[Hint]:
    async with transaction(mirror.pool) as db:
        return await hints.claim(db, _READ_AT_ONCE, mirror.clock(), what)


async def _postpone(mirror: Mirror, what: Hinted, claimed: list[Hint]) -> None:
    async with transaction(mirror.pool) as db:
        await hints.postpone(db, claimed, mirror.clock(), what)
        due = await hints.next_due(db, what)
        wait = due - mirror.clock() if due is not None else timedelta(0)
        await enqueue(db, Job.READ_HINTED_PRODUCTS, after=max(wait, timedelta(0)))
