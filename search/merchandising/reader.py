"""The rules as every process reads them: in memory, followed by announcements; and an edition of all that searches are made of."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime

from search.announcing import SEARCH_CHANGED
from search.merchandising.rules import WordReader, Words, arrangement, is_meant
from search.merchandising.sql import all_rules
from search.merchandising.types import Arrangement, Rule
from spoina.db import Pool
from spoina.ids import CategoryId
from spoina.notifications import Listener

_log = logging.getLogger(__name__)


class RuleReader:
    """One per process; a subscriber of the listener. While that is cut off, the rules stay as they were last heard."""

    channels: Sequence[str] = (SEARCH_CHANGED,)

    def __init__(self, pool: Pool, listener: Listener, reader: WordReader) -> None:
        self._pool, self._listener, self._reader = pool, listener, reader
        self._for_query: list[tuple[Words, Rule]] = []
        self._for_category: dict[CategoryId, list[Rule]] = {}
        self._live = False
        self._heard = self._seen = self._resumptions = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns with the rules loaded if the listener is started, and otherwise leaves that to `listener.start()`."""
        await self._listener.subscribe(self)

    @property
    def edition(self) -> tuple[int, int] | None:
        """While it stays the same, so do rules, words and index. None while that is not known."""
        return (self._resumptions, self._seen) if self._live and self._seen == self._heard else None

    def of_query(self, text: str, now: datetime) -> Arrangement:
        if not self._for_query:
            return Arrangement()
        asked = self._reader.words(text)
        return arrangement((rule for words, rule in self._for_query if is_meant(words, asked)), now)

    def of_category(self, category: CategoryId, now: datetime) -> Arrangement:
        rules = self._for_category.get(category)
        return arrangement(rules, now) if rules else Arrangement()

    def heard(self, channel: str, payload: str) -> None:
        self._heard += 1
        self._follow()

    def cut_off(self) -> None:
        self._live = False
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def resumed(self) -> None:
        await self._load()
        self._resumptions += 1
        self._live = True
        self._follow()

    def _follow(self) -> None:
        if self._live and self._task is None and self._seen < self._heard:
            self._task = asyncio.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        try:
            while self._seen < self._heard:
                await self._load()
        except Exception as failure:  # whatever it is: begin anew as after a lost connection
            _log.warning("cannot follow the rules of searches: %s", failure)
            self._listener.restart()
        finally:
            if self._task is asyncio.current_task():
                self._task = None

    async def _load(self) -> None:
        heard = self._heard
        self._take(await all_rules(self._pool))
        self._seen = heard

    def _take(self, rules: Iterable[Rule]) -> None:
        self._for_query, self._for_category = [], {}
        for rule in rules:
            if rule.query is not None:
                self._for_query.append((self._reader.words(rule.query), rule))
            elif rule.category_id is not None:
                self._for_category.setdefault(rule.category_id, []).append(rule)
