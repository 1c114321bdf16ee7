"""The shop of the recorded carts, its mirror, and the readers of an API process: the catalogue is read once, terms for each
configuration."""

import asyncio
from contextlib import suppress

from channels.woocommerce.sync import open_sync
from simulators.woocommerce.configurations import configured_conditions
from spoina.catalog.reader import CatalogReader
from spoina.clock import utc_now
from spoina.db import Pool
from spoina.inventory.code_index import CodeIndex
from spoina.inventory.offers import OfferReader
from spoina.inventory.shelves import ShelfSnapshot
from spoina.notifications import Listener
from spoina.terms.reader import TermsReader
from tests.contract.carts.recordings import recording
from tests.shop_server import ShopServer


class Mirrored:
    def __init__(self, server: ShopServer, database: str, pool: Pool, listener: Listener) -> None:
        self.server, self.database, self.pool, self.listener = server, database, pool, listener
        self.terms, self.reader = TermsReader(pool, listener), CatalogReader(pool, listener)
        self.shelves, self.codes = ShelfSnapshot(pool, listener), CodeIndex(pool, listener)
        self.offers = OfferReader(pool, self.codes, self.shelves, utc_now)

    async def read_all(self) -> None:
        async with open_sync(self.server.settings(), self.pool, utc_now) as sync:
            await sync.full_pass(lambda _: None)
        for follower in (self.terms, self.reader, self.shelves, self.codes):
            await follower.start()
        await self.listener.start()

    async def configure(self, letter: str) -> None:
        """Returns when the terms of this configuration are read, or not in five seconds."""
        self.server.shop.conditions = configured_conditions(letter)
        async with open_sync(self.server.settings(), self.pool, utc_now) as sync:
            await sync.poll()
        with suppress(TimeoutError):
            async with asyncio.timeout(30):
                while self.terms.shop != recording(letter).shop:  # noqa: ASYNC110
                    await asyncio.sleep(0.005)
