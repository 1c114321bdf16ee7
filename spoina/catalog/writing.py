"""One transaction's writing: price history, variants, prepared documents. Whoever makes a CatalogWriter holds the catalogue's lock."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from spoina.catalog import sql
from spoina.catalog.assembly import assemble, encode, product_row, variant_row
from spoina.catalog.facts import ProductFacts
from spoina.catalog.types import Kind, Product, Variant
from spoina.db import Connection
from spoina.ids import ProductId, StockItemId, VariantId
from spoina.pricing.history import prepared_prior_price
from spoina.pricing.sql import append_changes, load_changes
from spoina.pricing.types import PriceChange, PriceSchedule


class ShopLocale(msgspec.Struct, frozen=True):
    """`language` is that of the shop's texts, `timezone` decides what a day is (Omnibus)."""

    language: str
    currency: str
    timezone: ZoneInfo


class CatalogWriter:
    def __init__(self, db: Connection, locale: ShopLocale, at: datetime) -> None:
        self._db, self._locale, self._at = db, locale, at

    async def write_products(
        self,
        facts: Sequence[ProductFacts],
        digests: Mapping[ProductId, bytes],
        left: Mapping[StockItemId, int],
        stored: Collection[ProductId],
        version: int,
    ) -> None:
        """`left`: what the batch has just counted. `stored`: those that have, or had, a row."""
        variable = [fact.product.id for fact in facts if fact.product.kind is Kind.VARIABLE]
        own = [variant for fact in facts if fact.product.kind is not Kind.VARIABLE for variant in fact.product.variants]
        seen = [variant.id for variant in own if variant.product_id in stored]
        modified = {variant.id: fact.product.updated_at for fact in facts for variant in fact.product.variants}
        priced = await self.keep_prices(own, modified, seen)
        rows = [variant_row(variant, digests[variant.product_id]) for variant in priced.values()]
        await sql.replace_variants(self._db, rows, stored=seen)
        variations = await sql.variants_of(self._db, variable) if variable else {}
        products = [_complete(fact.product, variations, priced) for fact in facts]
        await self.write_documents(products, digests, await self._with_left_of(variations, left), stored, version)

    async def write_documents(
        self,
        products: Sequence[Product],
        digests: Mapping[ProductId, bytes],
        left: Mapping[StockItemId, int],
        stored: Collection[ProductId],
        version: int,
    ) -> None:
        rows = [product_row(product, left=left, at=self._at, digest=digests[product.id], version=version) for product in products]
        bodies = [encode(product) for product in products]
        await sql.replace_products(self._db, rows, bodies, self._locale.language, stored=list(stored))

    async def prepare_again(self, parents: Collection[ProductId], version: int) -> None:
        """Assembles these products anew from what is stored of them; their own facts stay."""
        known = await sql.documents(self._db, list(parents))
        variations = await sql.variants_of(self._db, [product.id for _, product in known])
        products = [assemble(product, variations[product.id]) for _, product in known]
        digests = {product.id: digest for digest, product in known}
        if products:
            await self.write_documents(products, digests, await self._with_left_of(variations, {}), list(digests), version)

    async def keep_prices(
        self, variants: Sequence[Variant], modified: Mapping[VariantId, datetime], seen: Collection[VariantId]
    ) -> dict[VariantId, Variant]:
        """Appends each schedule that differs from the last one kept; returns the variants with the prior price their sale must show.

        `seen`: those that may have a history already.
        """
        history = await load_changes(self._db, seen, self._locale.currency) if seen else {}
        news: dict[VariantId, PriceChange] = {}
        priced: dict[VariantId, Variant] = {}
        for variant in variants:
            changes = history.get(variant.id, [])
            schedule = _without_exact_texts(variant.prices)
            if not changes or changes[-1].schedule != schedule:
                news[variant.id] = PriceChange(valid_from=_began(variant, changes, modified), schedule=schedule)
                changes = [*changes, news[variant.id]]
            priced[variant.id] = self._with_prior_price(variant, changes)
        await append_changes(self._db, self._locale.currency, news)
        return priced

    def _with_prior_price(self, variant: Variant, changes: Sequence[PriceChange]) -> Variant:
        if variant.prices.sale is None:
            return variant
        prior = prepared_prior_price(changes, variant.as_of, timezone=self._locale.timezone)
        return variant if prior is None else msgspec.structs.replace(variant, prior_price=prior)

    async def _with_left_of(
        self, variations: Mapping[ProductId, Sequence[Variant]], known: Mapping[StockItemId, int]
    ) -> Mapping[StockItemId, int]:
        items = {variant.stock.item for found in variations.values() for variant in found if variant.stock.item is not None}
        unknown = items - known.keys()
        return {**known, **await sql.stock_left(self._db, list(unknown))} if unknown else known


def _complete(product: Product, variations: Mapping[ProductId, Sequence[Variant]], priced: Mapping[VariantId, Variant]) -> Product:
    if product.kind is Kind.VARIABLE:
        return assemble(product, variations[product.id])
    return msgspec.structs.replace(product, variants=tuple(priced[variant.id] for variant in product.variants))


def _without_exact_texts(schedule: PriceSchedule) -> PriceSchedule:
    """As the history keeps it."""
    if schedule.regular_exact is None and schedule.sale_exact is None:
        return schedule
    return msgspec.structs.replace(schedule, regular_exact=None, sale_exact=None)


def _began(variant: Variant, changes: Sequence[PriceChange], modified: Mapping[VariantId, datetime]) -> datetime:
    """When a newly seen schedule began to hold: when the shop says it was last modified, but neither before what is kept nor after the
    read. Of a variant that was never seen, nothing is known before the read: inventing an earlier moment would invent evidence."""
    if not changes:
        return variant.as_of
    if changes[-1].valid_from < modified[variant.id] <= variant.as_of:
        return modified[variant.id]
    return max(variant.as_of, changes[-1].valid_from + datetime.resolution)
