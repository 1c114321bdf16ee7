"""The worker: takes jobs from PostgreSQL and keeps the mirror in step with the shop. Any number of them may run; each job is done by one.

every poll_seconds   the delta poll, and hints that nobody holds any more
at 02:30             the sweep, which compares everything by content hash and finds what was deleted
every hour           whether the shop's webhooks are still switched on; carts that nobody came back for are forgotten, and what tills
                     were answered a month ago
on a hint            the hinted products are read again
every half second    listings follow sales that began or ended
all the time         expired holds are swept, listings follow stock that crossed zero, orders go to the shop and come from it, unpaid
                     ones expire, the search index follows the catalogue, feeds follow stock and prices and are built by their
                     schedules, and other systems are told what happened
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import structlog
from pgqueuer import PgQueuer
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as QueuedJob
from pgqueuer.domain.models import Schedule

from api.feeding import keep_feeds
from channels.webhooks.sending import open_sender
from channels.woocommerce.sync import WooCommerceSync, open_sync
from search.keeping import keep_index
from search.opening import open_search
from spoina.cart.keeping import purge_carts
from spoina.catalog.repricing import reprice_due
from spoina.clock import utc_now
from spoina.db import Pool, connect, connect_pool, transaction
from spoina.errors import Busy, SourceError
from spoina.ids import SaleId
from spoina.inventory.keeping import keep_stock
from spoina.jobs import Job, enqueue
from spoina.notifications import Listener
from spoina.orders.keeping import keep_orders
from spoina.orders.service import Orders
from spoina.orders.till import TillDocuments
from spoina.pos.requests import forget_old_requests
from spoina.settings import Settings, WooCommerceSettings
from spoina.sync.types import Progress
from spoina.webhooks.delivering import keep_delivering

_REPRICE_EVERY = 0.5
_FORGET_EVERY = 3600.0
_RETRY_SHOP_AFTER = 15.0
_RETRY_JOB_AFTER = timedelta(seconds=30)
_HEARTBEAT = timedelta(seconds=10)

log = structlog.get_logger()


async def run_worker(settings: Settings, database_url: str, stop: asyncio.Event) -> None:
    """Works until `stop` is set. A shop that cannot be reached is tried again and again; what needs no shop goes on meanwhile."""
    pool = await connect_pool(database_url)
    listener = Listener(partial(connect, database_url))
    try:
        await listener.start()
        async with open_sender() as sender, open_search(settings, utc_now) as search, asyncio.TaskGroup() as tasks:
            tasks.create_task(keep_index(pool, listener, search.indexer(pool, utc_now), stop))
            tasks.create_task(keep_delivering(pool, listener, sender, utc_now, random.random, stop))
            tasks.create_task(_every(_REPRICE_EVERY, stop, lambda: _reprice(pool)))
            tasks.create_task(keep_stock(pool, utc_now, stop))
            tasks.create_task(keep_feeds(settings, database_url, listener, stop))
            tasks.create_task(_every(_FORGET_EVERY, stop, lambda: purge_carts(pool, utc_now)))
            tasks.create_task(_every(_FORGET_EVERY, stop, lambda: forget_old_requests(pool, utc_now)))
            tasks.create_task(keep_orders(Orders(pool, utc_now, uuid4), stop))
            if settings.woocommerce is not None:
                tasks.create_task(_serve_shop(settings.woocommerce, pool, listener, stop))
    finally:
        await listener.stop()
        await pool.close()


async def _reprice(pool: Pool) -> None:
    while await reprice_due(pool, utc_now):
        pass


async def _serve_shop(shop: WooCommerceSettings, pool: Pool, listener: Listener, stop: asyncio.Event) -> None:
    while not stop.is_set():
        try:
            async with open_sync(shop, pool, utc_now) as sync:
                await _work(sync, shop, pool, listener, stop)
        except SourceError as error:
            log.warning("the shop cannot be used", reason=error.reason, remedy=error.remedy, again_in=_RETRY_SHOP_AFTER)
            await _sleep(_RETRY_SHOP_AFTER, stop)


async def _work(sync: WooCommerceSync, shop: WooCommerceSettings, pool: Pool, listener: Listener, stop: asyncio.Event) -> None:
    queue = PgQueuer.from_asyncpg_pool(pool)
    _register(queue, sync, shop, pool)
    if not await sync.has_all() or await sync.was_stopped():
        await _enqueue(pool, Job.SWEEP)
    await _enqueue(pool, Job.CHECK_WEBHOOKS)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_every(shop.poll_seconds, stop, lambda: _poll_and_read_hinted(pool)))
        tasks.create_task(_shut_down(queue, stop))
        tasks.create_task(sync.orders.delivery.run(listener, stop))
        await queue.run(dequeue_timeout=timedelta(seconds=5), heartbeat_timeout=_HEARTBEAT)


async def _poll_and_read_hinted(pool: Pool) -> None:
    """Hints that a killed worker had claimed come back with nobody told; this is who looks."""
    await _enqueue(pool, Job.POLL)
    await _enqueue(pool, Job.READ_HINTED_PRODUCTS)


def _register(queue: PgQueuer, sync: WooCommerceSync, shop: WooCommerceSettings, pool: Pool) -> None:
    """Which job does what. One of a kind runs at a time, in all workers together."""
    handlers: dict[Job, Callable[[], Awaitable[object]]] = {
        Job.READ_HINTED_PRODUCTS: sync.read_hinted,
        Job.POLL: sync.poll,
        Job.SWEEP: lambda: sync.full_pass(_ignore),
        Job.CHECK_WEBHOOKS: lambda: sync.keep_webhooks(shop.webhook_url),
    }
    for job, handler in handlers.items():
        queue.entrypoint(job.value, concurrency_limit=1, on_failure="hold")(_handled(job, handler))
    documents = TillDocuments(pool, Orders(pool, utc_now, uuid4), utc_now)
    queue.entrypoint(Job.DELIVER_TILL_DOCUMENT.value, concurrency_limit=1, on_failure="hold")(_taking_over(documents))
    for job, moment in {Job.SWEEP: "30 2 * * *", Job.CHECK_WEBHOOKS: "17 * * * *"}.items():
        queue.schedule(f"{job.value}.enqueue", moment)(_enqueuing(pool, job))


def _taking_over(documents: TillDocuments) -> Callable[[QueuedJob], Awaitable[None]]:
    async def take_over(job: QueuedJob) -> None:
        await documents.take_over(SaleId(UUID((job.payload or b"").decode())))

    return take_over


def _handled(job: Job, handler: Callable[[], Awaitable[object]]) -> Callable[[QueuedJob], Awaitable[None]]:
    async def handle(_: QueuedJob) -> None:
        try:
            await handler()
        except Busy as error:
            log.info("already running", job=job.value)
            raise RetryRequested(delay=_RETRY_JOB_AFTER, reason=str(error)) from error
        except SourceError as error:
            log.warning("the shop did not answer as it should", job=job.value, reason=error.reason, remedy=error.remedy)
            raise RetryRequested(delay=_RETRY_JOB_AFTER, reason=error.reason) from error

    return handle


def _enqueuing(pool: Pool, job: Job) -> Callable[[Schedule], Awaitable[None]]:
    async def enqueue_now(_: Schedule) -> None:
        await _enqueue(pool, job)

    return enqueue_now


async def _enqueue(pool: Pool, job: Job) -> None:
    async with transaction(pool) as db:
        await enqueue(db, job, once=job.value)


def _ignore(_: Progress) -> None:
    """A worker has no one to show progress to; sync_run has it."""


async def _every(seconds: float, stop: asyncio.Event, work: Callable[[], Awaitable[None]]) -> None:
    while not stop.is_set():
        await work()
        await _sleep(seconds, stop)


async def _shut_down(queue: PgQueuer, stop: asyncio.Event) -> None:
    await stop.wait()
    queue.shutdown.set()


async def _sleep(seconds: float, stop: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
