"""The full pass: every variation, then every product, streamed page by page; an import when the mirror is empty, a sweep when it is not.
A shop with the companion plugin is read by its export, without pages; should that fail, the stage begins again with the lists.

Unchanged items are recognised by their content hash and only confirmed. What the pass did not meet is asked for by number and, if the shop
does not have it, removed. A pass that was killed goes on at the page it had reached: the cursor names its stage, page and beginning.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from channels.woocommerce.client import Page
from channels.woocommerce.exporting import Export, Lane
from channels.woocommerce.mirror import LISTS, PER_PAGE, SOURCE, Mapped, Mirror
from spoina.catalog.facts import ProductFacts, VariationFacts
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import SourceError
from spoina.sync import quarantine, runs
from spoina.sync.runs import Counts
from spoina.sync.types import Progress, ReportProgress

CURSOR = "woocommerce.pass"
_SAVE_EVERY_PAGES = 5
_ASK_AT_ONCE = 50

_NOT_MET = """
select id from (
    select p.id from product p where p.deleted_at is null and p.as_of < $1 and not exists (
        select from quarantine q where q.source = $2 and q.kind = 'product' and q.external_id = p.id and q.last_at >= $1
    )
    union
    select q.external_id from quarantine q where q.source = $2 and q.kind = 'product' and q.last_at < $1
) as not_met
where id > $3 order by id limit $4
"""


class Place(msgspec.Struct, frozen=True):
    """Where a pass stands: everything before `page` of `stage` is stored. `total`: how long the list was when the last page was read.
    `lanes`: of the export, where it is read by that; its pages are batches then."""

    started_at: datetime
    stage: str
    page: int
    total: int | None = None
    lanes: tuple[Lane, ...] = ()


_Facts = TypeVar("_Facts", ProductFacts, VariationFacts)
_Map = Callable[[Page], Awaitable[Mapped[_Facts]]]
_Store = Callable[[Mapped[_Facts], Counts], Coroutine[Any, Any, None]]

_log = logging.getLogger(__name__)
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
            await self._run_stage(place if stage == place.stage else Place(place.started_at, stage, 1))
        await runs.drop_cursor(self._pool, CURSOR)
        return place.started_at

    async def _resume(self) -> Place:
        text = await runs.cursor(self._pool, CURSOR)
        if text is not None:
            return msgspec.json.decode(text, type=Place)
        return Place(self._clock(), "variations", 1)

    async def _run_stage(self, place: Place) -> None:
        mirror, has_all_variations = self._mirror, self._mirror.client.has_global_variations
        if place.stage == "missing":
            await self._settle_missing(place.started_at)
        elif place.stage == "products":
            await self._read(place, mirror.map_products, mirror.store_products if has_all_variations else mirror.store_families)
        elif has_all_variations:
            await self._read(place, mirror.map_variations, mirror.store_variations)

    async def _read(self, place: Place, map_page: _Map[_Facts], store: _Store[_Facts]) -> None:
        if self._mirror.client.has_companion and (place.lanes or place.page == 1):
            try:
                await self._export(place, map_page, store)
                return
            except SourceError as failure:
                _log.warning("the companion plugin's export of %s failed, so the lists are read: %s", place.stage, failure)
        await self._stream(Place(place.started_at, place.stage, 1) if place.lanes else place, map_page, store)

    async def _export(self, place: Place, map_page: _Map[_Facts], store: _Store[_Facts]) -> None:
        """Batches on their way, one being mapped, the one before it being written."""
        export = Export(self._mirror.client, place.stage, self._clock)
        if not place.lanes:
            lanes, total = await export.lanes(self._mirror.client.concurrency)
            place = replace(place, lanes=lanes, total=total)
        writing: asyncio.Task[None] | None = None
        try:
            async with aclosing(export.batches(place.lanes)) as batches:
                async for batch in batches:
                    mapped = await map_page(batch.page)
                    if writing is not None:
                        await writing
                        await self._passed(place)
                    writing = asyncio.create_task(store(mapped, self._counts))
                    place = replace(place, page=place.page + 1, lanes=batch.lanes)
            if writing is not None:
                await writing
        finally:
            if writing is not None:
                writing.cancel()
        await self._save(self._next(place))

    def _next(self, place: Place) -> Place:
        return Place(place.started_at, _STAGES[_STAGES.index(place.stage) + 1], 1)

    async def _stream(self, place: Place, map_page: _Map[_Facts], store: _Store[_Facts]) -> None:
        """Three things at once: pages on their way, one page being mapped, the page before it being written. Pages are written in order."""
        writing: asyncio.Task[None] | None = None
        try:
            async for page in self._mirror.client.pages(place.stage, LISTS[place.stage], start_page=place.page):
                mapped = await map_page(page)
                if writing is not None:
                    await writing
                    await self._passed(place)
                if _is_shorter(page.total, place.total):
                    await self._read_again(place, map_page, store)
                writing = asyncio.create_task(store(mapped, self._counts))
                place = Place(place.started_at, place.stage, page.number + 1, page.total)
            if writing is not None:
                await writing
        finally:
            if writing is not None:
                writing.cancel()
        if place.total is not None and place.total > (place.page - 1) * PER_PAGE:
            await self._read_again(place, map_page, store)
        await self._save(self._next(place))

    async def _read_again(self, place: Place, map_page: _Map[_Facts], store: _Store[_Facts]) -> None:
        """The list has become shorter since the last page: as many rows slipped onto pages that were read before, so those are read again,
        the last one first."""
        for number in range(place.page - 1, 0, -1):
            page = await self._mirror.client.get_page(place.stage, {**LISTS[place.stage], "page": number})
            await store(await map_page(page), self._counts)
            if page.total is None or place.total is None or place.total - page.total <= (place.page - number) * PER_PAGE:
                return

    async def _passed(self, place: Place) -> None:
        done = (place.page - 1) * PER_PAGE
        self._report(Progress(stage=place.stage, done=done if place.total is None else min(done, place.total), total=place.total))
        await self._beat()
        if (place.page - 1) % _SAVE_EVERY_PAGES == 0:
            await self._save(place)

    async def _save(self, place: Place) -> None:
        await runs.save_cursor(self._pool, CURSOR, msgspec.json.encode(place).decode(), self._clock())

    async def _settle_missing(self, started_at: datetime) -> None:
        """What no page held. A product may have slipped between two pages while the list moved, so it is asked for before it is removed."""
        last = -1
        while rows := await self._pool.fetch(_NOT_MET, started_at, SOURCE, last, _ASK_AT_ONCE):
            numbers = [row[0] for row in rows]
            last = numbers[-1]
            await self._mirror.read_products(numbers, self._counts)
        await self._mirror.catalog.remove_unowned_variants(started_at)
        await quarantine.clear_unseen(self._pool, SOURCE, ["variation"], started_at)


def _is_shorter(total: int | None, before: int | None) -> bool:
    return total is not None and before is not None and total < before
