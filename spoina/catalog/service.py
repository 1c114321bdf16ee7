"""What is done to the catalogue: facts read from the shop become prepared documents, one transaction per batch.

Facts carry the moment their read began (`as_of`). A batch that is older than what is stored changes nothing, so lost, doubled and reordered
reads end in the same catalogue.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from spoina.catalog import sql
from spoina.catalog.assembly import assemble, encode, product_row, variant_row
from spoina.catalog.facts import ProductFacts, VariationFacts
from spoina.catalog.hashing import product_hash, variation_hash
from spoina.catalog.types import Kind, Product, Variant
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.ids import ProductId, StockItemId, VariantId
from spoina.pricing.history import prepared_prior_price
from spoina.pricing.sql import append_changes, load_changes
from spoina.pricing.types import PriceChange, PriceSchedule

_Id = TypeVar("_Id", ProductId, VariantId)


class Applied(NamedTuple):
    """What a batch did. `incomplete`: variable products of which the shop names variations that were never read."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    incomplete: tuple[ProductId, ...] = ()


class _Sorted(NamedTuple):
    """A batch told apart by what is stored: ids to confirm, ids to write, and of those the ones that have a row."""

    fresh: list[int]
    confirmed: list[int]
    stored: list[int]
    created: int
    stale: int


class CatalogService:
    """Writes the catalogue of one shop. `language` is that of the shop's texts, `timezone` decides what a day is (Omnibus)."""

    def __init__(self, pool: Pool, clock: Clock, *, language: str, timezone: ZoneInfo, currency: str) -> None:
        self._pool, self._clock = pool, clock
        self._language, self._timezone, self._currency = language, timezone, currency

    async def apply_products(self, facts: Sequence[ProductFacts], as_of: datetime, *, force: bool = False) -> Applied:
        """Stores what the shop said of these products at `as_of`. Variations of variable ones are taken from what `apply_variations`
        stored.

        `force`: writes also what seems unchanged by its hash, to mend rows that were tampered with.
        """
        async with transaction(self._pool) as db:
            await sql.lock(db)
            return await self._apply_products(db, facts, as_of, force=force)

    async def apply_variations(self, facts: Sequence[VariationFacts], as_of: datetime, *, force: bool = False) -> Applied:
        """Stores variations, and prepares the documents of their products again where those are known already."""
        async with transaction(self._pool) as db:
            await sql.lock(db)
            return await self._apply_variations(db, facts, as_of, force=force)

    async def remove_products(self, ids: Sequence[ProductId]) -> list[ProductId]:
        """The shop has them no more (trash, deletion). Returns those that were there."""
        async with transaction(self._pool) as db:
            await sql.lock(db)
            version = await sql.next_version(db)
            gone = await sql.remove_products(db, ids, self._clock(), version)
            if gone:
                await sql.announce(db, version, [StockItemId(product_id) for product_id in gone])
            return gone

    async def _apply_products(self, db: Connection, facts: Sequence[ProductFacts], as_of: datetime, *, force: bool) -> Applied:
        digests = {fact.product.id: product_hash(fact) for fact in facts}
        batch = _tell_apart(digests, await sql.known_products(db, list(digests)), as_of, force=force)
        stale = {fact.product.id for fact in facts} - set(batch.fresh) - set(batch.confirmed)
        left, moved = await sql.count_stock(db, [fact.stock for fact in facts if fact.stock and fact.product.id not in stale], as_of)
        await sql.confirm_products(db, [ProductId(number) for number in batch.confirmed], as_of)
        if not batch.fresh and not moved:
            return Applied(unchanged=len(batch.confirmed), stale=batch.stale)
        version = await sql.next_version(db)
        chosen = set(batch.fresh)
        incomplete = await self._write_products(
            db, [fact for fact in facts if fact.product.id in chosen], digests, left, batch.stored, version
        )
        await sql.settle_availability(db, moved, version)
        await sql.announce(db, version, moved)
        return Applied(batch.created, len(batch.fresh) - batch.created, len(batch.confirmed), batch.stale, tuple(incomplete))

    async def _write_products(
        self,
        db: Connection,
        facts: Sequence[ProductFacts],
        digests: Mapping[ProductId, bytes],
        left: Mapping[StockItemId, int],
        stored: Sequence[int],
        version: int,
    ) -> list[ProductId]:
        if not facts:
            return []
        named = {fact.product.id: fact.variation_ids for fact in facts if fact.product.kind is Kind.VARIABLE}
        own = [variant for fact in facts if fact.product.id not in named for variant in fact.product.variants]
        await sql.remove_variants(db, await sql.strays(db, {**named, **{variant.product_id: [variant.id] for variant in own}}))
        priced = await self._keep_prices(db, own, {fact.product.id: fact.product.updated_at for fact in facts})
        await self._write_variants(db, list(priced.values()), {VariantId(key): value for key, value in digests.items()})
        variations = await sql.variants_of(db, list(named)) if named else {}
        products = [
            assemble(fact.product, variations[fact.product.id])
            if fact.product.id in named
            else msgspec.structs.replace(fact.product, variants=tuple(priced[variant.id] for variant in fact.product.variants))
            for fact in facts
        ]
        left = await self._left_of(db, [variant for found in variations.values() for variant in found], left)
        await self._write_documents(db, products, digests, left, stored, version)
        return [product_id for product_id, ids in named.items() if len(variations[product_id]) < len(ids)]

    async def _write_documents(
        self,
        db: Connection,
        products: Sequence[Product],
        digests: Mapping[ProductId, bytes],
        left: Mapping[StockItemId, int],
        stored: Sequence[int],
        version: int,
    ) -> None:
        at = self._clock()
        rows = [product_row(product, left=left, at=at, digest=digests[product.id], version=version) for product in products]
        await sql.replace_products(db, rows, [encode(product) for product in products], self._language, stored=stored)

    async def _write_variants(self, db: Connection, variants: Sequence[Variant], digests: Mapping[VariantId, bytes]) -> None:
        known = await sql.known_variants(db, [variant.id for variant in variants])
        await sql.replace_variants(db, [variant_row(variant, digests[variant.id]) for variant in variants], stored=list(known))

    async def _left_of(self, db: Connection, variants: Sequence[Variant], known: Mapping[StockItemId, int]) -> Mapping[StockItemId, int]:
        unknown = {variant.stock.item for variant in variants if variant.stock.item is not None} - known.keys()
        return {**known, **await sql.stock_left(db, list(unknown))} if unknown else known

    async def _keep_prices(
        self, db: Connection, variants: Sequence[Variant], modified: Mapping[ProductId, datetime]
    ) -> dict[VariantId, Variant]:
        """Appends each schedule that differs from the last one kept; returns the variants with the prior price their sale must show."""
        history = await load_changes(db, [variant.id for variant in variants], self._currency)
        news: dict[VariantId, PriceChange] = {}
        priced: dict[VariantId, Variant] = {}
        for variant in variants:
            changes = history[variant.id]
            schedule = _without_exact_texts(variant.prices)
            if not changes or changes[-1].schedule != schedule:
                news[variant.id] = PriceChange(valid_from=_began(variant, changes, modified), schedule=schedule)
                changes = [*changes, news[variant.id]]
            priced[variant.id] = self._with_prior_price(variant, changes)
        await append_changes(db, self._currency, news)
        return priced

    def _with_prior_price(self, variant: Variant, changes: Sequence[PriceChange]) -> Variant:
        if variant.prices.sale is None:
            return variant
        prior = prepared_prior_price(changes, variant.as_of, timezone=self._timezone)
        return variant if prior is None else msgspec.structs.replace(variant, prior_price=prior)

    async def _apply_variations(self, db: Connection, facts: Sequence[VariationFacts], as_of: datetime, *, force: bool) -> Applied:
        digests = {fact.variant.id: variation_hash(fact) for fact in facts}
        batch = _tell_apart(digests, await sql.known_variants(db, list(digests)), as_of, force=force)
        stale = {fact.variant.id for fact in facts} - set(batch.fresh) - set(batch.confirmed)
        _, moved = await sql.count_stock(db, [fact.stock for fact in facts if fact.stock and fact.variant.id not in stale], as_of)
        await sql.confirm_variants(db, [VariantId(number) for number in batch.confirmed], as_of)
        if not batch.fresh and not moved:
            return Applied(unchanged=len(batch.confirmed), stale=batch.stale)
        chosen = set(batch.fresh)
        fresh = [fact.variant for fact in facts if fact.variant.id in chosen]
        modified = {fact.variant.product_id: fact.modified_at for fact in facts}
        priced = await self._keep_prices(db, fresh, modified)
        await sql.replace_variants(db, [variant_row(variant, digests[variant.id]) for variant in priced.values()], stored=batch.stored)
        await self._prepare_again(db, {variant.product_id for variant in fresh}, moved)
        return Applied(batch.created, len(batch.fresh) - batch.created, len(batch.confirmed), batch.stale)

    async def _prepare_again(self, db: Connection, parents: set[ProductId], moved: Sequence[StockItemId]) -> None:
        known = await sql.documents(db, list(parents)) if parents else []
        if not known and not moved:
            return
        version = await sql.next_version(db)
        if known:
            variations = await sql.variants_of(db, [product.id for _, product in known])
            products = [assemble(product, variations[product.id]) for _, product in known]
            left = await self._left_of(db, [variant for found in variations.values() for variant in found], {})
            digests = {product.id: digest for digest, product in known}
            await self._write_documents(db, products, digests, left, list(digests), version)
        await sql.settle_availability(db, moved, version)
        await sql.announce(db, version, moved)


