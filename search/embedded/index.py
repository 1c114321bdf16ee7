"""Writing the embedded index: batches into the live generation, and whole new generations beside it.

A writer is opened for each batch and closed after it, so that several processes may write, one at a time; tantivy's own lock would keep a
second one out for as long as the first lives. Everything here blocks and runs in threads.
"""

import asyncio
from collections.abc import AsyncIterable, Callable, Sequence
from contextlib import ExitStack, closing
from datetime import datetime

from search.embedded.reader import Reader, hashes_of, status_of
from search.embedded.store import Store, writing
from search.embedded.writer import Changes, GenerationWriter
from search.limits import check_batch
from search.types import DocumentHash, IndexStatus, SearchDocument, SearchSettings
from spoina.errors import Busy, InvalidInput
from spoina.ids import ProductId

_BATCH_MEMORY, _BUILD_MEMORY = 16 * 1024 * 1024, 96 * 1024 * 1024
_NO_WAIT, _REBUILD_WAIT = 0.0, 5.0
"""Seconds: a batch does not wait for a rebuild, a rebuild does for a batch."""


class EmbeddedIndex:
    """See search/port.py. Where another process rebuilds, writing is refused as Busy: it would be missing in the new generation."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._reader = Reader(store)
        self._one_at_a_time = asyncio.Lock()
        self._since_rebuild_began: dict[ProductId, SearchDocument | None] | None = None

    async def upsert(self, documents: Sequence[SearchDocument]) -> None:
        check_batch(len(documents))
        await self._change({document.id: document for document in documents})

    async def delete(self, ids: Sequence[ProductId]) -> None:
        check_batch(len(ids))
        await self._change(dict.fromkeys(ids))

    async def rebuild(self, batches: AsyncIterable[Sequence[SearchDocument]]) -> IndexStatus:
        if self._since_rebuild_began is not None:
            raise Busy("search index", "it is being rebuilt already")
        with ExitStack() as held:
            async with self._one_at_a_time:
                await asyncio.to_thread(held.enter_context, self._store.lock("rebuild", wait=_REBUILD_WAIT))
                self._since_rebuild_began = {}
            try:
                await self._build(batches)
            finally:
                self._since_rebuild_began = None
        return await asyncio.to_thread(status_of, self._reader.snapshot())

    async def hashes(self, after: ProductId | None = None, limit: int = 1000) -> tuple[DocumentHash, ...]:
        check_batch(limit)
        if limit < 1:
            raise InvalidInput("limit", "at least 1")
        return await asyncio.to_thread(hashes_of, self._reader.snapshot(), after, limit)

    async def configure(self, settings: SearchSettings) -> None:
        await asyncio.to_thread(writing()(self._store.save_settings), settings)

    async def _change(self, changes: Changes) -> None:
        if not changes:
            return
        async with self._one_at_a_time:
            if self._since_rebuild_began is not None:
                self._since_rebuild_began |= changes
                await asyncio.to_thread(self._write_live, changes)
            else:
                await asyncio.to_thread(self._write_alone, changes)

    def _write_alone(self, changes: Changes) -> None:
        with self._store.lock("rebuild", shared=True, wait=_NO_WAIT):
            self._write_live(changes)

    @writing()
    def _write_live(self, changes: Changes) -> None:
        with self._store.lock("write"):
            current = self._store.current()
            if current is None:
                generation = self._store.next_generation()
                files = self._store.create(generation)
                self._store.make_current(generation, None)
            else:
                files = self._store.open(current.generation)
            with closing(GenerationWriter(files, _BATCH_MEMORY)) as writer:
                writer.apply(changes)
                writer.commit()

    async def _build(self, batches: AsyncIterable[Sequence[SearchDocument]]) -> None:
        generation = self._store.next_generation()
        writer = await asyncio.to_thread(self._start, generation)
        try:
            async for batch in batches:
                check_batch(len(batch))
                await asyncio.to_thread(writing()(writer.apply), {document.id: document for document in batch})
            async with self._one_at_a_time:
                await asyncio.to_thread(self._exchange, writer, generation)
        finally:
            await asyncio.to_thread(self._finish, writer)

    @writing()
    def _start(self, generation: int) -> GenerationWriter:
        return GenerationWriter(self._store.create(generation), _BUILD_MEMORY)

    @writing()
    def _exchange(self, writer: GenerationWriter, generation: int) -> None:
        """What was written since the building began comes last and holds."""
        writer.apply(self._since_rebuild_began or {})
        writer.commit()
        self._store.make_current(generation, self._clock())

    @writing()
    def _finish(self, writer: GenerationWriter) -> None:
        """A generation that was not exchanged is removed with what it holds."""
        writer.close()
        if (current := self._store.current()) is not None:
            self._store.tidy(current.generation)
