"""What is done to the catalogue: facts read from the shop become prepared documents, one transaction per batch.

Facts carry the moment their read began (`as_of`). What is older than what is stored changes nothing, so lost, doubled and reordered reads
end in the same catalogue.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from spoina.catalog import sql
from spoina.catalog.assembly import variant_row
from spoina.catalog.facts import ProductFacts, StockFact, VariationFacts
from spoina.catalog.hashing import product_hash, variation_hash
from spoina.catalog.writing import CatalogWriter, ShopLocale
from spoina.clock import Clock
from spoina.db import Connection, Pool, transaction
from spoina.ids import ProductId, StockItemId, VariantId

_Id = TypeVar("_Id", ProductId, VariantId)


class Applied(NamedTuple):
    """What a batch did. `incomplete`: variable products of which the shop names variations that were never read."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    stale: int = 0
    incomplete: tuple[ProductId, ...] = ()


class _News(NamedTuple, Generic[_Id]):
    """A batch told apart by what is stored: `fresh` ones to write (of which `stored` have a row), `confirmed` ones that say the same."""

    fresh: set[_Id]
    stored: set[_Id]
    confirmed: set[_Id]
    created: int
    stale: int

    @property
    def current(self) -> set[_Id]:
        return self.fresh | self.confirmed

    def applied(self, incomplete: Sequence[ProductId] = ()) -> Applied:
        return Applied(self.created, len(self.fresh) - self.created, len(self.confirmed), self.stale, tuple(incomplete))


class CatalogService:
    """Writes the catalogue of one shop."""

    def __init__(self, pool: Pool, clock: Clock, locale: ShopLocale) -> None:
        self._pool, self._clock, self._locale = pool, clock, locale

    async def apply_products(self, facts: Sequence[ProductFacts], as_of: datetime, *, force: bool = False) -> Applied:
        """Stores what the shop said of these products at `as_of`. Variations of variable ones are taken from what `apply_variations`
        stored. `force`: writes also what seems unchanged by its hash, to mend rows that were tampered with."""
        async with transaction(self._pool) as db:
            await sql.lock(db)
            digests = {fact.product.id: product_hash(fact) for fact in facts}
            news = _news(digests, await sql.known_products(db, list(digests)), as_of, force=force)
            left, moved = await _count(db, {fact.product.id: fact.stock for fact in facts}, news, as_of)
            await sql.confirm_products(db, list(news.confirmed), as_of)
            if not news.fresh and not moved:
                return news.applied()
            version = await sql.next_version(db)
            written = [fact for fact in facts if fact.product.id in news.fresh]
            incomplete = await self._writer(db).write_products(written, digests, left, news.stored, version) if written else []
            await sql.settle_availability(db, _without(moved, news.fresh), version)
            await sql.announce(db, version, moved)
            return news.applied(incomplete)

    async def apply_variations(self, facts: Sequence[VariationFacts], as_of: datetime, *, force: bool = False) -> Applied:
        """Stores variations, and prepares the documents of their products again where those are known already."""
        async with transaction(self._pool) as db:
            await sql.lock(db)
            digests = {fact.variant.id: variation_hash(fact) for fact in facts}
            news = _news(digests, await sql.known_variants(db, list(digests)), as_of, force=force)
            _, moved = await _count(db, {fact.variant.id: fact.stock for fact in facts}, news, as_of)
            await sql.confirm_variants(db, list(news.confirmed), as_of)
            if not news.fresh and not moved:
                return news.applied()
            version = await sql.next_version(db)
            await self._write_variations(db, [fact for fact in facts if fact.variant.id in news.fresh], digests, news, version)
            await sql.settle_availability(db, _without(moved, news.fresh), version)
            await sql.announce(db, version, moved)
            return news.applied()

    async def remove_products(self, ids: Sequence[ProductId]) -> list[ProductId]:
        """The shop has them no more (trash, deletion). Returns those that were there."""
        async with transaction(self._pool) as db:
            await sql.lock(db)
            version = await sql.next_version(db)
            gone = await sql.remove_products(db, ids, self._clock(), version)
            if gone:
                await sql.announce(db, version, [StockItemId(product_id) for product_id in gone])
            return gone

    async def _write_variations(
        self,
        db: Connection,
        facts: Sequence[VariationFacts],
        digests: Mapping[VariantId, bytes],
        news: _News[VariantId],
        version: int,
    ) -> None:
        if not facts:
            return
        writer = self._writer(db)
        modified = {fact.variant.product_id: fact.modified_at for fact in facts}
        priced = await writer.keep_prices([fact.variant for fact in facts], modified, list(news.fresh))
        rows = [variant_row(variant, digests[variant.id]) for variant in priced.values()]
        await sql.replace_variants(db, rows, stored=list(news.stored))
        await writer.prepare_again({fact.parent_id for fact in facts}, version)

    def _writer(self, db: Connection) -> CatalogWriter:
        return CatalogWriter(db, self._locale, self._clock())


def _news(digests: Mapping[_Id, bytes], known: Mapping[_Id, sql.Known], as_of: datetime, *, force: bool) -> _News[_Id]:
    stale = {number for number, found in known.items() if found.as_of > as_of}
    confirmed = {
        number
        for number, digest in digests.items()
        if not force and number not in stale and (found := known.get(number)) is not None and found.alive and found.hash == digest
    }
    fresh = digests.keys() - stale - confirmed
    stored = fresh & known.keys()
    return _News(fresh, stored, confirmed, len(fresh) - len(stored), len(stale))


def _without(moved: Sequence[StockItemId], written: Collection[int]) -> list[StockItemId]:
    """Items whose product or variation was written anew in this batch, its availability with it."""
    numbers = set(written)
    return [item for item in moved if int(item) not in numbers]


async def _count(
    db: Connection, counted: Mapping[_Id, StockFact | None], news: _News[_Id], as_of: datetime
) -> tuple[dict[StockItemId, int], list[StockItemId]]:
    """Takes over the counts of what is not stale; see sql.count_stock."""
    current: Collection[_Id] = news.current
    return await sql.count_stock(db, [stock for number, stock in counted.items() if stock is not None and number in current], as_of)
