"""What a till's documents do to stock, as part of their transaction."""

from collections.abc import Sequence
from typing import NamedTuple

from spoina.clock import Clock
from spoina.db import Connection
from spoina.errors import HoldEnded
from spoina.ids import Channel, HoldId, SaleId, StockItemId
from spoina.inventory import ledger
from spoina.inventory.holds import HoldCommands
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.types import Command, MoveLine
from spoina.pos.types import Document, Oversold, Terminal

SOURCE = "pos"
CHANNEL = Channel("pos")


class Sold(NamedTuple):
    """`pending`: what is held of WooCommerce's stock until WooCommerce has the sale."""

    oversold: tuple[Oversold, ...] = ()
    pending: HoldId | None = None


async def sell(db: Connection, clock: Clock, document: Document, terminal: Terminal, lines: Sequence[tuple[int, int]]) -> Sold:
    """Lines of (stock item, units). Never refused: what was missing is in the answer."""
    if not lines:
        return Sold()
    posted = await _stockroom(db, clock).record_sale(terminal.location, _moves(lines), _command(document), CHANNEL)
    oversold = tuple(Oversold(exception_id=each.id, item=each.item, units=each.units) for each in posted.exceptions)
    return Sold(oversold, posted.pending)


async def taken(db: Connection, clock: Clock, sale: SaleId, pending: HoldId | None) -> list[tuple[int, int]]:
    """What a sale took, as (stock item, units): from a location of ours, or `pending` of WooCommerce's stock."""
    if pending is not None:
        return [(line.item, line.units) for line in (await HoldCommands(db, clock).find(pending)).lines]
    return [(move.item, -move.delta) for move in await ledger.moves_of(db, SOURCE, str(sale))]


async def take_back(db: Connection, clock: Clock, document: Document, terminal: Terminal, lines: Sequence[tuple[int, int]]) -> None:
    """Only where the stock is ours."""
    if lines:
        await _stockroom(db, clock).record_return(terminal.location, _moves(lines), _command(document))


async def withdraw(db: Connection, clock: Clock, pending: HoldId) -> bool:
    """Frees what a sale held of WooCommerce's stock; False where WooCommerce has the sale already."""
    try:
        await HoldCommands(db, clock).withdraw_sale(pending)
    except HoldEnded:
        return False
    return True


def _stockroom(db: Connection, clock: Clock) -> Stockroom:
    return Stockroom(db, clock)


def _moves(lines: Sequence[tuple[int, int]]) -> list[MoveLine]:
    return [MoveLine(StockItemId(item), units) for item, units in lines]


def _command(document: Document) -> Command:
    return Command(source=SOURCE, reference=str(document.id), actor=document.cashier, occurred_at=document.occurred_at)
