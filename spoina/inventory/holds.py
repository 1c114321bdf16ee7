"""Holds: stock promised for a while to a cart, a checkout, a till; given back, or sold.

A sale from WooCommerce's stock stays held until WooCommerce itself has counted less. The order reaches WooCommerce, and WooCommerce lowers
its count, at a moment nobody here sees; a count read about then may or may not contain the sale. So:

    sold_pending   held. A count that is already lower shows too little for a moment, never too much.
    confirm_sold   WooCommerce is known to have lowered its count by `confirmed_at`. Still held (sale_settling); the product is read again.
    count_stock    a count whose reading began at or after `confirmed_at` contains the sale for sure: the statement that takes it over gives
                   the held units back, once, because it deletes the row that says they are owed (spoina/catalog/sql.py).
"""

from datetime import datetime, timedelta

from spoina.catalog.sql import WOOCOMMERCE
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import HoldEnded, NotFound
from spoina.ids import HoldId, StockItemId
from spoina.inventory import ledger, sql
from spoina.inventory.batching import HoldBatcher
from spoina.inventory.requests import check_ttl
from spoina.inventory.types import Command, Hold, HoldRequest, HoldStatus, Move, MoveReason, TakenLine
from spoina.jobs import Job, enqueue
from spoina.sync import hints


class HoldCommands:
    """Commands on holds that stand, each safe to repeat. Given a connection that is in a transaction, they are a part of that."""

    def __init__(self, pool: Pool | Connection, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def find(self, hold_id: HoldId) -> Hold:
        """Raises NotFound. An active hold past its `expires_at` holds nothing any more."""
        hold = await sql.hold(self._pool, hold_id)
        if hold is None:
            raise NotFound("hold", str(hold_id))
        return hold

    async def extend(self, hold_id: HoldId, ttl: timedelta) -> Hold:
        """Until `ttl` from now, be that later or earlier. Raises NotFound, HoldEnded when it is not active any more."""
        check_ttl(ttl)
        now = self._clock()
        return await sql.extend(self._pool, hold_id, now, now + ttl) or await self._refuse(hold_id, now)

    async def release(self, hold_id: HoldId) -> Hold:
        """Gives back what is held. Over already: nothing happens. Raises NotFound, HoldEnded when it is sold."""
        hold = await self.find(hold_id)
        if hold.status is HoldStatus.ACTIVE:
            async with transaction(self._pool) as db:
                await sql.lock(db, _items(hold))
                await sql.end_holds(db, [hold_id], HoldStatus.RELEASED, self._clock())
            hold = await self.find(hold_id)
        if hold.status in {HoldStatus.SOLD_PENDING, HoldStatus.COMMITTED}:
            raise HoldEnded(str(hold_id), hold.status)
        return hold

    async def commit(self, hold_id: HoldId, *, actor: str = "") -> Hold:
        """The goods are sold. What lies at our locations leaves them; what lies at WooCommerce's stays held (SOLD_PENDING) until
        `confirm_sold`. Sold already: nothing happens. Raises NotFound, HoldEnded when it expired or was released before."""
        now = self._clock()
        hold = await self.find(hold_id)
        status = HoldStatus.SOLD_PENDING if _at_woocommerce(hold) else HoldStatus.COMMITTED
        async with transaction(self._pool) as db:
            await sql.lock(db, _items(hold))
            sold = await sql.sell(db, hold_id, now, status)
            if sold is not None:
                await self._book_sale(db, sold, now, actor)
        return sold or await self._sold_before(hold_id, now)

    async def confirm_sold(self, hold_id: HoldId, confirmed_at: datetime | None = None) -> Hold:
        """WooCommerce has the order and has lowered its stock, at `confirmed_at` (None: now) at the latest. Confirmed already: nothing
        happens. Raises NotFound, HoldEnded when it was never sold."""
        now = self._clock()
        hold = await self.find(hold_id)
        lines = _at_woocommerce(hold)
        async with transaction(self._pool) as db:
            await sql.lock(db, _items(hold))
            confirmed = await sql.end_sold(db, hold_id, now, HoldStatus.COMMITTED)
            if confirmed is not None:
                await sql.settle_later(db, hold_id, lines, min(confirmed_at or now, now))
                await sql.settle_counted(db, hold_id, WOOCOMMERCE, now)
                await hints.add(db, await sql.products_of(db, [line.item for line in lines]), "sold elsewhere", now)
                await enqueue(db, Job.READ_HINTED_PRODUCTS, once=Job.READ_HINTED_PRODUCTS)
        return confirmed or await self._sold_before(hold_id, now)

    async def withdraw_sale(self, hold_id: HoldId) -> Hold:
        """The order never reached WooCommerce and never will: what was held of its stock is free again. What lay at our own locations comes
        back as a return, not by this. Withdrawn already: nothing happens. Raises NotFound, HoldEnded when it is not SOLD_PENDING."""
        now = self._clock()
        hold = await self.find(hold_id)
        async with transaction(self._pool) as db:
            await sql.lock(db, _items(hold))
            withdrawn = await sql.end_sold(db, hold_id, now, HoldStatus.RELEASED)
            if withdrawn is not None:
                await sql.change(db, _at_woocommerce(withdrawn), on_hand=0, held=-1, now=now)
        return withdrawn or await self._refuse(hold_id, now, unless=HoldStatus.RELEASED)

    async def _book_sale(self, db: Connection, sold: Hold, now: datetime, actor: str) -> None:
        ours = [line for line in sold.lines if line.location != WOOCOMMERCE]
        if ours:
            await sql.change(db, ours, on_hand=-1, held=-1, now=now)
            command = Command(source="hold", reference=str(sold.id), actor=actor, occurred_at=now)
            await ledger.write(db, [_sale(command, place, line, now) for place, line in enumerate(ours)])

    async def _sold_before(self, hold_id: HoldId, now: datetime) -> Hold:
        hold = await self.find(hold_id)
        if hold.status in {HoldStatus.SOLD_PENDING, HoldStatus.COMMITTED}:
            return hold
        return await self._refuse(hold_id, now)

    async def _refuse(self, hold_id: HoldId, now: datetime, *, unless: HoldStatus | None = None) -> Hold:
        hold = await self.find(hold_id)
        if hold.status is unless:
            return hold
        expired = hold.status is HoldStatus.ACTIVE and hold.expires_at <= now
        raise HoldEnded(str(hold_id), HoldStatus.EXPIRED if expired else hold.status)


class Holds(HoldCommands):
    """All commands on holds. `batcher` is the process's own."""

    def __init__(self, pool: Pool, batcher: HoldBatcher, clock: Clock) -> None:
        super().__init__(pool, clock)
        self._batcher = batcher

    async def hold(self, request: HoldRequest) -> Hold:
        """All lines or none; see HoldBatcher.claim for what it raises."""
        return await self._batcher.claim(request)


def _items(hold: Hold) -> list[StockItemId]:
    return [line.item for line in hold.lines]


def _at_woocommerce(hold: Hold) -> list[TakenLine]:
    return [line for line in hold.lines if line.location == WOOCOMMERCE]


def _sale(command: Command, place: int, line: TakenLine, now: datetime) -> Move:
    return ledger.move(command, place, line.item, line.location, -line.units, MoveReason.SALE, now)
