"""The terms of sale as everyone reads them: settings, taxes and shipping from memory, coupons from memory or with one statement.

Nothing stale is handed out of coupons: once a commit is announced, what is kept is dropped; while the listener is cut off, every coupon is
read from the database. The rest stays as it was for the moment that reading it again takes, or until the listener is back.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final

from spoina.catalog.following import SHOP_CHANGED
from spoina.db import Pool
from spoina.errors import NotFound
from spoina.notifications import Listener
from spoina.pricing.cart.types import Coupon, CouponCode, Shop
from spoina.terms.sql import COUPONS_CHANGED, coupons_by_code, load_terms
from spoina.terms.types import Terms, code_of

CODES_KEPT: Final = 20_000
"""About 20 MB. Unknown codes count too: who tries codes out costs one statement for each new one."""
LONGEST_CODE: Final = 200
"""Characters. WordPress's titles, which codes are, end there."""

_log = logging.getLogger(__name__)


class TermsReader:
    """One per process; a subscriber of the listener."""

    channels: Sequence[str] = (SHOP_CHANGED, COUPONS_CHANGED)

    def __init__(self, pool: Pool, listener: Listener, *, codes_kept: int = CODES_KEPT) -> None:
        self._pool, self._listener, self._limit = pool, listener, codes_kept
        self._terms: Terms | None = None
        self._live = False
        self._heard = self._seen = 0
        self._kept: OrderedDict[CouponCode, Coupon | None] = OrderedDict()
        self._generation = 0
        self._task: asyncio.Task[None] | None = None
        self._moved = asyncio.Event()

    async def start(self) -> None:
        """Returns with the terms loaded if the listener is started, and otherwise leaves that to `listener.start()`."""
        await self._listener.subscribe(self)

    async def stop(self) -> None:
        self._listener.unsubscribe(self)

    @property
    def terms(self) -> Terms:
        """Raises NotFound before the first synchronisation."""
        if self._terms is None:
            raise NotFound("terms of sale", "before the first synchronisation")
        return self._terms

    @property
    def shop(self) -> Shop:
        """What carts are calculated with. Raises NotFound before the first synchronisation."""
        return self.terms.shop

    @property
    def edition(self) -> tuple[int, int]:
        """Grows with everything that was announced and applied: of the shop, of coupons."""
        return self._seen, self._generation

    async def caught_up(self) -> None:
        """Returns once all that was announced so far is what is read."""
        heard = self._heard
        while self._live and self._seen < heard:
            await self._moved.wait()

    async def coupon(self, entered: str) -> Coupon | None:
        """In any case of letters. None: there is no such coupon, or the shop takes none."""
        return (await self.coupons([entered])).get(code_of(entered))

    async def coupons(self, entered: Iterable[str]) -> dict[CouponCode, Coupon]:
        """Those that exist, by code, in the order asked for; several that are not in memory cost one statement."""
        if self._terms is not None and not self._terms.takes_coupons:
            return {}
        codes = [code for code in dict.fromkeys(map(code_of, entered)) if 0 < len(code) <= LONGEST_CODE and "\0" not in code]
        found = {code: self._remembered(code) for code in codes if code in self._kept}
        if missing := [code for code in codes if code not in found]:
            found |= await self._read(missing)
        return {code: coupon for code in codes if (coupon := found[code]) is not None}

    def _remembered(self, code: CouponCode) -> Coupon | None:
        self._kept.move_to_end(code)
        return self._kept[code]

    async def _read(self, codes: Sequence[CouponCode]) -> dict[CouponCode, Coupon | None]:
        generation, live = self._generation, self._live
        stored = await coupons_by_code(self._pool, codes)
        found = {code: stored.get(code) for code in codes}
        if live and generation == self._generation:
            self._kept |= found
            while len(self._kept) > self._limit:
                self._kept.popitem(last=False)
        return found

    def heard(self, channel: str, payload: str) -> None:
        if channel == COUPONS_CHANGED:
            self._forget_coupons()
        else:
            self._heard += 1
            self._follow()

    def cut_off(self) -> None:
        self._live = False
        self._forget_coupons()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._pulse()

    async def resumed(self) -> None:
        await self._load()
        self._live = True
        self._pulse()
        self._follow()

    def _forget_coupons(self) -> None:
        self._generation += 1
        self._kept.clear()

    def _follow(self) -> None:
        if self._live and self._task is None and self._seen < self._heard:
            self._task = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while self._seen < self._heard:
                await self._load()
                self._pulse()
        except Exception as failure:  # whatever it is: begin anew as after a lost connection
            _log.warning("cannot follow the terms of sale: %s", failure)
            self._listener.restart()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _load(self) -> None:
        heard = self._heard
        self._terms, self._seen = await load_terms(self._pool), heard

    def _pulse(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
