"""The limits of one process, opened and closed with it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from redis.asyncio import Redis

from api.limits.budgets import Ledger
from api.limits.clients import ClientLimits
from api.limits.refusals import CountedRefusals
from api.limits.sharing import Sharing
from spoina.access.service import KeyRing
from spoina.settings import Settings


class OpenLimits(msgspec.Struct, frozen=True):
    clients: ClientLimits
    refusals: CountedRefusals
    sharing: Sharing


@asynccontextmanager
async def open_limits(settings: Settings, keys: KeyRing, redis: Redis, seconds: Callable[[], float]) -> AsyncIterator[OpenLimits]:
    """`seconds`: a clock that only moves forward."""
    refusals = CountedRefusals(seconds)
    ledger = Ledger(seconds, refusals)
    sharing = Sharing(redis, ledger)
    sharing.start()
    clients = ClientLimits(keys, ledger, address_rate=settings.limit_address, key_rate=settings.limit_key)
    yield OpenLimits(clients, refusals, sharing)
    await sharing.stop()
