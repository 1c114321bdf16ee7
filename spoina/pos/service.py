"""Sales, returns and voids: each is recorded once, with its stock, in one transaction. What was printed is never refused for lack of stock
and never altered; what the server reckons otherwise stands beside it."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import InvalidInput, NotFound, ReturnedTooMuch, UnknownCodes, WrongState
from spoina.ids import SaleId
from spoina.jobs import Job, enqueue
from spoina.pos import ordered, requests, sql, stock
from spoina.pos.requests import encode
from spoina.pos.rules import (
    KnownVariant,
    check_clock,
    check_return,
    check_sale,
    check_shift_owner,
    check_terminal,
    checked_nip,
    differences,
    vat_within,
)
from spoina.pos.types import (
    Difference,
    Differs,
    Document,
    DocumentKind,
    Fiscal,
    FiscalStatus,
    Oversold,
    Payment,
    Recorded,
    Return,
    ReturnLine,
    Sale,
    Terminal,
    VatLine,
    Void,
)

UNRECEIPTED = Fiscal(required=False, status=FiscalStatus.NOT_REQUIRED)
Before = Callable[[Connection], Awaitable[None]]
_decode_sale = msgspec.json.Decoder(Sale).decode


class Till:
    """What terminals post. Each answer is the encoded `Recorded`, the same bytes whenever the same document is sent again.

    All raise WrongTerminal (another register, location or shift), ClockAhead, InvalidInput, DoesNotAddUp, Busy (the same document is
    being recorded), ReusedKey (the id came with another body).
    """

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def sell(self, terminal: Terminal, sale: Sale, first: Before | None = None) -> bytes:
        """Raises UnknownCodes with every line's code that the catalogue never had. `first` is done once, in the sale's transaction, before
        anything is locked; what it raises undoes the sale."""
        now = self._check(terminal, sale)
        check_sale(sale)
        if sale.fiscal.printed_at is not None:
            check_clock("fiscal.printedAt", sale.fiscal.printed_at, now)
        async with transaction(self._pool) as db:
            claimed = await requests.claim(db, sale.id, DocumentKind.SALE, terminal.register_id, sale)
            if claimed.answer is not None:
                return claimed.answer
            if first is not None:
                await first(db)
            known = await sql.known_variants(db, sale.lines, sale.occurred_at)
            _refuse_unknown(sale, known)
            around = await sql.take_number(db, sale, terminal)
            found = [
                *_of_surroundings(sale, around, terminal),
                *differences(sale, known, prices_include_tax=around.prices_include_tax),
            ]
            stored = _stored_sale(sale, known, found)
            counted = [(line.stock_item, line.quantity) for line in stored.lines if line.stock_item is not None]
            if sale.order is not None:
                counted = ordered.beyond(counted, await ordered.pay(db, sale.order, sale.id))
            sold = await stock.sell(db, self._clock, sale, terminal, counted)
            await sql.insert(db, sale, terminal, stored._replace(pending=sold.pending), around.currency, now)
            return await self._answer(db, claimed, sale, terminal, around, stored, sold.oversold, now)

    async def take_back(self, terminal: Terminal, back: Return) -> bytes:
        """Raises NotFound (no such sale, or not yet), ReturnedTooMuch, WrongState (what it points to is no sale)."""
        check_return(back)
        now = self._check(terminal, back)
        async with transaction(self._pool) as db:
            claimed = await requests.claim(db, back.id, DocumentKind.RETURN, terminal.register_id, back)
            if claimed.answer is not None:
                return claimed.answer
            around = await sql.take_number(db, back, terminal)
            origin = await _origin(db, back.sale_id)
            return await self._give_back(db, claimed, terminal, back, origin, around, now)

    async def void(self, terminal: Terminal, void: Void) -> bytes:
        """Raises NotFound, WrongTerminal (another register's sale), WrongState (its receipt is printed, or something came back already)."""
        now = self._check(terminal, void)
        async with transaction(self._pool) as db:
            claimed = await requests.claim(db, void.id, DocumentKind.VOID, terminal.register_id, void)
            if claimed.answer is not None:
                return claimed.answer
            around = await sql.take_number(db, void, terminal)
            origin = await _origin(db, void.sale_id)
            await _check_voidable(db, void, terminal, origin)
            whole = _whole(void, _decode_sale(origin.body))
            return await self._give_back(db, claimed, terminal, whole, origin, around, now, DocumentKind.VOID, void)

    def _check(self, terminal: Terminal, document: Document) -> datetime:
        now = self._clock()
        check_terminal(document, terminal)
        check_clock("occurredAt", document.occurred_at, now)
        return now

    async def _give_back(
        self,
        db: Connection,
        claimed: requests.Claimed,
        terminal: Terminal,
        back: Return,
        origin: sql.Origin,
        around: sql.Surroundings,
        now: datetime,
        kind: DocumentKind = DocumentKind.RETURN,
        posted: Document | None = None,
    ) -> bytes:
        sale = _decode_sale(origin.body)
        sold = await sql.sold_lines(db, back.sale_id)
        _refuse_too_much(back, sold)
        restocked = [(item, line.quantity) for line in back.lines if line.restock and (item := sold[line.line].stock_item) is not None]
        if kind is DocumentKind.VOID and await ordered.unpay(db, back.sale_id):
            restocked = await stock.taken(db, self._clock, back.sale_id, origin.pending)
        found = [*_of_surroundings(back, around, terminal)]
        if around.woocommerce_stock and restocked:
            withdrawn = kind is DocumentKind.VOID and origin.pending and await stock.withdraw(db, self._clock, origin.pending)
            found += [] if withdrawn else [Difference(field="lines", kind=Differs.STOCK)]
        stored = _stored_return(back, sale, kind, found, body=encode(posted or back))
        await sql.insert(db, back, terminal, stored, around.currency, now)
        given = await sql.give_back(
            db, back.sale_id, back.id, [(line.line, line.quantity, line.gross, line.restock) for line in back.lines]
        )
        if refused := {line.line for line in back.lines} - given:
            raise ReturnedTooMuch(str(back.sale_id), sorted(refused))
        if not around.woocommerce_stock:
            await stock.take_back(db, self._clock, back, terminal, restocked)
        return await self._answer(db, claimed, back, terminal, around, stored, (), now)

    async def _answer(
        self,
        db: Connection,
        claimed: requests.Claimed,
        document: Document,
        terminal: Terminal,
        around: sql.Surroundings,
        stored: sql.Stored,
        oversold: Sequence[Oversold],
        now: datetime,
    ) -> bytes:
        recorded = Recorded(
            id=document.id,
            kind=stored.kind,
            register=terminal.register,
            location=terminal.location,
            sequence=document.sequence,
            occurred_at=document.occurred_at,
            received_at=now,
            total=stored.total,
            currency=around.currency,
            missing=around.gaps,
            differences=msgspec.json.decode(stored.differences, type=tuple[Difference, ...]),
            oversold=tuple(oversold),
        )
        answer = encode(recorded)
        await enqueue(db, Job.DELIVER_TILL_DOCUMENT, payload=str(document.id).encode())
        await requests.store(db, claimed, answer, now)
        return answer


def _refuse_unknown(sale: Sale, known: dict[int, KnownVariant]) -> None:
    codes = [
        str(line.sku if line.variant_id is None else line.variant_id)
        for place, line in enumerate(sale.lines)
        if place not in known and (line.variant_id is not None or line.sku is not None)
    ]
    if codes:
        raise UnknownCodes("lines", list(dict.fromkeys(codes)))


def _of_surroundings(document: Document, around: sql.Surroundings, terminal: Terminal) -> list[Difference]:
    found: list[Difference] = []
    if around.repeated:
        found.append(Difference(field="sequence", kind=Differs.SEQUENCE, given=document.sequence))
    if document.shift_id is not None and around.shift_register is not None:
        check_shift_owner(document.shift_id, around.shift_register, terminal)
    if around.shift_closed:
        found.append(Difference(field="shiftId", kind=Differs.SHIFT))
    return found


def _stored_sale(sale: Sale, known: dict[int, KnownVariant], found: Sequence[Difference]) -> sql.Stored:
    lines = []
    for place, line in enumerate(sale.lines):
        variant = known.get(place)
        variant_id, item = (None, None) if variant is None else (variant.id, variant.stock_item)
        lines.append(sql.StoredLine(variant_id, item, line.title, line.quantity, line.gross))
    return sql.Stored(
        kind=DocumentKind.SALE,
        origin=None,
        total=sale.total,
        buyer_nip=None if sale.buyer_nip is None else checked_nip(sale.buyer_nip),
        fiscal=sale.fiscal,
        catalogue_version=sale.catalogue_version,
        lines=lines,
        vat_lines=sale.vat_lines,
        payments=sale.payments,
        differences=encode(found),
        body=encode(sale),
    )


def _stored_return(back: Return, sale: Sale, kind: DocumentKind, found: Sequence[Difference], *, body: bytes) -> sql.Stored:
    return sql.Stored(
        kind=kind,
        origin=back.sale_id,
        total=back.total,
        buyer_nip=None,
        fiscal=UNRECEIPTED,
        catalogue_version=None,
        lines=(),
        vat_lines=_vat_of_return(back, sale),
        payments=back.payments,
        differences=encode(found),
        body=body,
    )


def _vat_of_return(back: Return, sale: Sale) -> list[VatLine]:
    gross: dict[tuple[str, int], int] = {}
    for line in back.lines:
        letter = (sale.lines[line.line].letter, sale.lines[line.line].rate)
        gross[letter] = gross.get(letter, 0) + line.gross
    parts = [(letter, rate, amount, vat_within(amount, rate)) for (letter, rate), amount in gross.items()]
    return [VatLine(letter=letter, rate=rate, net=amount - vat, vat=vat, gross=amount) for letter, rate, amount, vat in parts]


async def _origin(db: Connection, sale: SaleId) -> sql.Origin:
    origin = await sql.lock_origin(db, sale)
    if origin is None:
        raise NotFound("sale", str(sale))
    if origin.kind is not DocumentKind.SALE:
        raise WrongState(str(sale), origin.kind, "only a sale can be given back")
    return origin


def _refuse_too_much(back: Return, sold: Sequence[sql.SoldLine]) -> None:
    """Pieces are checked by the statement that takes them; the money they were sold for, here, under the sale's lock."""
    for place, line in enumerate(back.lines):
        if line.line >= len(sold):
            raise InvalidInput(f"lines[{place}].line", f"the sale has {len(sold)} lines, counted from 0")
    over = [line.line for line in back.lines if sold[line.line].returned_gross + line.gross > sold[line.line].gross]
    if over:
        raise ReturnedTooMuch(str(back.sale_id), over)


async def _check_voidable(db: Connection, void: Void, terminal: Terminal, origin: sql.Origin) -> None:
    if origin.register != terminal.register_id:
        raise NotFound("sale of this register", str(void.sale_id))
    if origin.printed:
        raise WrongState(str(void.sale_id), "printed", "its receipt stands: record a return")
    if any(line.returned for line in await sql.sold_lines(db, void.sale_id)):
        raise WrongState(str(void.sale_id), "given back", "nothing, or not all, is left of it to void")


def _whole(void: Void, sale: Sale) -> Return:
    """Everything of the sale, by the methods it was paid with."""
    return Return(
        id=void.id,
        sequence=void.sequence,
        occurred_at=void.occurred_at,
        cashier=void.cashier,
        shift_id=void.shift_id,
        sale_id=void.sale_id,
        lines=tuple(ReturnLine(line=place, quantity=line.quantity, gross=line.gross) for place, line in enumerate(sale.lines)),
        total=sale.total,
        payments=tuple(Payment(method=each.method, amount=each.amount) for each in sale.payments),
        reason=void.reason,
    )
