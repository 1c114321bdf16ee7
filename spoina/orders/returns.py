"""Returns: asked for by the customer, decided by staff, refunded in WooCommerce once. Money goes back by the shop's payment plugin where
staff say so, else by their own hand; the goods count again where `restock` says so."""

from collections.abc import Sequence

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import Conflict, InvalidInput, NotFound, WrongState
from spoina.ids import OrderId, ReturnId
from spoina.orders import outbox, returned, sql
from spoina.orders.alerts import raise_alert
from spoina.orders.rules import left_to_refund, return_lines
from spoina.orders.types import AlertKind, Order, OrderReturn, OrderState, ReturnRequest, ReturnState, TaskKind, WantedLine
from spoina.terms.sql import gives_back

_CLOSED = frozenset({OrderState.CANCELLED, OrderState.DELETED, OrderState.PENDING_PAYMENT, OrderState.FAILED})


class Returns:
    """Commands, each in one transaction and safe to repeat; given a connection that is in one, they are a part of that."""

    def __init__(self, pool: Pool | Connection, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def request(self, order_id: OrderId, wanted: ReturnRequest, *, by: str) -> OrderReturn:
        """Asked for under the same id again, it is the same return. Raises NotFound, WrongState (nothing was paid), ReturnedTooMuch,
        InvalidInput, Conflict (the id is another order's return)."""
        async with transaction(self._pool) as db:
            order = await self._order(db, order_id)
            known = await returned.find(db, wanted.id)
            if known is not None:
                return _of(order_id, known)
            if order.state in _CLOSED:
                raise WrongState(f"order {order_id}", order.state, "nothing can come back of it")
            asked = await self._asked(db, order, wanted, by)
            await returned.insert(db, asked)
            await sql.note_history(db, order_id, asked.requested_at, actor=by, event="return requested", note=asked.reason)
        return asked

    async def _asked(self, db: Connection, order: Order, wanted: ReturnRequest, by: str) -> OrderReturn:
        so_far = await returned.returned_units(db, order.id, len(order.content.lines))
        lines = return_lines(order, so_far, wanted.lines)
        amount = wanted.amount if wanted.amount is not None else sum(line.gross for line in lines)
        if not lines and wanted.amount is None:
            raise InvalidInput("lines", "name what comes back, or an amount")
        await self._check_amount(db, order, amount)
        return OrderReturn(
            id=wanted.id,
            order_id=order.id,
            state=ReturnState.REQUESTED,
            external_id=None,
            amount=amount,
            reason=wanted.reason,
            restock=False,
            lines=lines,
            requested_by=by,
            requested_at=self._clock(),
        )

    async def approve(
        self, return_id: ReturnId, *, restock: bool, by: str, amount: int | None = None, note: str = "", by_gateway: bool = False
    ) -> OrderReturn:
        """The refund goes to WooCommerce. `amount` where it is to be less (goods that were used) or more (postage). `by_gateway`: the
        shop's payment plugin gives the money back; if it cannot, the return is REQUESTED again. Approved before: nothing happens. Raises
        NotFound, WrongState (refused before), ReturnedTooMuch, InvalidInput (more than is left to give back, or a payment method that
        gives nothing back by itself)."""
        now = self._clock()
        async with transaction(self._pool) as db:
            asked, order = await self._asked_for(db, return_id)
            if asked.state is ReturnState.REQUESTED:
                return_lines(order, await returned.returned_units(db, order.id, len(order.content.lines)), _wanted(asked))
                chosen = asked.amount if amount is None else amount
                await self._check_amount(db, order, chosen)
                if by_gateway:
                    await _check_gateway(db, order)
                made = returned.Decision(
                    state=ReturnState.APPROVED, restock=restock, amount=chosen, by=by, at=now, note=note, by_gateway=by_gateway
                )
                await returned.decide(db, return_id, made)
                await sql.note_history(db, order.id, now, actor=by, event="return approved", note=note)
                await outbox.add(db, TaskKind.REFUND, order.id, now, subject=return_id)
            return await self._decided(db, return_id, {ReturnState.APPROVED, ReturnState.REFUNDED})

    async def refuse(self, return_id: ReturnId, *, by: str, note: str) -> OrderReturn:
        """Refused before: nothing happens. Raises NotFound, WrongState (approved before)."""
        now = self._clock()
        async with transaction(self._pool) as db:
            asked, order = await self._asked_for(db, return_id)
            if asked.state is ReturnState.REQUESTED:
                made = returned.Decision(state=ReturnState.REFUSED, amount=asked.amount, by=by, at=now, note=note)
                await returned.decide(db, return_id, made)
                await sql.note_history(db, order.id, now, actor=by, event="return refused", note=note)
            return await self._decided(db, return_id, {ReturnState.REFUSED})

    async def gateway_failed(self, return_id: ReturnId, reason: str) -> None:
        """The shop's payment plugin did not give the money back, and the shop has no refund: staff decide anew. Raises NotFound."""
        now = self._clock()
        async with transaction(self._pool) as db:
            _, order = await self._asked_for(db, return_id)
            if await returned.reopen(db, return_id):
                await sql.note_history(db, order.id, now, actor="shop", event="refund failed", note=reason)
                await raise_alert(db, order.id, AlertKind.REFUND, f"return {return_id}: {reason}", now)

    async def find(self, return_id: ReturnId) -> OrderReturn:
        """Raises NotFound."""
        return await self._found(self._pool, return_id)

    async def of_order(self, order_id: OrderId) -> list[OrderReturn]:
        """Oldest first, refunds that were born in WooCommerce among them."""
        return await returned.of_order(self._pool, order_id)

    async def in_state(self, state: ReturnState, limit: int = 100) -> Sequence[OrderReturn]:
        """Oldest first."""
        return await returned.in_state(self._pool, state, limit)

    async def _asked_for(self, db: Connection, return_id: ReturnId) -> tuple[OrderReturn, Order]:
        """The order's row is locked, so that two decisions never pass each other."""
        order = await self._order(db, (await self._found(db, return_id)).order_id)
        return await self._found(db, return_id), order

    async def _decided(self, db: Connection, return_id: ReturnId, expected: set[ReturnState]) -> OrderReturn:
        found = await self._found(db, return_id)
        if found.state not in expected:
            raise WrongState(f"return {return_id}", found.state, "it was decided otherwise before")
        return found

    async def _found(self, db: Connection | Pool, return_id: ReturnId) -> OrderReturn:
        found = await returned.find(db, return_id)
        if found is None:
            raise NotFound("return", str(return_id))
        return found

    async def _order(self, db: Connection, order_id: OrderId) -> Order:
        order = await sql.lock(db, order_id)
        if order is None:
            raise NotFound("order", str(order_id))
        return order

    async def _check_amount(self, db: Connection, order: Order, amount: int) -> None:
        left = left_to_refund(order, await returned.of_order(db, order.id))
        if not 0 < amount <= left:
            raise InvalidInput("amount", f"is {amount}; {left} is left to give back")


async def _check_gateway(db: Connection, order: Order) -> None:
    method = order.content.payment.method
    if order.paid_at is None:
        raise InvalidInput("by_gateway", "the shop's payment plugin has taken no money for this order")
    if not await gives_back(db, method):
        raise InvalidInput("by_gateway", f"the payment method {method!r} gives no money back by itself: approve without, and pay by hand")


def _wanted(asked: OrderReturn) -> list[WantedLine]:
    return [WantedLine(line=line.line, quantity=line.quantity) for line in asked.lines if line.quantity]


def _of(order_id: OrderId, known: OrderReturn) -> OrderReturn:
    if known.order_id != order_id:
        raise Conflict("id", "it is another order's return")
    return known
