"""Everything Spoina does with one WooCommerce shop, each command with a row in sync_run that says what it did."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.companion import Companion, ensure_notices
from channels.woocommerce.comparing import Difference
from channels.woocommerce.coupon_drift import CouponDifference, find_coupon_drift, repair_coupons
from channels.woocommerce.coupons import Coupons
from channels.woocommerce.drift import find_drift, repair
from channels.woocommerce.framing import take_frame
from channels.woocommerce.hinted import read_hinted
from channels.woocommerce.mirror import Mirror
from channels.woocommerce.orders.drift import OrderDifference, find_order_drift, repair_orders
from channels.woocommerce.orders.opening import ShopOrders, open_orders
from channels.woocommerce.passing import CURSOR, FullPass
from channels.woocommerce.polling import poll, set_cursors
from channels.woocommerce.stock_changes import change_shop_stock
from channels.woocommerce.subscriptions import SubscriptionReport, ensure_subscriptions
from spoina.catalog.service import CatalogService
from spoina.catalog.writing import ShopLocale
from spoina.clock import Clock
from spoina.db import Pool, transaction
from spoina.errors import Busy, SpoinaError
from spoina.ids import StockItemId
from spoina.inventory.sql import products_of
from spoina.settings import WooCommerceSettings
from spoina.sync import hints, inbox, runs
from spoina.sync.runs import Counts
from spoina.sync.types import Progress, ReportProgress

WEBHOOK_PATH = "/webhooks/woocommerce"
"""Where api/ takes the shop's deliveries."""
NOTICE_PATH = "/webhooks/companion"
"""And the companion plugin's notices."""

FULL, POLL, HINTED, REPAIR = "woocommerce.full", "woocommerce.poll", "woocommerce.hinted", "woocommerce.repair"
_PASS_LOCK = 0x5B02
"""Session-scoped advisory lock: one full pass of the shop at a time."""
_BEAT_EVERY = timedelta(seconds=1)


