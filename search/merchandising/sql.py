"""How rules are kept. Every change is announced with its commit."""

import asyncpg

from search.announcing import announce_search
from search.merchandising.types import Rule, RuleId, RuleKind, RuleRequest
from spoina.clock import Clock
from spoina.db import Connection, Pool
from spoina.ids import CategoryId, ProductId

_COLUMNS = "id, kind, query, category_id, product_ids, starts_at, ends_at, note, created_at"
_ALL = f"select {_COLUMNS} from search_rule order by id desc"  # noqa: S608 - made of constants
_ONE = f"select {_COLUMNS} from search_rule where id = $1"  # noqa: S608
# The lock lets no two of them count at once.
_LOCK = "lock table search_rule in share row exclusive mode"
_ADD = f"""
insert into search_rule (kind, query, category_id, product_ids, starts_at, ends_at, note, created_at)
select $1, $2, $3, $4, $5, $6, $7, $8 where (select count(*) from search_rule) < $9
returning {_COLUMNS}
"""  # noqa: S608
_CHANGE = f"""
update search_rule set kind = $2, query = $3, category_id = $4, product_ids = $5, starts_at = $6, ends_at = $7, note = $8
where id = $1 returning {_COLUMNS}
"""  # noqa: S608
_REMOVE = "delete from search_rule where id = $1 returning id"


async def all_rules(db: Connection | Pool) -> list[Rule]:
    """The newest first."""
    return [_rule(row) for row in await db.fetch(_ALL)]


async def rule_of(db: Connection | Pool, rule: RuleId) -> Rule | None:
    row = await db.fetchrow(_ONE, rule)
    return None if row is None else _rule(row)


async def add_rule(db: Connection, rule: RuleRequest, clock: Clock, most: int) -> Rule | None:
    """None: there are `most` already."""
    await db.execute(_LOCK)
    row = await db.fetchrow(_ADD, *_values(rule), clock(), most)
    await announce_search(db)
    return None if row is None else _rule(row)


async def change_rule(db: Connection, rule_id: RuleId, rule: RuleRequest) -> Rule | None:
    row = await db.fetchrow(_CHANGE, rule_id, *_values(rule))
    await announce_search(db)
    return None if row is None else _rule(row)


async def remove_rule(db: Connection, rule_id: RuleId) -> bool:
    removed = await db.fetchval(_REMOVE, rule_id)
    await announce_search(db)
    return removed is not None


def _values(rule: RuleRequest) -> tuple[object, ...]:
    ids = list(dict.fromkeys(rule.product_ids))
    return rule.kind.value, rule.query, rule.category_id, ids, rule.starts_at, rule.ends_at, rule.note


def _rule(row: asyncpg.Record) -> Rule:
    return Rule(
        id=RuleId(row["id"]),
        kind=RuleKind(row["kind"]),
        product_ids=tuple(map(ProductId, row["product_ids"])),
        query=row["query"],
        category_id=None if row["category_id"] is None else CategoryId(row["category_id"]),
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        note=row["note"],
        created_at=row["created_at"],
    )
