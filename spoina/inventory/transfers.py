"""Goods on their way between our locations: gone from where they were, and `incoming` where they go until somebody receives them there."""

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

import asyncpg

from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import InvalidInput, NotFound, ShortLines, WrongState
from spoina.ids import LocationId, StockItemId, TransferId
from spoina.inventory import exceptions, ledger, sql
from spoina.inventory.locations import our_location
from spoina.inventory.requests import check_command, check_items_once, digest_of
from spoina.inventory.types import (
    Command,
    ExceptionKind,
    MoveLine,
    MoveReason,
    Posted,
    ShortLine,
    StockException,
    TakenLine,
    Transfer,
    TransferLine,
)

_FREE = "select item_id, on_hand - held from stock where location_id = $1 and item_id = any($2::bigint[])"
_OPEN = "insert into stock_transfer (id, source_id, target_id, sent_at) values ($1, $2, $3, $4)"
_OPEN_LINES = """
insert into stock_transfer_line (transfer_id, item_id, sent)
select $1, item_id, sent from unnest($2::bigint[], $3::integer[]) as line (item_id, sent)
"""
_INCOMING = """
insert into stock (item_id, location_id, on_hand, incoming, as_of)
select item_id, $1, 0, units, $4 from unnest($2::bigint[], $3::integer[]) as line (item_id, units) order by item_id
on conflict (item_id, location_id) do update set incoming = stock.incoming + excluded.incoming
"""
_ARRIVED = """
update stock set incoming = incoming - line.units from unnest($2::bigint[], $3::integer[]) as line (item_id, units)
where stock.location_id = $1 and stock.item_id = line.item_id
"""
_RECEIVED = """
update stock_transfer_line set received = received + line.units from unnest($2::bigint[], $3::integer[]) as line (item_id, units)
where stock_transfer_line.transfer_id = $1 and stock_transfer_line.item_id = line.item_id
"""
_CLOSE = "update stock_transfer set closed_at = $2 where id = $1"
_LOCK_TRANSFER = "select 1 from stock_transfer where id = $1 for update"
_TRANSFERS = """
select id, source_id, target_id, sent_at, closed_at,
    array(select row (item_id, sent, received) from stock_transfer_line where transfer_id = id order by item_id) as lines
from stock_transfer
"""
_TRANSFER = f"{_TRANSFERS} where id = $1"
_UNDER_WAY = f"{_TRANSFERS} where closed_at is null order by sent_at, id limit $1"


