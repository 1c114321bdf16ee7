"""What staff do with searches: rules, and the shop's own words. One transaction each."""

from search.announcing import announce_search
from search.merchandising import sql
from search.merchandising.rules import WordReader, check_rule
from search.merchandising.types import MOST_RULES, Rule, RuleId, RuleRequest
from search.merchandising.words import check_words
from search.port import SearchEngine, SearchIndex
from search.types import SearchSettings
from spoina.clock import Clock
from spoina.db import Pool, transaction
from spoina.errors import LimitExceeded, NotFound


class Merchandising:
    def __init__(self, pool: Pool, engine: SearchEngine, index: SearchIndex, reader: WordReader, clock: Clock) -> None:
        self._pool, self._engine, self._index, self._reader, self._clock = pool, engine, index, reader, clock

    async def every_rule(self) -> list[Rule]:
        return await sql.all_rules(self._pool)

    async def rule(self, rule_id: RuleId) -> Rule:
        """Raises NotFound."""
        return _there(await sql.rule_of(self._pool, rule_id), rule_id)

    async def add_rule(self, rule: RuleRequest) -> Rule:
        """Raises InvalidInput, LimitExceeded."""
        check_rule(rule, self._reader)
        async with transaction(self._pool) as db:
            added = await sql.add_rule(db, rule, self._clock, MOST_RULES)
            if added is None:
                raise LimitExceeded("rules", MOST_RULES, "rules")
            return added

    async def change_rule(self, rule_id: RuleId, rule: RuleRequest) -> Rule:
        """Raises InvalidInput, LimitExceeded, NotFound."""
        check_rule(rule, self._reader)
        async with transaction(self._pool) as db:
            return _there(await sql.change_rule(db, rule_id, rule), rule_id)

    async def remove_rule(self, rule_id: RuleId) -> None:
        """Raises NotFound."""
        async with transaction(self._pool) as db:
            if not await sql.remove_rule(db, rule_id):
                raise NotFound("search rule", str(rule_id))

    async def words(self) -> SearchSettings:
        """Raises SearchUnavailable."""
        return await self._engine.settings()

    async def change_words(self, words: SearchSettings) -> SearchSettings:
        """Holds from the next search. Raises InvalidInput, LimitExceeded, SearchUnavailable."""
        check_words(words)
        await self._index.configure(words)
        await announce_search(self._pool)
        return words


def _there(rule: Rule | None, rule_id: RuleId) -> Rule:
    if rule is None:
        raise NotFound("search rule", str(rule_id))
    return rule
