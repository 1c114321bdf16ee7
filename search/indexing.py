"""Keeps an index in step with the catalogue: whole from nothing, then by versions, and now and then compared document by document.

A product's new version is committed with the change that caused it, so whoever has indexed up to version n and reads what lies above it has
missed nothing, whoever died in between. Writing a document again does no harm.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import timedelta
from hashlib import blake2b

import asyncpg
import msgspec

from search.announcing import announce_search
from search.documents import document_of, is_searchable
from search.polish.analysis import Analysis
from search.port import SearchEngine, SearchIndex
from search.types import IndexStatus, SearchDocument
from spoina.catalog.assembly import CHANNEL, decode_product
from spoina.catalog.categories import CategoryTree
from spoina.catalog.snapshot import load_snapshot
from spoina.catalog.sql import stock_left
from spoina.catalog.types import Product
from spoina.clock import Clock
from spoina.db import Connection, Pool
from spoina.errors import IndexUnreadable
from spoina.ids import ProductId, StockItemId

AT_ONCE = 500
CHECK_EVERY = timedelta(hours=24)

_STATE = "select version, categories, checked_at from search_index where name = $1"
_BEGIN = """
insert into search_index (name, version, categories) values ($1, $2, $3)
on conflict (name) do update set version = excluded.version, categories = excluded.categories
"""
_MOVE = "update search_index set version = $2 where name = $1"
_CHECKED = "update search_index set checked_at = $2, categories = $3 where name = $1"
_HEAD = "select coalesce(max(version), 0) from product"
_DOCUMENT = """
select p.id, p.version, case when p.deleted_at is null and p.published then d.body end as body
from product p left join product_document d
    on d.product_id = p.id and d.channel = $1 and d.language = (select language from shop)
"""
_ALL = f"{_DOCUMENT} where p.deleted_at is null and p.published and p.id > $2 order by p.id limit $3"
# Whole versions, since they are what is remembered: one may be as large as an imported page.
_CHANGED = f"""
{_DOCUMENT} where p.version > $2 and p.version <= (
    select max(version) from (select version from product where version > $2 order by version, id limit $3) as next
) order by p.version, p.id
"""  # noqa: S608


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """`missing` have no document, `stale` another one, `superfluous` should have none."""

    compared: int
    missing: tuple[ProductId, ...] = ()
    stale: tuple[ProductId, ...] = ()
    superfluous: tuple[ProductId, ...] = ()

    @property
    def none(self) -> bool:
        return not (self.missing or self.stale or self.superfluous)


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`version` is the catalogue's that the index has followed to; None: it was never built. `behind`: versions still to come."""

    version: int | None
    behind: int
    categories_changed: bool


