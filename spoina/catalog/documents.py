"""Decoded products, kept in memory up to a number of bytes and never longer than they are true."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from spoina.catalog.assembly import CHANNEL, decode_product
from spoina.catalog.flights import Flights
from spoina.catalog.types import Product, Variant
from spoina.db import Pool
from spoina.ids import ProductId, VariantId

_DOCUMENTS = f"""
select p.id, d.body from product p join product_document d on d.product_id = p.id
where {{which}} and p.deleted_at is null and p.published
and d.channel = '{CHANNEL}' and d.language = (select language from shop)
order by p.id
"""  # noqa: S608 - made of constants
BY_ID = _DOCUMENTS.format(which="p.id = any($1::bigint[])")
BY_HANDLE = _DOCUMENTS.format(which="p.handle = any($1::text[])")
BY_VARIANT = _DOCUMENTS.format(which="p.id in (select product_id from variant where id = any($1::bigint[]))")

MEMORY_PER_DOCUMENT, MEMORY_PER_ENCODED_BYTE = 850, 2.65
"""Measured with tracemalloc: what a decoded product and its places in the indexes take, by the size of its JSON (0.4 to 5 kB)."""


class _Kept(NamedTuple):
    product: Product
    size: int


class Documents:
    """What is asked for and not kept is read in one statement per call; the same misses at the same time are read once."""

    def __init__(self, pool: Pool, memory_limit_bytes: int) -> None:
        self._pool, self._limit = pool, memory_limit_bytes
        self._kept: OrderedDict[ProductId, _Kept] = OrderedDict()
        self._by_handle: dict[str, ProductId] = {}
        self._by_variant: dict[VariantId, tuple[Product, Variant]] = {}
        self._size = 0
        self._flights: Flights[tuple[str, int | str], list[Product]] = Flights()
        self._overtaken: list[set[ProductId]] = []
        self._generation = 0

    @property
    def size(self) -> int:
        """Bytes, as estimated from the encoded size."""
        return self._size

    def __len__(self) -> int:
        return len(self._kept)

    async def by_ids(self, ids: Iterable[ProductId]) -> dict[ProductId, Product]:
        wanted = dict.fromkeys(ids)
        found = {product_id: product for product_id in wanted if (product := self._get(product_id)) is not None}
        if len(found) == len(wanted):
            return found
        missing = [product_id for product_id in wanted if product_id not in found]
        for product in await self._read_once("id", BY_ID, missing):
            if product.id in wanted:
                found[product.id] = product
        return found

    async def by_handle(self, handle: str) -> Product | None:
        known = self._by_handle.get(handle)
        if known is not None and (product := self._get(known)) is not None:
            return product
        return next(iter(await self._read_once("handle", BY_HANDLE, [handle])), None)

    async def by_variants(self, ids: Iterable[VariantId]) -> dict[VariantId, tuple[Product, Variant]]:
        wanted = dict.fromkeys(ids)
        found = {variant_id: pair for variant_id in wanted if (pair := self._get_pair(variant_id)) is not None}
        missing = [variant_id for variant_id in wanted if variant_id not in found]
        if missing:
            found.update(pairs(await self._read_once("variant", BY_VARIANT, missing), wanted))
        return found

    async def read_through(self, statement: str, values: Sequence[int | str]) -> list[Product]:
        """Straight from the database, keeping nothing."""
        return [decode_product(row[1]) for row in await self._pool.fetch(statement, values)]

    def forget(self, ids: Collection[ProductId]) -> None:
        """These changed: they are dropped, and reads that began before will not be kept or shared."""
        self._flights.close()
        for overtaken in self._overtaken:
            overtaken.update(ids)
        for product_id in ids:
            self._drop(product_id)

    def forget_all(self) -> None:
        self._flights.close()
        self._generation += 1
        self._kept.clear()
        self._by_handle.clear()
        self._by_variant.clear()
        self._size = 0

    async def _read_once(self, kind: str, statement: str, values: Sequence[int | str]) -> list[Product]:
        keys = {value: (kind, value) for value in values}
        fresh = [value for value, key in keys.items() if key not in self._flights]
        if fresh:
            self._flights.launch((keys[value] for value in fresh), self._read(statement, fresh))
        return [product for answer in await self._flights.join(keys.values()) for product in answer]

    async def _read(self, statement: str, values: Sequence[int | str]) -> list[Product]:
        overtaken: set[ProductId] = set()
        generation = self._generation
        self._overtaken.append(overtaken)
        try:
            rows = await self._pool.fetch(statement, values)
        finally:
            self._overtaken = [each for each in self._overtaken if each is not overtaken]
        products = [decode_product(row[1]) for row in rows]
        if generation == self._generation:
            for product, row in zip(products, rows, strict=True):
                if product.id not in overtaken:
                    self._keep(product, len(row[1]))
        return products

    def _get(self, product_id: ProductId) -> Product | None:
        kept = self._kept.get(product_id)
        if kept is None:
            return None
        self._kept.move_to_end(product_id)
        return kept.product

    def _get_pair(self, variant_id: VariantId) -> tuple[Product, Variant] | None:
        pair = self._by_variant.get(variant_id)
        if pair is not None:
            self._kept.move_to_end(pair[0].id)
        return pair

    def _keep(self, product: Product, encoded_size: int) -> None:
        self._drop(product.id)
        size = MEMORY_PER_DOCUMENT + int(encoded_size * MEMORY_PER_ENCODED_BYTE)
        self._kept[product.id] = _Kept(product, size)
        self._size += size
        self._by_handle[product.handle] = product.id
        self._by_variant.update(pairs([product], None))
        while self._size > self._limit:
            self._drop(next(iter(self._kept)))

    def _drop(self, product_id: ProductId) -> None:
        kept = self._kept.pop(product_id, None)
        if kept is None:
            return
        self._size -= kept.size
        if self._by_handle.get(kept.product.handle) == product_id:
            del self._by_handle[kept.product.handle]
        for variant in kept.product.variants:
            self._by_variant.pop(variant.id, None)


def pairs(products: Iterable[Product], wanted: Collection[VariantId] | None) -> dict[VariantId, tuple[Product, Variant]]:
    """Each variant (of those wanted; None: all) with its product."""
    return {
        variant.id: (product, variant) for product in products for variant in product.variants if wanted is None or variant.id in wanted
    }
