"""Searches, for staff: what is pinned, boosted and buried, the shop's own words, and what people search for."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery, JSONBody

from api.authentication import requires
from api.parameters import PathNumber
from search.merchandising.rules import WordReader
from search.merchandising.service import Merchandising
from search.merchandising.types import Rule, RuleId, RuleRequest
from search.opening import Search
from search.popularity import sql
from search.popularity.types import LONGEST_PERIOD, MOST_SHOWN, SearchedFor
from search.types import SearchSettings
from spoina.access.service import KeyRing
from spoina.access.types import Scope
from spoina.clock import Clock
from spoina.db import Pool
from spoina.errors import InvalidInput, LimitExceeded

RULES = "/v1/search/rules"
TAG = ["search"]


class ShopWords(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each group of `synonyms` means one thing in all directions; `one_way`: what is typed, and what is found for it as well.
    `stop_words` are left out of queries, besides the language's own."""

    synonyms: Sequence[Sequence[str]] = ()
    one_way: Mapping[str, Sequence[str]] = {}
    stop_words: Sequence[str] = ()


class SearchDesk:
    def __init__(self, pool: Pool, search: Search, clock: Clock) -> None:
        self.merchandising = Merchandising(pool, search.engine, search.index, WordReader(search.analysis), clock)
        self._pool, self._clock = pool, clock

    async def words(self) -> ShopWords:
        return _shown(await self.merchandising.words())

    async def change_words(self, words: ShopWords) -> ShopWords:
        return _shown(await self.merchandising.change_words(_settings(words)))

    async def popular(self, days: int, limit: int) -> list[SearchedFor]:
        _check("days", days, LONGEST_PERIOD, "days")
        _check("limit", limit, MOST_SHOWN, "searches")
        return await sql.popular(self._pool, self._clock().date() - timedelta(days=days - 1), limit)

    async def without_results(self, days: int, limit: int) -> list[SearchedFor]:
        _check("days", days, LONGEST_PERIOD, "days")
        _check("limit", limit, MOST_SHOWN, "searches")
        return await sql.without_results(self._pool, self._clock().date() - timedelta(days=days - 1), limit)


def search_routes(keys: KeyRing, desk: SearchDesk) -> list[HTTPRouteHandler]:
    return [*_rule_routes(keys, desk.merchandising), *_word_routes(keys, desk), *_report_routes(keys, desk)]


def _rule_routes(keys: KeyRing, merchandising: Merchandising) -> list[HTTPRouteHandler]:
    guards = [requires(keys, Scope.SEARCH_MANAGE)]

    @get(RULES, guards=guards, tags=TAG, summary="What is pinned, boosted and buried")
    async def list_rules() -> list[Rule]:
        """For staff keys. The newest first; those to come and those that are over, too."""
        return await merchandising.every_rule()

    @post(RULES, guards=guards, tags=TAG, summary="Pin, boost or bury products")
    async def add_rule(data: JSONBody[RuleRequest]) -> Rule:
        """For staff keys. For a query, in any inflected form of its words, or for a category. It holds within a second. Where rules
        contradict each other the newest holds. 400: a field and its limit."""
        return await merchandising.add_rule(data)

    @get(RULES + "/{rule:int}", guards=guards, tags=TAG, summary="One rule")
    async def show_rule(rule: PathNumber) -> Rule:
        """For staff keys. 404: no such rule."""
        return await merchandising.rule(RuleId(rule))

    @put(RULES + "/{rule:int}", guards=guards, tags=TAG, summary="Change a rule")
    async def change_rule(rule: PathNumber, data: JSONBody[RuleRequest]) -> Rule:
        """For staff keys. The whole rule anew. 404: no such rule."""
        return await merchandising.change_rule(RuleId(rule), data)

    @delete(RULES + "/{rule:int}", guards=guards, tags=TAG, summary="Remove a rule")
    async def remove_rule(rule: PathNumber) -> None:
        """For staff keys. 404: no such rule."""
        await merchandising.remove_rule(RuleId(rule))

    return [list_rules, add_rule, show_rule, change_rule, remove_rule]


def _word_routes(keys: KeyRing, desk: SearchDesk) -> list[HTTPRouteHandler]:
    guards = [requires(keys, Scope.SEARCH_MANAGE)]

    @get("/v1/search/words", guards=guards, tags=TAG, summary="The shop's synonyms and stop words")
    async def show_words() -> ShopWords:
        """For staff keys. 503: the search engine is away."""
        return await desk.words()

    @put("/v1/search/words", guards=guards, tags=TAG, summary="Set synonyms and stop words")
    async def change_words(data: JSONBody[ShopWords]) -> ShopWords:
        """For staff keys. All of them anew; they hold within a second, and nothing is indexed again. 503: the search engine is away."""
        return await desk.change_words(data)

    return [show_words, change_words]


def _report_routes(keys: KeyRing, desk: SearchDesk) -> list[HTTPRouteHandler]:
    guards = [requires(keys, Scope.SEARCH_MANAGE)]

    @get("/v1/search/popular", guards=guards, tags=TAG, summary="What people search for")
    async def popular_searches(days: FromQuery[int] = 7, limit: FromQuery[int] = 100) -> list[SearchedFor]:
        """For staff keys. The most frequent first, of the last `days` days, today included. Nothing is kept of who searched."""
        return await desk.popular(days, limit)

    @get("/v1/search/without-results", guards=guards, tags=TAG, summary="What people search for and do not find")
    async def searches_without_results(days: FromQuery[int] = 7, limit: FromQuery[int] = 100) -> list[SearchedFor]:
        """For staff keys. Those that found nothing most often first."""
        return await desk.without_results(days, limit)

    return [popular_searches, searches_without_results]


def _check(field: str, value: int, limit: int, unit: str) -> None:
    if value < 1:
        raise InvalidInput(field, "at least 1")
    if value > limit:
        raise LimitExceeded(field, limit, unit)


def _settings(words: ShopWords) -> SearchSettings:
    return SearchSettings(
        synonyms=tuple(map(tuple, words.synonyms)),
        one_way=tuple((typed, tuple(found)) for typed, found in words.one_way.items()),
        stop_words=tuple(words.stop_words),
    )


def _shown(settings: SearchSettings) -> ShopWords:
    return ShopWords(synonyms=settings.synonyms, one_way=dict(settings.one_way), stop_words=settings.stop_words)
