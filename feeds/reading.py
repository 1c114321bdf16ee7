"""The catalogue and its stock as one moment saw them: documents in the order of their products, what may be sold of each item, and what
has changed since an earlier moment."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

import msgspec

from feeds.frame import FRAME_VERSION, Frame, load_frame
from feeds.items import Left
from feeds.records import Seen
from feeds.sources import SourceProduct, decode_source
from spoina.catalog.assembly import CHANNEL
from spoina.db import Connection, Pool
from spoina.ids import Channel, StockItemId
from spoina.inventory.offers import POS, ChannelRules
from spoina.inventory.shelves import read_shelves

DOCUMENTS_AT_ONCE = 200
Answer = TypeVar("Answer")
_ROUNDS = 2
"""Of the event loop: in the first a question is asked, at whose end it is sent."""

_DOCUMENTS = f"""
select d.body from product p join product_document d on d.product_id = p.id
where p.published and p.deleted_at is null and d.channel = '{CHANNEL}' and d.language = $1
"""  # noqa: S608 - made of constants
_ALL = f"{_DOCUMENTS} order by p.id"
_SOME = f"{_DOCUMENTS} and p.id = any($2::bigint[]) and d.product_id = any($2::bigint[]) order by p.id"
"""Twice what joins them: the planner would read all documents of a small catalogue otherwise."""
_LEFT = "select item_id, left_over from online_stock where item_id = any($1::bigint[])"
_MOMENT = f"""
select (select coalesce(max(version), 0) from product) as catalog_version, (select system_identifier from pg_control_system()) as
database_id,
    pg_snapshot_xmin(pg_current_snapshot())::text::bigint as stock_horizon, ({FRAME_VERSION}) as frame_version
"""  # noqa: S608 - made of constants

# Every change of a row of stock is a new version of that row, and PostgreSQL notes the transaction that wrote it (xmin). Those from the
# horizon on may not have been seen; looking through all of stock for them takes less than keeping a list of changes would, on every hold.
# As an array, because the planner expects a third of all stock to have changed and would read every variant for it.
_MOVED = "select product_id from variant where stock_item = any(array(select item_id from stock where {}))"
_CHANGED = f"""
select id from product where version > $1
union select id from product where price_until <= $2
union {_MOVED.format("age(xmin) <= age((($3 % 4294967296)::text)::xid)")}
"""  # noqa: S608 - made of constants
_SCARCE = _MOVED.format("scarce_since is not null")
_COME_OF_AGE = "select id from product where created_at > $1 and created_at <= $2"


@asynccontextmanager
async def meanwhile(question: Coroutine[Any, Any, Answer]) -> AsyncIterator["asyncio.Task[Answer]"]:
    """It is on its way while the block does something else; and no longer asked once the block has ended."""
    asked = asyncio.create_task(question)
    for _ in range(_ROUNDS):
        await asyncio.sleep(0)
    try:
        yield asked
    finally:
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


class Batch(msgspec.Struct, frozen=True, gc=False):
    products: list[SourceProduct]
    left: Left


class _Asked(NamedTuple):
    products: list[SourceProduct]
    left: "asyncio.Task[Left]"

    async def batch(self) -> Batch:
        return Batch(self.products, await self.left)


class Catalogue:
    """One moment. Whoever reads all of it reads with two connections: one for documents while the other looks up their stock."""

    def __init__(self, documents: Connection, second: "_Second", frame: Frame, seen: Seen) -> None:
        self._documents, self._second = documents, second
        self.frame, self._seen = frame, seen

    def seen(self, fingerprint: bytes) -> Seen:
        return msgspec.structs.replace(self._seen, fingerprint=fingerprint)

    @property
    def at(self) -> datetime:
        return self._seen.as_of

    async def batches(self, channel: Channel) -> AsyncGenerator[Batch, None]:
        """All that is published, in the order of the products' numbers."""
        second = await self._second.opened()
        cursor = await self._documents.cursor(_ALL, self.frame.shop.language)
        rules = ChannelRules(self.frame.stock, channel)
        rows = await cursor.fetch(DOCUMENTS_AT_ONCE)
        before: _Asked | None = None
        asked: list[asyncio.Task[Any]] = []
        try:
            while rows:
                ahead = asyncio.create_task(cursor.fetch(DOCUMENTS_AT_ONCE))
                products = [decode_source(row[0]) for row in rows]
                done = await before.batch() if before is not None else None
                before = _Asked(products, asyncio.create_task(_left(second, products, rules, self.at)))
                asked = [ahead, before.left]
                await asyncio.sleep(0)  # both questions are on their way before the batch before is rendered
                if done is not None:
                    yield done
                rows = await ahead
            if before is not None:
                yield await before.batch()
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def some(self, ids: Sequence[int], channel: Channel) -> AsyncGenerator[Batch, None]:
        """Those of the products that are published, in order."""
        rules, language = ChannelRules(self.frame.stock, channel), self.frame.shop.language
        asked: asyncio.Task[Any] | None = None
        try:
            for start in range(0, len(ids), DOCUMENTS_AT_ONCE):
                rows = await (asked or self._documents.fetch(_SOME, language, ids[start : start + DOCUMENTS_AT_ONCE]))
                products = [decode_source(row[0]) for row in rows]
                left = await _left(self._documents, products, rules, self.at)
                if following := ids[start + DOCUMENTS_AT_ONCE : start + 2 * DOCUMENTS_AT_ONCE]:
                    asked = asyncio.create_task(self._documents.fetch(_SOME, language, following))
                    await asyncio.sleep(0)  # the question is on its way before the batch is rendered
                yield Batch(products, left)
        finally:
            if asked is not None:
                asked.cancel()
                await asyncio.gather(asked, return_exceptions=True)

    async def changed_since(self, seen: Seen, ages: Iterable[int]) -> list[int]:
        """Products whose item may be another now, in order; `ages`: the days at which a product passes a filter."""
        found = {row[0] for row in await self._documents.fetch(_CHANGED, seen.catalog_version, self.at, seen.stock_horizon)}
        if self.frame.stock.shares is not None:
            found.update(row[0] for row in await self._documents.fetch(_SCARCE))
        for days in ages:
            age = timedelta(days=days)
            found.update(row[0] for row in await self._documents.fetch(_COME_OF_AGE, seen.as_of - age, self.at - age))
        return sorted(found)


