"""Shifts: who answers for a register's drawer, from the float to the count at the end. Figures are added up from what was recorded, so that
sales which arrive late are in them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Meta

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import InvalidInput, NotFound, WrongState, WrongTerminal
from spoina.ids import ShiftId
from spoina.pos import requests
from spoina.pos.requests import encode
from spoina.pos.rules import check_clock
from spoina.pos.types import MOST_MINOR, DocumentKind, Minor, Moment, Posted, Terminal, Text, Told

CASH = "cash"


class Opening(Posted, frozen=True, kw_only=True):
    """`id` is made on the device and is the idempotency key. `float`: the cash in the drawer, in minor units."""

    id: ShiftId
    cashier: Text
    occurred_at: Moment
    float: Minor


class CashMove(Posted, frozen=True, kw_only=True):
    """`amount` in minor units: above zero it was put into the drawer, below zero taken out."""

    id: UUID
    cashier: Text
    occurred_at: Moment
    amount: Annotated[int, Meta(ge=-MOST_MINOR, le=MOST_MINOR)]
    reason: Text


class Counted(Posted, frozen=True):
    """What was found of a method of payment: the drawer's cash, the card terminal's total."""

    method: Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,29}$")]
    amount: Minor


class Count(Posted, frozen=True, kw_only=True):
    id: UUID
    cashier: Text
    occurred_at: Moment
    counted: Annotated[tuple[Counted, ...], Meta(min_length=1, max_length=20)]


class MethodFigures(Told, frozen=True, kw_only=True, omit_defaults=True):
    """`expected`: sales less what was given back; of cash also the float and what was put in and taken out. `difference` = counted -
    expected."""

    method: str
    expected: int
    counted: int | None = None
    difference: int | None = None


class Totals(Told, frozen=True, kw_only=True):
    """Of one kind of document."""

    kind: DocumentKind
    documents: int
    total: int


class VatFigures(Told, frozen=True, kw_only=True):
    """Of one letter, sales less what was given back: below zero where more came back."""

    letter: str
    rate: int
    net: int
    vat: int
    gross: int


class Shift(Told, frozen=True, kw_only=True):
    """`number` counts the register's closed shifts. While it is open, this is the X report; closed, the Z report. `figures_at_close`: as
    they were counted then; the others have what arrived since."""

    id: ShiftId
    register: str
    cashier: str
    float: int
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    number: int | None
    cash_in: int
    cash_out: int
    totals: tuple[Totals, ...]
    methods: tuple[MethodFigures, ...]
    vat: tuple[VatFigures, ...]
    figures_at_close: tuple[MethodFigures, ...]


_OPEN = """
insert into pos_shift (id, register_id, cashier, opening_float, opened_at, recorded_at) values ($1, $2, $3, $4, $5, $6)
on conflict (register_id) where closed_at is null do nothing returning true
"""
_OPEN_NOW = "select id from pos_shift where register_id = $1 and closed_at is null"
_LOCK = "select closed_at, register_id from pos_shift where id = $1 for no key update"
_MOVE = """
insert into pos_cash_move (id, shift_id, amount, reason, cashier, occurred_at, recorded_at) values ($1, $2, $3, $4, $5, $6, $7)
"""
_COUNT = "insert into pos_cash_count (id, shift_id, counted, cashier, occurred_at, recorded_at) values ($1, $2, $3, $4, $5, $6)"
_CLOSE = """
with counted as (
    update pos_register set shifts_closed = shifts_closed + 1 where id = $2 returning shifts_closed
)
update pos_shift set closed_at = $3, closed_by = $4, closing = $5, number = counted.shifts_closed from counted where id = $1
"""
_SHIFT = """
select shift.*, register.code,
    coalesce((select sum(amount) from pos_cash_move where shift_id = shift.id and amount > 0), 0)::bigint as cash_in,
    coalesce((select -sum(amount) from pos_cash_move where shift_id = shift.id and amount < 0), 0)::bigint as cash_out
