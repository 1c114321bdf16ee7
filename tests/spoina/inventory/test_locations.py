import pytest

from spoina.db import Pool, connect
from spoina.errors import Conflict, InvalidInput, NotFound
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


async def test_refusals(pool: Pool):
    made = await create_location(pool, SHOP)
    for facts, field in (
        (LocationFacts(code="Kraków", name="x"), "code"),
        (LocationFacts(code="a", name=" "), "name"),
        (LocationFacts(code="a", name="x" * 301), "name"),
        (LocationFacts(code="a", name="x", timezone="Mars/Olympus"), "timezone"),
        (LocationFacts(code="a", name="x", timezone="../etc/passwd"), "timezone"),
        (LocationFacts(code="a", name="x", pickup_minutes=-1), "pickup_minutes"),
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
