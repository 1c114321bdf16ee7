"""Where something can be collected, the nearest place first."""

from collections.abc import AsyncIterator

import httpx
import pytest

from api.app import create_app
from api.embedded import Servers
from spoina.access.types import KeyKind
from spoina.db import Connection
from spoina.inventory.locations import LocationFacts, create_location
from spoina.settings import Settings
from tests.api.availability_shop import all_heard, counted, put
from tests.api.conftest import key_of, opened, served
from tests.conftest import database_url
from tests.spoina.catalog.builders import insert_products, product

PLACES = {"gdansk": (54.3520, 18.6466), "krakow": (50.0617, 19.9373), "nowhere": (None, None), "warszawa": (52.2297, 21.0122)}
RZESZOW = {"latitude": 50.0412, "longitude": 21.9991}
STORES = """query ($near: GeoCoordinateInput, $after: String, $reverse: Boolean) { product(handle: "product-1") {
  variants(first: 1) { nodes {
    storeAvailability(first: 2, near: $near, after: $after, reverse: $reverse) {
        nodes { quantityAvailable location { code } } pageInfo { hasNextPage endCursor } } } } } }"""
LOCATIONS = """query ($near: GeoCoordinateInput, $by: LocationSortKeys) { locations(first: 9, near: $near, sortKey: $by) {
    nodes { code address { latitude longitude } } } }"""


@pytest.fixture(scope="module")
async def client(settings: Settings, servers: Servers, administration: Connection, template: str) -> AsyncIterator[httpx.AsyncClient]:
    await administration.execute(f"create database near_stores template {template} strategy file_copy")
    async with opened(settings, database_url(servers, "near_stores"), servers.redis_url) as services:
        await insert_products(services.pool, [product(1, variants=(counted(1),))], {1: 5})
        for place, (code, (latitude, longitude)) in enumerate(PLACES.items(), start=1):
            made = await create_location(
                services.pool, LocationFacts(code=code, name=code, pickup_enabled=True, latitude=latitude, longitude=longitude)
            )
            await put(services.pool, 1, made.id, place)
        await all_heard(services)
        async with served(create_app(settings, services)) as opened_client:
            opened_client.headers.update(await key_of(services.pool, KeyKind.WEB))
            yield opened_client


async def asked(client: httpx.AsyncClient, query: str, **variables) -> dict:
    return (await client.post("/graphql", json={"query": query, "variables": variables})).json()


async def stores(client: httpx.AsyncClient, **variables) -> tuple[list[tuple[str, int]], dict]:
    answer = await asked(client, STORES, **variables)
    found = answer["data"]["product"]["variants"]["nodes"][0]["storeAvailability"]
    return [(each["location"]["code"], each["quantityAvailable"]) for each in found["nodes"]], found["pageInfo"]


async def test_the_nearest_store_comes_first_and_who_knows_where_the_last(client: httpx.AsyncClient):
    first, page = await stores(client, near=RZESZOW)
    second, end = await stores(client, near=RZESZOW, after=page["endCursor"])
    assert (first, page["hasNextPage"]) == ([("krakow", 2), ("warszawa", 4)], True)
    assert (second, end["hasNextPage"]) == ([("gdansk", 1), ("nowhere", 3)], False)
    assert (await stores(client, near=RZESZOW, reverse=True))[0] == [("nowhere", 3), ("gdansk", 1)]
    assert (await stores(client))[0] == [("gdansk", 1), ("krakow", 2)]


@pytest.mark.parametrize(
    ("by", "codes"),
    [
        ("DISTANCE", ["krakow", "warszawa", "gdansk", "nowhere"]),
        ("ID", ["gdansk", "krakow", "nowhere", "warszawa"]),
        ("NAME", ["gdansk", "krakow", "nowhere", "warszawa"]),
    ],
)
async def test_locations_are_sorted_as_is_asked(client: httpx.AsyncClient, by: str, codes: list[str]):
    found = (await asked(client, LOCATIONS, near=RZESZOW, by=by))["data"]["locations"]["nodes"]
    assert [each["code"] for each in found] == codes
    assert {each["code"]: (each["address"]["latitude"], each["address"]["longitude"]) for each in found} == PLACES


@pytest.mark.parametrize("near", [{"latitude": 91, "longitude": 0}, {"latitude": 0, "longitude": -180.5}])
async def test_a_place_that_is_not_on_earth(client: httpx.AsyncClient, near: dict):
    wrong = "latitude" if near["latitude"] else "longitude"
    answers = [await asked(client, STORES, near=near), await asked(client, LOCATIONS, near=near, by="DISTANCE")]
    assert [f"near.{wrong}" in answer["errors"][0]["message"] for answer in answers] == [True, True]