from pos_shift shift join pos_register register on register.id = shift.register_id where shift.id = $1
"""
_TOTALS = "select kind, count(*), sum(total)::bigint from pos_sale where shift_id = $1 group by kind order by kind"
_METHODS = """
select method, sum(case when kind = 'sale' then amount else -amount end)::bigint
from pos_payment join pos_sale on pos_sale.id = sale_id where shift_id = $1 group by method order by method
"""
_VAT = """
select letter, rate, sum(net * sign)::bigint as net, sum(vat * sign)::bigint as vat, sum(gross * sign)::bigint as gross
from pos_sale_vat join (
    select id, case when kind = 'sale' then 1 else -1 end as sign from pos_sale where shift_id = $1
) as document on document.id = sale_id group by letter, rate order by letter
"""


class Shifts:
    """Commands on a terminal's shifts; sent again with the same id, they answer the same. All raise ClockAhead, Busy, ReusedKey."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def open(self, terminal: Terminal, opening: Opening) -> bytes:
        """Raises WrongState while the register has an open shift."""
        now = self._clock()
        check_clock("occurredAt", opening.occurred_at, now)
        async with transaction(self._pool) as db:
            claimed = await requests.claim(db, opening.id, "shift", terminal.register_id, opening)
            if claimed.answer is not None:
                return claimed.answer
            arguments = (opening.id, terminal.register_id, opening.cashier, opening.float, opening.occurred_at, now)
            if not await db.fetchval(_OPEN, *arguments):
                raise WrongState(
                    f"register {terminal.register}", "in use", f"close shift {await db.fetchval(_OPEN_NOW, terminal.register_id)} first"
                )
            return await _answered(db, claimed, opening.id, now)

    async def move_cash(self, terminal: Terminal, shift: ShiftId, move: CashMove) -> bytes:
        """Raises NotFound, WrongTerminal, WrongState (closed)."""
        now = self._clock()
        check_clock("occurredAt", move.occurred_at, now)
        if not move.amount:
            raise InvalidInput("amount", "must not be 0")
        async with transaction(self._pool) as db:
            claimed = await requests.claim(db, move.id, f"cash move of {shift}", terminal.register_id, move)
            if claimed.answer is not None:
                return claimed.answer
            await _lock_open(db, shift, terminal)
            await db.execute(_MOVE, move.id, shift, move.amount, move.reason, move.cashier, move.occurred_at, now)
            return await _answered(db, claimed, shift, now)

    async def count(self, terminal: Terminal, shift: ShiftId, count: Count, *, close: bool) -> bytes:
        """Compares what was counted with what is expected; `close` ends the shift with it. Raises NotFound, WrongTerminal, WrongState
        (closed already), InvalidInput (a method counted twice)."""
        now = self._clock()
        check_clock("occurredAt", count.occurred_at, now)
        counted = {each.method: each.amount for each in count.counted}
        if len(counted) < len(count.counted):
            raise InvalidInput("counted", "name each method of payment once")
        async with transaction(self._pool) as db:
            claimed = await requests.claim(db, count.id, f"{'closing' if close else 'count'} of {shift}", terminal.register_id, count)
            if claimed.answer is not None:
                return claimed.answer
            await _lock_open(db, shift, terminal)
            await db.execute(_COUNT, count.id, shift, encode(counted), count.cashier, count.occurred_at, now)
            if close:
                figures = encode((await _read(db, shift, counted)).methods)
                await db.execute(_CLOSE, shift, terminal.register_id, count.occurred_at, count.cashier, figures)
            return await _answered(db, claimed, shift, now, counted)

    async def report(self, terminal: Terminal, shift: ShiftId) -> Shift:
        """Raises NotFound, WrongTerminal."""
        async with self._pool.acquire() as db:
            found = await _read(db, shift, {})
        if found.register != terminal.register:
            raise WrongTerminal("shift", f"shift {shift} is of another register")
        return found

    async def current(self, terminal: Terminal) -> Shift:
        """Raises NotFound where the register has no open shift."""
        shift = await self._pool.fetchval(_OPEN_NOW, terminal.register_id)
        if shift is None:
            raise NotFound("open shift at register", terminal.register)
        return await self.report(terminal, ShiftId(shift))


async def _answered(
    db: Connection, claimed: requests.Claimed, shift: ShiftId, now: datetime, counted: Mapping[str, int] | None = None
) -> bytes:
    answer = encode(await _read(db, shift, counted or {}))
    await requests.store(db, claimed, answer, now)
    return answer


async def _lock_open(db: Connection, shift: ShiftId, terminal: Terminal) -> None:
    row = await db.fetchrow(_LOCK, shift)
    if row is None:
        raise NotFound("shift", str(shift))
    if row["register_id"] != terminal.register_id:
        raise WrongTerminal("shift", f"shift {shift} is of another register")
    if row["closed_at"] is not None:
        raise WrongState(f"shift {shift}", "closed", "open a new one")


async def _read(db: Connection, shift: ShiftId, counted: Mapping[str, int]) -> Shift:
    row = await db.fetchrow(_SHIFT, shift)
    if row is None:
        raise NotFound("shift", str(shift))
    paid: dict[str, int] = dict(await db.fetch(_METHODS, shift))  # type: ignore[arg-type]
    paid[CASH] = paid.get(CASH, 0) + row["opening_float"] + row["cash_in"] - row["cash_out"]
    return Shift(
        id=ShiftId(row["id"]),
        register=row["code"],
        cashier=row["cashier"],
        float=row["opening_float"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        closed_by=row["closed_by"],
        number=row["number"],
        cash_in=row["cash_in"],
        cash_out=row["cash_out"],
        totals=_totals(await db.fetch(_TOTALS, shift)),
        methods=_figures(paid, counted),
        vat=tuple(VatFigures(**each) for each in await db.fetch(_VAT, shift)),
        figures_at_close=() if row["closing"] is None else msgspec.json.decode(row["closing"], type=tuple[MethodFigures, ...]),
    )


def _totals(rows: Sequence[asyncpg.Record]) -> tuple[Totals, ...]:
    return tuple(Totals(kind=DocumentKind(kind), documents=documents, total=total) for kind, documents, total in rows)


def _figures(expected: Mapping[str, int], counted: Mapping[str, int]) -> tuple[MethodFigures, ...]:
    figures = []
    for method in sorted(expected.keys() | counted.keys()):
        owed, found = expected.get(method, 0), counted.get(method)
        figures.append(MethodFigures(method=method, expected=owed, counted=found, difference=None if found is None else found - owed))
    return tuple(figures)
