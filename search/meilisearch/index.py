"""The SearchIndex's side of Meilisearch: writes, and generations that take the place of one another."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Final

import msgspec

from search.limits import check_batch
from search.meilisearch.administration import Administration
from search.meilisearch.connection import Connection, NotThere
from search.meilisearch.engine import MeilisearchEngine
from search.meilisearch.settings import differences, index_settings
from search.meilisearch.shape import Indexed, indexed
from search.meilisearch.state import STATE_ID, State, late_index, read_state, state_index
from search.meilisearch.stored import hashes_after
from search.types import DocumentHash, IndexStatus, SearchDocument, SearchSettings
from spoina.clock import Clock
from spoina.errors import Busy
from spoina.ids import ProductId

_LATE_AT_ONCE: Final = 500
_HEARTBEAT_SECONDS: Final = 60


class EnqueuedTask(msgspec.Struct, frozen=True, rename="camel"):
    task_uid: int


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a product while a generation was being built; None: it was deleted."""

    id: ProductId
    product: Indexed | None


class _LatePage(msgspec.Struct, frozen=True):
    results: list[Late]


_TASK: Final = msgspec.json.Decoder(EnqueuedTask)
_LATE: Final = msgspec.json.Decoder(_LatePage)


class MeilisearchIndex:
    """SearchIndex. Meilisearch works off its tasks in their order, so what was written last is what is found.

    A generation is built in an index of its own and takes the live one's place in one swap. Whoever writes meanwhile also notes it in the
    "late" index, which the builder applies before and after the swap.
    """

    def __init__(self, connection: Connection, administration: Administration, engine: MeilisearchEngine, index: str, clock: Clock) -> None:
        self._connection, self._administration, self._engine = connection, administration, engine
        self._index, self._clock = index, clock
        self._ready = False

    async def upsert(self, documents: Sequence[SearchDocument]) -> None:
        check_batch(len(documents))
        if not documents:
            return
        await self._prepare()
        state = await self._state()
        products = [indexed(document) for document in documents]
        if state.building is not None:
            await self._add(late_index(self._index), [Late(id=product.id, product=product) for product in products])
        await self._add(self._index, products)

    async def delete(self, ids: Sequence[ProductId]) -> None:
        check_batch(len(ids))
        if not ids:
            return
        await self._prepare()
        state = await self._state()
        if state.building is not None:
            await self._add(late_index(self._index), [Late(id=product_id, product=None) for product_id in ids])
        await self._administration.delete_documents(self._index, ids)

    async def rebuild(self, batches: AsyncIterable[Sequence[SearchDocument]]) -> IndexStatus:
        await self._prepare()
        begun = await self._begin()
        fresh = str(begun.building)
        try:
            await self._fill(fresh, batches)
            await self._apply_late(fresh)
            state = await self._own_build(fresh)
            await self._administration.swap(self._index, fresh)
        except BaseException:
            await self._give_up(fresh)
            raise
        done = State(generation=state.generation + 1, built_at=self._clock(), words=state.words)
        await self._write_state(done)
        await self._apply_late(self._index)
        await self._clear(fresh)
        return await self._engine.status()

    async def hashes(self, after: ProductId | None = None, limit: int = 1000) -> tuple[DocumentHash, ...]:
        check_batch(limit)
        return tuple(await hashes_after(self._connection, self._index, after, limit))

    async def configure(self, settings: SearchSettings) -> None:
        await self._prepare()
        await self._write_state(msgspec.structs.replace(await self._state(), words=settings))
        await self._put_right(self._index, settings)

    async def _prepare(self) -> None:
        """The live index is there and set as this version wants it."""
        if self._ready:
            return
        for uid in (self._index, state_index(self._index)):
            await self._administration.ensure_index(uid)
        await self._put_right(self._index, (await self._state()).words)
        self._ready = True

    async def _put_right(self, uid: str, words: SearchSettings) -> None:
        wrong = differences(await self._administration.settings(uid), index_settings(words))
        if wrong:
            await self._administration.set_settings(uid, wrong)

    async def _begin(self) -> State:
        state, now = await self._state(), self._clock()
        if state.is_being_built(now):
            raise Busy("search index", "another generation is being built")
        if state.building is not None:
            await self._clear(state.building)
        await self._administration.ensure_index(late_index(self._index))
        # The moment is part of the name: a builder that was taken for dead and wakes up fills an index that nobody uses.
        fresh = f"{self._index}-{state.generation + 1}-{int(now.timestamp())}"
        begun = msgspec.structs.replace(state, building=fresh, building_seen=now)
        await self._write_state(begun)
        await self._administration.ensure_index(fresh)
        await self._administration.set_settings(fresh, index_settings(state.words))
        return begun

    async def _fill(self, fresh: str, batches: AsyncIterable[Sequence[SearchDocument]]) -> None:
        """The next batch is read and sent while Meilisearch takes in the one before it."""
        seen = self._clock()
        taken_in: int | None = None
        async for batch in batches:
            check_batch(len(batch))
            sent = await self._enqueue(fresh, [indexed(document) for document in batch]) if batch else None
            if taken_in is not None:
                await self._administration.finished(taken_in)
            taken_in = sent
            if (self._clock() - seen).total_seconds() >= _HEARTBEAT_SECONDS:
                seen = self._clock()
                await self._write_state(msgspec.structs.replace(await self._own_build(fresh), building_seen=seen))
        if taken_in is not None:
            await self._administration.finished(taken_in)

    async def _own_build(self, fresh: str) -> State:
        """Raises Busy where another builder has taken over."""
        state = await self._state()
        if state.building != fresh:
            raise Busy("search index", "another generation was begun, because this one was taken for dead")
        return state

    async def _give_up(self, fresh: str) -> None:
        state = await self._state()
        if state.building == fresh:
            await self._write_state(msgspec.structs.replace(state, building=None, building_seen=None))
            await self._administration.drop(late_index(self._index))
        await self._administration.drop(fresh)

    async def _clear(self, leftover: str) -> None:
        await self._administration.drop(leftover)
        await self._administration.drop(late_index(self._index))

    async def _apply_late(self, uid: str) -> None:
        async for page in self._late():
            changed = [late.product for late in page if late.product is not None]
            deleted = [late.id for late in page if late.product is None]
            if changed:
                await self._add(uid, changed)
            if deleted:
                await self._administration.delete_documents(uid, deleted)

    async def _late(self) -> AsyncIterator[Sequence[Late]]:
        offset = 0
        while page := await self._late_page(offset):
            yield page
            offset += len(page)

    async def _late_page(self, offset: int) -> Sequence[Late]:
        body = {"limit": _LATE_AT_ONCE, "offset": offset}
        try:
            return (await self._connection.post(f"/indexes/{late_index(self._index)}/documents/fetch", body, _LATE)).results
        except NotThere:
            return ()

    async def _add(self, uid: str, documents: Sequence[object]) -> None:
        """Raises IndexTaskFailed where Meilisearch cannot keep them."""
        await self._administration.finished(await self._enqueue(uid, documents))

    async def _enqueue(self, uid: str, documents: Sequence[object]) -> int:
        return (await self._connection.post(f"/indexes/{uid}/documents?primaryKey=id", documents, _TASK)).task_uid

    async def _state(self) -> State:
        return await read_state(self._connection, self._index)

    async def _write_state(self, state: State) -> None:
        await self._add(state_index(self._index), [msgspec.structs.replace(state, id=STATE_ID)])
        self._engine.forget_state()
