"""What is done to the catalogue: facts read from the shop become prepared documents, one transaction per batch.

Facts carry the moment their read began (`as_of`). What is older than what is stored changes nothing, so lost, doubled and reordered reads
end in the same catalogue. Stock is counted last: who wants to hold some of it waits for as long as its rows are locked.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from spoina.catalog import sql
from spoina.catalog.assembly import variant_row
from spoina.catalog.facts import ProductFacts, StockFact, VariationFacts
from spoina.catalog.hashing import product_hash, variation_hash
from spoina.catalog.types import Kind
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
    stale: int

    @property
    def current(self) -> set[_Id]:
        return self.fresh | self.confirmed

    @property
    def known(self) -> set[_Id]:
        return self.stored | self.confirmed

    def without(self, late: set[_Id]) -> "_News[_Id]":
        """`late` ones turned out to be stale."""
        return self._replace(fresh=self.fresh - late, stale=self.stale + len(late)) if late else self

    def rewriting(self, ids: set[_Id]) -> "_News[_Id]":
        """`ids` are written anew even where they say the same."""
        again = self.confirmed & ids
        if not again:
            return self
        return self._replace(fresh=self.fresh | again, stored=self.stored | again, confirmed=self.confirmed - again)

    def applied(self, incomplete: Sequence[ProductId] = ()) -> Applied:
        return Applied(len(self.fresh - self.stored), len(self.stored), len(self.confirmed), self.stale, tuple(incomplete))


class CatalogService:
    """Writes the catalogue of one shop."""

    def __init__(self, pool: Pool, clock: Clock, locale: ShopLocale) -> None:
        self._pool, self._clock, self._locale = pool, clock, locale

    async def apply_products(self, facts: Sequence[ProductFacts], as_of: datetime, *, force: bool = False) -> Applied:
        """Stores what the shop said of these products at `as_of`. Variations of variable ones are taken from what `apply_variations`
        stored. `force`: writes also what seems unchanged by its hash, to mend rows that were tampered with."""
        told = {fact.product.id: fact for fact in facts}
        async with transaction(self._pool) as db:
            await sql.lock(db)
            digests = {product_id: product_hash(fact) for product_id, fact in told.items()}
            news = _news(digests, await sql.known_products(db, list(digests)), as_of, force=force)
            news, incomplete = await self._drop_strays(db, told, news, as_of)
            await sql.confirm_products(db, list(news.confirmed), as_of)
            written = [told[product_id] for product_id in told if product_id in news.fresh]
            expected: dict[StockItemId, int] = {}
            version = await sql.next_version(db) if written else None
            if version is not None:
                expected = await sql.expected_left(db, [fact.stock for fact in written if fact.stock is not None])
                await self._writer(db).write_products(written, digests, expected, news.fresh if force else news.stored, version)
            left, moved = await _count(db, {product_id: fact.stock for product_id, fact in told.items()}, news, as_of)
            if moved or version is not None:
                version = version or await sql.next_version(db)
                await sql.settle_availability(db, _unexpected(left, moved, expected), version)
                await sql.announce(db, version, moved)
            return news.applied(incomplete)

    async def apply_variations(self, facts: Sequence[VariationFacts], as_of: datetime, *, force: bool = False) -> Applied:
        """Stores variations, and prepares the documents of their products again where those are known already."""
        told = {fact.variant.id: fact for fact in facts}
        async with transaction(self._pool) as db:
            await sql.lock(db)
            digests = {variant_id: variation_hash(fact) for variant_id, fact in told.items()}
            news = _news(digests, await sql.known_variants(db, list(digests)), as_of, force=force)
            news = news.without(await _dropped_since(db, [told[variant_id] for variant_id in news.fresh - news.stored], as_of))
            await sql.confirm_variants(db, list(news.confirmed), as_of)
            written = [told[variant_id] for variant_id in told if variant_id in news.fresh]
            version = await sql.next_version(db) if written else None
            if version is not None:
                await self._write_variations(db, written, digests, news, version)
            _, moved = await _count(db, {variant_id: fact.stock for variant_id, fact in told.items()}, news, as_of)
            if moved or version is not None:
                version = version or await sql.next_version(db)
                await sql.settle_availability(db, moved, version)
                await sql.announce(db, version, moved)
            return news.applied()

    async def remove_products(self, ids: Sequence[ProductId], as_of: datetime) -> list[ProductId]:
        """The shop had them no more at `as_of` (trash, deletion); what was read later stays. Returns those that were there."""
        async with transaction(self._pool) as db:
            await sql.lock(db)
            version = await sql.next_version(db)
            gone = await sql.remove_products(db, ids, as_of, self._clock(), version)
            if gone:
                await sql.announce(db, version, [StockItemId(product_id) for product_id in gone])
            return gone

    async def remove_unowned_variants(self, read_before: datetime) -> None:
        """Variations whose product is not, or no longer, in the catalogue and that were not read since then either."""
        async with transaction(self._pool) as db:
            await sql.lock(db)
            await sql.remove_variants(db, await sql.unowned_variants(db, read_before))

    async def _drop_strays(
        self, db: Connection, told: Mapping[ProductId, ProductFacts], news: _News[ProductId], as_of: datetime
    ) -> tuple[_News[ProductId], list[ProductId]]:
        """Removes variants that the shop no longer names and that were not read later; products that had any are written anew. Returns
        also the products of which the shop names variations that are not here."""
        asked = [each for each in news.current if each in news.known or told[each].product.kind is Kind.VARIABLE]
        kept = await sql.kept_variants(db, asked)
        named = {product_id: _named(told[product_id]) for product_id in asked}
        strays = {
            product_id: [variant.id for variant in kept[product_id] if variant.id not in named[product_id] and variant.as_of <= as_of]
            for product_id in asked
        }
        counted = [fact.stock.item for fact in told.values() if fact.stock is not None]
        await sql.remove_variants(db, [variant_id for ids in strays.values() for variant_id in ids], counted=counted)
        incomplete = [
            product_id
            for product_id in asked
            if told[product_id].product.kind is Kind.VARIABLE and not named[product_id] <= {variant.id for variant in kept[product_id]}
        ]
        return news.rewriting({product_id for product_id, ids in strays.items() if ids}), incomplete

    async def _write_variations(
        self,
        db: Connection,
        facts: Sequence[VariationFacts],
        digests: Mapping[VariantId, bytes],
        news: _News[VariantId],
        version: int,
    ) -> None:
        writer = self._writer(db)
        modified = {fact.variant.id: fact.modified_at for fact in facts}
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
    return _News(fresh, stored, confirmed, len(stale))


def _named(fact: ProductFacts) -> set[VariantId]:
    return set(fact.variation_ids) if fact.product.kind is Kind.VARIABLE else {variant.id for variant in fact.product.variants}


async def _dropped_since(db: Connection, unseen: Sequence[VariationFacts], as_of: datetime) -> set[VariantId]:
    """Variations not stored although their product was read later: by then the shop had dropped them. Where it had not, that read of the
    product was incomplete, and they are read again."""
    products = await sql.known_products(db, list({fact.parent_id for fact in unseen})) if unseen else {}
    return {fact.variant.id for fact in unseen if fact.parent_id in products and products[fact.parent_id].as_of > as_of}


def _unexpected(left: Mapping[StockItemId, int], moved: Sequence[StockItemId], expected: Mapping[StockItemId, int]) -> list[StockItemId]:
    """Items whose products were not written, or not with what turned out to be left."""
    wrong = [item for item, units in expected.items() if item not in left or (left[item] > 0) != (units > 0)]
    return wrong + [item for item in moved if item not in expected]


async def _count(
    db: Connection, counted: Mapping[_Id, StockFact | None], news: _News[_Id], as_of: datetime
) -> tuple[dict[StockItemId, int], list[StockItemId]]:
    """Takes over the counts of what is not stale; see sql.count_stock."""
    current: Collection[_Id] = news.current
    await sql.stop_counting(db, [StockItemId(number) for number in news.stored if counted[number] is None])
    return await sql.count_stock(db, [stock for number, stock in counted.items() if stock is not None and number in current], as_of)
