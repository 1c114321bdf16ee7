"""What tills printed becomes orders and refunds: a sale is an order that is paid and handed over, a return its refund, a void its end."""

from uuid import UUID, uuid5

import asyncpg
import msgspec

from spoina.catalog.sql import WOOCOMMERCE
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import NotFound
from spoina.ids import HoldId, ProductId, ReturnId, SaleId, StockItemId, VariantId
from spoina.inventory import sql as stock
from spoina.inventory.types import HoldStatus
from spoina.orders import outbox, returned, sql
from spoina.orders.rules import may_follow
from spoina.orders.service import Orders
from spoina.orders.types import (
    Address,
    Attribute,
    DraftLine,
    Order,
    OrderDraft,
    OrderReturn,
    OrderState,
    Origin,
    Payment,
    PaymentWay,
    ReturnLine,
    ReturnState,
    TaskKind,
)
from spoina.pos.ordered import order_named
from spoina.pos.rules import vat_within
from spoina.pos.stock import CHANNEL
from spoina.pos.types import DocumentKind, EReceiptChannel, Return, Sale, SaleLine

_DOCUMENT = """
select sale.id, sale.kind, sale.origin_id, sale.location_id, sale.currency, sale.pending_hold, sale.cashier, sale.body,
    register.code as register
from pos_sale sale join pos_register register on register.id = sale.register_id where sale.id = $1
"""
_LINES = """
select line.variant_id, line.stock_item, variant.product_id, variant.sku
from pos_sale_line line left join variant on variant.id = line.variant_id where sale_id = $1 order by line
"""
_STAYS = """
select exists (select from pickup where order_id = $1 and status in ('accepted', 'picking', 'ready'))
    or exists (select from pos_sale where origin_id = $2 and kind = 'void')
"""
_LETTERS = "select distinct on (letter) letter, tax_class from pos_vat_letter order by letter, tax_class"
_decode_sale = msgspec.json.Decoder(Sale).decode
_decode_return = msgspec.json.Decoder(Return).decode


