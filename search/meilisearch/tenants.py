"""Tokens with which a browser searches Meilisearch by itself, narrowed to what its shopper may see."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import meilisearch

from search.meilisearch.administration import Administration
from search.meilisearch.filters import expression
from search.types import Filter
from spoina.clock import Clock
from spoina.errors import InvalidInput, LimitExceeded, NotFound

LONGEST_LIFE: Final = timedelta(days=1)
EVERYBODY: Final = ""
"""The group of shoppers who are in none."""

Groups = Mapping[str, tuple[Filter, ...]]
"""Customer group -> what its members' searches are narrowed to; none: they see everything."""


class TenantTokens:
    """Of one channel: its index is the only one a token can search. The parent key never leaves the server."""

    def __init__(self, client: meilisearch.Client, index: str, groups: Groups, clock: Clock) -> None:
        self._client, self._index, self._groups, self._clock = client, index, groups, clock
        self._administration = Administration(client)
        self._key: str | None = None

    async def token(self, group: str, life: timedelta) -> tuple[str, datetime]:
        """(token, when it ends). Raises NotFound for a group nobody wrote a rule for, LimitExceeded for too long a life."""
        if group not in self._groups:
            raise NotFound("customer group", group)
        if life > LONGEST_LIFE:
            raise LimitExceeded("life", int(LONGEST_LIFE.total_seconds()), "seconds")
        if life <= timedelta(0):
            raise InvalidInput("life", "is over before it began")
        key = await self._parent_key()
        ends = self._clock() + life
        rules = {
            self._index: {"filter": " AND ".join(f"({part})" for part in expression(self._groups[group]))} if self._groups[group] else {}
        }
        signed = await asyncio.to_thread(
            lambda: self._client.generate_tenant_token(str(self._key_uid), rules, expires_at=ends, api_key=key)
        )
        return signed, ends

    @property
    def _key_uid(self) -> UUID:
        """Always the same for an index, so that every process signs with one key. Meilisearch and its client want version 4."""
        return UUID(int=uuid5(NAMESPACE_URL, f"spoina:search:{self._index}").int, version=4)

    async def _parent_key(self) -> str:
        if self._key is None:
            self._key = await self._administration.search_key(self._key_uid, self._index, f"signs searches of {self._index} by browsers")
        return self._key
