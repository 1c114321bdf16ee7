"""The full pass: every variation, then every product, streamed page by page; an import when the mirror is empty, a sweep when it is not.

Unchanged items are recognised by their content hash and only confirmed. What the pass did not meet is asked for by number and, if the
shop does
not have it, removed. A pass that was killed goes on at the page it had reached: the cursor names its stage, page and beginning.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from channels.woocommerce.client import Page
from channels.woocommerce.mirror import FULL_LIST, PER_PAGE, SOURCE, Mapped, Mirror
from spoina.catalog.facts import ProductFacts, VariationFacts
from spoina.clock import Clock
from spoina.db import Pool
from spoina.sync import quarantine, runs
from spoina.sync.runs import Counts
from spoina.sync.types import Progress, ReportProgress

CURSOR = "woocommerce.pass"
_SAVE_EVERY_PAGES = 5
_ASK_AT_ONCE = 50

_NOT_MET = """
select id from product where deleted_at is null and as_of < $1 and id > $2 order by id limit $3
"""


class Place(msgspec.Struct, frozen=True):
    """Where a pass stands: everything before `page` of `stage` is stored."""

    started_at: datetime
    stage: str
    page: int


_Facts = TypeVar("_Facts", ProductFacts, VariationFacts)
_Map = Callable[[Page], Awaitable[Mapped[_Facts]]]
_Store = Callable[[Mapped[_Facts], Counts], Coroutine[Any, Any, None]]

_STAGES = ("variations", "products", "missing")


class FullPass:
    """Runs one pass. `report` hears of progress, `beat` is awaited after each page; `counts` is kept current for whoever records the
    run."""

    def __init__(self, mirror: Mirror, counts: Counts, report: ReportProgress, beat: Callable[[], Awaitable[None]]) -> None:
        self._mirror, self._counts, self._report, self._beat = mirror, counts, report, beat
        self._pool: Pool = mirror.pool
        self._clock: Clock = mirror.clock

    async def run(self) -> datetime:
        """Returns when the pass began: whatever the shop has was read after that moment."""
        place = await self._resume()
        for stage in _STAGES[_STAGES.index(place.stage) :]:
            start_page = place.page if stage == place.stage else 1
            await self._run_stage(stage, start_page, place.started_at)
        await runs.drop_cursor(self._pool, CURSOR)
        return place.started_at

    async def _resume(self) -> Place:
        text = await runs.cursor(self._pool, CURSOR)
        if text is not None:
            return msgspec.json.decode(text, type=Place)
        return Place(self._clock(), "variations", 1)

    async def _run_stage(self, stage: str, start_page: int, started_at: datetime) -> None:
        if stage == "missing":
            await self._ask_for_missing(started_at)
        elif stage == "products":
            await self._stream("products", start_page, started_at, self._mirror.map_products, self._mirror.store_products)
        elif self._mirror.client.has_global_variations:
            await self._stream("variations", start_page, started_at, self._mirror.map_variations, self._mirror.store_variations)

    async def _stream(self, stage: str, start_page: int, started_at: datetime, map_page: _Map[_Facts], store: _Store[_Facts]) -> None:
        """Three things at once: pages on their way, one page being mapped, the page before it being written. Pages are written in order."""
        number = start_page
        writing: asyncio.Task[None] | None = None
        try:
            async for page in self._mirror.client.pages(stage, FULL_LIST, start_page=start_page):
                mapped = await map_page(page)
                if writing is not None:
                    await writing
                    await self._passed(stage, number, started_at, page)
                    number += 1
                writing = asyncio.create_task(store(mapped, self._counts))
            if writing is not None:
                await writing
        finally:
            if writing is not None:
                writing.cancel()
        await self._save(Place(started_at, _STAGES[_STAGES.index(stage) + 1], 1))

    async def _passed(self, stage: str, number: int, started_at: datetime, page: Page) -> None:
        self._report(Progress(stage=stage, done=number * PER_PAGE, total=page.total))
        await self._beat()
        if number % _SAVE_EVERY_PAGES == 0:
            await self._save(Place(started_at, stage, number + 1))

    async def _save(self, place: Place) -> None:
        await runs.save_cursor(self._pool, CURSOR, msgspec.json.encode(place).decode(), self._clock())

    async def _ask_for_missing(self, started_at: datetime) -> None:
        """A product that no page held may have slipped between two pages while the list moved, so it is asked for before it is removed."""
        async with self._pool.acquire() as db:
            kept = await quarantine.ids(db, SOURCE, "product")
        last = 0
        while rows := await self._pool.fetch(_NOT_MET, started_at, last, _ASK_AT_ONCE):
            numbers = [row[0] for row in rows]
            last = numbers[-1]
            await self._mirror.read_products([number for number in numbers if number not in kept], self._counts)
