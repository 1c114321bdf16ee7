"""Small stocks: a clock that tests move, locations, counts with their ledger, holds with defaults for what a test does not care for."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from spoina.catalog import sql as catalog
from spoina.catalog.facts import StockFact
from spoina.db import Pool, transaction
from spoina.ids import Channel, HoldId, LocationId, StockItemId
from spoina.inventory.invariants import check_invariants
from spoina.inventory.locations import LocationFacts, create_location
from spoina.inventory.stockroom import Stockroom
from spoina.inventory.types import Command, Holder, HolderKind, HoldLine, HoldRequest, MoveLine

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WOOCOMMERCE = LocationId(1)
WEB, APP, POS, ALLEGRO = (Channel(name) for name in ("web", "app", "pos", "allegro"))


class MovableClock:
    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> datetime:
        self.now += timedelta(**time)
        return self.now


def request(*lines: tuple[int, int] | tuple[int, int, int], minutes: float = 15, channel: Channel = WEB, hold_id=None) -> HoldRequest:
    """Lines of (item, units) or (item, units, location)."""
    return HoldRequest(
        id=HoldId(hold_id or uuid4()),
        holder=Holder(HolderKind.CART, "cart"),
        channel=channel,
        lines=tuple(HoldLine(StockItemId(item), units, *map(LocationId, location)) for item, units, *location in lines),
        ttl=timedelta(minutes=minutes),
    )


def command(reference: str, **more) -> Command:
    return Command(source="test", reference=reference, **more)


def moves(*lines: tuple[int, int]) -> list[MoveLine]:
    return [MoveLine(StockItemId(item), units) for item, units in lines]


async def count_at_woocommerce(pool: Pool, counts: Mapping[int, int], as_of: datetime = NOON) -> None:
    """What a read of WooCommerce that began at `as_of` takes over."""
    async with transaction(pool) as db:
        await catalog.lock(db)
        facts = [StockFact(item=StockItemId(item), on_hand=on_hand) for item, on_hand in counts.items()]
        await catalog.count_stock(db, facts, as_of)


async def open_location(pool: Pool, code: str, stock: Mapping[int, int] | None = None, **facts) -> LocationId:
    """One of ours, with goods received."""
    made = await create_location(pool, LocationFacts(code=code, name=code.title(), **facts))
    if stock:
        await Stockroom(pool, lambda: NOON).receive(made.id, moves(*stock.items()), command(f"first goods at {code}"))
    return made.id


async def numbers(pool: Pool, item: int, location: int = WOOCOMMERCE) -> tuple[int, int]:
    """(on hand, held)."""
    row = await pool.fetchrow("select on_hand, held from stock where item_id = $1 and location_id = $2", item, location)
    return (0, 0) if row is None else (row[0], row[1])


async def allow_backorders(pool: Pool, item: int) -> None:
    await pool.execute(
        "insert into variant (id, product_id, position, sells, stock_item, body, hash, as_of) values ($1, $1, 0, 'always', $1, '', '', $2)",
        item,
        NOON,
    )


async def broken_invariants(pool: Pool, now: datetime = NOON) -> list[str]:
    return [found.invariant for found in await check_invariants(pool, now) if found.violations]


async def opened_exceptions(pool: Pool) -> Sequence[tuple[str, int, int, int]]:
    """(kind, item, location, units) of those that nobody resolved."""
    rows = await pool.fetch("select kind, item_id, location_id, units from stock_exception where resolved_at is null order by id")
    return [tuple(row) for row in rows]
