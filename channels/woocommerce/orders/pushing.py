"""One task of the outbox, done: an order created in the shop once, its status set, its refund made once, its note written, an order read.

What cannot be sent twice (an order, a refund) is sent at most once per attempt, and looked up before any further one. What the shop
answers decides what becomes of the task: done, to be tried again, of unknown outcome, or for a person.
"""

import asyncio
from datetime import datetime
from enum import Enum
from html import unescape
from typing import NamedTuple

import msgspec

from channels.woocommerce import answers
from channels.woocommerce.answers import Answer
from channels.woocommerce.client import WooCommerceClient
from channels.woocommerce.orders.bodies import amounts_differ, lines_body, order_body, refund_body
from channels.woocommerce.orders.lookup import OrderLookup
from channels.woocommerce.orders.mapping import line_taxes, order_of, refund_of
from channels.woocommerce.orders.payloads import NotePayload
from channels.woocommerce.orders.reading import OrderReader
from channels.woocommerce.orders.refunding import as_ours, made_before
from channels.woocommerce.payloads import Unmappable, items_of, payload_of
from spoina.clock import Clock
from spoina.db import Pool, transaction
from spoina.errors import NotFound, SourceError, SourceMalformed, SourceUnavailable
from spoina.ids import OrderId
from spoina.orders import outbox, returned, sql
from spoina.orders.alerts import raise_alert
from spoina.orders.intake import Intake, ShopOrder
from spoina.orders.outbox import Patience
from spoina.orders.returned import FROM_SHOP
from spoina.orders.returns import Returns
from spoina.orders.service import UNLESS_PAID
from spoina.orders.types import AlertKind, Order, OrderReturn, OrderState, OrderTask, TaskKind

_UNPAID = frozenset({"pending", "failed"})
_COUPON_REFUSED = "woocommerce_rest_invalid_coupon"
_REFUND_REFUSED = "woocommerce_rest_cannot_create_order_refund"


class Verdict(Enum):
    AGAIN = "again"
    """The shop surely did nothing."""
    UNKNOWN = "unknown"
    """It may have done it."""
    DEAD = "dead"


