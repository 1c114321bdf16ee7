"""Orders: placed once, changed by command, and told to WooCommerce by what the same transaction leaves in the outbox."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from spoina.catalog.sql import WOOCOMMERCE
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import Conflict, HoldEnded, InvalidInput, LimitExceeded, NotFound
from spoina.ids import Channel, HoldId, LocationId, OrderId
from spoina.inventory.holds import HoldCommands
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.types import Command, Hold, HoldStatus, MoveLine
from spoina.orders import outbox, sql
from spoina.orders.pickups import keep_in_step
from spoina.orders.rules import ENDED, SHOP_STATUS, check_draft, check_follows, digest_of, initial_state, is_collected, with_own_units
from spoina.orders.types import HistoryEntry, Order, OrderDraft, OrderNote, OrderState, OrderTask, Origin, TaskKind

LONGEST_KEY = 200
LONGEST_NOTE = 2000
PAGE = 100
UNLESS_PAID = "cancelled unless paid"
"""A status task: the order waited too long for its payment; the shop is asked first whether it came."""
_EXPIRED_AT_ONCE = 100


class Orders:
    """Commands on orders, each in one transaction and safe to repeat; given a connection that is in one, they are a part of that."""

    def __init__(self, pool: Pool | Connection, clock: Clock, new_id: Callable[[], UUID]) -> None:
        self._pool, self._clock, self._new_id = pool, clock, new_id

    async def place(self, draft: OrderDraft, key: str, *, actor: str = "customer") -> Order:
        """An order for each `key`, once: asked again with the same draft, it is the same order. Its hold is sold with it; WooCommerce is
        told by a worker. Raises DoesNotAddUp, InvalidInput, HoldEnded (hold the goods again), Conflict (the key placed something else).
        """
        if not 0 < len(key) <= LONGEST_KEY:
            raise LimitExceeded("key", LONGEST_KEY, "characters, and not empty")
        check_draft(draft)
        now = self._clock()
        async with transaction(self._pool) as db:
            order_id = OrderId(self._new_id())
            try:
                taken, settled = await self._with_stock(db, draft, key)
            except (HoldEnded, NotFound):
                if (placed := await sql.by_key(db, key)) is None:
                    raise
                return _the_same(placed, digest_of(draft))
            state = initial_state(draft)
            order = await sql.insert(db, order_id, key, digest_of(draft), taken, state, settled=settled, now=now, actor=actor)
            if order is None:
                return await self._placed_before(db, key, draft)
            if state is OrderState.PROCESSING and is_collected(draft):
                await keep_in_step(db, order.id, now, actor=actor)
        return order

    async def _with_stock(self, db: Connection, draft: OrderDraft, key: str) -> tuple[OrderDraft, bool]:
        """The draft with where its goods come from, and whether WooCommerce's stock is no matter of it any more."""
        if draft.hold is None:
            draft = msgspec.structs.replace(draft, hold=await self._record_fact(db, draft, key))
        if draft.hold is None:
            return draft, True
        hold = await HoldCommands(db, self._clock).commit(draft.hold, actor="order")
        ours = [line for line in hold.lines if line.location != WOOCOMMERCE]
        if ours:
            draft = msgspec.structs.replace(draft, lines=with_own_units(draft.lines, ours))
        return draft, hold.status is HoldStatus.COMMITTED

    async def _record_fact(self, db: Connection, draft: OrderDraft, key: str) -> HoldId | None:
        """What was sold elsewhere without asking is gone, however little there was; it stays held until WooCommerce has counted it. A till
        has told its own stock already."""
        counted = [MoveLine(line.stock_item, line.quantity) for line in draft.lines if line.stock_item is not None]
        if not counted or draft.origin is Origin.POS:
            return None
        command = Command(source="order", reference=key, occurred_at=draft.placed_at)
        posted = await Stockroom(db, self._clock).record_sale(WOOCOMMERCE, counted, command, Channel(draft.channel))
        return posted.pending

    async def _placed_before(self, db: Connection, key: str, draft: OrderDraft) -> Order:
        placed = await sql.by_key(db, key)
        if placed is None:
            raise Conflict("key", "the order's id belongs to another order")
        return _the_same(placed, digest_of(draft))

    async def find(self, order_id: OrderId) -> Order:
        """Raises NotFound."""
        order = await sql.find(self._pool, order_id)
        if order is None:
            raise NotFound("order", str(order_id))
        return order

    async def placed_under(self, key: str) -> Order | None:
        placed = await sql.by_key(self._pool, key)
        return None if placed is None else placed[1]

    async def of_shop(self, external_id: int) -> Order | None:
        """By WooCommerce's number."""
        return await sql.by_external(self._pool, external_id)

    async def orders(self, wanted: sql.Filter, before: int | None = None, limit: int = PAGE) -> Sequence[Order]:
        """Newest first, at most PAGE; `before` is the number of the last one seen."""
        if not 0 < limit <= PAGE:
            raise LimitExceeded("limit", PAGE, "orders, and at least one")
        return await sql.orders(self._pool, wanted, before, limit)

    async def history(self, order_id: OrderId) -> list[HistoryEntry]:
        """Oldest first. Raises NotFound."""
        await self.find(order_id)
        return await sql.history(self._pool, order_id)

    async def notes(self, order_id: OrderId) -> list[OrderNote]:
        return await sql.notes(self._pool, order_id)

    async def waiting_tasks(self, order_id: OrderId) -> list[OrderTask]:
        return await outbox.tasks_of(self._pool, order_id)

    async def cancel(self, order_id: OrderId, *, actor: str, note: str = "") -> Order:
        """Of an order that WooCommerce never heard of, the goods are free at once; otherwise when it has cancelled it, too. Cancelled
        already: nothing happens. Raises NotFound, WrongState."""
        async with transaction(self._pool) as db:
            order = await self._locked(db, order_id)
            if order.state is not OrderState.CANCELLED:
                check_follows(order, OrderState.CANCELLED)
                await self._cancel(db, order, actor, note)
            return await self._locked(db, order_id)

    async def _cancel(self, db: Connection, order: Order, actor: str, note: str) -> None:
        now = self._clock()
        await sql.set_state(db, order, OrderState.CANCELLED, now, actor=actor, event="cancelled", note=note)
        if await outbox.withdraw(db, order.id):
            await give_stock_back(db, self._clock, order)
        else:
            await outbox.add(db, TaskKind.STATUS, order.id, now, body=SHOP_STATUS[OrderState.CANCELLED])
        await self._pick_up(db, order, now, actor)

    async def change_status(self, order_id: OrderId, status: str, *, actor: str, note: str = "") -> Order:
        """`status` as WooCommerce calls it ("completed", or one of the shop's own). In that status already: nothing happens. Raises
        NotFound, InvalidInput (a status that the shop's dictionary does not have), WrongState."""
        if status == SHOP_STATUS[OrderState.CANCELLED]:
            return await self.cancel(order_id, actor=actor, note=note)
        async with transaction(self._pool) as db:
            order = await self._locked(db, order_id)
            known = await sql.dictionary(db)
            state = known.get(status)
            if state is None or state in ENDED:
                may_be = sorted(each for each, means in known.items() if means not in ENDED or each == SHOP_STATUS[OrderState.CANCELLED])
                raise InvalidInput("status", f"{status!r} cannot be set, only {', '.join(may_be)}: what the shop's dictionary translates")
            if order.shop_status != status or order.state is not state:
                await self._change(db, order, status, state, actor, note)
            return await self._locked(db, order_id)

    async def _change(self, db: Connection, order: Order, status: str, state: OrderState, actor: str, note: str) -> None:
        now = self._clock()
        if state is not order.state:
            check_follows(order, state)
            await sql.set_state(db, order, state, now, actor=actor, event="changed", note=note or status)
        await outbox.add(db, TaskKind.STATUS, order.id, now, body=status)
        await self._pick_up(db, order, now, actor)

    async def _pick_up(self, db: Connection, order: Order, now: datetime, actor: str) -> None:
        if is_collected(order.content):
            await keep_in_step(db, order.id, now, actor=actor)

    async def add_note(self, order_id: OrderId, text: str, *, actor: str, for_customer: bool = False) -> None:
        """Told to WooCommerce, too; `for_customer`: WooCommerce mails it to the customer. Raises NotFound, LimitExceeded."""
        if not 0 < len(text) <= LONGEST_NOTE:
            raise LimitExceeded("note", LONGEST_NOTE, "characters, and not empty")
        now = self._clock()
        async with transaction(self._pool) as db:
            await self._locked(db, order_id)
            await sql.note_history(db, order_id, now, actor=actor, event="note", note=text)
            await outbox.add(db, TaskKind.NOTE, order_id, now, body=f"{'customer' if for_customer else 'private'}:{text}")

    async def retry(self, order_id: OrderId, *, actor: str) -> Order:
        """What could not be delivered is tried again: a person has mended it. Raises NotFound when nothing of it is undeliverable."""
        now = self._clock()
        async with transaction(self._pool) as db:
            order = await self._locked(db, order_id)
            task = await outbox.revive(db, order_id, now)
            await sql.note_history(db, order_id, now, actor=actor, event="retried", note=task.kind)
        return order

    async def expire_unpaid(self) -> int:
        """Orders that waited for their payment longer than the shop's setting allows. What WooCommerce has is cancelled there first, unless
        the money has come; returns how many it concerned."""
        count = 0
        while overdue := await sql.expired(self._pool, self._clock(), _EXPIRED_AT_ONCE):
            for order_id in overdue:
                async with transaction(self._pool) as db:
                    await self._expire(db, await self._locked(db, order_id))
            count += len(overdue)
        return count

    async def _expire(self, db: Connection, order: Order) -> None:
        now = self._clock()
        if order.expires_at is None or order.expires_at > now:
            return
        await db.execute("update sales_order set expires_at = null where id = $1", order.id)
        if await outbox.withdraw(db, order.id):
            await sql.set_state(db, order, OrderState.CANCELLED, now, actor="spoina", event="expired")
            await give_stock_back(db, self._clock, order)
        else:
            await outbox.add(db, TaskKind.STATUS, order.id, now, body=UNLESS_PAID)

    async def _locked(self, db: Connection, order_id: OrderId) -> Order:
        order = await sql.lock(db, order_id)
        if order is None:
            raise NotFound("order", str(order_id))
        return order