class Transfers:
    """Commands that count once. Raise NotFound, NotOurStock, InvalidInput, LimitExceeded, Conflict as Stockroom's do."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def send(self, source: LocationId, target: LocationId, lines: Sequence[MoveLine], command: Command) -> Transfer:
        """Takes the goods from `source`. Raises ShortLines when more would go than is there and not held; all lines or none."""
        check_command(command, lines, least=1)
        check_items_once(lines)
        if source == target:
            raise InvalidInput("target", "is where the goods are")
        now = self._clock()
        transfer_id = TransferId(uuid5(NAMESPACE_OID, f"spoina transfer {command.source}/{command.reference}"))
        async with transaction(self._pool) as db:
            await our_location(db, source)
            await our_location(db, target)
            if await ledger.begin(db, command, MoveReason.TRANSFER_OUT, digest_of(source, target, lines), now):
                await self._send(db, transfer_id, source, target, lines, command, now)
            return await find_transfer(db, transfer_id)

    async def receive(self, transfer_id: TransferId, lines: Sequence[MoveLine], command: Command, *, last: bool = False) -> Posted:
        """What has arrived, which may be a part; `last`: nothing more will (and perhaps nothing did), and what is missing is opened as an
        exception. Raises InvalidInput for an item that was not sent and for more than is on its way, WrongState when the transfer is
        closed."""
        check_command(command, lines, least=0 if last else 1, empty=last)
        check_items_once(lines)
        now = self._clock()
        async with transaction(self._pool) as db:
            target = (await find_transfer(db, transfer_id)).target
            if not await ledger.begin(db, command, MoveReason.TRANSFER_IN, digest_of(transfer_id, lines, last), now):
                return Posted(moves=tuple(await ledger.moves_of(db, command.source, command.reference)), repeated=True)
            await db.execute(_LOCK_TRANSFER, transfer_id)
            transfer = await find_transfer(db, transfer_id)
            _check_expected(transfer, lines)
            await sql.lock(db, [line.item for line in transfer.lines])
            moves = [
                ledger.move(command, place, line.item, target, line.units, MoveReason.TRANSFER_IN, now) for place, line in enumerate(lines)
            ]
            await self._receive(db, transfer, lines, now)
            await ledger.write(db, moves)
            opened = await self._close(db, transfer_id, command, now) if last or _is_all_there(transfer, lines) else []
        return Posted(moves=tuple(moves), exceptions=tuple(opened))

    async def _send(
        self,
        db: Connection,
        transfer_id: TransferId,
        source: LocationId,
        target: LocationId,
        lines: Sequence[MoveLine],
        command: Command,
        now: datetime,
    ) -> None:
        items, units = [line.item for line in lines], [line.units for line in lines]
        await db.execute(_INCOMING, target, items, [0] * len(items), now)  # rows are made before any lock is taken
        await sql.lock(db, items)
        free = {row[0]: row[1] for row in await db.fetch(_FREE, source, items)}
        if short := [_short(place, line, source, free) for place, line in enumerate(lines) if free.get(line.item, 0) < line.units]:
            raise ShortLines(short)
        await db.execute(_INCOMING, target, items, units, now)
        await sql.change(db, [TakenLine(line.item, source, line.units, 0) for line in lines], on_hand=-1, held=0, now=now)
        await db.execute(_OPEN, transfer_id, source, target, now)
        await db.execute(_OPEN_LINES, transfer_id, items, units)
        await ledger.write(
            db,
            [ledger.move(command, place, line.item, source, -line.units, MoveReason.TRANSFER_OUT, now) for place, line in enumerate(lines)],
        )

    async def _receive(self, db: Connection, transfer: Transfer, lines: Sequence[MoveLine], now: datetime) -> None:
        items, units = [line.item for line in lines], [line.units for line in lines]
        await db.execute(_RECEIVED, transfer.id, items, units)
        await db.execute(_ARRIVED, transfer.target, items, units)
        await sql.change(db, [TakenLine(line.item, transfer.target, line.units, 0) for line in lines], on_hand=1, held=0, now=now)

    async def _close(self, db: Connection, transfer_id: TransferId, command: Command, now: datetime) -> list[StockException]:
        transfer = await find_transfer(db, transfer_id)
        missing = [(line.item, line.sent - line.received) for line in transfer.lines if line.received < line.sent]
        await db.execute(_ARRIVED, transfer.target, [item for item, _ in missing], [units for _, units in missing])
        await db.execute("select announce_stock($1)", [item for item, _ in missing])
        await db.execute(_CLOSE, transfer_id, now)
        return await exceptions.open_exceptions(db, ExceptionKind.LOST_IN_TRANSIT, transfer.target, missing, command, now)


async def transfers_under_way(db: Connection | Pool, limit: int) -> list[Transfer]:
    """Those of which something may still arrive, the oldest first."""
    return [_transfer(row) for row in await db.fetch(_UNDER_WAY, limit)]


async def find_transfer(db: Connection | Pool, transfer_id: TransferId) -> Transfer:
    """Raises NotFound."""
    rows = await db.fetch(_TRANSFER, transfer_id)
    if not rows:
        raise NotFound("transfer", str(transfer_id))
    return _transfer(rows[0])


def _transfer(row: asyncpg.Record) -> Transfer:
    return Transfer(
        id=TransferId(row["id"]),
        source=LocationId(row["source_id"]),
        target=LocationId(row["target_id"]),
        lines=tuple(TransferLine(StockItemId(line[0]), line[1], line[2]) for line in row["lines"]),
        sent_at=row["sent_at"],
        closed_at=row["closed_at"],
    )


def _short(place: int, line: MoveLine, source: LocationId, free: dict[int, int]) -> ShortLine:
    return ShortLine(line=place, item=line.item, location=source, wanted=line.units, left=max(free.get(line.item, 0), 0))


def _check_expected(transfer: Transfer, lines: Sequence[MoveLine]) -> None:
    if transfer.closed_at is not None:
        raise WrongState(f"transfer {transfer.id}", "closed", "nothing more is on its way")
    expected = {line.item: line.sent - line.received for line in transfer.lines}
    for place, line in enumerate(lines):
        if line.units > expected.get(line.item, 0):
            raise InvalidInput(f"lines[{place}].units", f"only {expected.get(line.item, 0)} are on their way")


def _is_all_there(transfer: Transfer, lines: Sequence[MoveLine]) -> bool:
    now = {line.item: line.units for line in lines}
    return all(line.received + now.get(line.item, 0) == line.sent for line in transfer.lines)