class TillDocuments:
    """Takes over documents by their ids; taken over again, one changes nothing."""

    def __init__(self, pool: Pool, orders: Orders, clock: Clock) -> None:
        self._pool, self._orders, self._clock = pool, orders, clock

    async def take_over(self, document: SaleId) -> Order:
        """The order that it made or changed. Raises NotFound."""
        row = await self._pool.fetchrow(_DOCUMENT, document)
        if row is None:
            raise NotFound("till document", str(document))
        match DocumentKind(row["kind"]):
            case DocumentKind.SALE:
                return await self._take_sale(row)
            case DocumentKind.RETURN:
                return await self._take_return(row)
            case DocumentKind.VOID:
                return await self._take_void(await self.take_over(SaleId(row["origin_id"])), row)

    async def _take_sale(self, row: asyncpg.Record) -> Order:
        sale = _decode_sale(row["body"])
        known = await self._orders.placed_under(_key(row["id"]))
        if known is not None:
            return known
        paid = await self._paid_at_till(sale)
        if paid is not None:
            return await self._hand_over(paid, row)
        draft = await self._draft(row, sale)
        return await self._orders.place(draft, _key(row["id"]), actor=sale.cashier)

    async def _take_void(self, order: Order, row: asyncpg.Record) -> Order:
        """An order that the sale paid, and did not make, waits to be paid again."""
        if await self._orders.placed_under(_key(row["origin_id"])) is not None:
            return await self._orders.cancel(order.id, actor=row["cashier"], note="voided at the till")
        if order.state is not OrderState.COMPLETED:
            return order
        return await self._orders.change_status(order.id, "processing", actor=row["cashier"], note="its payment was voided at the till")

    async def _paid_at_till(self, sale: Sale) -> Order | None:
        """The order that was paid for at the till, where there is one."""
        ours, shops = order_named(sale.order or "")
        if shops is not None:
            return await self._orders.of_shop(shops)
        return None if ours is None else await sql.find(self._pool, ours)

    async def _hand_over(self, order: Order, row: asyncpg.Record) -> Order:
        """One that waits to be collected is handed over by its code, and one whose payment is void not at all."""
        if not may_follow(order.state, OrderState.COMPLETED) or await self._pool.fetchval(_STAYS, order.id, row["id"]):
            return order
        return await self._orders.change_status(order.id, "completed", actor=row["cashier"], note=f"paid at {row['register']}")

    async def _draft(self, row: asyncpg.Record, sale: Sale) -> OrderDraft:
        rows = await self._pool.fetch(_LINES, row["id"])
        classes = {letter: "" if name == "exempt" else name for letter, name in await self._pool.fetch(_LETTERS)}
        own = row["location_id"] != WOOCOMMERCE
        lines = [_line(line, known, classes.get(line.letter, ""), own=own) for line, known in zip(sale.lines, rows, strict=True)]
        mailed = sale.e_receipt is not None and sale.e_receipt.consent and sale.e_receipt.channel is EReceiptChannel.EMAIL
        receipt = sale.fiscal.receipt_no or ""
        return OrderDraft(
            origin=Origin.POS,
            channel=CHANNEL,
            currency=row["currency"],
            lines=tuple(lines),
            total=sale.total,
            payment=_payment(sale),
            billing=Address(email=(sale.e_receipt.address or "") if mailed and sale.e_receipt else ""),
            nip=sale.buyer_nip,
            attributes=(Attribute("register", row["register"]), *([Attribute("receipt", receipt)] if receipt else [])),
            hold=await self._pending(row["pending_hold"]),
            reference=receipt or f"{row['register']}/{sale.sequence}",
            placed_at=sale.occurred_at,
        )

    async def _pending(self, hold: UUID | None) -> HoldId | None:
        """A void may have given it back before the sale got here."""
        found = await stock.hold(self._pool, HoldId(hold)) if hold else None
        return found.id if found is not None and found.status is HoldStatus.SOLD_PENDING else None

    async def _take_return(self, row: asyncpg.Record) -> Order:
        back = _decode_return(row["body"])
        order = await self.take_over(SaleId(row["origin_id"]))
        sold = _decode_sale((await self._pool.fetchrow(_DOCUMENT, back.sale_id) or row)["body"])
        counts = row["location_id"] == WOOCOMMERCE
        async with transaction(self._pool) as db:
            for restock in (True, False):
                lines = [(each.line, each.quantity, each.gross) for each in back.lines if each.restock is restock]
                if lines:
                    await self._refund(db, order, back, sold, lines, restock=restock and counts, part=restock)
        return order

    async def _refund(
        self,
        db: Connection,
        order: Order,
        back: Return,
        sold: Sale,
        lines: list[tuple[int, int, int]],
        *,
        restock: bool,
        part: bool,
    ) -> None:
        """WooCommerce restocks a whole refund or nothing of it, so goods for the shelf and goods for the bin are two."""
        now = self._clock()
        refund = OrderReturn(
            id=ReturnId(uuid5(back.id, "restocked" if part else "not restocked")),
            order_id=order.id,
            state=ReturnState.APPROVED,
            external_id=None,
            amount=sum(gross for _, _, gross in lines),
            reason=back.reason,
            restock=restock,
            lines=tuple(_returned(sold.lines[line], line, quantity, gross) for line, quantity, gross in lines),
            requested_by=back.cashier,
            requested_at=back.occurred_at,
            decided_by=back.cashier,
            decided_at=now,
        )
        if refund.amount and await returned.insert(db, refund):
            await sql.note_history(db, order.id, now, actor=back.cashier, event="return approved", note=back.reason)
            await outbox.add(db, TaskKind.REFUND, order.id, now, subject=refund.id)


def _key(sale: UUID) -> str:
    return f"pos:{sale}"


def _line(line: SaleLine, known: asyncpg.Record, tax_class: str, *, own: bool) -> DraftLine:
    counted = known["stock_item"] is not None
    return DraftLine(
        title=line.title,
        quantity=line.quantity,
        subtotal=line.net,
        subtotal_tax=line.vat,
        total=line.net,
        total_tax=line.vat,
        rate=line.rate,
        tax_class=tax_class,
        variant_id=None if known["product_id"] is None else VariantId(known["variant_id"]),
        product_id=None if known["product_id"] is None else ProductId(known["product_id"]),
        sku=known["sku"] or line.sku,
        stock_item=StockItemId(known["stock_item"]) if counted and known["product_id"] is not None else None,
        own_units=line.quantity if own and counted else 0,
    )


def _payment(sale: Sale) -> Payment:
    """The largest payment names the method."""
    largest = max(sale.payments, key=lambda each: each.amount, default=None)
    if largest is None:
        return Payment(way=PaymentWay.PAID, method="pos")
    return Payment(way=PaymentWay.PAID, method=f"pos_{largest.method}", title=largest.method, transaction=largest.reference)


def _returned(line: SaleLine, place: int, quantity: int, gross: int) -> ReturnLine:
    vat = vat_within(gross, line.rate)
    return ReturnLine(line=place, quantity=quantity, total=gross - vat, total_tax=vat)
