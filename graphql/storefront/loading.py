"""Batch loads: everything that one step of a request asks for travels in one call."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from spoina.catalog.types import Product, Variant
from spoina.ids import ProductId, VariantId
from storefront.ports import CatalogReader

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Together(Generic[Key, Value]):
    """Loads in one call whatever was asked for until the loop came round. One future for each asker, however many keys it asks for."""

    def __init__(self, load: Callable[[list[Key]], Awaitable[Sequence[Value]]]) -> None:
        self._load = load
        self._keys: list[Key] = []
        self._loading: asyncio.Task[dict[Key, Value]] | None = None

    async def of(self, keys: Sequence[Key]) -> dict[Key, Value]:
        """The values of these keys, perhaps among others."""
        if not keys:
            return {}
        self._keys += keys
        if self._loading is None:
            self._loading = asyncio.create_task(self._load_all())
        return await asyncio.shield(self._loading)

    async def _load_all(self) -> dict[Key, Value]:
        await asyncio.sleep(0)
        keys, self._keys, self._loading = list(dict.fromkeys(self._keys)), [], None
        return dict(zip(keys, await self._load(keys), strict=True))


class ProductLoader:
    """One per request. `met` are the products it has brought, so that a variant finds its product without waiting."""

    __slots__ = ("_catalog", "_products", "_variants", "met")

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self.met: dict[ProductId, Product] = {}
        self._products = Together(self._load)
        self._variants = Together(self._load_variants)

    async def one(self, product_id: ProductId) -> Product | None:
        return self.met.get(product_id) or (await self._products.of([product_id]))[product_id]

    async def present(self, ids: Iterable[ProductId]) -> list[Product]:
        """In the order of `ids`, without those that are gone."""
        wanted = list(ids)
        await self._products.of([product_id for product_id in wanted if product_id not in self.met])
        return [self.met[product_id] for product_id in wanted if product_id in self.met]

    async def by_handle(self, handle: str) -> Product | None:
        return self._meet(await self._catalog.by_handle(handle))

    async def variant(self, variant_id: VariantId) -> Variant | None:
        return (await self._variants.of([variant_id]))[variant_id]

    async def _load(self, ids: list[ProductId]) -> Sequence[Product | None]:
        return [self._meet(product) for product in await self._catalog.products(ids)]

    async def _load_variants(self, ids: list[VariantId]) -> Sequence[Variant | None]:
        found = await self._catalog.variants(ids)
        for pair in found:
            self._meet(pair[0] if pair else None)
        return [pair[1] if pair else None for pair in found]

    def _meet(self, product: Product | None) -> Product | None:
        if product:
            self.met[product.id] = product
        return product
