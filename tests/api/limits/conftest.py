"""The whole application with limits of the tests' own, asked from addresses that a proxy names."""

from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from api.app import create_app
from api.limits.opening import OpenLimits
from api.services import Services
from spoina.settings import Settings
from tests.api.conftest import served
from tests.api.limits.limited import ADDRESS, Seconds, limits

Limited = tuple[httpx.AsyncClient, OpenLimits]


@pytest.fixture(scope="module")
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture(scope="module")
async def shared_limited(settings: Settings, shared: Services, seconds: Seconds) -> AsyncIterator[Limited]:
    """Making the application takes longer than a test."""
    opened = limits(shared.keys, seconds, shared.redis)
    async with served(create_app(settings, msgspec.structs.replace(shared, limits=opened))) as client:
        client.headers["x-forwarded-for"] = ADDRESS
        yield client, opened


@pytest.fixture
async def own(shared_limited: Limited, services: Services, redis_url: str) -> OpenLimits:
    """An address has sixty points, a key that is kept safe has 120; nobody has spent any."""
    _, opened = shared_limited
    ledger = opened.sharing._ledger
    for kept in (ledger._budgets, ledger.known, ledger.touched, opened.refusals.counter):
        kept.clear()
    return opened


@pytest.fixture
async def limited(shared_limited: Limited, own: OpenLimits) -> httpx.AsyncClient:
    client, _ = shared_limited
    return client