async def _left(db: Connection, products: Sequence[SourceProduct], rules: ChannelRules, at: datetime) -> Left:
    items = [item for product in products for variant in product.variants if (item := variant.stock.item) is not None]
    if not items:
        return {}
    if not rules.ruled and rules.channel != POS:
        return {row[0]: row[1] for row in await db.fetch(_LEFT, items)}
    shelves = await read_shelves(db, items)
    counted = ((item, rules.left(StockItemId(item), found, at)) for item, found in shelves.items())
    return {item: units for item, units in counted if units is not None}


class _Second:
    """Another connection that sees the same moment as the first; opened only when somebody needs it."""

    def __init__(self, pool: Pool, first: Connection, stack: AsyncExitStack) -> None:
        self._pool, self._first, self._stack = pool, first, stack

    async def opened(self) -> Connection:
        snapshot = await self._first.fetchval("select pg_export_snapshot()")
        second = await self._stack.enter_async_context(self._pool.acquire())
        await self._stack.enter_async_context(_transaction(second))
        await second.execute(f"set transaction snapshot '{snapshot}'")
        return second


@asynccontextmanager
async def open_catalogue(pool: Pool, at: datetime, first: Connection | None = None, known: Frame | None = None) -> AsyncIterator[Catalogue]:
    """`first`: a connection to read with, otherwise one is taken from the pool. `known`: the frame of another moment of the same server,
    taken over where it still holds. Raises NotFound before the first synchronisation."""
    async with AsyncExitStack() as stack:
        documents: Connection = first if first is not None else await stack.enter_async_context(pool.acquire())
        await stack.enter_async_context(_transaction(documents))
        facts = dict(await documents.fetchrow(_MOMENT) or {})
        version = facts.pop("frame_version", None)
        frame = known if known is not None and known.version == version else await load_frame(documents, version)
        yield Catalogue(documents, _Second(pool, documents, stack), frame, Seen(fingerprint=b"", as_of=at, **facts))


def _transaction(db: Connection) -> AbstractAsyncContextManager[Any]:
    transaction: AbstractAsyncContextManager[Any] = db.transaction(isolation="repeatable_read", readonly=True)
    return transaction