class WooCommerceSync:
    """One shop's commands. Opened with `open_sync`, which has read the shop's frame (settings, taxes, terms)."""

    def __init__(self, mirror: Mirror, orders: ShopOrders) -> None:
        self._mirror, self.orders = mirror, orders
        self._pool, self._clock = mirror.pool, mirror.clock

    async def full_pass(self, report: ReportProgress) -> Counts:
        """Import or sweep: reads the whole shop, or the rest of it where an earlier pass was stopped. Raises Busy if one is running."""
        async with _only_one_pass(self._pool):
            return await self._recorded(FULL, lambda counts, beat: self._full_pass(counts, beat, report))

    async def _full_pass(self, counts: Counts, beat: "_Heart", report: ReportProgress) -> None:
        def tell(progress: Progress) -> None:
            beat.progress = progress
            report(progress)

        began = await FullPass(self._mirror, counts, tell, beat.beat).run()
        await Coupons(self._mirror, counts).sweep()
        await self.orders.reader.import_all(counts)
        await set_cursors(self._mirror, began)
        await inbox.prune(self._pool, self._clock())

    async def has_all(self) -> bool:
        """Whether the whole shop was ever read."""
        return await runs.has_finished(self._pool, FULL)

    async def was_stopped(self) -> bool:
        """Whether a full pass was begun and neither finished nor is running here: it goes on where it was."""
        return await runs.cursor(self._pool, CURSOR) is not None

    async def poll(self) -> Counts:
        return await self._recorded(POLL, lambda counts, _: self._poll(counts))

    async def _poll(self, counts: Counts) -> None:
        self._mirror.context = await take_frame(self._mirror.client, self._pool, self._clock)
        await poll(self._mirror, counts)
        await Coupons(self._mirror, counts).poll()
        await self.orders.reader.poll(counts)

    async def read_hinted(self) -> int:
        return await read_hinted(self._mirror, Counts())

    async def keep_webhooks(self, public_url: str | None) -> list[SubscriptionReport]:
        """Registers, re-activates and repairs the shop's webhooks to `public_url`, and connects the companion plugin where it is; none
        without an address: then polls alone keep step."""
        if public_url is None:
            return []
        if self._mirror.client.has_companion:
            address = f"{public_url}{NOTICE_PATH}"
            await ensure_notices(Companion(self._mirror.client), self._pool, address, self._clock, lambda: token_urlsafe(32))
        return await ensure_subscriptions(
            self._mirror.client, self._pool, f"{public_url}{WEBHOOK_PATH}", self._clock, lambda: token_urlsafe(32)
        )

    def drift(self) -> AsyncIterator[Difference]:
        return find_drift(self._mirror)

    async def repair(self, differences: list[Difference]) -> Counts:
        return await self._recorded(REPAIR, lambda counts, _: repair(self._mirror, differences, counts))

    def order_drift(self) -> AsyncIterator[OrderDifference]:
        return find_order_drift(self._mirror.client, self.orders.reader, self._pool)

    async def repair_orders(self, differences: list[OrderDifference]) -> Counts:
        return await self._recorded(REPAIR, lambda counts, _: repair_orders(self.orders.reader, self._pool, differences, counts))

    async def change_stock(self, item: StockItemId, delta: int, key: str) -> int:
        """WooCommerce's own count, changed by `delta` once for each `key` and read again; what it was then. Raises NotFound,
        InvalidInput, SourceError."""
        left = await change_shop_stock(self._mirror.client, item, delta, key)
        async with transaction(self._pool) as db:
            await hints.add(db, await products_of(db, [item]), "changed here", self._clock())
        await self.read_hinted()
        return left

    def coupon_drift(self) -> AsyncIterator[CouponDifference]:
        return find_coupon_drift(self._mirror)

    async def repair_coupons(self, differences: list[CouponDifference]) -> Counts:
        return await self._recorded(REPAIR, lambda counts, _: repair_coupons(self._mirror, differences, counts))

    async def _recorded(self, kind: str, work: "Callable[[Counts, _Heart], Coroutine[Any, Any, object]]") -> Counts:
        counts = Counts()
        run_id = await runs.start(self._pool, kind, self._clock())
        heart = _Heart(self._pool, run_id, counts, self._clock)
        try:
            await work(counts, heart)
        except SpoinaError as error:
            await runs.finish(self._pool, run_id, self._clock(), error=str(error))
            raise
        await runs.beat(self._pool, run_id, self._clock(), counts, heart.progress)
        await runs.finish(self._pool, run_id, self._clock())
        return counts


class _Heart:
    """Writes a run's row now and then while it works."""

    def __init__(self, pool: Pool, run_id: int, counts: Counts, clock: Clock) -> None:
        self._pool, self._run_id, self._counts, self._clock = pool, run_id, counts, clock
        self._last: datetime | None = None
        self.progress: Progress | None = None

    async def beat(self) -> None:
        at = self._clock()
        if self._last is None or at - self._last >= _BEAT_EVERY:
            self._last = at
            await runs.beat(self._pool, self._run_id, at, self._counts, self.progress)


@asynccontextmanager
async def open_sync(settings: WooCommerceSettings, pool: Pool, clock: Clock) -> AsyncIterator[WooCommerceSync]:
    """Connects to the shop, finds out what it can do and reads its frame. Raises SourceError with a remedy where it cannot be used."""
    async with WooCommerceClient(settings, clock=clock) as client:
        await client.probe()
        context = await take_frame(client, pool, clock)
        shop = context.shop
        catalog = CatalogService(pool, clock, ShopLocale(shop.language, shop.currency, ZoneInfo(shop.timezone)))
        orders = open_orders(client, pool, clock, uuid4, at_once=settings.concurrency)
        yield WooCommerceSync(Mirror(client, pool, catalog, context, clock), orders)


@asynccontextmanager
async def _only_one_pass(pool: Pool) -> AsyncIterator[None]:
    async with pool.acquire() as db:
        if not await db.fetchval("select pg_try_advisory_lock($1)", _PASS_LOCK):
            raise Busy("full pass", "another process is reading the whole shop; `spoina sync status` shows how far it is")
        try:
            yield
        finally:
            await db.execute("select pg_advisory_unlock($1)", _PASS_LOCK)
