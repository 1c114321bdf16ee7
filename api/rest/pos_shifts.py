"""Opening, counting and closing a register's shifts."""

from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from api.authentication import Guard
from api.rest.pos_answers import IdempotencyKey, check_key, stored
from api.services import Services
from spoina.ids import ShiftId
from spoina.pos.shifts import CashMove, Count, Opening, Shift, Shifts
from spoina.pos.types import Terminal


def shift_routes(services: Services, guard: Guard, terminal: dict[str, Provide]) -> list[HTTPRouteHandler]:
    shifts = Shifts(services.pool, services.clock)

    @post("/v1/pos/shifts", guards=[guard], dependencies=terminal, tags=["till"], summary="Open a shift")
    async def open_shift(terminal: NamedDependency[Terminal], data: JSONBody[Opening], key: IdempotencyKey) -> Response[Shift]:
        """For terminals' keys. `float` is the cash in the drawer in minor units. Idempotency-Key is the shift's id. 409: the register
        has an open shift."""
        check_key(key, data.id)
        return stored(await shifts.open(terminal, data))

    @get("/v1/pos/shifts/current", guards=[guard], dependencies=terminal, tags=["till"], summary="The register's open shift")
    async def current_shift(terminal: NamedDependency[Terminal]) -> Shift:
        """For terminals' keys: the X report. 404: no shift is open."""
        return await shifts.current(terminal)

    @get("/v1/pos/shifts/{shift_id:uuid}", guards=[guard], dependencies=terminal, tags=["till"], summary="A shift's figures")
    async def shift_report(terminal: NamedDependency[Terminal], shift_id: FromPath[UUID]) -> Shift:
        """For terminals' keys. The X report while it is open, the Z report afterwards; sales that arrived late are in it."""
        return await shifts.report(terminal, ShiftId(shift_id))

    @post("/v1/pos/shifts/{shift_id:uuid}/cash", guards=[guard], dependencies=terminal, tags=["till"], summary="Put in or take out cash")
    async def move_cash(
        terminal: NamedDependency[Terminal], shift_id: FromPath[UUID], data: JSONBody[CashMove], key: IdempotencyKey
    ) -> Response[Shift]:
        """For terminals' keys. Minor units, below zero when taken out. Idempotency-Key is the movement's id. 409: the shift is closed."""
        check_key(key, data.id)
        return stored(await shifts.move_cash(terminal, ShiftId(shift_id), data))

    @post("/v1/pos/shifts/{shift_id:uuid}/counts", guards=[guard], dependencies=terminal, tags=["till"], summary="Count a drawer")
    async def count_shift(
        terminal: NamedDependency[Terminal], shift_id: FromPath[UUID], data: JSONBody[Count], key: IdempotencyKey
    ) -> Response[Shift]:
        """For terminals' keys. Compares what was counted with what is expected, by method of payment. Idempotency-Key is the count's id."""
        check_key(key, data.id)
        return stored(await shifts.count(terminal, ShiftId(shift_id), data, close=False))

    @post("/v1/pos/shifts/{shift_id:uuid}/close", guards=[guard], dependencies=terminal, tags=["till"], summary="Close a shift")
    async def close_shift(
        terminal: NamedDependency[Terminal], shift_id: FromPath[UUID], data: JSONBody[Count], key: IdempotencyKey
    ) -> Response[Shift]:
        """For terminals' keys. The last count; the answer is the Z report. Idempotency-Key is the count's id. 409: it is closed already."""
        check_key(key, data.id)
        return stored(await shifts.count(terminal, ShiftId(shift_id), data, close=True))

    return [open_shift, current_shift, shift_report, move_cash, count_shift, close_shift]