def _tell_apart(digests: Mapping[_Id, bytes], known: Mapping[_Id, sql.Known], as_of: datetime, *, force: bool) -> _Sorted:
    fresh, confirmed, stored, created, stale = [], [], [], 0, 0
    for number, digest in digests.items():
        found = known.get(number)
        if found is not None and found.as_of > as_of:
            stale += 1
        elif found is not None and found.alive and found.hash == digest and not force:
            confirmed.append(int(number))
        else:
            fresh.append(int(number))
            created += found is None
            if found is not None:
                stored.append(int(number))
    return _Sorted(fresh, confirmed, stored, created, stale)


def _without_exact_texts(schedule: PriceSchedule) -> PriceSchedule:
    """As the history keeps it."""
    if schedule.regular_exact is None and schedule.sale_exact is None:
        return schedule
    return msgspec.structs.replace(schedule, regular_exact=None, sale_exact=None)


def _began(variant: Variant, changes: Sequence[PriceChange], modified: Mapping[ProductId, datetime]) -> datetime:
    """When a newly seen schedule began to hold: when the shop says it was last modified, but neither before what is kept nor after the
    read.

    Of a variant that was never seen, nothing is known before the read: inventing an earlier moment would invent evidence.
    """
    if changes and changes[-1].valid_from < modified[variant.product_id] <= variant.as_of:
        return modified[variant.product_id]
    return variant.as_of
