"""The statements of holds that stand. Locks are taken in one order, by everyone: the catalogue's, stock rows by item and location (`lock`),
holds."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from spoina.db import Connection, Pool
from spoina.ids import Channel, HoldId, LocationId, StockItemId
from spoina.inventory.types import Hold, Holder, HolderKind, HoldStatus, TakenLine

_COLUMNS = "id, holder, channel, status, created_at, expires_at, item_ids, location_ids, units, backordered"
_HOLDS = f"select {_COLUMNS} from hold where id = any($1::uuid[])"  # noqa: S608
_EXTEND = f"update hold set expires_at = $3 where id = $1 and status = 'active' and expires_at > $2 returning {_COLUMNS}"  # noqa: S608
_SELL = f"""
update hold set status = $3, ended_at = case when $3 = 'committed' then $2::timestamptz end
where id = $1 and status = 'active' and expires_at > $2 returning {_COLUMNS}
"""  # noqa: S608
_END_SOLD = f"""
update hold set status = $3, ended_at = $2 where id = $1 and status = 'sold_pending' returning {_COLUMNS}
"""  # noqa: S608
_PUT_SOLD = f"""
insert into hold ({_COLUMNS}) values ($1, $2, $3, 'sold_pending', $4, $4, $5, $6, $7, $8)
"""  # noqa: S608


async def holds(db: Connection | Pool, ids: Sequence[HoldId]) -> dict[HoldId, Hold]:
    return {HoldId(row["id"]): _hold(row) for row in await db.fetch(_HOLDS, ids)}


async def hold(db: Connection | Pool, hold_id: HoldId) -> Hold | None:
    return (await holds(db, [hold_id])).get(hold_id)


async def extend(db: Connection | Pool, hold_id: HoldId, now: datetime, until: datetime) -> Hold | None:
    return _first(await db.fetch(_EXTEND, hold_id, now, until))


async def sell(db: Connection, hold_id: HoldId, now: datetime, status: HoldStatus) -> Hold | None:
    return _first(await db.fetch(_SELL, hold_id, now, status.value))


async def end_sold(db: Connection, hold_id: HoldId, now: datetime, status: HoldStatus) -> Hold | None:
    return _first(await db.fetch(_END_SOLD, hold_id, now, status.value))


async def put_sold(db: Connection, sold: Hold) -> None:
    """A sale that nobody held before."""
    columns = zip(*((line.item, line.location, line.units, line.backordered) for line in sold.lines), strict=True)
    arguments = (sold.id, holder_text(sold.holder), sold.channel, sold.created_at)
    await db.execute(_PUT_SOLD, *arguments, *map(list, columns))


async def lock(db: Connection, items: Sequence[StockItemId]) -> None:
    """The stock rows of these items at every location, until the transaction ends."""
    await db.execute("select lock_stock($1)", items)


async def change(db: Connection, lines: Sequence[TakenLine], *, on_hand: int, held: int, now: datetime) -> None:
    """`on_hand` and `held` are -1, 0 or 1: what a line's units are multiplied with. The rows are locked."""
    units = [line.units for line in lines]
    await db.execute(
        "select change_stock($1, $2, $3, $4, $5)",
        [line.item for line in lines],
        [line.location for line in lines],
        [each * on_hand for each in units],
        [each * held for each in units],
        now,
    )


async def end_holds(db: Connection, ids: Sequence[HoldId], status: HoldStatus, now: datetime) -> list[HoldId]:
    """Those that were active and now are not. The stock rows are locked."""
    return [HoldId(row[0]) for row in await db.fetch("select end_holds($1, $2, $3)", ids, status.value, now)]


_OVERDUE = """
select array_agg(id), (select array_agg(distinct item_id) from hold_line where hold_id = any(array_agg(overdue.id)))
from (select id from hold where status = 'active' and expires_at <= $1 order by expires_at limit $2) as overdue
"""


async def overdue(db: Connection, now: datetime, limit: int) -> tuple[list[HoldId], list[StockItemId]]:
    """Expired holds that still stand as active, oldest first, and the items they hold."""
    row = await db.fetchrow(_OVERDUE, now, limit)
    return ([], []) if row is None or row[0] is None else (row[0], row[1])


async def next_expiry(db: Connection | Pool) -> datetime | None:
    moment: datetime | None = await db.fetchval("select min(expires_at) from hold where status = 'active'")
    return moment


_SETTLE_LATER = """
insert into sale_settling (item_id, hold_id, line, units, confirmed_at)
select item_id, $1, line, units, $4 from unnest($2::bigint[], $3::integer[]) with ordinality as sold (item_id, units, line)
"""
_SETTLE_COUNTED = """
with counted as (
    delete from sale_settling using stock
    where sale_settling.hold_id = $1 and stock.item_id = sale_settling.item_id and stock.location_id = $2
        and stock.as_of >= sale_settling.confirmed_at
    returning sale_settling.item_id, sale_settling.units
)
select item_id, units from counted
"""


async def settle_later(db: Connection, hold_id: HoldId, lines: Sequence[TakenLine], confirmed_at: datetime) -> None:
    await db.execute(_SETTLE_LATER, hold_id, [line.item for line in lines], [line.units for line in lines], confirmed_at)


async def settle_counted(db: Connection, hold_id: HoldId, location: LocationId, now: datetime) -> None:
    """Gives back what a count that was read late enough contains already. The rows are locked."""
    rows = await db.fetch(_SETTLE_COUNTED, hold_id, location)
    if rows:
        lines = [TakenLine(StockItemId(row[0]), location, row[1], 0) for row in rows]
        await change(db, lines, on_hand=0, held=-1, now=now)


async def products_of(db: Connection, items: Sequence[StockItemId]) -> list[int]:
    rows = await db.fetch("select distinct product_id from variant where stock_item = any($1::bigint[])", items)
    return [row[0] for row in rows]


def _first(rows: Sequence[asyncpg.Record]) -> Hold | None:
    return _hold(rows[0]) if rows else None


def holder_text(holder: Holder) -> str:
    return holder.kind + ":" + holder.reference


def _hold(row: asyncpg.Record) -> Hold:
    kind, _, reference = row["holder"].partition(":")
    units = row["units"]
    columns = zip(row["item_ids"], row["location_ids"], units, row["backordered"] or [0] * len(units), strict=True)
    return Hold(
        id=HoldId(row["id"]),
        holder=Holder(HolderKind(kind), reference),
        channel=Channel(row["channel"]),
        status=HoldStatus(row["status"]),
        lines=tuple(TakenLine(*line) for line in columns),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
