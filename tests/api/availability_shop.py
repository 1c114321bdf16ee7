"""A shop with stock at three places, for the tests of the availability routes."""

import asyncio

import httpx

from api.services import Services
from spoina.catalog.types import Backorders, Status, StockPolicy
from spoina.db import Pool
from spoina.ids import Gtin, Sku, StockItemId
from spoina.inventory.locations import LocationFacts, create_location
from tests.spoina.catalog.builders import NOON, insert_products, product, variant

LAST = 999_999
"""An item that no variant is counted as."""
MUG_GTIN, VASE_GTIN = "5901234123457", "96385074"
HALL = LocationFacts(code="hall", name="Hala", address="ul. Długa 1, Kraków", pickup_enabled=True, pickup_minutes=90)
DEPOT = LocationFacts(code="depot", name="Magazyn", ships_online=True)


def counted(number: int, **more):
    return variant(number, stock=StockPolicy(item=StockItemId(number), **more.pop("policy", {})), **more)


async def fill(pool: Pool) -> None:
    """1 mug (5 at WooCommerce's, 3 in the hall, 2 in the depot), 2 vase (on order), 3 bowl (not counted), 4 a draft, 5 none left."""
    await insert_products(
        pool,
        [
            product(1, variants=(counted(1, sku=Sku("MUG"), barcode=Gtin(MUG_GTIN)),)),
            product(2, variants=(counted(2, sku=Sku("VASE"), barcode=Gtin(VASE_GTIN), policy={"backorders": Backorders.YES}),)),
            product(3, variants=(variant(3, sku=Sku("BOWL"), barcode=Gtin("KASA 7")),)),
            product(4, status=Status.DRAFT, variants=(counted(4, sku=Sku("SECRET")),)),
            product(5, variants=(counted(5, sku=Sku("GONE")),)),
        ],
        {1: 5, 2: 0, 4: 9, 5: 0},
    )
    hall, depot = await create_location(pool, HALL), await create_location(pool, DEPOT)
    await put(pool, 1, hall.id, 3)
    await put(pool, 1, depot.id, 2)


async def put(pool: Pool, item: int, location: int, on_hand: int, *, held: int = 0) -> None:
    async with pool.acquire() as db, db.transaction():
        await db.execute(
            "insert into stock (item_id, location_id, on_hand, held, as_of) values ($1, $2, $3, $4, $5)"
            " on conflict (item_id, location_id) do update set on_hand = excluded.on_hand, held = excluded.held",
            *(item, location, on_hand, held, NOON),
        )
        await db.execute("select announce_stock($1)", [item])


async def all_heard(services: Services) -> None:
    """Until the process has applied whatever was announced before: announcements come in the order of their commits."""
    before = services.offers.shelves.of(StockItemId(LAST))
    await put(services.pool, LAST, 1, count := before[0].on_hand + 1 if before else 1)
    await settled(services, LAST, count)


async def settled(services: Services, item: int = 1, on_hand: int | None = None) -> None:
    """Until the process knows all that was announced, and of the item at WooCommerce's location so many."""
    async with asyncio.timeout(30):
        while not known(services, item, on_hand):  # noqa: ASYNC110 - the announcement is on its way
            await asyncio.sleep(0.002)


def known(services: Services, item: int, on_hand: int | None) -> bool:
    shelves = services.offers.shelves.of(StockItemId(item))
    return on_hand is None or (bool(shelves) and shelves[0].on_hand == on_hand)


async def batch(client: httpx.AsyncClient, headers: dict[str, str], **body) -> httpx.Response:
    return await client.post("/v1/availability", headers=headers, json=body)
