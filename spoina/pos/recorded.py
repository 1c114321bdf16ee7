"""Sales as they were recorded: what a cashier looks up before something comes back."""

from datetime import datetime

import asyncpg
import msgspec

from spoina.db import Connection, Pool
from spoina.errors import InvalidInput, LimitExceeded, NotFound
from spoina.ids import LocationId, SaleId
from spoina.pos import sql
from spoina.pos.types import Difference, Sale, Told

LONGEST_RECEIPT_NUMBER = 200
MOST_FOUND = 20


class SoldLine(Told, frozen=True, kw_only=True):
    """`returned` of the `quantity` came back so far, for `returned_gross` of the `gross`. `line` counts from 0."""

    line: int
    title: str
    quantity: int
    returned: int
    gross: int
    returned_gross: int


class RecordedSale(Told, frozen=True, kw_only=True):
    """`sale` as it was sent and printed."""

    register: str
    location: LocationId
    received_at: datetime
    currency: str
    sale: Sale
    lines: tuple[SoldLine, ...]
    differences: tuple[Difference, ...]


_COLUMNS = """
select sale.id, register.code as register, sale.location_id as location, sale.received_at, sale.currency, sale.body, sale.differences
from pos_sale sale join pos_register register on register.id = sale.register_id where sale.kind = 'sale'
"""
_BY_ID = f"{_COLUMNS} and sale.id = $1"
_BY_RECEIPT = f"{_COLUMNS} and sale.fiscal_receipt_no = $1 order by sale.received_at desc, sale.id limit {MOST_FOUND}"


async def recorded_sale(pool: Pool, sale: SaleId) -> RecordedSale:
    """Of any register. Raises NotFound."""
    async with pool.acquire() as db:
        row = await db.fetchrow(_BY_ID, sale)
        if row is None:
            raise NotFound("sale", str(sale))
        return await _recorded(db, row)


async def sales_by_receipt(pool: Pool, number: str) -> list[RecordedSale]:
    """Of all registers, newest first, at most twenty: printers count each for themselves. Raises InvalidInput."""
    if not number or "\0" in number:
        raise InvalidInput("receiptNo", "must not be empty")
    if len(number) > LONGEST_RECEIPT_NUMBER:
        raise LimitExceeded("receiptNo", LONGEST_RECEIPT_NUMBER, "characters")
    async with pool.acquire() as db:
        return [await _recorded(db, row) for row in await db.fetch(_BY_RECEIPT, number)]


async def _recorded(db: Connection, row: asyncpg.Record) -> RecordedSale:
    lines = await sql.sold_lines(db, SaleId(row["id"]))
    return RecordedSale(
        register=row["register"],
        location=LocationId(row["location"]),
        received_at=row["received_at"],
        currency=row["currency"],
        sale=msgspec.json.decode(row["body"], type=Sale),
        lines=tuple(_line(place, line) for place, line in enumerate(lines)),
        differences=msgspec.json.decode(row["differences"], type=tuple[Difference, ...]),
    )


def _line(place: int, line: sql.SoldLine) -> SoldLine:
    return SoldLine(
        line=place,
        title=line.title,
        quantity=line.quantity,
        returned=line.returned,
        gross=line.gross,
        returned_gross=line.returned_gross,
    )
