"""Batch loads: everything that one step of a request asks for travels in one call."""

from collections.abc import Iterable, Sequence

from strawberry.dataloader import DataLoader

from spoina.catalog.types import Product, Variant
from spoina.ids import ProductId, VariantId
from storefront.ports import CatalogReader


class ProductLoader:
    """One per request. `met` are the products it has brought, so that a variant finds its product without waiting."""

    __slots__ = ("_catalog", "_products", "_variants", "met")

    def __init__(self, catalog: CatalogReader) -> None:
        self._catalog = catalog
        self.met: dict[ProductId, Product] = {}
        self._products: DataLoader[ProductId, Product | None] = DataLoader(load_fn=self._load)
        self._variants: DataLoader[VariantId, Variant | None] = DataLoader(load_fn=self._load_variants)

    async def one(self, product_id: ProductId) -> Product | None:
        return await self._products.load(product_id)

    async def present(self, ids: Iterable[ProductId]) -> list[Product]:
        """In the order of `ids`, without those that are gone."""
        return [product for product in await self._products.load_many(list(ids)) if product]

    async def by_handle(self, handle: str) -> Product | None:
        return self._meet(await self._catalog.by_handle(handle))

    async def variant(self, variant_id: VariantId) -> Variant | None:
        return await self._variants.load(variant_id)

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
