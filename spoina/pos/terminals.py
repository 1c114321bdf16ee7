"""Terminals: registered by staff, each with a key of its own, known by it from then on."""

import secrets
from collections.abc import Callable, Sequence

import asyncpg

from spoina.access.service import create_key
from spoina.access.types import Key, KeyKind
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import InvalidInput, NotFound, WrongState, WrongTerminal
from spoina.ids import LocationId, RegisterId, TerminalId
from spoina.inventory.locations import location as find_location
from spoina.pos import sql
from spoina.pos.types import NewTerminal, Terminal, TerminalRequest, VatLetter

_COLUMNS = """
terminal.id, terminal.name, terminal.register_id, register.code as register, register.location_id as location, terminal.registered_at,
terminal.replaced_at
from pos_terminal terminal join pos_register register on register.id = terminal.register_id
"""
_ONE = f"select {_COLUMNS} where terminal.id = $1"
_EVERY = f"select {_COLUMNS} order by terminal.id"
# The update changes nothing and locks the row, so that two devices registered at once come one after the other.
_REGISTER = """
insert into pos_register (code, location_id) values ($1, $2)
on conflict (code) do update set code = excluded.code returning id, location_id
"""
_REPLACE = "update pos_terminal set replaced_at = $2 where register_id = $1 and replaced_at is null returning id"
_REVOKE = "update api_key set revoked_at = $2 where terminal_id = any($1::bigint[]) and revoked_at is null"
_INSERT = "insert into pos_terminal (name, register_id, registered_at) values ($1, $2, $3) returning id"


async def register(
    pool: Pool, request: TerminalRequest, clock: Clock, randomness: Callable[[int], bytes] = secrets.token_bytes
) -> NewTerminal:
    """The device that was at the register before is replaced: its key is revoked. Raises NotFound (no such location), WrongState (the
    location is closed, or the register stands at another one)."""
    now = clock()
    async with transaction(pool) as db:
        place = await find_location(db, request.location)
        if not place.active:
            raise WrongState(f"location {place.code}", "closed", "nothing is sold there")
        register_id, stands_at = await db.fetchrow(_REGISTER, request.register, request.location)  # type: ignore[misc]
        if stands_at != request.location:
            raise WrongState(f"register {request.register}", f"at location {stands_at}", "give the register here a name of its own")
        replaced = [row[0] for row in await db.fetch(_REPLACE, register_id, now)]
        await db.execute(_REVOKE, replaced, now)
        terminal = TerminalId(await db.fetchval(_INSERT, request.name, register_id, now))
        made = await create_key(db, request.name, KeyKind.POS, clock, randomness, terminal=terminal)
        return NewTerminal(terminal=await _find(db, terminal), key=made.token)


async def list_terminals(pool: Pool) -> list[Terminal]:
    return [_terminal(row) for row in await pool.fetch(_EVERY)]


async def _find(db: Connection | Pool, terminal: TerminalId) -> Terminal:
    row = await db.fetchrow(_ONE, terminal)
    if row is None:
        raise NotFound("terminal", str(terminal))
    return _terminal(row)


class Terminals:
    """One per process: a terminal never moves, so what was read once stays true for as long as its key works."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: dict[TerminalId, Terminal] = {}

    async def of(self, key: Key) -> Terminal:
        """Raises WrongTerminal for a key that belongs to no terminal."""
        if key.terminal is None:
            raise WrongTerminal("key", "belongs to no terminal: POST /v1/pos/terminals makes one with a key of its own")
        if key.terminal not in self._known:
            self._known[key.terminal] = await _find(self._pool, key.terminal)
        return self._known[key.terminal]


async def vat_letters(pool: Pool) -> list[VatLetter]:
    async with pool.acquire() as db:
        return await sql.vat_letters(db)


async def set_vat_letters(pool: Pool, letters: Sequence[VatLetter]) -> list[VatLetter]:
    """All of them anew. Raises InvalidInput where a class has two letters, or a letter two rates."""
    classes = {each.tax_class: each for each in letters}
    rates = {each.letter: each.rate for each in letters}
    if len(classes) < len(letters):
        raise InvalidInput("taxClass", "name each tax class once")
    if wrong := sorted({each.letter for each in letters if rates[each.letter] != each.rate}):
        raise InvalidInput("letter", f"{', '.join(wrong)}: a letter of the printer has one rate")
    async with transaction(pool) as db:
        await sql.replace_vat_letters(db, classes)
        return await sql.vat_letters(db)


def _terminal(row: asyncpg.Record) -> Terminal:
    return Terminal(
        id=TerminalId(row["id"]),
        name=row["name"],
        register_id=RegisterId(row["register_id"]),
        register=row["register"],
        location=LocationId(row["location"]),
        registered_at=row["registered_at"],
        replaced_at=row["replaced_at"],
    )
