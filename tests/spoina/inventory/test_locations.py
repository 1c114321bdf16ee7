import msgspec
import pytest

from spoina.db import Pool, connect
from spoina.errors import Conflict, InvalidInput, NotFound
from spoina.inventory.distance import Point, metres_between
from spoina.inventory.locations import LocationFacts, change_location, create_location, list_locations, location
from spoina.inventory.types import LocationOwner
from tests.spoina.inventory.stocking import WOOCOMMERCE, count_at_woocommerce

SHOP = LocationFacts(code="krakow", name="Kraków", address="Rynek 1", pickup_enabled=True, pickup_minutes=30)


async def test_a_location_is_made_once(pool: Pool):
    made = await create_location(pool, SHOP)
    assert (made.owner, made.timezone, made.pickup_minutes, made.sells_online) == (LocationOwner.SPOINA, "Europe/Warsaw", 30, False)
    assert await create_location(pool, SHOP) == made
    with pytest.raises(Conflict, match="krakow"):
        await create_location(pool, LocationFacts(code="krakow", name="Another"))
    with pytest.raises(Conflict, match="woocommerce"):
        await create_location(pool, LocationFacts(code="woocommerce", name="WooCommerce", ships_online=True))
    assert [(each.id, each.code) for each in await list_locations(pool)] == [(1, "woocommerce"), (made.id, "krakow")]


async def test_a_change_keeps_the_owner_and_is_announced(pool: Pool, database: str):
    await count_at_woocommerce(pool, {1: 5})
    heard: list[str] = []
    listening = await connect(database)
    await listening.add_listener("stock_changed", lambda *call: heard.append(call[-1]))
    changed = await change_location(pool, WOOCOMMERCE, LocationFacts(code="main", name="Main", ships_online=False))
    await listening.execute("select 1")
    await listening.close()
    assert (changed.owner, changed.sells_online, heard) == (LocationOwner.WOOCOMMERCE, False, ["*"])
    assert await pool.fetch("select item_id from availability_due") == [(1,)]
    await change_location(pool, WOOCOMMERCE, LocationFacts(code="woocommerce", name="WooCommerce", ships_online=True))


async def test_where_it_is(pool: Pool):
    """WooCommerce's own location may be given a place, too."""
    made = await create_location(pool, msgspec.structs.replace(SHOP, latitude=50.0617, longitude=19.9373))
    main = LocationFacts(code="woocommerce", name="WooCommerce", ships_online=True, latitude=-33.8688, longitude=151.2093)
    await change_location(pool, WOOCOMMERCE, main)
    assert [each.point for each in await list_locations(pool)] == [Point(-33.8688, 151.2093), Point(50.0617, 19.9373)]
    assert (await change_location(pool, made.id, SHOP)).point is None
    await change_location(pool, WOOCOMMERCE, msgspec.structs.replace(main, latitude=None, longitude=None))


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        (Point(52.2297, 21.0122), Point(52.2297, 21.0122), 0),
        (Point(52.2297, 21.0122), Point(50.0617, 19.9373), 252),  # Warszawa, Kraków
        (Point(40.6413, -73.7781), Point(51.4700, -0.4543), 5540),  # JFK, Heathrow
        (Point(0, 179.5), Point(0, -179.5), 111),
        (Point(90, 0), Point(-90, 77), 20015),
    ],
)
def test_distances(one: Point, other: Point, kilometres: int):
    assert round(metres_between(one, other) / 1000) == kilometres == round(metres_between(other, one) / 1000)


async def test_refusals(pool: Pool):
    made = await create_location(pool, SHOP)
    for facts, field in (
        (LocationFacts(code="Kraków", name="x"), "code"),
        (LocationFacts(code="a", name=" "), "name"),
        (LocationFacts(code="a", name="x" * 301), "name"),
        (LocationFacts(code="a", name="x", timezone="Mars/Olympus"), "timezone"),
        (LocationFacts(code="a", name="x", timezone="../etc/passwd"), "timezone"),
        (LocationFacts(code="a", name="x", pickup_minutes=-1), "pickup_minutes"),
        (LocationFacts(code="a", name="x", latitude=50.06), "longitude"),
        (LocationFacts(code="a", name="x", longitude=19.94), "latitude"),
        (LocationFacts(code="a", name="x", latitude=90.1, longitude=19.94), "latitude"),
        (LocationFacts(code="a", name="x", latitude=50.06, longitude=float("nan")), "longitude"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            await create_location(pool, facts)
        assert refusal.value.field == field
    with pytest.raises(Conflict):
        await change_location(pool, made.id, LocationFacts(code="woocommerce", name="x"))
    with pytest.raises(NotFound):
        await change_location(pool, 999, SHOP)
    with pytest.raises(NotFound):
        await location(pool, 999)