async def give_stock_back(db: Connection, clock: Clock, order: Order) -> None:
    """The order is off, and WooCommerce counts nothing for it: what was held of its stock is free, what left locations of ours is back. A
    till has put its own back already."""
    hold_id = order.content.hold
    if hold_id is None or order.content.origin is Origin.POS:
        await sql.settle_stock(db, order.id)
        return
    commands = HoldCommands(db, clock)
    hold = await commands.find(hold_id)
    if hold.status is HoldStatus.SOLD_PENDING:
        await commands.withdraw_sale(hold_id)
    await return_own_units(db, clock, order, hold)
    await sql.settle_stock(db, order.id)


async def return_own_units(db: Connection, clock: Clock, order: Order, hold: Hold) -> None:
    ours: dict[LocationId, list[MoveLine]] = {}
    for line in hold.lines:
        if line.location != WOOCOMMERCE:
            ours.setdefault(line.location, []).append(MoveLine(line.item, line.units))
    for place, lines in sorted(ours.items()):
        command = Command(source="order", reference=f"{order.id} off at {place}")
        await Stockroom(db, clock).record_return(place, lines, command)


def _the_same(placed: tuple[bytes, Order], digest: bytes) -> Order:
    known, order = placed
    if known != digest:
        raise Conflict("key", f"it placed order {order.id} before, with another content")
    return order
