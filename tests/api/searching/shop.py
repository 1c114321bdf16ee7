"""A shop of tools with an index, behind a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from api.app import create_app
from api.services import Services, open_services
from search.types import SearchSettings
from spoina.access.types import KeyKind
from spoina.catalog.types import Metafield, Option, Page, Product, SelectedOption, Status
from spoina.db import connect_pool
from spoina.ids import Channel, StockItemId
from spoina.settings import Settings
from tests.api.conftest import key_of, served
from tests.spoina.catalog.builders import category, insert_frame, insert_products, insert_shop, page, product, variant

LEFT = {1: 5, 2: 5, 3: 0, 4: 5, 5: 5, 6: 5, 7: 5, 8: 5}
CATEGORIES = [category(10, title="Narzędzia", handle="narzedzia"), category(11, 10, title="Wiertarki"), category(12, 10, title="Młotki")]
PAGES: list[Page] = [page(31, title="Wiertarki na raty", handle="raty")]


def tools() -> list[Product]:
    return [
        product(1, title="Wiertarka udarowa 18V", vendor="Makita", price=49900, counted=True, categories=(11,), total_sales=50, position=1),
        product(2, title="Wiertarka ręczna", vendor="Bosch", price=19900, counted=True, categories=(11,), total_sales=90, position=2),
        product(3, title="Wiertarka kątowa", vendor="Makita", price=69900, counted=True, categories=(11,), total_sales=10, position=3),
        product(4, title="Młotek ślusarski", vendor="Juco", price=2990, counted=True, categories=(12,), tags=("ślusarskie",), position=4),
        product(5, title="Młotek gumowy", vendor="Juco", price=1990, counted=True, categories=(12,), position=5),
        product(6, title="Rękawice robocze", vendor="Ogrifox", price=990, counted=True, position=6),
        product(7, title="Wiertło do betonu", vendor="Bosch", price=1290, counted=True, categories=(10,), position=7),
        _drill_bits(),
    ]


def _drill_bits() -> Product:
    sizes = [variant(8 + 100 * place, 8, options=(SelectedOption("Rozmiar", size),)) for place, size in enumerate(("6 mm", "8 mm"))]
    return product(
        8,
        title="Zestaw wierteł",
        vendor="Bosch",
        options=(Option("Rozmiar", ("6 mm", "8 mm")),),
        variants=tuple(sizes),
        metafields=(Metafield(namespace="attributes", key="material", value="stal", label="Materiał"),),
        position=8,
    )


@dataclass
class Shop:
    services: Services
    client: httpx.AsyncClient
    web: dict[str, str]
    staff: dict[str, str]

    async def answer(self, query: str, **variables: object) -> dict:
        response = await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=self.web)
        return response.json()

    async def data(self, query: str, **variables: object) -> dict:
        told = await self.answer(query, **variables)
        assert "errors" not in told, told["errors"]
        return told["data"]

    async def error(self, query: str, **variables: object) -> tuple[str, str]:
        [told] = (await self.answer(query, **variables))["errors"]
        return told["extensions"]["code"], told["message"]

    async def found(self, text: str, **more: object) -> list[int]:
        asked = {"first": 50, **more}
        query = """query Find($text: String!, $first: Int, $last: Int, $after: String, $before: String, $sort: SearchSortKeys,
            $reverse: Boolean, $filters: [ProductFilter!], $unavailable: SearchUnavailableProductsType, $prefix: SearchPrefixQueryType) {
            search(query: $text, first: $first, last: $last, after: $after, before: $before, sortKey: $sort, reverse: $reverse,
              productFilters: $filters, unavailableProducts: $unavailable, prefix: $prefix) { nodes { ... on Product { id } } } }"""
        return [number(node) for node in (await self.data(query, text=text, **asked))["search"]["nodes"]]

    async def index(self) -> None:
        await self.services.search.indexer(self.services.pool, self.services.clock).build()

    async def restore(self) -> None:
        """As it was opened, heard of by all of its readers."""
        pool = self.services.pool
        await pool.execute("truncate search_rule, search_count")
        version = await insert_products(pool, [*tools(), product(9, title="Piła", status=Status.DRAFT)], LEFT)
        await self.services.search.index.configure(SearchSettings())
        await self.index()
        await self.services.reader.settled(version)

        async def restored() -> bool:
            left = {item: self.services.offers.left(StockItemId(item), Channel("web")) for item in (1, 2, 3)}
            return left == {1: 5, 2: 5, 3: 0} and await self.found("wiertarka") == [2, 1, 3]

        await until(restored)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Announcements take their way through PostgreSQL."""
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - nothing tells when
            await asyncio.sleep(0.02)


def number(node: Mapping[str, str]) -> int:
    return int(node["id"].rpartition("/")[2])


@asynccontextmanager
async def tool_shop(settings: Settings, database: str, redis_url: str) -> AsyncIterator[Shop]:
    pool = await connect_pool(database)
    await insert_shop(pool)
    await insert_frame(pool, categories=CATEGORIES, pages=PAGES)
    await insert_products(pool, tools(), LEFT)
    await pool.close()
    async with open_services(settings, database, redis_url) as services, served(create_app(settings, services)) as client:
        keys = [await key_of(services.pool, kind) for kind in (KeyKind.WEB, KeyKind.STAFF)]
        shop = Shop(services, client, *keys)
        await shop.index()
        yield shop
