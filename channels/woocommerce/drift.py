"""Drift: what the shop says now against what the mirror holds, as typed differences; and their repair.

Both sides are read anew and compared by value, not by hash, so that rows which were changed behind our back show too.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from channels.woocommerce.comparing import (
    Difference,
    DriftKind,
    compare_counts,
    compare_products,
    compare_sets,
    compare_variants,
    difference_of_listing,
)
from channels.woocommerce.mirror import LISTS, Mirror
from spoina.catalog import sql
from spoina.catalog.assembly import assemble, product_row
from spoina.catalog.facts import ProductFacts, StockFact, VariationFacts
from spoina.catalog.types import Kind, Product, Variant
from spoina.ids import ProductId, StockItemId
from spoina.sync.runs import Counts

_REPAIRED_AT_ONCE = 50


async def find_drift(mirror: Mirror) -> AsyncIterator[Difference]:
    """Reads the whole shop once, page by page. What is in quarantine is no drift: it is listed there."""
    if mirror.client.has_global_variations:
        async for difference in _variation_drift(mirror, "variations"):
            yield difference
    met: set[int] = set()
    async for page in mirror.client.pages("products", LISTS["products"]):
        mapped = await mirror.map_products(page)
        met.update(mapped.ids)
        for path in [] if mirror.client.has_global_variations else _variation_lists(mapped.facts):
            async for difference in _variation_drift(mirror, path):
                yield difference
        for difference in await _compare_products(mirror, mapped.facts):
            yield difference
    for product_id in await _not_met(mirror, met):
        yield Difference(kind=DriftKind.EXTRA, product_id=product_id, field="id", mirror=str(product_id))


def _variation_lists(facts: Sequence[ProductFacts]) -> list[str]:
    return [f"products/{fact.product.id}/variations" for fact in facts if fact.product.kind is Kind.VARIABLE]


async def _variation_drift(mirror: Mirror, path: str) -> AsyncIterator[Difference]:
    async for page in mirror.client.pages(path, LISTS["variations"]):
        for difference in await _compare_variations(mirror, (await mirror.map_variations(page)).facts):
            yield difference


async def repair(mirror: Mirror, differences: Sequence[Difference], counts: Counts) -> int:
    """Reads every product that differs again and writes it whatever its hash says; returns how many products that were."""
    product_ids = sorted({difference.product_id for difference in differences})
    for start in range(0, len(product_ids), _REPAIRED_AT_ONCE):
        await mirror.read_products(product_ids[start : start + _REPAIRED_AT_ONCE], counts, force=True)
    return len(product_ids)


async def _compare_variations(mirror: Mirror, facts: Sequence[VariationFacts]) -> list[Difference]:
    async with mirror.pool.acquire() as db:
        stored = await sql.variants(db, [fact.variant.id for fact in facts])
        on_hand = await sql.on_hand(db, _items(facts))
    found: list[Difference] = []
    for fact in facts:
        ours = stored.get(fact.variant.id)
        if ours is not None:
            found += compare_variants(fact.variant, ours)
            found += _counts(fact.parent_id, fact.stock, on_hand)
    return found


async def _compare_products(mirror: Mirror, facts: Sequence[ProductFacts]) -> list[Difference]:
    ids = [fact.product.id for fact in facts]
    async with mirror.pool.acquire() as db:
        stored = _Stored(
            documents={product.id: product for _, product in await sql.documents(db, ids)},
            variants=await sql.variants_of(db, ids),
            on_hand=await sql.on_hand(db, _items(facts)),
            listings=await sql.listings(db, ids),
        )
    at = mirror.clock()
    return [
        difference for fact in facts for difference in list(_product_drift(fact, stored)) or list(_listing_drift(fact.product, stored, at))
    ]


class _Stored(NamedTuple):
    """The mirror's side of a page of products."""

    documents: Mapping[ProductId, Product]
    variants: Mapping[ProductId, Sequence[Variant]]
    on_hand: Mapping[StockItemId, int]
    listings: Mapping[ProductId, sql.Listing]


def _product_drift(fact: ProductFacts, stored: _Stored) -> Iterator[Difference]:
    shop, mirror = fact.product, stored.documents.get(fact.product.id)
    if mirror is None:
        yield Difference(kind=DriftKind.MISSING, product_id=shop.id, field="id", shop=str(shop.id))
        return
    yield from compare_products(shop, mirror)
    yield from _counts(shop.id, fact.stock, stored.on_hand)
    variants = {variant.id: variant for variant in stored.variants[shop.id]}
    named = fact.variation_ids if shop.kind is Kind.VARIABLE else [variant.id for variant in shop.variants]
    yield from compare_sets(shop.id, named, list(variants))
    for theirs in shop.variants:
        if theirs.id in variants:
            yield from compare_variants(theirs, variants[theirs.id])
    yield from _document_drift(_assembled(mirror, stored), mirror)


def _assembled(product: Product, stored: _Stored) -> Product:
    """Of what is stored of its variants."""
    variants = stored.variants[product.id]
    return assemble(product, variants) if product.kind is Kind.VARIABLE else msgspec.structs.replace(product, variants=tuple(variants))


def _listing_drift(shop: Product, stored: _Stored, at: datetime) -> Iterator[Difference]:
    """What listings sort and filter by follows from the product. A price whose time has just come is repriced in a moment."""
    due, there = product_row(_assembled(shop, stored), left={}, at=at, digest=b"", version=0), stored.listings[shop.id]
    pending = there.price_until is not None and there.price_until <= at
    for field in sql.Listing._fields:
        theirs, ours = getattr(due, field), getattr(there, field)
        if theirs != ours and not (pending and field.startswith("price_")):
            yield difference_of_listing(shop.id, field, theirs, ours)


def _document_drift(assembled: Product, mirror: Product) -> Iterator[Difference]:
    """A document must hold exactly the variants that are stored and offered."""
    prepared = {variant.id: variant for variant in mirror.variants}
    yield from compare_sets(mirror.id, [variant.id for variant in assembled.variants], list(prepared))
    for variant in assembled.variants:
        if variant.id in prepared:
            yield from compare_variants(variant, prepared[variant.id])


def _counts(product_id: ProductId, stock: StockFact | None, on_hand: Mapping[StockItemId, int]) -> Iterator[Difference]:
    if stock is not None:
        yield from compare_counts(product_id, {stock.item: stock.on_hand}, on_hand)


def _items(facts: Sequence[ProductFacts] | Sequence[VariationFacts]) -> list[StockItemId]:
    return [fact.stock.item for fact in facts if fact.stock is not None]


async def _not_met(mirror: Mirror, met: set[int]) -> list[int]:
    """Products that no page held and that the shop, asked for by number, does not have."""
    rows = await mirror.pool.fetch("select id from product where deleted_at is null and id <> all($1::bigint[]) order by id", list(met))
    return [row[0] for row in rows if not await mirror.is_in_shop(row[0])]