class Indexer:
    """Writes one index, and says so in every process. `name` tells indexes apart that follow the same catalogue."""

    def __init__(self, pool: Pool, engine: SearchEngine, index: SearchIndex, analysis: Analysis, clock: Clock, name: str) -> None:
        self._pool, self._engine, self._index = pool, engine, index
        self._analysis, self._clock, self._name = analysis, clock, name

    async def progress(self) -> Progress:
        row = await self._pool.fetchrow(_STATE, self._name)
        head = await self._pool.fetchval(_HEAD)
        if row is None:
            return Progress(version=None, behind=head, categories_changed=False)
        changed = row["categories"] != digest_of((await load_snapshot(self._pool)).categories)
        return Progress(version=row["version"], behind=max(0, head - row["version"]), categories_changed=changed)

    async def is_built(self) -> bool:
        """False also where the index itself was lost, cannot be read any more, or is one of another version of the program."""
        known = await self._pool.fetchval("select exists (select from search_index where name = $1)", self._name)
        try:
            return bool(known) and await self._engine.built_at() is not None
        except IndexUnreadable:
            return False

    async def build(self) -> IndexStatus:
        """From nothing, beside the live one. Raises Busy, SearchUnavailable, IndexTaskFailed."""
        tree = (await load_snapshot(self._pool)).categories
        version = await self._pool.fetchval(_HEAD)
        status = await self._index.rebuild(self._everything(tree))
        await self._pool.execute(_BEGIN, self._name, version, digest_of(tree))
        await self._pool.execute(_CHECKED, self._name, self._clock(), digest_of(tree))
        await announce_search(self._pool)
        return status

    async def follow(self) -> int:
        """Indexes what changed since the last time; returns how many products that were. Raises as `build` does."""
        followed = 0
        tree = (await load_snapshot(self._pool)).categories
        while rows := await self._changed():
            await self._write(rows, tree)
            await self._pool.execute(_MOVE, self._name, rows[-1]["version"])
            await announce_search(self._pool)
            followed += len(rows)
        return followed

    async def drift(self) -> Drift:
        """Compares every document with the one that the catalogue makes now; changes nothing."""
        tree = (await load_snapshot(self._pool)).categories
        missing, stale, compared = [], [], 0
        indexed = await self._hashes()
        async for batch in self._everything(tree):
            compared += len(batch)
            for document in batch:
                known = indexed.pop(document.id, None)
                if known is None:
                    missing.append(document.id)
                elif known != document.hash:
                    stale.append(document.id)
        return Drift(compared=compared, missing=tuple(missing), stale=tuple(stale), superfluous=tuple(indexed))

    async def repair(self, drift: Drift) -> None:
        """Writes what differed again, from what the catalogue holds by now."""
        tree = (await load_snapshot(self._pool)).categories
        wrong = [*drift.missing, *drift.stale, *drift.superfluous]
        for start in range(0, len(wrong), AT_ONCE):
            ids = wrong[start : start + AT_ONCE]
            rows = await self._pool.fetch(f"{_DOCUMENT} where p.id = any($2::bigint[])", CHANNEL, ids)
            await self._write(rows, tree)
            gone = set(ids) - {row["id"] for row in rows}
            await self._index.delete([ProductId(number) for number in gone])
        await self._pool.execute(_CHECKED, self._name, self._clock(), digest_of(tree))
        if wrong:
            await announce_search(self._pool)

    async def is_due(self) -> bool:
        """Whether it is time to compare: a day has passed, or categories were renamed or moved."""
        row = await self._pool.fetchrow(_STATE, self._name)
        if row is None or row["checked_at"] is None or self._clock() - row["checked_at"] >= CHECK_EVERY:
            return True
        return bool(row["categories"] != digest_of((await load_snapshot(self._pool)).categories))

    async def _changed(self) -> list[asyncpg.Record]:
        version = (await self._pool.fetchrow(_STATE, self._name) or {"version": 0})["version"]
        return await self._pool.fetch(_CHANGED, CHANNEL, version, AT_ONCE)

    async def _write(self, rows: Sequence[asyncpg.Record], tree: CategoryTree) -> None:
        products = [product for row in rows if row["body"] is not None and is_searchable(product := decode_product(row["body"]))]
        async with self._pool.acquire() as db:
            documents = await self._documents(db, products, tree)
        kept = {product.id for product in products}
        for start in range(0, len(documents), AT_ONCE):
            await self._index.upsert(documents[start : start + AT_ONCE])
        await self._index.delete([ProductId(row["id"]) for row in rows if row["id"] not in kept])

    async def _everything(self, tree: CategoryTree) -> AsyncIterator[Sequence[SearchDocument]]:
        after = 0
        while rows := await self._pool.fetch(_ALL, CHANNEL, after, AT_ONCE):
            products = [decode_product(row["body"]) for row in rows if row["body"] is not None]
            async with self._pool.acquire() as db:
                yield await self._documents(db, [each for each in products if is_searchable(each)], tree)
            after = rows[-1]["id"]

    async def _documents(self, db: Connection, products: Sequence[Product], tree: CategoryTree) -> list[SearchDocument]:
        left, at = await stock_left(db, _items(products)), self._clock()
        return [document_of(product, tree, self._analysis, left=left, at=at) for product in products]

    async def _hashes(self) -> dict[ProductId, str]:
        found: dict[ProductId, str] = {}
        after: ProductId | None = None
        while page := await self._index.hashes(after, AT_ONCE):
            found.update((each.id, each.hash) for each in page)
            after = page[-1].id
        return found


def digest_of(tree: CategoryTree) -> bytes:
    """Of what documents hold of it: names and who lies in whom."""
    facts: list[tuple[object, ...]] = [(each.id, each.title, each.parent_id) for each in tree]
    return blake2b(msgspec.msgpack.encode(sorted(facts, key=repr)), digest_size=16).digest()


def _items(products: Iterable[Product]) -> list[StockItemId]:
    return list({variant.stock.item for product in products for variant in product.variants if variant.stock.item is not None})
