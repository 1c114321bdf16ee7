"""Putting the engine together."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import httpx
import meilisearch

from search.meilisearch.administration import Administration
from search.meilisearch.circuit import Circuit
from search.meilisearch.connection import Connection
from search.meilisearch.engine import STATE_IS_FRESH_SECONDS, MeilisearchEngine
from search.meilisearch.index import MeilisearchIndex
from search.meilisearch.tenants import EVERYBODY, Groups, TenantTokens
from search.polish.analysis import Analysis
from spoina.clock import Clock, utc_now
from spoina.settings import MeilisearchSettings

SEARCH_SECONDS: Final = 3.0
"""How long a shopper may wait before search is said to be away."""
REST_SECONDS: Final = 1.0
"""Between two questions whether a server that did not answer is back."""
_CONNECT_SECONDS: Final = 1.0
_WRITE_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Meilisearch:
    engine: MeilisearchEngine
    index: MeilisearchIndex
    tenants: TenantTokens


@contextlib.asynccontextmanager
async def open_meilisearch(
    settings: MeilisearchSettings,
    analysis: Analysis,
    *,
    groups: Groups | None = None,
    clock: Clock = utc_now,
    state_seconds: float = STATE_IS_FRESH_SECONDS,
    search_seconds: float = SEARCH_SECONDS,
    rest_seconds: float = REST_SECONDS,
) -> AsyncIterator[Meilisearch]:
    """Asks nothing yet: a server that is away makes searches fail, not the start. Writing makes the index and its settings.

    `groups`: what tenant tokens of each customer group may see; by default everybody sees everything. Each channel has an index of its own
    (`settings.index`).
    """
    headers = {"authorization": f"Bearer {settings.key}"} if settings.key else {}
    administrator = meilisearch.Client(settings.url, settings.key or None, timeout=int(_WRITE_SECONDS))
    asking = httpx.Timeout(search_seconds, connect=_CONNECT_SECONDS)
    writing = httpx.Timeout(_WRITE_SECONDS, connect=_CONNECT_SECONDS)
    async with (
        httpx.AsyncClient(base_url=settings.url, headers=headers, timeout=asking, trust_env=False) as client,
        httpx.AsyncClient(base_url=settings.url, headers=headers, timeout=writing, trust_env=False) as writer,
        contextlib.AsyncExitStack() as stack,
    ):
        circuit = Circuit(lambda: client.post(f"/indexes/{settings.index}/search", json={"limit": 0}), rest_seconds)
        stack.push_async_callback(circuit.close)
        engine = MeilisearchEngine(Connection(client, circuit), settings.index, analysis, state_seconds=state_seconds)
        index = MeilisearchIndex(Connection(writer), Administration(administrator), engine, settings.index, clock)
        yield Meilisearch(engine, index, TenantTokens(administrator, settings.index, groups or {EVERYBODY: ()}, clock))
