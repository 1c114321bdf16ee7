"""Coupons taken over: all of them by the full pass, the changed and the longest unread ones by each poll, single ones on a hint.

WooCommerce moves no date when a coupon is used, and its list has no trash. So each poll also reads again those that were read longest ago:
up to a hundred coupons are current with every poll, of more a hundred at a time. A key that may not read coupons changes nothing: what is
known stays, and quarantine says why.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from channels.woocommerce.client import Page
from channels.woocommerce.mapping.coupons import map_coupon
from channels.woocommerce.mirror import LISTS, PER_PAGE, SOURCE, Mirror, glances
from channels.woocommerce.payloads import Unmappable, items_of
from channels.woocommerce.polling import follow
from spoina.db import transaction
from spoina.errors import SourceMalformed, SourceMissing, SourceRefused
from spoina.sync import quarantine
from spoina.sync.runs import Counts
from spoina.sync.types import Quarantined
from spoina.terms import sql
from spoina.terms.types import CouponFacts

KIND: Final = "coupon"
_ALL: Final = 0
"""Stands in quarantine for all coupons at once."""
_READ_AT_ONCE: Final = PER_PAGE
_TOMBSTONES_KEPT: Final = timedelta(days=1)
_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


class Coupons:
    """One shop's coupons as they are taken over. A run counts products; of coupons it counts those that had to go to quarantine."""

    def __init__(self, mirror: Mirror, counts: Counts) -> None:
        self._mirror, self._counts = mirror, counts

    async def sweep(self) -> None:
        """Reads all. Raises SourceUnavailable."""
        began = self._mirror.clock()
        if await self._permitted(self._read_all):
            await self._read_those_not_met(began)
            await sql.forget_removed_coupons(self._mirror.pool, began - _TOMBSTONES_KEPT)
            await quarantine.clear_unseen(self._mirror.pool, SOURCE, [KIND], began)

    async def poll(self) -> None:
        """Raises SourceUnavailable."""
        if await self._permitted(self._follow):
            unread = await sql.coupons_not_read_since(self._mirror.pool, _END_OF_TIME, _READ_AT_ONCE)
            await self.read(unread)

    async def read(self, ids: Sequence[int]) -> None:
        """Reads at most a hundred again and takes over what the shop says: also that one is gone. Raises SourceError."""
        if not ids:
            return
        page = await self._mirror.client.get_page("coupons", {**LISTS["coupons"], "include": ",".join(map(str, ids))})
        met = await self._take(page)
        async with transaction(self._mirror.pool) as db:
            gone = sorted(set(ids) - met)
            if await sql.remove_coupons(db, gone, page.started_at):
                await sql.announce_coupons(db)
            await quarantine.clear(db, SOURCE, KIND, gone)

    async def _read_all(self) -> None:
        async for page in self._mirror.client.pages("coupons", LISTS["coupons"]):
            await self._take(page)

    async def _read_those_not_met(self, began: datetime) -> None:
        while unread := await sql.coupons_not_read_since(self._mirror.pool, began, _READ_AT_ONCE):
            await self.read(unread)

    async def _follow(self) -> None:
        await follow(self._mirror, "coupons", {}, lambda page, _: self._take_page(page))

    async def _take_page(self, page: Page) -> None:
        await self._take(page)

    async def _take(self, page: Page) -> set[int]:
        """Stores a page; returns the numbers of all that was on it."""
        facts: list[CouponFacts] = []
        refused: list[Quarantined] = []
        for raw in items_of(page.body):
            try:
                facts.append(map_coupon(raw))
            except Unmappable as problem:
                refused.append(Quarantined(kind=KIND, external_id=problem.external_id, reason=problem.reason, body=bytes(raw)))
        await self._store(facts, refused, page.started_at)
        return {seen.id for seen in glances(items_of(page.body))}

    async def _store(self, facts: Sequence[CouponFacts], refused: Sequence[Quarantined], as_of: datetime) -> None:
        """A coupon that cannot be read any more is none for carts."""
        async with transaction(self._mirror.pool) as db:
            saved = await sql.save_coupons(db, facts, as_of)
            removed = await sql.remove_coupons(db, [row.external_id for row in refused], as_of)
            if saved.created or saved.changed or removed:
                await sql.announce_coupons(db)
            await quarantine.clear(db, SOURCE, KIND, [_ALL, *(fact.coupon.id for fact in facts)])
            await quarantine.put(db, SOURCE, refused, self._mirror.clock())
        self._counts.quarantined += len(refused)

    async def _permitted(self, read: Callable[[], Awaitable[None]]) -> bool:
        """False where the shop shows this key no coupons."""
        try:
            await read()
        except (SourceRefused, SourceMissing, SourceMalformed) as problem:
            reason = f"none could be read: {problem.reason}. {problem.remedy}"
            row = Quarantined(kind=KIND, external_id=_ALL, reason=reason, body=b"")
            await quarantine.put(self._mirror.pool, SOURCE, [row], self._mirror.clock())
            return False
        return True