class Undone(Exception):
    """A task that is not done, and what is to become of it."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict, self.reason = verdict, reason


class _Refusal(msgspec.Struct, frozen=True):
    code: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Draft(msgspec.Struct, frozen=True):
    new_draft_order_id: int = 0


class Tools(NamedTuple):
    """What a pusher works with."""

    client: WooCommerceClient
    pool: Pool
    intake: Intake
    reader: OrderReader
    lookup: OrderLookup
    clock: Clock
    patience: Patience


class Pusher:
    """Does tasks that were claimed."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def do(self, task: OrderTask) -> None:
        """Does a claimed task and says so in its row. What goes wrong with the shop is in the row, too; nothing of that is raised."""
        tools = self._tools
        try:
            async with asyncio.timeout(tools.patience.attempt.total_seconds()):
                await self._do(task)
        except Undone as undone:
            await self._leave(task, undone.verdict, undone.reason)
        except TimeoutError:
            await self._leave(task, Verdict.UNKNOWN, "the shop did not answer in time")
        except SourceUnavailable as error:
            await self._leave(task, Verdict.UNKNOWN if error.sent else Verdict.AGAIN, error.reason)
        except SourceMalformed as error:
            await self._leave(task, Verdict.UNKNOWN, f"{error.reason}. {error.remedy}")
        except SourceError as error:
            await self._leave(task, Verdict.AGAIN, f"{error.reason}. {error.remedy}")
        except Unmappable as problem:
            await self._leave(task, Verdict.UNKNOWN, problem.reason)

    async def _do(self, task: OrderTask) -> None:
        match task.kind:
            case TaskKind.CREATE:
                await self._create(task)
            case TaskKind.STATUS:
                await self._set_status(task)
            case TaskKind.REFUND:
                await self._refund(task)
            case TaskKind.NOTE:
                await self._write_note(task)
            case TaskKind.READ:
                await self._tools.reader.read(task.external_id or 0)
                await outbox.finish(self._tools.pool, task, self._tools.clock())
            case TaskKind.CUSTOMER:
                await self._tools.reader.read_customer(task.external_id or 0)
                await outbox.finish(self._tools.pool, task, self._tools.clock())

    async def _leave(self, task: OrderTask, verdict: Verdict, reason: str) -> None:
        pool, now = self._tools.pool, self._tools.clock()
        if verdict is Verdict.DEAD:
            await outbox.bury(pool, task, reason, now)
            return
        unknown = verdict is Verdict.UNKNOWN or task.started_at is not None
        await outbox.postpone(pool, task, reason, now, self._tools.patience, unknown=unknown)

    async def _create(self, task: OrderTask) -> None:
        order = await self._order(task)
        if order.external_id is not None:
            await self._adopt(task, order, order.external_id)
            return
        if task.started_at is not None and await self._adopted(task, order, task.started_at):
            return
        answer = await self._tools.client.send_once("POST", "orders", order_body(order))
        if _code(answer) == _COUPON_REFUSED:
            answer = await self._without_coupons(order, answer)
        await self._take_created(task, order, order_of(_done(answer), self._tools.clock()))

    async def _adopted(self, task: OrderTask, order: Order, sent_at: datetime) -> bool:
        """An earlier attempt's order, found in the shop."""
        number = await self._tools.lookup.find(order.id, sent_at, self._tools.clock())
        return number is not None and await self._adopt(task, order, number)

    async def _adopt(self, task: OrderTask, order: Order, number: int) -> bool:
        page = await self._tools.client.find(f"orders/{number}")
        if page is None:
            if order.external_id is not None:
                await self._gone(task, order)
            return False
        await self._take_created(task, order, order_of(page.body, page.started_at))
        return True

    async def _without_coupons(self, order: Order, refused: Answer) -> Answer:
        """The customer was promised the discount, so it stays in the lines. What the refusal left behind is removed."""
        reason = refused.error.message if refused.error is not None else ""
        async with transaction(self._tools.pool) as db:
            await raise_alert(db, order.id, AlertKind.COUPON, reason, self._tools.clock())
        draft = msgspec.json.decode(msgspec.json.decode(refused.body, type=_Refusal).data, type=_Draft).new_draft_order_id
        if draft:
            await self._tools.client.delete(f"orders/{draft}", {"force": "true"})
        return await self._tools.client.send_once("POST", "orders", order_body(order, with_coupons=False))

    async def _take_created(self, task: OrderTask, order: Order, shop: ShopOrder) -> None:
        """WooCommerce works coupons' discounts out anew, line by line, and not as its own cart does: then the lines are told once more."""
        numbers = [line.external_id for line in shop.content.lines if line.external_id is not None]
        if order.content.coupons and len(numbers) == len(order.content.lines) and amounts_differ(order.content, shop.content):
            answer = await self._tools.client.send_once("PUT", f"orders/{shop.external_id}", lines_body(order, numbers))
            shop = order_of(_done(answer), self._tools.clock())
        await self._apply(task, shop)

    async def _take_answer(self, task: OrderTask, answer: Answer) -> None:
        body = _done(answer)
        await self._apply(task, order_of(body, self._tools.clock()))

    async def _apply(self, task: OrderTask, shop: ShopOrder) -> None:
        """What the shop answered, and that the task is done, in one transaction."""
        async with transaction(self._tools.pool) as db:
            intake = Intake(db, self._tools.clock, self._tools.intake.new_id)
            await intake.apply(shop, actor="spoina", done=task.id)
            await outbox.finish(db, task, self._tools.clock())

    async def _set_status(self, task: OrderTask) -> None:
        """The same status twice is the same status, so nothing needs looking up, except whether the money came after all."""
        order = await self._in_shop(task)
        status = task.body
        if status == UNLESS_PAID:
            page = await self._tools.client.find(f"orders/{order.external_id}")
            now_is = None if page is None else order_of(page.body, page.started_at)
            if now_is is not None and (now_is.paid_at is not None or now_is.status not in _UNPAID):
                await self._apply(task, now_is)
                return
            status = "cancelled"
        answer = await self._tools.client.send_once("PUT", f"orders/{order.external_id}", {"status": status})
        if answers.is_absent(answer):
            await self._gone(task, order)
            return
        await self._take_answer(task, answer)

    async def _gone(self, task: OrderTask, order: Order) -> None:
        async with transaction(self._tools.pool) as db:
            await Intake(db, self._tools.clock, self._tools.intake.new_id).missing(order.external_id or 0, self._tools.clock())
            await outbox.finish(db, task, self._tools.clock())

    async def _refund(self, task: OrderTask) -> None:
        order = await self._in_shop(task)
        back = await self._return(task)
        path = f"orders/{order.external_id}"
        page = await self._tools.client.get_page(path)
        made = None if task.started_at is None else await self._refund_of(order, back, task.started_at)
        if made is None:
            answer = await self._tools.client.send_once("POST", f"{path}/refunds", refund_body(back, order, line_taxes(page.body)))
            if back.by_gateway and _code(answer) == _REFUND_REFUSED:
                await self._reopen(task, back, answer)
                return
            _done(answer)
        shop = await self._reread(path)
        if shop is not None:
            await self._apply(task, shop if made is None else as_ours(shop, made, back.id))

    async def _refund_of(self, order: Order, back: OrderReturn, sent_at: datetime) -> int | None:
        """The shop's number of the refund that an earlier attempt made."""
        path, currency = f"orders/{order.external_id}/refunds", order.content.currency
        there = [refund_of(item, currency) async for page in self._tools.client.pages(path) for item in items_of(page.body)]
        others = {each.external_id for each in await returned.of_order(self._tools.pool, order.id) if each.requested_by != FROM_SHOP}
        return made_before(back, there, others, sent_at)

    async def _reopen(self, task: OrderTask, back: OrderReturn, refused: Answer) -> None:
        """WooCommerce deletes a refund whose money its payment plugin did not give back."""
        reason = refused.error.message if refused.error is not None else ""
        async with transaction(self._tools.pool) as db:
            await Returns(db, self._tools.clock).gateway_failed(back.id, unescape(reason))
            await outbox.finish(db, task, self._tools.clock())

    async def _reread(self, path: str) -> ShopOrder | None:
        page = await self._tools.client.get_page(path)
        return await self._tools.reader.mapped(page.body, page.started_at)

    async def _write_note(self, task: OrderTask) -> None:
        order = await self._in_shop(task)
        audience, _, text = task.body.partition(":")
        path = f"orders/{order.external_id}/notes"
        if task.started_at is None or not await self._is_noted(path, text):
            _done(await self._tools.client.send_once("POST", path, {"note": text, "customer_note": audience == "customer"}))
        await outbox.finish(self._tools.pool, task, self._tools.clock())

    async def _is_noted(self, path: str, text: str) -> bool:
        page = await self._tools.client.get_page(path)
        return any(payload_of("note", NotePayload, item).note == text for item in items_of(page.body))

    async def _order(self, task: OrderTask) -> Order:
        order = await sql.find(self._tools.pool, OrderId(task.order_id)) if task.order_id is not None else None
        if order is None:
            raise NotFound("order", str(task.order_id))
        return order

    async def _in_shop(self, task: OrderTask) -> Order:
        order = await self._order(task)
        if order.external_id is None or order.state is OrderState.DELETED:
            raise Undone(Verdict.DEAD, "WooCommerce does not have this order")
        return order

    async def _return(self, task: OrderTask) -> OrderReturn:
        back = await returned.find(self._tools.pool, task.subject) if task.subject is not None else None
        if back is None:
            raise NotFound("return", str(task.subject))
        return back


def _done(answer: Answer) -> bytes:
    """The body of a successful answer. Raises Undone, SourceMalformed."""
    if answer.status < 300:
        return answers.json_body(answer)
    error, code = answer.error, _code(answer)
    said = f"{answer.status} {code}: {error.message}" if error is not None else str(answer.status)
    if answer.status in {401, 403, 404, 408, 425, 429} or 300 <= answer.status < 400:
        raise Undone(Verdict.AGAIN, answers.refusal(answer).reason)
    if answer.status < 500 or code.startswith("woocommerce_rest_"):
        raise Undone(Verdict.DEAD, f"the shop refused it ({said})")
    raise Undone(Verdict.UNKNOWN, f"the shop answered {said}")


def _code(answer: Answer) -> str:
    return answer.error.code if answer.status >= 400 and answer.error is not None else ""
