"""What people and tills do to stock: receipts, counts, corrections, waste, sales, returns. Each command counts once, in one transaction.

A fact is never refused: a sale that was made, a count that was taken. Where it leaves less than is promised, an exception is opened.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_OID, uuid5

import asyncpg

from spoina.catalog.sql import WOOCOMMERCE
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.errors import LimitExceeded
from spoina.ids import Channel, HoldId, LocationId, StockItemId
from spoina.inventory import exceptions, ledger, sql
from spoina.inventory.locations import location as find_location
from spoina.inventory.locations import our_location
from spoina.inventory.requests import MOST_UNITS, check_channel, check_command, check_items_once, digest_of
from spoina.inventory.types import (
    Command,
    ExceptionKind,
    Hold,
    Holder,
    HolderKind,
    HoldStatus,
    LocationOwner,
    MoveLine,
    MoveReason,
    Posted,
    StockException,
    TakenLine,
)

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_ON_HAND = 2**31 - 1

_ENSURE = """
insert into stock (item_id, location_id, on_hand, as_of)
select item_id, $2, 0, $3 from unnest($1::bigint[]) as item_id order by item_id on conflict do nothing
"""
_ON_HAND = "select item_id, on_hand from stock where location_id = $2 and item_id = any($1::bigint[])"
_SET_BUFFER = "update stock set buffer = $3 where item_id = $1 and location_id = $2"
# What a channel sold of the last units, which are shared, counts towards its share. Asked after they have gone.
_NOTE_TAKEN = """
insert into share_taken as share (item_id, location_id, channel, units)
select item_id, $2, $3, least(sold.units, scarce_at - (on_hand - held - buffer))
from (
    select item_id, sum(units)::integer as units from unnest($1::bigint[], $4::integer[]) as line (item_id, units) group by item_id
) as sold join stock using (item_id) cross join share_policy
where stock.location_id = $2 and stock.scarce_since is not null
on conflict (item_id, location_id, channel) do update set units = share.units + excluded.units
"""

Deltas = Callable[[Mapping[StockItemId, int]], Sequence[int]]
"""From what lies there to how much each line changes it."""


class Stockroom:
    """Commands on what lies somewhere. All raise NotFound (no such location), NotOurStock (its numbers belong to WooCommerce),
    InvalidInput, LimitExceeded, Conflict (the command's key was used for something else). Given a connection that is in a transaction,
    they are a part of that."""

    def __init__(self, pool: Pool | Connection, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def receive(self, location: LocationId, lines: Sequence[MoveLine], command: Command) -> Posted:
        """Goods came in."""
        check_command(command, lines, least=1)
        return await self._post(location, lines, command, MoveReason.RECEIPT, _adds(lines))

    async def waste(self, location: LocationId, lines: Sequence[MoveLine], command: Command) -> Posted:
        """Broken, expired, lost."""
        check_command(command, lines, least=1)
        return await self._post(location, lines, command, MoveReason.WASTE, _removes(lines))

    async def correct(self, location: LocationId, lines: Sequence[MoveLine], command: Command) -> Posted:
        """Adds `units`, which may be negative."""
        check_command(command, lines, least=-MOST_UNITS)
        return await self._post(location, lines, command, MoveReason.CORRECTION, _adds(lines))

    async def count(self, location: LocationId, lines: Sequence[MoveLine], command: Command) -> Posted:
        """Somebody counted `units` of each item there. A move is written even where nothing differed: the item was counted."""
        check_command(command, lines, least=0)
        check_items_once(lines)
        return await self._post(
            location, lines, command, MoveReason.COUNT, lambda on_hand: [line.units - on_hand[line.item] for line in lines]
        )

    async def record_return(self, location: LocationId, lines: Sequence[MoveLine], command: Command) -> Posted:
        """Goods came back and can be sold again."""
        check_command(command, lines, least=1)
        return await self._post(location, lines, command, MoveReason.RETURN, _adds(lines))

    async def record_sale(self, location: LocationId, lines: Sequence[MoveLine], command: Command, channel: Channel) -> Posted:
        """Sold and gone, however many there were. From WooCommerce's stock, where only an order may lower the count: it stays held under
        `pending`, for Holds.confirm_sold."""
        check_command(command, lines, least=1)
        check_channel(channel)
        if (await find_location(self._pool, location)).owner is LocationOwner.WOOCOMMERCE:
            return await self._sell_from_woocommerce(lines, command, channel)
        return await self._post(location, lines, command, MoveReason.SALE, _removes(lines), channel=channel)

    async def set_buffer(self, item: StockItemId, location: LocationId, units: int) -> None:
        """Units of an item that no channel may sell there, at WooCommerce's location too."""
        check_command(Command(source="-", reference="-"), [MoveLine(item, units)], least=0)
        now = self._clock()
        async with transaction(self._pool) as db:
            await find_location(db, location)
            await self._lock(db, [item], location, _NEVER)
            await db.execute(_SET_BUFFER, item, location, units)
            await db.execute("insert into availability_due (item_id) values ($1)", item)
            await sql.change(db, [TakenLine(item, location, 0, 0)], on_hand=0, held=0, now=now)

    async def _post(
        self,
        location: LocationId,
        lines: Sequence[MoveLine],
        command: Command,
        reason: MoveReason,
        deltas_of: Deltas,
        *,
        channel: Channel | None = None,
    ) -> Posted:
        now = self._clock()
        async with transaction(self._pool) as db:
            await our_location(db, location)
            if not await ledger.begin(db, command, reason, digest_of(location, lines, channel), now):
                return await self._repeated(db, command)
            await self._lock(db, [line.item for line in lines], location, now)
            on_hand = {StockItemId(row[0]): row[1] for row in await db.fetch(_ON_HAND, [line.item for line in lines], location)}
            deltas = deltas_of(on_hand)
            changes = [TakenLine(line.item, location, delta, 0) for line, delta in zip(lines, deltas, strict=True)]
            try:
                await sql.change(db, changes, on_hand=1, held=0, now=now)
            except asyncpg.NumericValueOutOfRangeError as error:
                raise LimitExceeded("lines", _MOST_ON_HAND, "units of an item at a location") from error
            moves = [ledger.move(command, place, each.item, location, each.units, reason, now) for place, each in enumerate(changes)]
            await ledger.write(db, moves)
            if channel is not None:
                await self._note_taken(db, lines, location, channel)
            opened = await self._oversold(db, location, changes, command, now)
        return Posted(moves=tuple(moves), exceptions=tuple(opened))

    async def _sell_from_woocommerce(self, lines: Sequence[MoveLine], command: Command, channel: Channel) -> Posted:
        now = self._clock()
        taken = [TakenLine(line.item, WOOCOMMERCE, line.units, 0) for line in lines]
        sold = Hold(
            id=HoldId(uuid5(NAMESPACE_OID, f"spoina sale {command.source}/{command.reference}")),
            holder=Holder(HolderKind.POS, command.reference),
            channel=channel,
            status=HoldStatus.SOLD_PENDING,
            lines=tuple(taken),
            created_at=now,
            expires_at=now,
        )
        async with transaction(self._pool) as db:
            if not await ledger.begin(db, command, MoveReason.SALE, digest_of(WOOCOMMERCE, lines, channel), now):
                return await self._repeated(db, command, pending=sold.id)
            await self._lock(db, [line.item for line in lines], WOOCOMMERCE, _NEVER)
            await sql.put_sold(db, sold)
            await sql.change(db, taken, on_hand=0, held=1, now=now)
            await self._note_taken(db, lines, WOOCOMMERCE, channel)
            less = [TakenLine(line.item, WOOCOMMERCE, -line.units, 0) for line in taken]
            opened = await self._oversold(db, WOOCOMMERCE, less, command, now)
        return Posted(moves=(), exceptions=tuple(opened), pending=sold.id)

    async def _lock(self, db: Connection, items: Sequence[StockItemId], location: LocationId, as_of: datetime) -> None:
        """Items that never lay there get a row. It is made before any lock is taken: nobody can wait for a row that is not committed."""
        await db.execute(_ENSURE, list(dict.fromkeys(items)), location, as_of)
        await sql.lock(db, items)

    async def _note_taken(self, db: Connection, lines: Sequence[MoveLine], location: LocationId, channel: Channel) -> None:
        await db.execute(_NOTE_TAKEN, [line.item for line in lines], location, channel, [line.units for line in lines])

    async def _oversold(
        self, db: Connection, location: LocationId, changes: Sequence[TakenLine], command: Command, now: datetime
    ) -> list[StockException]:
        """`changes` carry signed units. An exception says how many of this command's units were missing."""
        removed: dict[StockItemId, int] = {}
        for each in changes:
            removed[each.item] = removed.get(each.item, 0) - each.units
        fewer = [item for item, units in removed.items() if units > 0]
        short = await exceptions.short_items(db, location, fewer) if fewer else {}
        missing = [(item, min(units, removed[item])) for item, units in sorted(short.items())]
        return await exceptions.open_exceptions(db, ExceptionKind.OVERSOLD, location, missing, command, now)

    async def _repeated(self, db: Connection, command: Command, pending: HoldId | None = None) -> Posted:
        moves = await ledger.moves_of(db, command.source, command.reference)
        opened = await exceptions.exceptions_of(db, command)
        return Posted(moves=tuple(moves), exceptions=tuple(opened), repeated=True, pending=pending)


def _adds(lines: Sequence[MoveLine]) -> Deltas:
    return lambda _: [line.units for line in lines]


def _removes(lines: Sequence[MoveLine]) -> Deltas:
    return lambda _: [-line.units for line in lines]
